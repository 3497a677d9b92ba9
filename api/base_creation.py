"""A base is made in its folder: a new one, or a further home of one whose graph other services share."""

from dataclasses import replace

from api.settings import Settings
from kb.errors import Conflict
from kb.graph.address import GraphAddress, place_of
from kb.graph.opening import open_graph
from kb.graph.ownership import GraphOwnership, belonging_of, fingerprint_of
from kb.home import Base, Home
from ontology.schema import load_schema


def make_base(home: Home, said: Base, settings: Settings) -> Base:
    """Make the base; with the secret of one that has its graph on a server already, join it and take its description.

    Args:
        home: The folder, where no base is.
        said: What a new base says of itself.
        settings: With ``secret_file`` a secret is shared instead of made.

    Raises:
        Conflict: If the graph belongs to a base with another secret; nothing was made.
    """
    secret = settings.shared_secret()
    place = place_of(said.graph, home.path, settings.graph_access())
    found = None if secret is None or place.is_embedded else _belonging(place, home)
    if found is not None and secret is not None and found.fingerprint != fingerprint_of(secret):
        msg = f"the graph belongs to the base '{found.base.name.en}', and ZHIKE_SECRET_FILE is not its secret"
        raise Conflict(msg, hint="copy the file `secret` from a home of that base, or name another graph")
    base = said if found is None else replace(found.base, graph=said.graph)
    home.create(base, secret)
    return base


def _belonging(place: GraphAddress, home: Home) -> GraphOwnership | None:
    graph = open_graph(place, home.path / "graph", load_schema())
    try:
        return belonging_of(graph)
    finally:
        graph.close()
