"""The ontology as one base extends it: attributes that mappings declare, and words that people brought."""

import threading
from collections.abc import Iterable, Mapping

from kb.graph.port import Graph
from kb.graph.state import put_state, state_of
from kb.home import Home, write_owner_only
from ontology.extension import Declared, Words, extension_turtle
from ontology.quantities import CURRENCY_LABEL
from ontology.schema import Schema, load_schema
from ontology.text import Text

_EXTENSION = "extension"


class LocalOntology:
    """The ontology of one open base; ``schema`` is replaced whole when its extensions change.

    Args:
        home: Where the extensions are.
        graph: Tells the extension to other services that share it, and knows the labels of the data.
        schema: As the graph was opened with.
    """

    def __init__(self, home: Home, graph: Graph, schema: Schema) -> None:
        self._home = home
        self._graph = graph
        self._changing = threading.Lock()
        self.schema = schema

    def extend(self, attributes: Iterable[Declared], words: Words) -> None:
        """Write the local extension, and let other services on the graph know it."""
        turtle = extension_turtle(attributes, words)
        with self._changing:
            write_owner_only(self._home.extension_path, turtle)
            self._graph.write([put_state(_EXTENSION, turtle.decode())])

    def take_over(self) -> bool:
        """Take over the extension that another service shared; whether it was another than known here."""
        path = self._home.extension_path
        with self._changing:  # else what an import has just written here would give way to what was shared before
            shared = state_of(self._graph, _EXTENSION)
            if shared is None or (path.exists() and path.read_text(encoding="utf-8") == shared):
                return False
            write_owner_only(path, shared.encode())
        self.read_again()
        return True

    def read_again(self) -> None:
        """Read the extensions again; the tables of the graph stay as they are."""
        self.schema = load_schema(*self._home.extensions)

    def declare(self) -> None:
        """Read the extensions again, and let the graph hold what they say now; readers go on."""
        self.read_again()
        self._graph.declare(self.schema)

    def labels(self) -> Mapping[str, Text]:
        """Words for the values that facts hold: category names above all, and the currency of amounts."""
        found = self._graph.read("MATCH (k:Category) RETURN k.name AS name, k.label_zh AS zh, k.label_en AS en")
        return {CURRENCY_LABEL: Text.same(self._home.base().currency),
                **{row["name"]: Text(zh=row["zh"], en=row["en"]) for row in found}}
