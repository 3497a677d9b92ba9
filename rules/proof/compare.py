"""Each reading held against the definition, customer by customer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kb.model.facts import Facts
from kb.model.ids import CustomerKey
from kb.model.rule import Rule
from rules.evaluate import RuleSet
from rules.proof.naive import naively_fired
from rules.proof.readings import Reading, Said

MOST_TOLD = 5
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
class Tally:
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

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            evaluations=self.evaluations + other.evaluations, rule_sets=self.rule_sets + other.rule_sets,
            firings=self.firings + other.firings, left_out=self.left_out + other.left_out,
            different=self.different + other.different,
            differences=(*self.differences, *other.differences)[:MOST_TOLD])


def compare(ruleset: RuleSet, people: Sequence[Facts], readings: Iterable[Reading]) -> Tally:
    """How the readings of ``ruleset`` stand to its definition.

    Args:
        ruleset: Of checked rules.
        people: Customers with unique keys.
        readings: Those to be compared.
    """
    rules = tuple(ruleset.rules.values())
    expected = [naively_fired(rules, facts) for facts in people]
    total = Tally(evaluations=len(people), rule_sets=1, firings=sum(len(fired) for fired, _ in expected))
    wrong: set[CustomerKey] = set()
    for reading in readings:
        try:
            found = list(reading.read(ruleset, people))
        except Exception as error:  # noqa: BLE001  # whatever stops a reading is a difference, and the others go on
            told = [Difference(reading=reading.name, rules=rules, facts=None,
                               message=f"fails with {type(error).__name__}: {error}")]
            wrong.update(facts.customer_key for facts in people)
            left_out = 0
        else:
            told = [Difference(reading=reading.name, rules=rules, facts=facts, message=_told(said, other))
                    for facts, said, other in zip(people, expected, found, strict=True) if other not in (None, said)]
            wrong.update(one.facts.customer_key for one in told if one.facts is not None)
            left_out = found.count(None)
        total += Tally(left_out=left_out, differences=tuple(told))
    return replace(total, different=len(wrong))


def _told(expected: Said, found: Said | None) -> str:
    if found is None:
        return "says nothing"
    more, less = sorted(found[0] - expected[0]), sorted(expected[0] - found[0])
    concluded = sorted("=".join(pair) for pair in expected[1] ^ found[1])
    parts = (("fires", more), ("does not fire", less), ("concludes otherwise", concluded))
    return "; ".join(f"{word} {', '.join(names)}" for word, names in parts if names)
