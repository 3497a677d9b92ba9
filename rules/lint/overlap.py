"""Pairs of rules: one makes another idle, two exclude each other, two conclude what cannot both be."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations, permutations

from kb.model.action import Action
from kb.model.canonical import canonical
from kb.model.condition import Ref
from kb.model.ids import ActionId
from kb.model.rule import Conclude, Recommend, Require, Rule
from ontology.schema import Schema
from ontology.text import Text
from rules.engine.random_customers import draw_customers
from rules.interpreter import compile_rules, fired_ids
from rules.lint.finding import Finding, FindingKind, error, warning
from rules.reasoning import Logic

_DRAWN = 300
_SEED = 7
_SHADOWED = Text(zh="规则“{other}”成立时总已包含它：效果相同，条件更宽，这条规则不起作用",
                 en="it adds nothing to {other}: whenever this one holds, that one holds too, with the same effect")
_LOOSER = Text(zh="前提“{other}”已经更严，这条前提不起作用",
               en="the requirement {other} is stricter already, so that this one never holds anything back")
_BLOCKED = Text(zh="与前提“{other}”矛盾：条件成立时该前提必不成立，推荐永远无法提出",
                en="it contradicts the requirement {other}: whenever this rule holds, that one does not,"
                   " so that the action is never offered")
_BOTH = Text(zh="与前提“{other}”互相排斥：两条不能同时成立，相关行动永远无法推荐",
             en="it excludes the requirement {other}: both can never hold, so that the action is never offered")
_DISAGREE = Text(zh="与规则“{other}”可对同一客户得出不同结论：{kind} 既为 {value} 又为 {others}",
                 en="for one customer it can conclude {kind} = {value} while {other} concludes {kind} = {others}")


def check_shadowed(rules: Iterable[Rule], logic: Logic) -> Iterator[Finding]:
    """Rules that another one makes idle; of two that say the same, the later by id."""
    for same in with_one_effect(rules):
        for rule, other in permutations(same, 2):
            if _is_idle(rule, other, logic) and not (rule.id < other.id and _is_idle(other, rule, logic)):
                told = _LOOSER if isinstance(rule.then, Require) else _SHADOWED
                yield warning(rule.id, FindingKind.SHADOWED, told.fill(other=other.name))


def check_blocked(rules: Iterable[Rule], actions: Mapping[ActionId, Action], logic: Logic) -> Iterator[Finding]:
    """Recommendations that a requirement never lets through, and requirements that exclude each other."""
    listed = tuple(rules)
    requirements = [rule for rule in listed if isinstance(rule.then, Require)]
    for rule in listed:
        if isinstance(rule.then, Recommend):
            action = actions[rule.then.action]
            for other in (one for one in requirements if one.guards(action)):
                if _covers(other, rule) and logic.is_impossible(rule.when, other.when):
                    yield error(rule.id, FindingKind.BLOCKED, _BLOCKED.fill(other=other.name))
    for rule, other in combinations(requirements, 2):
        meet = any(rule.guards(action) and other.guards(action) for action in actions.values())
        if meet and (_covers(rule, other) or _covers(other, rule)) and logic.is_impossible(rule.when, other.when):
            yield error(other.id, FindingKind.BLOCKED, _BOTH.fill(other=rule.name))


def check_conclusions(rules: Iterable[Rule], schema: Schema) -> Iterator[Finding]:
    """Conclusions of one kind with two values that some customer gets both; each is seen on a drawn customer."""
    concluding = {rule.id: rule for rule in rules if isinstance(rule.then, Conclude)}
    if len(concluding) < 2:  # noqa: PLR2004  # two are a pair
        return
    undated = [replace(rule, valid_from=None, valid_to=None) for rule in concluding.values()]
    ruleset = compile_rules(undated, schema)
    met = {pair for facts in draw_customers(ruleset, count=_DRAWN, seed=_SEED)
           for pair in combinations(sorted(fired_ids(ruleset, facts)[0]), 2)}
    for one, other in sorted(met):
        first, second = concluding[one].then, concluding[other].then
        if isinstance(first, Conclude) and isinstance(second, Conclude) and first.kind == second.kind \
                and first.value != second.value:
            yield warning(one, FindingKind.DISAGREEING, _DISAGREE.fill(
                other=concluding[other].name, kind=first.kind, value=first.value, others=second.value))


def with_one_effect(rules: Iterable[Rule]) -> Iterator[list[Rule]]:
    """The rules by effect and level, sorted by id; arguments that are read from a row are no common effect."""
    groups: dict[bytes, list[Rule]] = {}
    for rule in sorted(rules, key=lambda rule: rule.id):
        if not (isinstance(rule.then, Recommend) and any(isinstance(one, Ref) for one in rule.then.arguments.values())):
            groups.setdefault(canonical((rule.then, rule.level)), []).append(rule)
    yield from groups.values()


def _is_idle(rule: Rule, other: Rule, logic: Logic) -> bool:
    """Whether ``rule`` changes nothing beside ``other``; one with figures of its own does."""
    if not _covers(other, rule):
        return False
    if isinstance(rule.then, Require):
        return logic.implies(other.when, rule.when)
    return _figures(rule) == _figures(other) and logic.implies(rule.when, other.when)


def _figures(rule: Rule) -> tuple[object, ...]:
    return (rule.propensity, rule.own_propensity, rule.value, rule.own_value)


def _covers(wide: Rule, narrow: Rule) -> bool:
    """Whether ``wide`` is in effect whenever ``narrow`` is."""
    starts = wide.valid_from is None or (narrow.valid_from is not None and wide.valid_from <= narrow.valid_from)
    ends = wide.valid_to is None or (narrow.valid_to is not None and narrow.valid_to <= wide.valid_to)
    return starts and ends
