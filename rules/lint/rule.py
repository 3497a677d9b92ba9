"""Whole rules: condition, effect and examples."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from kb.errors import InvalidRule
from kb.model.action import Action
from kb.model.condition import Ref, Scalar
from kb.model.ids import ActionId
from kb.model.quantile import as_written
from kb.model.rule import Conclude, Example, Recommend, Require, Rule
from kb.suggestion import did_you_mean
from ontology.schema import FactType, Schema
from ontology.text import Text
from rules.condition.strata import stratify
from rules.condition.walk import CUSTOMER, sought_aliases
from rules.interpreter import trace
from rules.interpreter.examples import example_facts
from rules.lint.condition import check_condition, fact_type, property_of
from rules.lint.constants import check_constant
from rules.lint.figures import check_figures


def check_rule(rule: Rule, schema: Schema, actions: Mapping[ActionId, Action], *,
               conclusions: Collection[str] | None = None) -> None:
    """Refuse a rule that does not type-check, leaves the safe subset, or contradicts its own examples.

    Args:
        rule: What is to be saved.
        schema: The fact types that rules may test.
        actions: The catalogue.
        conclusions: Kinds of conclusion that rules make; ``None`` where the other rules are not at hand.

    Raises:
        InvalidRule: With what was given, what was expected, and the nearest known word.
    """
    try:
        facts = check_condition(rule.when, schema, conclusions)
        _check_effect(rule, schema, actions, facts)
        check_figures(rule, schema)
        _check_dates(rule)
        for example in rule.examples:
            _check_example(rule, example, schema)
        stratify([rule])
    except InvalidRule as error:
        said = error.message_text
        msg = Text(zh=f"规则“{rule.id}”：{said.zh}", en=f"rule {rule.id!r}: {said.en}")
        raise InvalidRule(msg, hint=error.hint_text) from error


def check_rules(rules: Iterable[Rule], schema: Schema, actions: Mapping[ActionId, Action]) -> None:
    """Refuse a set of rules of which one is wrong, or that depend on each other in a circle.

    Raises:
        InvalidRule: As ``check_rule``; also for an id that stands twice, and a conclusion that no rule makes.
    """
    listed = tuple(rules)
    conclusions = {rule.then.kind for rule in listed if isinstance(rule.then, Conclude)}
    seen: set[str] = set()
    for rule in listed:
        if rule.id in seen:
            msg = Text(zh=f"有两条规则都叫“{rule.id}”", en=f"two rules are called {rule.id!r}")
            raise InvalidRule(msg, hint=Text(zh="请给每条规则单独的编号", en="give each rule an id of its own"))
        seen.add(rule.id)
        check_rule(rule, schema, actions, conclusions=conclusions)
    stratify(listed)


def _check_effect(rule: Rule, schema: Schema, actions: Mapping[ActionId, Action], facts: Mapping[str, str]) -> None:
    match rule.then:
        case Recommend(action=action, arguments=arguments):
            known = {name for other in actions.values() for name in other.parameters}
            _check_arguments(_action(action, actions), arguments, known)
            for value in arguments.values():
                if isinstance(value, Ref):
                    _check_bound(rule, value, schema, facts)
        case Require(family=family, action=action):
            if (family is None) is (action is None):
                msg = Text(zh="require 需要一个行动类别或一个行动", en="require needs either a family or an action")
                raise InvalidRule(msg, hint=Text(zh="请写 family:<类别> 或 action:<行动>",
                                                 en="write family:<family> or action:<action>"))
            if action is not None:
                _action(action, actions)
        case Conclude(kind=kind, value=value):
            if not (kind and value):
                msg = Text(zh=f"结论需要类型和值，得到的是 {kind!r} 和 {value!r}",
                           en=f"a conclusion needs a kind and a value, got {kind!r} and {value!r}")
                raise InvalidRule(msg, hint=Text(zh="请写 conclude = { kind = ..., value = ... }",
                                                 en="write conclude = { kind = ..., value = ... }"))


def _action(action: ActionId, actions: Mapping[ActionId, Action]) -> Action:
    if action not in actions:
        msg = Text(zh=f"没有行动“{action}”", en=f"unknown action {action!r}")
        raise InvalidRule(msg, hint=did_you_mean(action, actions))
    return actions[action]


def _check_arguments(action: Action, arguments: Mapping[str, Scalar | Ref], known: Collection[str]) -> None:
    """Every parameter is given; what is given besides is some action's, for arbitration reads it too."""
    for name in action.parameters:
        if name not in arguments:
            msg = Text(zh=f"行动“{action.id}”需要参数“{name}”", en=f"action {action.id!r} needs the argument {name!r}")
            raise InvalidRule(msg, hint=Text(zh=f"请写 arguments = {{ {name} = ... }}",
                                             en=f"give arguments = {{ {name} = ... }}"))
    for name in arguments:
        if name not in known:
            msg = Text(zh=f"行动“{action.id}”没有参数“{name}”，其他行动也没有",
                       en=f"action {action.id!r} has no parameter {name!r}, nor has any other action")
            raise InvalidRule(msg, hint=did_you_mean(name, known))


def _check_bound(rule: Rule, ref: Ref, schema: Schema, facts: Mapping[str, str]) -> None:
    """An argument can be read from the customer, or from a row that the rule has found when it fires."""
    bound = {CUSTOMER, *sought_aliases(rule.when)}
    if ref.alias not in bound:
        msg = Text(zh=f"参数 ${ref.alias}.{ref.property} 引用的“{ref.alias}”没有对应的记录",
                   en=f"the argument ${ref.alias}.{ref.property} refers to {ref.alias!r}, which no row stands for")
        raise InvalidRule(msg, hint=did_you_mean(ref.alias, bound))
    property_of(schema.facts[facts[ref.alias]], ref.property)


def _check_dates(rule: Rule) -> None:
    if rule.valid_from is not None and rule.valid_to is not None and rule.valid_from >= rule.valid_to:
        msg = Text(zh=f"规则在 {rule.valid_to} 结束，早于开始 {rule.valid_from}",
                   en=f"the rule ends at {rule.valid_to}, before it starts at {rule.valid_from}")
        raise InvalidRule(msg, hint=Text(zh="请让 valid_from 早于 valid_to", en="let valid_from come before valid_to"))


def _check_example(rule: Rule, example: Example, schema: Schema) -> None:
    _check_values(schema.facts[CUSTOMER], example.customer)
    for name, rows in example.related.items():
        for row in rows:
            _check_values(fact_type(schema, name), row)
    plain = replace(rule, when=as_written(rule.when))  # examples show what was written, not what a base made of it
    found = trace(plain, example_facts(example), frozenset(example.conclusions))
    if (found.truth is True) is not example.fires:
        said = {True: "true", False: "false", None: "unknown"}[found.truth]
        msg = Text(zh=f"示例“{example.name}”期望 fires = {str(example.fires).lower()}，但条件为 {said}",
                   en=f"example {example.name!r} expects fires = {str(example.fires).lower()}, but the condition "
                      f"is {said}")
        raise InvalidRule(msg, hint=Text(zh="请修改条件或示例", en="mend the condition or the example"))


def _check_values(fact: FactType, values: Mapping[str, Scalar]) -> None:
    for name, value in values.items():
        check_constant(property_of(fact, name), value)
