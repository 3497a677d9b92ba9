"""A standing policy: which proposals are approved without a person looking at each, and who answers for that."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kb.curation.lifecycle import LIVE
from kb.errors import InvalidInput
from kb.model.knowledge import KnowledgeItem
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus, PatternKind, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """Approve patterns of one kind whose measures keep the bounds, ends included.

    Args:
        at_least: Smallest allowed value by measure; an item without the measure does not qualify.
        at_most: Greatest allowed value by measure.
        most: Only so many live at once by this clause, the strongest first; ``None`` is all.
    """

    pattern_kind: PatternKind
    at_least: Mapping[str, float] = field(default_factory=dict)
    at_most: Mapping[str, float] = field(default_factory=dict)
    most: int | None = None

    def admits(self, item: KnowledgeItem) -> bool:
        """Whether the item is of the kind, holds, waits for a verdict, and keeps the bounds."""
        waits = item.status is KnowledgeStatus.PROPOSED and item.standing is Standing.HOLDS
        return waits and self.covers(item)

    def covers(self, item: KnowledgeItem) -> bool:
        """Whether the item is of the kind and keeps the bounds, whatever became of it."""
        return item.pattern_kind is self.pattern_kind and self._keeps_bounds(item.measures)

    def _keeps_bounds(self, measures: Mapping[str, float]) -> bool:
        is_known = all(name in measures for name in (*self.at_least, *self.at_most))
        return (is_known and all(measures[name] >= low for name, low in self.at_least.items())
                and all(measures[name] <= high for name, high in self.at_most.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPolicy:
    """What is approved by standing decision of the person ``set_by``."""

    name: str
    set_by: str
    clauses: tuple[Clause, ...]

    def chosen(self, items: Iterable[KnowledgeItem]) -> tuple[KnowledgeItem, ...]:
        """The items that some clause admits and that ``set_by`` did not propose, strongest first."""
        known = list(items)
        offered = sorted((item for item in known if item.author != self.set_by),
                         key=lambda item: (-item.strength, item.id))
        found: dict[str, KnowledgeItem] = {}
        for clause in self.clauses:
            admitted = [item for item in offered if clause.admits(item)]
            found |= {item.id: item for item in admitted[:self._room(clause, known)]}
        return tuple(found.values())

    def _room(self, clause: Clause, known: Sequence[KnowledgeItem]) -> int | None:
        """How many more the clause may approve: what it approved before counts, so that twice is as once."""
        if clause.most is None:
            return None
        held = sum(item.policy == self.name and item.status in LIVE and clause.covers(item) for item in known)
        return max(0, clause.most - held)


def load_approval_policy(path: Path) -> ApprovalPolicy:
    """The policy in a TOML file: ``name``, ``set_by``, and ``[[approve]]`` with the fields of ``Clause``.

    Raises:
        InvalidInput: Naming what does not fit.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        clauses = tuple(Clause(**{**clause, "pattern_kind": PatternKind(clause["pattern_kind"])})
                        for clause in said["approve"])
        return ApprovalPolicy(name=said["name"], set_by=said["set_by"], clauses=clauses)
    except (OSError, tomllib.TOMLDecodeError, KeyError, ValueError, TypeError) as fault:
        msg = Text(zh=f"审批策略“{path.name}”不可用：{fault}",
                   en=f"approval policy '{path.name}' cannot be used: {fault}")
        raise InvalidInput(msg, hint=Text(zh="它需要 name、set_by，以及带 pattern_kind 的 [[approve]]",
                                          en="it needs name, set_by and [[approve]] with a pattern_kind")) from fault
