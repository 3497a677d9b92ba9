"""Two releases over the same customers: who is told something else by their rules."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from ibis.expr.types import BooleanValue, Table

from kb.model.ids import CustomerKey, ItemId, RuleId
from ontology.vocabulary import FactName
from rules.batch.compiled import TableRules, compile_tables
from rules.batch.expressions import KEY, any_of
from rules.batch.source import ROW_KEY, Source
from rules.interpreter import compile_rules

_BEFORE, _AFTER = "before", "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One release's rules over the customers of a source.

    Args:
        source: With the knowledge that the release publishes, and no other (``published_by``).
        as_of: The moment at which all are asked, epoch seconds.
    """

    rules: TableRules
    source: Source
    as_of: int

    def customers(self) -> list[CustomerKey]:
        """Everybody, in the order of the keys."""
        return _keys(self.source[FactName.CUSTOMER.value])

    def only(self, wanted: Collection[RuleId]) -> "Side":
        """The same with those of its rules that are wanted; the makers of conclusions that these test among them."""
        schema, kept = self.rules.schema, [rule for name, rule in self.rules.ruleset.rules.items() if name in wanted]
        return replace(self, rules=compile_tables(compile_rules(kept, schema), schema, gathering=self.rules.gathering))

    def counts(self) -> Mapping[RuleId, int]:
        """How many customers each rule fires for."""
        return self.rules.counts(self.source, as_of=self.as_of)

    def funnels(self) -> Mapping[RuleId, tuple[int, ...]]:
        """For each rule how many customers pass the first, the first two ... of its tests."""
        return self.rules.funnels(self.source, as_of=self.as_of)

    def fired(self, name: str) -> Table:
        """Who fires which rule; the columns begin with ``name``."""
        fired = self.rules.fired(self.source, as_of=self.as_of)
        return fired.select(KEY, **{_column(name, rule_id): fired[rule_id] for rule_id in self.rules.ruleset.rules})


def published_by(items: Collection[ItemId], source: Source) -> Source:
    """``source`` with the knowledge of these items alone: what a release publishes is what its rules can read."""
    known = source[FactName.KNOWLEDGE.value]
    return {**source, FactName.KNOWLEDGE.value: known.filter(known[ROW_KEY].isin(sorted(items)))}


def differing(before: Side, after: Side, *, otherwise: Collection[RuleId]) -> list[CustomerKey]:
    """The customers for whom some rule fires on one side alone, or one of ``otherwise`` on either.

    Args:
        before: One release.
        after: The other one, over the same customers.
        otherwise: Rules that do not do the same on both sides.
    """
    both = before.fired(_BEFORE).join(after.fired(_AFTER), KEY)
    old, new = before.rules.ruleset.rules, after.rules.ruleset.rules
    same = [rule_id for rule_id in old if rule_id in new and rule_id not in otherwise]
    differs: list[BooleanValue] = [both[_column(_BEFORE, name)] != both[_column(_AFTER, name)] for name in same]
    differs += [both[_column(_BEFORE, name)] for name in old if name not in same]
    differs += [both[_column(_AFTER, name)] for name in new if name not in same]
    return _keys(both.filter(any_of(differs, both)))


def _column(name: str, rule_id: RuleId) -> str:
    return f"{name} {rule_id}"


def _keys(table: Table) -> list[CustomerKey]:
    return [CustomerKey(key) for key in table.select(KEY).order_by(KEY).to_pyarrow()[KEY].to_pylist()]
