"""The nouns of a checkup: what is looked at, what is wrong with it, and what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kb.graph.port import Graph
from kb.home import Home
from ontology.schema import Schema
from ontology.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """The base that is looked at; nothing of it is changed.

    Args:
        journal: The SQLite file of the journal.
    """

    home: Home
    graph: Graph
    schema: Schema
    journal: Path


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came of one look.

    Args:
        looked_at: How many records or files.
        wrong: Each that is not sound, by its name and what is wrong.
    """

    looked_at: int
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """One thing that must hold of every base.

    Args:
        name: For programs.
        says: What holds of a sound base.
        remedy: What to do where it does not.
        look: How to see it.
    """

    name: str
    says: Text
    remedy: Text
    look: Callable[[CheckContext], CheckResult]
