"""A rule set over whole tables: who fires, how many, and how far the others come."""

import operator
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from ibis.expr.types import BooleanValue, Table

from kb.errors import InvalidRule, NotFound
from kb.model.condition import Concluded, Condition
from kb.model.ids import CustomerKey, RuleId
from kb.model.rule import Rule
from ontology.schema import PropertyType, Schema
from ontology.text import Text
from rules.batch.expressions import KEY, Answer, TableScope, always, any_of, holds, is_true, joined
from rules.batch.gathering import BITS, Gathering
from rules.batch.passes import answered
from rules.batch.plan import Pass, canonical, plan, steps
from rules.batch.source import FactColumns, Source
from rules.condition.walk import CUSTOMER, concluded_in, kinds_in, reads
from rules.interpreter import RuleSet, compile_rules

Name = TypeVar("Name")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRules:
    """A rule set made ready for tables. Every answer is one SELECT over the source.

    All customers are asked at one moment: ``as_of``, epoch seconds, says which rules are in effect, and the rows of
    ``moment`` are a table of the source as any other (``same_for_all`` makes it where they are everybody's).

    Args:
        schema: The fact types.
        conditions: What each rule asks, ``canonical``.
        columns: Where each rule's answer stands while others are worked out.
        passes: The passes over related facts that the conditions need.
        properties: What the conditions read of each fact type.
        conclusions: Every (kind, value) that some rule makes or tests, sorted; one that nobody makes is false.
        gathering: How a pass remembers its answers: ``BITS``, or ``BOOLEANS`` on a backend without ``bit_or``.
    """

    ruleset: RuleSet
    schema: Schema
    conditions: Mapping[RuleId, Condition]
    columns: Mapping[RuleId, str]
    passes: tuple[Pass, ...]
    properties: Mapping[str, Mapping[str, PropertyType]]
    conclusions: tuple[tuple[str, str], ...]
    gathering: Gathering

    def fired(self, source: Source, *, as_of: int) -> Table:
        """One row for each customer: ``customer_key``, and whether each rule fires and each conclusion holds.

        A rule's column is called by its id, a conclusion's ``kind=value``; both are never unknown.
        """
        frame = self._read(source, as_of)
        fires = [frame.table[column].name(rule_id) for rule_id, column in self.columns.items()]
        holding = [frame.answers[_concluded(pair)](frame.table).name("=".join(pair)) for pair in self.conclusions]
        return frame.table.select(frame.table[KEY], *fires, *holding)

    def counts(self, source: Source, *, as_of: int) -> Mapping[RuleId, int]:
        """How many customers each rule fires for."""
        fired = self.fired(source, as_of=as_of)
        return _sums(fired, {rule_id: fired[rule_id] for rule_id in self.ruleset.rules})

    def funnels(self, source: Source, *, as_of: int) -> Mapping[RuleId, tuple[int, ...]]:
        """For each rule how many customers pass the first, the first two ... of its ``steps``.

        The last number is the rule's count; of a rule that is not in effect all are 0.
        """
        frame = self._read(source, as_of)
        funnels = {rule_id: _funnel(condition, frame) for rule_id, condition in self.conditions.items()}
        sums = _sums(frame.table, {(rule_id, at): passed for rule_id, funnel in funnels.items()
                                   for at, passed in enumerate(funnel)})
        rules = self.ruleset.rules
        return {rule_id: tuple(sums[rule_id, at] * rules[rule_id].is_in_effect(as_of) for at in range(len(funnel)))
                for rule_id, funnel in funnels.items()}

    def customers(self, source: Source, rule_id: RuleId, *, as_of: int) -> Table:
        """The ``customer_key`` of everybody for whom the rule fires; only what it rests on is read.

        Raises:
            NotFound: The rule is not in the set.
        """
        fired = self.only(rule_id).fired(source, as_of=as_of)
        return fired.filter(fired[rule_id]).select(KEY)

    def together(self, source: Source, combinations: Sequence[Collection[RuleId]], *,
                 as_of: int) -> dict[CustomerKey, tuple[int, ...]]:
        """Everybody for whom all rules of some combination fire, and the places of those combinations."""
        fired = self.fired(source, as_of=as_of)
        columns = {f"_c{place}": joined(operator.and_, [fired[rule_id] for rule_id in sorted(rules)],
                                        of_none=always(fired)) for place, rules in enumerate(combinations)}
        found = fired.select(KEY, **columns)
        rows = found.filter(any_of([found[name] for name in columns], found)).order_by(KEY).to_pyarrow().to_pylist()
        return {row[KEY]: tuple(place for place, name in enumerate(columns) if row[name]) for row in rows}

    def only(self, rule_id: RuleId) -> "TableRules":
        """The rule with those whose conclusions it builds on.

        Raises:
            NotFound: The rule is not in the set.
        """
        if rule_id not in self.ruleset.rules:
            msg = Text(zh=f"没有规则“{rule_id}”", en=f"unknown rule '{rule_id}'")
            raise NotFound(msg, hint=Text(zh="请指定该版本中的规则", en="Ask for a rule of the release."))
        needed = _rests_on(self.ruleset, self.ruleset.rules[rule_id])
        return compile_tables(compile_rules(needed, self.schema), self.schema, gathering=self.gathering)

    def _read(self, source: Source, as_of: int) -> TableScope:
        """Every customer with a column for each rule."""
        facts = FactColumns(source=source, properties=self.properties)
        alone = TableScope(table=facts.customers(), ids=(KEY,), answers=self._conclusions())
        frame = answered(alone, self.passes, facts, self.gathering)
        for stratum in self.ruleset.strata:
            fires = {self.columns[rule_id]: self._fires(rule_id, frame, as_of) for rule_id in stratum}
            frame = TableScope(table=frame.table.mutate(**fires), ids=frame.ids, answers=frame.answers)
        return frame

    def _fires(self, rule_id: RuleId, frame: TableScope, as_of: int) -> BooleanValue:
        if not self.ruleset.rules[rule_id].is_in_effect(as_of):
            return ~always(frame.table)
        return is_true(holds(self.conditions[rule_id], frame, CUSTOMER))

    def _conclusions(self) -> dict[Condition, Answer]:
        return {_concluded(pair): _made_by([self.columns[rule_id]
                                            for rule_id, made in self.ruleset.concludes.items() if made == pair])
                for pair in self.conclusions}


