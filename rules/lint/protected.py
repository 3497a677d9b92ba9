"""Rules that treat people differently by what nobody may be treated differently for without a good reason.

Which attributes are protected is said in the ontology and by the mappings (``ontology.protected``). To ask only
whether one is known is no difference by it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from kb.model.condition import And, Condition, Known, Not, Or, Ref, Test, Unknown, walk
from kb.model.rule import Conclude, Recommend, Rule
from ontology.schema import Schema
from ontology.text import Text
from ontology.vocabulary import FactName
from rules.condition.walk import CUSTOMER, by_depth, concluded_in, outside
from rules.explain.phrases import joined
from rules.lint.finding import Finding, FindingKind, warning
from rules.lint.overlap import with_one_effect
from rules.lint.wording import Wording

_DECIDES = Text(
    zh="按受保护属性（{names}）区别对待客户：{tests}。请确认法律或商品本身要求如此，并能向客户说明；否则改按客户的行为或意愿判断",
    en="it treats customers differently by a protected attribute ({names}): {tests}; make sure that the law or the"
       " product itself asks for it and that you could tell the customer so, or decide by what they do or wish instead")
_FILLS = Text(
    zh="把受保护属性（{names}）写进推荐内容。请确认客户看到时能够理解并接受",
    en="it puts a protected attribute ({names}) into what it recommends; make sure that the customer may see it there")
_BY_WAY = Text(
    zh="通过结论“{conclusion}”按受保护属性（{names}）区别对待客户，该结论由规则“{other}”得出。请确认法律或商品本身要求如此；"
       "否则改按客户的行为或意愿判断",
    en="by way of the conclusion '{conclusion}', drawn by {other}, it treats customers differently by a protected"
       " attribute ({names}); make sure that the law or the product itself asks for it, or decide by what they do or"
       " wish instead")
_PAIR = Text(zh="与规则“{other}”只在受保护属性（{names}）上不同",
             en="it differs from {other} by a protected attribute alone: {names}")
_COMMA = Text(zh="、", en=", ")
_SEMICOLON = Text(zh="；", en="; ")


@dataclass(frozen=True, slots=True)
class _Protected:
    """The protected attributes of the customer, with what people call them."""

    labels: Mapping[str, Text]

    def tests(self, when: Condition) -> list[Test]:
        """The tests that read the value of one."""
        own = [part for part in outside(when) if isinstance(part, Test) and part.property in self.labels]
        return own + [part for part in walk(when) if isinstance(part, Test) and self.is_read(part.operand)]

    def is_read(self, value: object) -> bool:
        """Whether a value is taken from one."""
        return isinstance(value, Ref) and value.alias == CUSTOMER and value.property in self.labels

    def names(self, properties: Iterable[str]) -> Text:
        """What people call some of them."""
        return joined([self.labels[name] for name in sorted(set(properties) & self.labels.keys())], _COMMA)


def check_protected(rules: Iterable[Rule], schema: Schema, say: Wording) -> Iterator[Finding]:
    """Rules that decide by a protected attribute, and pairs that differ by one alone."""
    listed = tuple(rules)
    protected = _Protected({known.name: known.labels for known in schema.facts[FactName.CUSTOMER].properties.values()
                            if known.protected})
    for rule in listed:
        yield from _decides(rule, protected, say)
    yield from _by_way(listed, protected)
    yield from _pairs(listed, protected.labels)


def _decides(rule: Rule, protected: _Protected, say: Wording) -> Iterator[Finding]:
    if tests := protected.tests(rule.when):
        yield warning(rule.id, FindingKind.PROTECTED, _DECIDES.fill(
            names=protected.names(_read(tests)), tests=joined([say(test) for test in dict.fromkeys(tests)],
                                                              _SEMICOLON)))
    if isinstance(rule.then, Recommend):
        read = [value.property for value in rule.then.arguments.values()
                if isinstance(value, Ref) and protected.is_read(value)]
        if read:
            yield warning(rule.id, FindingKind.PROTECTED, _FILLS.fill(names=protected.names(read)))


def _read(tests: Iterable[Test]) -> Iterator[str]:
    for test in tests:
        yield test.property
        if isinstance(test.operand, Ref):
            yield test.operand.property


def _by_way(rules: tuple[Rule, ...], protected: _Protected) -> Iterator[Finding]:
    """Rules that rest on a conclusion which is drawn by a protected attribute, at whatever distance."""
    drawn = {(rule.then.kind, rule.then.value): (rule, frozenset(_read(tests))) for rule in rules
             if isinstance(rule.then, Conclude) and (tests := protected.tests(rule.when))}
    told: set[tuple[str, str]] = set()
    while told != drawn.keys():
        told = set(drawn)
        for rule in rules:
            for name in concluded_in(rule.when).intersection(told):
                if isinstance(rule.then, Conclude):
                    drawn.setdefault((rule.then.kind, rule.then.value), (rule, drawn[name][1]))
    for rule in rules:
        for name in sorted(concluded_in(rule.when).intersection(drawn)):
            other, read = drawn[name]
            yield warning(rule.id, FindingKind.PROTECTED, _BY_WAY.fill(
                conclusion=" = ".join(name), other=other.name, names=protected.names(read)))


def _pairs(rules: tuple[Rule, ...], protected: Mapping[str, Text]) -> Iterator[Finding]:
    """Rules that do the same in the same case, but for a protected attribute."""
    for same in with_one_effect(rules):
        for rule, other in combinations(same, 2):
            names = _named(rule.when, protected) | _named(other.when, protected)
            if names and by_depth(rule.when) != by_depth(other.when) \
                    and by_depth(_without(rule.when, protected)) == by_depth(_without(other.when, protected)):
                yield warning(other.id, FindingKind.PROTECTED, _PAIR.fill(other=rule.name, names=joined(
                    [protected[name] for name in sorted(names)], _COMMA)))


def _named(condition: Condition, names: Mapping[str, object]) -> frozenset[str]:
    """Which of the properties ``names`` of the customer are spoken of."""
    return frozenset(part.property for part in outside(condition)
                     if isinstance(part, Test | Known | Unknown) and part.property in names)


def _without(condition: Condition, names: Mapping[str, object]) -> Condition:
    """``condition`` without its tests of ``names``."""
    match condition:
        case And(parts=parts) | Or(parts=parts):
            kept = tuple(_without(part, names) for part in parts if not _is_of(part, names))
            return kept[0] if len(kept) == 1 else replace(condition, parts=kept)
        case Not(part=part):
            return Not(part=_without(part, names))
        case _:
            return And(parts=()) if _is_of(condition, names) else condition


def _is_of(condition: Condition, names: Mapping[str, object]) -> bool:
    inner = condition.part if isinstance(condition, Not) else condition
    return isinstance(inner, Test | Known | Unknown) and inner.property in names
