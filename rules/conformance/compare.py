"""Each reading held against the definition, customer by customer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from kb.model.facts import Facts
from kb.model.ids import CustomerKey
from kb.model.rule import Rule
from rules.conformance.naive import naively_fired
from rules.conformance.readings import Reading
from rules.conformance.reasons import misexplained
from rules.engine.program import Said
from rules.interpreter import RuleSet

_Found: TypeAlias = tuple[Sequence[tuple[Facts | None, str]], int]
"""Customers of whom something else is said, ``None`` for all, with what; and how many answers were left out."""

REASONS = "reasons"
"""The name under which it is told that a firing is explained otherwise than by its trace."""

MOST_TRACED = 100
"""Of so many customers the reasons are compared: a trace takes as long as all readings together."""

MOST_DIFFERENCES = 5
"""So many differences are kept whole; of the others only the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A reading that does not say what the definition says.

    Args:
        reading: Its name.
        rules: What was read.
        facts: The customer; ``None`` where the reading failed for all of them.
        message: What it said, or why it failed.
    """

    reading: str
    rules: tuple[Rule, ...]
    facts: Facts | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What was compared. An evaluation is one rule set on one customer, in every reading.

    Args:
        evaluations: How many.
        rule_sets: How many were read.
        firings: How often a rule fired, in all.
        left_out: How often a reading left the answer to the closures.
        different: On how many evaluations some reading differed; of a reading that failed, all count.
        differences: The first of them.
    """

    evaluations: int = 0
    rule_sets: int = 0
    firings: int = 0
    left_out: int = 0
    different: int = 0
    differences: tuple[Difference, ...] = ()

    def __add__(self, other: "Agreement") -> "Agreement":
        return Agreement(
            evaluations=self.evaluations + other.evaluations, rule_sets=self.rule_sets + other.rule_sets,
            firings=self.firings + other.firings, left_out=self.left_out + other.left_out,
            different=self.different + other.different,
            differences=(*self.differences, *other.differences)[:MOST_DIFFERENCES])


def compare(ruleset: RuleSet, people: Sequence[Facts], readings: Iterable[Reading]) -> Agreement:
    """How the readings of ``ruleset`` stand to its definition, and the reasons to the traces.

    Reasons are compared for the first customers, up to ``MOST_TRACED``.

    Args:
        ruleset: Of checked rules.
        people: Customers with unique keys.
        readings: Those to be compared.
    """
    rules = tuple(ruleset.rules.values())
    expected = [naively_fired(rules, facts) for facts in people]
    total = Agreement(evaluations=len(people), rule_sets=1, firings=sum(len(fired) for fired, _ in expected))
    wrong: set[CustomerKey] = set()
    checks = [(reading.name, partial(_unlike, reading, ruleset, people, expected)) for reading in readings]
    for name, check in (*checks, (REASONS, partial(_misexplained, ruleset, people))):
        try:
            told, left_out = check()
        except Exception as error:  # noqa: BLE001  # whatever stops a reading is a difference, and the others go on
            told, left_out = [(None, f"fails with {type(error).__name__}: {error}")], 0
        differences = [Difference(reading=name, rules=rules, facts=facts, message=message) for facts, message in told]
        wrong.update(one.customer_key for facts, _ in told for one in (people if facts is None else [facts]))
        total += Agreement(left_out=left_out, differences=tuple(differences))
    return replace(total, different=len(wrong))


def _unlike(reading: Reading, ruleset: RuleSet, people: Sequence[Facts], expected: Sequence[Said]) -> _Found:
    """What a reading says otherwise, and how often it leaves the answer to the closures."""
    found = list(reading.read(ruleset, people))
    told = [(facts, _told(said, other)) for facts, said, other in zip(people, expected, found, strict=True)
            if other not in (None, said)]
    return told, found.count(None)


def _misexplained(ruleset: RuleSet, people: Sequence[Facts]) -> _Found:
    told = [(facts, f"tells of {rule_id} what its trace does not")
            for facts, rule_id in misexplained(ruleset, people[:MOST_TRACED])]
    return told, 0


def _told(expected: Said, found: Said | None) -> str:
    if found is None:
        return "says nothing"
    more, less = sorted(found[0] - expected[0]), sorted(expected[0] - found[0])
    concluded = sorted("=".join(pair) for pair in expected[1] ^ found[1])
    parts = (("fires", more), ("does not fire", less), ("concludes otherwise", concluded))
    return "; ".join(f"{word} {', '.join(names)}" for word, names in parts if names)
