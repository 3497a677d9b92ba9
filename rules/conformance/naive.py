"""The fourth reading: the definition of the language as plainly as it reads, with nothing of the other three in it.

It is slow on purpose. Conclusions are not put in strata: one holds if some rule that makes it fires.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kb.model.condition import And, Concluded, Condition, Exists, Known, Not, Op, Or, Ref, Scalar, Test, Unknown
from kb.model.facts import Facts, Row
from kb.model.ids import RuleId
from kb.model.rule import Conclude, Rule

_HOLDS: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: operator.eq, Op.NE: operator.ne, Op.LT: operator.lt, Op.LE: operator.le, Op.GT: operator.gt,
    Op.GE: operator.ge, Op.BETWEEN: lambda value, ends: ends[0] <= value <= ends[1],
    Op.NOT_BETWEEN: lambda value, ends: value < ends[0] or value > ends[1],
    Op.IN: lambda value, members: any(value == member for member in members),
    Op.NOT_IN: lambda value, members: all(value != member for member in members),
}
Bound = Mapping[str, Mapping[str, Scalar]]


def naively_fired(rules: Iterable[Rule], facts: Facts) -> tuple[frozenset[RuleId], frozenset[tuple[str, str]]]:
    """The rules that fire for a customer, and what they conclude, by definition."""
    definition = Definition(rules=tuple(rules), facts=facts)
    fired = [rule for rule in definition.rules if definition.fires(rule)]
    return (frozenset(rule.id for rule in fired),
            frozenset((rule.then.kind, rule.then.value) for rule in fired if isinstance(rule.then, Conclude)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What the language means for one customer.

    Args:
        rules: All of them; no kind of conclusion depends on itself.
        facts: The customer.
        known: Which rules fire, as far as that was asked.
    """

    rules: tuple[Rule, ...]
    facts: Facts
    known: dict[RuleId, bool] = field(default_factory=dict)

    def fires(self, rule: Rule) -> bool:
        """Whether a rule is in effect and its condition true."""
        if rule.id not in self.known:
            is_begun = rule.valid_from is None or rule.valid_from <= self.facts.as_of
            is_over = rule.valid_to is not None and rule.valid_to <= self.facts.as_of
            self.known[rule.id] = is_begun and not is_over and self.truth(rule.when) is True
        return self.known[rule.id]

    def truth(self, condition: Condition, bound: Bound | None = None, here: str = "customer") -> bool | None:
        """Whether ``condition`` is true; ``None`` is unknown.

        Args:
            condition: Any part of a rule.
            bound: What each alias in scope stands for.
            here: The alias of the fact that tests read.
        """
        scope = bound or {"customer": self.facts.customer}
        match condition:
            case Test():
                return _tested(condition, scope, here)
            case Known(property=name):
                return name in scope[here]
            case Unknown(property=name):
                return name not in scope[here]
            case And(parts=parts):
                truths = [self.truth(part, scope, here) for part in parts]
                return False if False in truths else None if None in truths else True
            case Or(parts=parts):
                truths = [self.truth(part, scope, here) for part in parts]
                return True if True in truths else None if None in truths else False
            case Not(part=part):
                return {True: False, False: True, None: None}[self.truth(part, scope, here)]
            case Concluded(kind=kind, value=value):
                return any(self.fires(rule) for rule in self.rules if rule.then == Conclude(kind=kind, value=value))
            case Exists():
                return self._counted(condition, scope)

    def _counted(self, exists: Exists, bound: Bound) -> bool:
        count = 0
        for row in self.facts.related.get(exists.fact, ()):
            inside = {**bound, exists.alias: _values(row)}
            if self.truth(exists.where, inside, exists.alias) is True:
                count += 1
        return count >= exists.at_least and (exists.at_most is None or count <= exists.at_most)


def _tested(test: Test, bound: Bound, here: str) -> bool | None:
    value = bound[here].get(test.property)
    if isinstance(test.operand, Ref):
        operand: object = bound[test.operand.alias].get(test.operand.property)
    else:
        operand = _nine_decimals(test.operand)
    if value is None or operand is None:
        return None
    return _HOLDS[test.op](value, operand)


def _nine_decimals(operand: object) -> object:
    """Constants are cut as the tables cut values."""
    if isinstance(operand, tuple):
        return tuple(_nine_decimals(member) for member in operand)
    return round(operand, 9) if isinstance(operand, float) else operand


def _values(row: Row) -> Mapping[str, Scalar]:
    return row.values if row.days_ago is None else {"days_ago": row.days_ago, **row.values}
