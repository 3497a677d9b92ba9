"""The readings of a release's own rules compared, before it is served."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from random import Random

from kb.errors import InvalidRule
from kb.model.facts import Facts
from kb.model.ids import CustomerKey
from ontology.text import Text
from rules.conformance.compare import compare
from rules.conformance.readings import Reading, open_readings
from rules.engine.random_customers import draw_customers
from rules.interpreter import RuleSet
from rules.interpreter.examples import example_facts

DRAWN = 200
_MOST_MOMENTS = 4


def demand_agreement(ruleset: RuleSet, *, as_of: int, drawn: int = DRAWN, seed: int = 7,
                     readings: Sequence[Reading] | None = None) -> None:
    """Return if every reading of ``ruleset`` says what its definition says.

    They are asked of the customers in the rules' examples, and of customers drawn around the rules' constants at
    moments where rules come into effect or end.

    Args:
        ruleset: Of checked rules.
        as_of: The moment at which it would be served first, epoch seconds.
        drawn: How many customers are drawn.
        seed: Of the draw.
        readings: Those to be compared; all of them unless given.

    Raises:
        InvalidRule: Some reading differs; the message says which, on which rules and for which customer.
    """
    moments = tuple(_moments(ruleset, as_of, seed))
    people = (*_golden(ruleset, as_of), *draw_customers(ruleset, count=drawn, seed=seed, moments=moments))
    with open_readings() if readings is None else nullcontext(tuple(readings)) as opened:
        tally = compare(ruleset, people, opened)
    if tally.different:
        first = tally.differences[0]
        who = "any customer" if first.facts is None else first.facts.customer_key
        msg = Text(zh=f"这些规则的读法在 {tally.evaluations} 位客户中的 {tally.different} 位上不一致："
                      f"{first.reading} {first.message}，{who}",
                   en=f"the readings of these rules differ on {tally.different} of {tally.evaluations} customers:"
                      f" the reading {first.reading!r} {first.message} for {who}")
        raise InvalidRule(msg, hint=Text(zh="请不要发布这些规则，并报告它们",
                                         en="do not publish these rules, and report them"))


def _golden(ruleset: RuleSet, as_of: int) -> Iterator[Facts]:
    """The customers of all examples; each is held against all rules, so no two may have the same key."""
    for rule in ruleset.rules.values():
        for number, example in enumerate(rule.examples):
            key = CustomerKey(f"example {example.name!r} of {rule.id}" + f" ({number})" * (number > 0))
            yield replace(example_facts(example, as_of=as_of), customer_key=key)


def _moments(ruleset: RuleSet, as_of: int, seed: int) -> list[int]:
    """``as_of``, and some of the instants at which a rule comes into effect or ends."""
    turns = sorted({instant for rule in ruleset.rules.values() for instant in (rule.valid_from, rule.valid_to)
                    if instant is not None})
    chance = Random(seed)  # noqa: S311  # test data, not secrets
    return [as_of, *chance.sample(turns, min(len(turns), _MOST_MOMENTS - 1))]
