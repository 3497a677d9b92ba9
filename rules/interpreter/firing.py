"""Which rules fire for a customer, with what they read and the arguments they bind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kb.model.condition import Scalar
from kb.model.decision import FactRead, Firing
from kb.model.facts import Facts, Row
from kb.model.ids import RuleId
from ontology.vocabulary import FactName
from rules.condition.values import values_of
from rules.interpreter.kleene import Conclusions
from rules.interpreter.ruleset import Indexes, RuleSet, fired_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """What a rule set says of a customer. Firings are sorted by rule id."""

    firings: tuple[Firing, ...]
    conclusions: Conclusions

    @property
    def rule_ids(self) -> frozenset[RuleId]:
        """The rules that fired."""
        return frozenset([firing.rule_id for firing in self.firings])


def fire(ruleset: RuleSet, facts: Facts) -> Fired:
    """Which rules fire, each with the values that its true tests read and its arguments, and what they conclude."""
    indexes = Indexes(ruleset.indexes, facts.related)
    fired, conclusions = fired_of(ruleset, facts, indexes)
    return _explained(ruleset, facts, fired, conclusions, indexes)


def explain(ruleset: RuleSet, facts: Facts, fired: Iterable[RuleId], conclusions: Conclusions) -> Fired:
    """The firings of rules that are known to fire.

    Args:
        ruleset: Where the rules are from.
        facts: The customer.
        fired: Ids of rules that fire.
        conclusions: Everything that they conclude.
    """
    return _explained(ruleset, facts, fired, conclusions, Indexes(ruleset.indexes, facts.related))


def _explained(ruleset: RuleSet, facts: Facts, fired: Iterable[RuleId], conclusions: Conclusions,
               indexes: Indexes) -> Fired:
    customer, related, of_row = facts.customer, facts.related, _RowsTold()
    told = _Told(FactName.CUSTOMER.value, "", customer)
    reasons = ruleset.reasons
    return Fired(conclusions=conclusions, firings=tuple([
        reasons[rule_id](customer, related, indexes, conclusions, told, of_row) for rule_id in sorted(fired)]))


class _Told(dict[str, FactRead]):
    """The values of one fact as firings tell them, each made when it is first asked for."""

    __slots__ = ("_fact", "_key", "_values")

    def __init__(self, fact: str, key: str, values: Mapping[str, Scalar]) -> None:
        super().__init__()
        self._fact, self._key, self._values = fact, key, values

    def __missing__(self, name: str) -> FactRead:
        read = FactRead(fact=self._fact, key=self._key, property=name, value=self._values.get(name))
        self[name] = read
        return read


class _RowsTold(dict[tuple[str, int], _Told]):
    """What is told of each row, by fact type and the row's identity, for as long as the rows live."""

    __slots__ = ()

    def __call__(self, fact: str, row: Row) -> _Told:
        place = fact, id(row)
        told = self.get(place)
        if told is None:
            told = self[place] = _Told(fact, row.key, values_of(row))
        return told
