"""What a reading of customers rests on, in one cheap read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kb.graph.port import Graph, Record
from kb.graph.state import Edition

JOURNAL = "journal:"
"""Names of the state nodes that say how far the graph follows a journal begin with this and end with its id."""

LIVE_RELEASE = "live_release"
"""The state that says which release is served."""

LIVE_RATES = "live_rates"
"""The state that says under which rates decisions are made; 0: under none."""

LIVE_PAUSES = "live_pauses"
"""The state that says under which pauses decisions are made; 0: under none."""

FACTS_AS_OF = "facts_as_of"
"""The state that says of which moment the facts are."""

_READ = """
    MATCH (s:State) WHERE s.name IN $states OR s.name STARTS WITH $journals RETURN s.name AS name, s.value AS value"""
_READ_OF = {"states": [LIVE_RELEASE, LIVE_RATES, LIVE_PAUSES, FACTS_AS_OF, *(edition.value for edition in Edition)],
            "journals": JOURNAL}
_VERSION = "version"


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphVersion:
    """What stands in the graph now.

    Args:
        facts: Token of the facts; empty before the first load.
        knowledge: Token of what is published, approved and held.
        journals: Ids of the journals that the graph follows.
        release: Number of the release that is served; ``None`` before the first.
        facts_as_of: The moment of the facts, epoch seconds; ``None`` before the first load.
        rates: Number of the rates in use; ``None``: none are.
        pauses: Number of the pauses in use; ``None``: none are.
    """

    facts: str
    knowledge: str
    journals: frozenset[str]
    release: int | None
    facts_as_of: int | None
    rates: int | None = None
    pauses: int | None = None

    @classmethod
    def of(cls, records: Iterable[Record]) -> "GraphVersion":
        """From nodes ``State``, each a name and a value.

        >>> GraphVersion.of([{"name": "live_release", "value": "3"}, {"name": "journal:a", "value": "7"}]).journals
        frozenset({'a'})
        """
        said = {record["name"]: record["value"] for record in records}
        return cls(facts=said.get(Edition.FACTS, ""), knowledge=said.get(Edition.KNOWLEDGE, ""),
                   journals=frozenset(name.removeprefix(JOURNAL) for name in said if name.startswith(JOURNAL)),
                   release=_number(said.get(LIVE_RELEASE)), rates=_number(said.get(LIVE_RATES)) or None,
                   pauses=_number(said.get(LIVE_PAUSES)) or None,
                   facts_as_of=_number(said.get(FACTS_AS_OF)))

    def is_shared(self, journal: str) -> bool:
        """Whether the graph follows other journals besides this one."""
        return bool(self.journals - {journal})


def _number(told: str | None) -> int | None:
    return None if told is None else int(told)


def snapshot_with_version(graph: Graph, queries: Mapping[str, str],
                          **parameters: object) -> tuple[GraphVersion, dict[str, list[Record]]]:
    """The rows of several queries over one state, and the version of that state."""
    answers = graph.snapshot({**queries, _VERSION: _READ}, **parameters, **_READ_OF)
    return GraphVersion.of(answers.pop(_VERSION)), answers


def read_version(graph: Graph) -> GraphVersion:
    """What a reading of customers rests on now."""
    return GraphVersion.of(graph.read(_READ, **_READ_OF))
