"""Conditions against the fact types of the ontology, and against what the engine can take."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import isclose

from kb.errors import InvalidRule
from kb.model.condition import Concluded, Condition, Exists, Known, Quantile, Ref, Test, Unknown, walk
from kb.suggestion import did_you_mean
from ontology.schema import FactType, Property, Schema
from ontology.text import Text
from ontology.vocabulary import FactName
from rules.condition.normal_form import Compared, Membership, Present, row_alternatives, rule_alternatives
from rules.condition.operators import OPERATORS
from rules.condition.walk import CUSTOMER, Occurrence, occurrences, outermost, refs
from rules.engine.patterns import MOST_TESTS_BETWEEN_ROWS, is_join, patterns_of
from rules.engine.program import MOST_PROPERTIES
from rules.lint.constants import NUMERIC, check_operand, check_operator, check_reference

_NO_QUANTILE = Text(
    zh="“{property} {op}”中的常数不能是{ranked}的分位数：只有 <、<=、>、>= 与数字之间、且属于客户或合约的属性可以",
    en="a quantile of {ranked} cannot stand for the constant of {property} {op}: it needs <, <=, > or >=, a number,"
       " and a property of the customer or of a subscription")
_PLAIN_CONSTANT = Text(zh="改为不带分位数的常数", en="give a constant without a quantile")
_NOT_HUNDREDTHS = Text(zh="分位数 {at}：应为 0.01 到 0.99 之间的百分位",
                       en="quantile {at}: expected hundredths, 0.01 to 0.99")
_TOP_TENTH = Text(zh="0.9 表示本库前十分之一达到的值", en="0.9 is the value that the top tenth of the base reaches")
_RANKED = frozenset({FactName.CUSTOMER.value, FactName.SUBSCRIPTION.value})
MOST_JOINED = 3
MOST_DEPTH = 20
_NAME = re.compile("[a-z][a-z0-9_]{0,39}")
_SPLIT = Text(zh="请把其中一部分写成单独的规则来得出结论", en="conclude a part of it in a rule of its own")


def check_condition(when: Condition, schema: Schema, conclusions: Collection[str] | None) -> Mapping[str, str]:
    """The fact type of each alias that ``when`` names, the customer among them.

    Args:
        when: The condition of a rule.
        schema: The fact types.
        conclusions: The kinds of conclusion that rules make; ``None`` where that is not known yet.

    Raises:
        InvalidRule: It does not type-check, or leaves the subset.
    """
    named = {CUSTOMER: CUSTOMER}
    for place in occurrences(when):
        _Check(schema=schema, conclusions=conclusions, place=place, named=named).run()
    for exists in outermost(when):
        _check_rows(exists)
    _check_breadth(when)
    return named


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """The check of one part where it stands; ``named`` has the fact type of each alias that was met so far."""

    schema: Schema
    conclusions: Collection[str] | None
    place: Occurrence
    named: dict[str, str]

    def run(self) -> None:
        if self.place.depth > MOST_DEPTH:
            msg = Text(zh=f"条件的嵌套超过 {MOST_DEPTH} 层",
                       en=f"the condition is nested deeper than {MOST_DEPTH} levels")
            raise InvalidRule(msg, hint=Text(zh="请把规则拆开", en="split the rule"))
        match self.place.part:
            case Test() as test:
                self._test(test)
            case Known(property=name) | Unknown(property=name):
                property_of(self._type(), name)
            case Concluded(kind=kind):
                self._concluded(kind)
            case Exists() as exists:
                self._exists(exists)

    def _type(self) -> FactType:
        return self.schema.facts[self.place.fact]

    def _test(self, test: Test) -> None:
        known = property_of(self._type(), test.property)
        check_operator(known, test.op)
        if isinstance(test.operand, Ref):
            check_reference(known, test.op, self._referred(test.operand))
        else:
            check_operand(known, test.op, test.operand)
        if test.quantile is not None:
            self._quantile(test, known, test.quantile)

    def _quantile(self, test: Test, known: Property, quantile: Quantile) -> None:
        ranked = known if quantile.of is None else property_of(self._type(), quantile.of)
        is_ordered = OPERATORS[test.op].is_ordered and {known.type, ranked.type} <= NUMERIC
        if not is_ordered or isinstance(test.operand, Ref | tuple) or self.place.fact not in _RANKED:
            raise InvalidRule(_NO_QUANTILE.fill(ranked=ranked.name, property=test.property, op=test.op.value),
                              hint=_PLAIN_CONSTANT)
        if not any(isclose(100 * quantile.at, hundredth) for hundredth in range(1, 100)):
            raise InvalidRule(_NOT_HUNDREDTHS.fill(at=quantile.at), hint=_TOP_TENTH)

    def _referred(self, ref: Ref) -> Property:
        if ref.alias not in self.place.facts:
            msg = Text(zh=f"${ref.alias}.{ref.property} 引用的“{ref.alias}”在这里不可用",
                       en=f"${ref.alias}.{ref.property} refers to {ref.alias!r}, which is not in scope here")
            raise InvalidRule(msg, hint=did_you_mean(ref.alias, self.place.facts))
        return property_of(self.schema.facts[self.place.facts[ref.alias]], ref.property)

    def _concluded(self, kind: str) -> None:
        if self.conclusions is not None and kind not in self.conclusions:
            msg = Text(zh=f"没有规则得出结论“{kind}”", en=f"no rule concludes {kind!r}")
            raise InvalidRule(msg, hint=did_you_mean(kind, self.conclusions))

    def _exists(self, exists: Exists) -> None:
        fact = fact_type(self.schema, exists.fact)
        if not fact.many:
            msg = Text(zh=f"“{exists.fact}”是单一事实，不是多条记录",
                       en=f"{exists.fact!r} is one fact, not a list of rows")
            raise InvalidRule(msg, hint=Text(zh="请直接测试它的属性，不用 exists",
                                             en="test its properties without 'exists'"))
        if exists.alias in self.named or not _NAME.fullmatch(exists.alias):
            msg = Text(zh=f"“{exists.alias}”不能用作 {exists.fact} 记录的名称：已被占用，或不是小写单词",
                       en=f"{exists.alias!r} cannot name a row of {exists.fact}: it is taken, or no lower-case word")
            raise InvalidRule(msg, hint=Text(zh="请用 as = 写一个规则中只出现一次的名称",
                                             en="write as = with a name that the rule uses once"))
        if exists.at_least < 0 or (exists.at_most is not None and exists.at_most < exists.at_least):
            msg = Text(zh=f"{exists.fact} 的数量不可能至少 {exists.at_least} 且至多 {exists.at_most}",
                       en=f"no count of {exists.fact} is at least {exists.at_least} and at most {exists.at_most}")
            raise InvalidRule(msg, hint=Text(zh="请让 at_least <= at_most，且都不小于 0",
                                             en="give at_least <= at_most, both 0 or more"))
        if exists.at_least == 0 and exists.at_most is None:
            msg = Text(zh=f"对 {exists.fact} 的 exists 在 at_least = 0 时对所有人都成立",
                       en=f"'exists' of {exists.fact} with at_least = 0 holds for everybody")
            raise InvalidRule(msg, hint=Text(zh="请给 at_least 或 at_most 一个界限",
                                             en="give at_least or at_most a bound"))
        self.named[exists.alias] = exists.fact


def fact_type(schema: Schema, name: str) -> FactType:
    """The fact type called ``name``."""
    if name not in schema.facts:
        msg = Text(zh=f"没有事实类型“{name}”", en=f"unknown fact type {name!r}")
        raise InvalidRule(msg, hint=did_you_mean(name, schema.facts))
    return schema.facts[name]


def property_of(fact: FactType, name: str) -> Property:
    """The property of ``fact`` called ``name``."""
    if name not in fact.properties:
        msg = Text(zh=f"{fact.name} 没有属性“{name}”", en=f"{fact.name} has no property {name!r}")
        raise InvalidRule(msg, hint=did_you_mean(name, fact.properties))
    return fact.properties[name]


def _check_rows(exists: Exists) -> None:
    """What only the engine's subset asks of an ``Exists`` with everything inside it."""
    nested = [node for node in walk(exists.where) if isinstance(node, Exists)]
    if 1 + len(nested) > MOST_JOINED:
        msg = Text(zh=f"{exists.fact} 的 exists 连接了 {1 + len(nested)} 个相关事实，最多 {MOST_JOINED} 个",
                   en=f"{1 + len(nested)} related facts are joined in 'exists' of {exists.fact}, expected at most "
                      f"{MOST_JOINED}")
        raise InvalidRule(msg, hint=_SPLIT)
    if exists.is_sought:
        _check_tests_between_rows(exists)
        return
    strangers = {ref.alias for ref in refs(exists.where)} - {CUSTOMER, exists.alias}
    if nested or strangers or any(isinstance(node, Concluded) for node in walk(exists.where)):
        msg = Text(zh=f"{exists.fact} 的计数涉及其他相关事实或结论",
                   en=f"the count of {exists.fact} speaks of other related facts or of conclusions")
        raise InvalidRule(msg, hint=Text(zh="计数只能引用客户和被计数的记录",
                                         en="a count may refer to the customer and to the counted row only"))


