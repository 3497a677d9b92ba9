"""Everything that can be said about a set of rules before it is saved or published."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache, partial

from kb.errors import InvalidRule
from kb.model.action import Action
from kb.model.ids import ActionId, RuleId
from kb.model.rule import Conclude, Recommend, Rule
from ontology.schema import Schema
from ontology.text import Text
from ontology.vocabulary import Channel
from rules.explain import sentence
from rules.lint.coverage import check_coverage
from rules.lint.finding import Finding, FindingKind, Severity, error, warning
from rules.lint.idle import check_idle
from rules.lint.overlap import check_blocked, check_conclusions, check_shadowed
from rules.lint.protected import check_protected
from rules.lint.reach import check_reach
from rules.lint.rule import check_rule, check_rules
from rules.reasoning import Logic

_REMEMBERED = 4_000
_OF_RULE = Text(zh="规则“{rule}”：{said}", en="rule '{rule}': {said}")
_MEND = Text(zh="请修改或停用这些规则；`zhike check` 会列出全部检查结果",
             en="mend or retire these rules; `zhike check` tells the findings")
_INVALID = Text(zh="规则无效（{said}）", en="{said}")
_NO_CONTENT = Text(zh="行动“{name}”在任何渠道都没有内容", en="the action {name} has no content in any channel")
_LACKS_CONTENT = Text(zh="行动“{name}”在这些渠道没有内容：{channels}",
                      en="the action {name} has no content in {channels}")


def check_release(rules: Iterable[Rule], schema: Schema, actions: Mapping[ActionId, Action],
                  labels: Mapping[str, Text] | None = None) -> tuple[Finding, ...]:
    """What is wrong with ``rules``, or looks wrong: errors first, then by rule.

    Args:
        rules: All that would be served together.
        schema: The fact types that rules may test.
        actions: The catalogue.
        labels: Words for values of the data and for actions; without them messages tell the values as they are.
    """
    listed = tuple(rules)
    found = list(_invalid(listed, schema, actions))
    if not found:
        found = list(_sound(listed, schema, actions, labels or {}))
    return tuple(sorted(set(found), key=lambda one: (one.severity, one.rule_id or "", one.kind, one.message.en)))


def demand_sound(rules: Iterable[Rule], schema: Schema, actions: Mapping[ActionId, Action], *,
                 before: Iterable[Rule] = ()) -> None:
    """Refuse rules with an error among their findings.

    Args:
        rules: All that would stand together.
        schema: The fact types that rules may test.
        actions: The catalogue.
        before: All that stand together now: what is wrong with them already is no reason to refuse.

    Raises:
        InvalidRule: Naming each rule and what is wrong with it.
    """
    listed = tuple(rules)
    check_rules(listed, schema, actions)
    known = tuple(before)
    errors = [one for one in _errors(listed, schema, actions) if one not in _errors(known, schema, actions)]
    if errors:
        told = [_OF_RULE.fill(rule=one.rule_id, said=one.message) for one in errors]
        said = Text(zh="；".join(one.zh for one in told), en="; ".join(one.en for one in told))
        raise InvalidRule(said, hint=_MEND)


def _errors(rules: tuple[Rule, ...], schema: Schema, actions: Mapping[ActionId, Action]) -> list[Finding]:
    return [one for one in check_release(rules, schema, actions) if one.severity is Severity.ERROR]


def _invalid(rules: tuple[Rule, ...], schema: Schema, actions: Mapping[ActionId, Action]) -> Iterator[Finding]:
    conclusions = {rule.then.kind for rule in rules if isinstance(rule.then, Conclude)}
    is_each_valid = True
    for rule in rules:
        try:
            check_rule(rule, schema, actions, conclusions=conclusions)
        except InvalidRule as fault:
            is_each_valid = False
            yield _told(rule.id, fault)
    if is_each_valid:
        try:
            check_rules(rules, schema, actions)
        except InvalidRule as fault:
            yield _told(None, fault)


def _told(rule_id: RuleId | None, fault: InvalidRule) -> Finding:
    message, hint = fault.message_text, fault.hint_text
    said = Text(zh=f"{message.zh}；{hint.zh}", en=f"{message.en}; {hint.en}") if hint.en else message
    return error(rule_id, FindingKind.INVALID, _INVALID.fill(said=said))


def _sound(rules: tuple[Rule, ...], schema: Schema, actions: Mapping[ActionId, Action],
           labels: Mapping[str, Text]) -> Iterator[Finding]:
    logic = Logic.of(rules, schema)
    defined = logic.by_definition()
    say = lru_cache(_REMEMBERED)(partial(sentence, schema=schema, labels=labels))
    for rule in rules:
        yield from check_reach(rule, logic, say, defined)
        if not defined.is_impossible(rule.when):
            yield from check_idle(rule, logic, defined, say)
        yield from check_coverage(rule, say)
    yield from check_shadowed(rules, defined)
    yield from check_blocked(rules, actions, logic)
    yield from check_conclusions(rules, schema)
    yield from check_protected(rules, schema, say)
    yield from _contents(rules, schema, actions)


def _contents(rules: tuple[Rule, ...], schema: Schema, actions: Mapping[ActionId, Action]) -> Iterator[Finding]:
    """Recommended actions without words: told once for each action, at the first rule that recommends it."""
    first = {rule.then.action: rule for rule in reversed(rules) if isinstance(rule.then, Recommend)}
    for name, rule in first.items():
        action = actions[name]
        lacking = [schema.label("channel", channel) for channel in Channel if channel not in action.contents]
        if not action.contents:
            yield error(rule.id, FindingKind.CONTENT, _NO_CONTENT.fill(name=action.name))
        elif lacking:
            yield warning(rule.id, FindingKind.CONTENT, _LACKS_CONTENT.fill(name=action.name, channels=Text(
                zh="、".join(text.zh for text in lacking), en=", ".join(text.en for text in lacking))))