def compile_tables(ruleset: RuleSet, schema: Schema, *, gathering: Gathering = BITS) -> TableRules:
    """The rule set made ready for tables with the fact types of ``schema``.

    Args:
        ruleset: Of rules checked by ``rules.lint``.
        schema: The fact types, with the attributes that the base declares.
        gathering: ``BOOLEANS`` for a backend without ``bit_or``.

    Raises:
        InvalidRule: Two columns of the answer would have the same name but for case, which databases do not tell
            apart, or a rule tests a conclusion inside an ``Exists``.
    """
    conditions = {rule_id: canonical(rule.when) for rule_id, rule in ruleset.rules.items()}
    tested = {pair for condition in conditions.values() for pair in concluded_in(condition)}
    conclusions = tuple(sorted(tested | set(ruleset.concludes.values())))
    _check_names([KEY, *ruleset.rules, *map("=".join, conclusions)])
    return TableRules(
        ruleset=ruleset, schema=schema, conditions=conditions, passes=plan(conditions.values()),
        columns={rule_id: f"_rule_{number}" for number, rule_id in enumerate(conditions)},
        properties=_properties(conditions.values(), schema), conclusions=conclusions, gathering=gathering)


def _check_names(names: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        if name.lower() in seen:
            msg = Text(zh=f"“{name}”和“{seen[name.lower()]}”会成为表中同名的列",
                       en=f"{name!r} and {seen[name.lower()]!r} would name the same column of a table")
            raise InvalidRule(msg, hint=Text(zh="请改名规则或结论；不能只靠大小写区分",
                                             en="rename a rule or a conclusion; case alone does not tell them apart"))
        seen[name.lower()] = name


def _properties(conditions: Iterable[Condition], schema: Schema) -> Mapping[str, Mapping[str, PropertyType]]:
    wanted: dict[str, dict[str, PropertyType]] = {}
    for fact, name in sorted({read for condition in conditions for read in reads(condition)}):
        wanted.setdefault(fact, {})[name] = schema.facts[fact].properties[name].type
    return wanted


def _rests_on(ruleset: RuleSet, rule: Rule) -> list[Rule]:
    """The rule and, stratum by stratum downwards, every rule that makes a conclusion it builds on."""
    needed = {rule.id: rule}
    kinds = set(kinds_in(rule.when))
    for stratum in reversed(ruleset.strata):
        makers = [ruleset.rules[rule_id] for rule_id in stratum
                  if ruleset.concludes.get(rule_id, ("", ""))[0] in kinds]
        needed |= {maker.id: maker for maker in makers}
        kinds |= {kind for maker in makers for kind in kinds_in(maker.when)}
    return list(needed.values())


def _concluded(pair: tuple[str, str]) -> Concluded:
    return Concluded(kind=pair[0], value=pair[1])


def _made_by(columns: list[str]) -> Answer:
    return lambda table: any_of([table[name] for name in columns], table)


def _funnel(condition: Condition, frame: TableScope) -> list[BooleanValue]:
    passed = [is_true(holds(step, frame, CUSTOMER)) for step in steps(condition)]
    return list(accumulate(passed, operator.and_))


def _sums(table: Table, columns: Mapping[Name, BooleanValue]) -> dict[Name, int]:
    if not columns:
        return {}
    sums = table.aggregate([columns[name].sum().fill_null(0).name(f"_{at}") for at, name in enumerate(columns)])
    return dict(zip(columns, sums.to_pyarrow().to_pylist()[0].values(), strict=True))