def _check_breadth(when: Condition) -> None:
    """All that an alternative asks of the customer stands in one fact of the engine, which takes so many properties."""
    for alternative in rule_alternatives(when):
        asked = {(literal.property, literal.members) if isinstance(literal, Membership)
                 else literal.property if isinstance(literal, Compared | Present) else literal
                 for literal in alternative}
        if len(asked) > MOST_PROPERTIES:
            msg = Text(zh=f"条件一次询问客户的 {len(asked)} 项内容，最多 {MOST_PROPERTIES} 项",
                       en=f"the condition asks {len(asked)} things of a customer at once, expected at most "
                          f"{MOST_PROPERTIES}")
            raise InvalidRule(msg, hint=_SPLIT)


def _check_tests_between_rows(exists: Exists) -> None:
    for pattern in (pattern for alternative in row_alternatives(exists) for pattern in patterns_of(alternative)):
        count = sum(map(is_join, pattern.literals))
        if count > MOST_TESTS_BETWEEN_ROWS:
            msg = Text(zh=f"有 {count} 个测试把 {pattern.fact} 的记录与其他事实比较，最多 {MOST_TESTS_BETWEEN_ROWS} 个",
                       en=f"{count} tests compare a row of {pattern.fact} with other facts, expected at most "
                          f"{MOST_TESTS_BETWEEN_ROWS}")
            raise InvalidRule(msg, hint=_SPLIT)
