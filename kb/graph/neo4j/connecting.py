"""Getting into a Neo4j server."""

import re

import neo4j

from kb.graph.address import GraphAddress
from kb.graph.neo4j.faults import translated, wrong_version

_OLDEST_MAJOR_VERSION = 5


def connect(place: GraphAddress) -> neo4j.Driver:
    """A driver with the place's limits; nothing is asked of the server yet."""
    access = place.access
    with translated(place):
        return neo4j.GraphDatabase.driver(
            place.server, auth=(access.user, access.password), user_agent="zhike",
            max_connection_pool_size=access.pool_size, connection_timeout=access.connect_seconds,
            connection_acquisition_timeout=access.connect_seconds, max_transaction_retry_time=access.retry_seconds,
            notifications_min_severity="OFF")


def check_version(place: GraphAddress, agent: str) -> None:
    """Return if a server of that name is one that this product works with.

    >>> check_version(GraphAddress(server="bolt://db:7687"), "Neo4j/5.26.30")

    Raises:
        StoreFailure: For an older one, or another product.
    """
    found = re.match(r"Neo4j/v?(\d+)", agent)
    if found is None or int(found[1]) < _OLDEST_MAJOR_VERSION:
        raise wrong_version(place, agent)
