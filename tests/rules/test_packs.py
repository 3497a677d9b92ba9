import re
from string import Formatter

import pytest

from kb.curation.quantile_resolution import resolved
from kb.errors import InvalidInput
from kb.facts.distribution import Distributions, marks_of
from kb.model.facts import Facts, Row
from kb.model.quantile import quantiles_in
from kb.model.rule import Recommend
from ontology.schema import load_schema
from ontology.vocabulary import ActionFamily, Channel, FactName, Purpose
from rules.interpreter import trace
from rules.lint import check_rule, demand_sound
from rules.packs.pack import SHIPPED, load_pack

PACK = load_pack()
SCHEMA = load_schema()
EXAMPLES = [pytest.param(rule, example, id=f"{rule.id}: {example.name}")
            for rule in PACK.rules for example in rule.examples]


def facts_of(example):
    related = {fact: tuple(Row(key=str(number), days_ago=row.get("days_ago"), values=row)
                           for number, row in enumerate(rows)) for fact, rows in example.related.items()}
    return Facts(customer_key="c1", as_of=0, customer=example.customer, related=related)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_every_example_of_the_pack_passes(rule, example):
    assert (trace(rule, facts_of(example), frozenset(example.conclusions)).truth is True) is example.fires


@pytest.mark.parametrize("rule", PACK.rules, ids=lambda rule: rule.id)
def test_every_rule_of_the_pack_fits_the_ontology_and_the_catalogue(rule):
    check_rule(rule, SCHEMA, {action.id: action for action in PACK.actions})


@pytest.mark.parametrize("rule", PACK.rules, ids=lambda rule: rule.id)
def test_every_rule_has_an_example_that_fires_and_one_that_does_not(rule):
    assert {example.fires for example in rule.examples} == {True, False}
    assert rule.sentence is not None


def test_the_catalogue_has_an_action_of_every_family():
    assert {action.family for action in PACK.actions} == set(ActionFamily)


@pytest.mark.parametrize("action", PACK.actions, ids=lambda action: action.id)
def test_every_action_speaks_both_languages_in_each_channel_it_names(action):
    assert {Channel.PHONE, Channel.STORE, Channel.WEB} <= action.contents.keys()
    for text in (action.name, *action.contents.values()):
        assert any("一" <= letter <= "鿿" for letter in text.zh)
        assert text.en.isascii()
        assert placeholders(text.zh) == placeholders(text.en)
    assert all(placeholders(text.zh) <= set(action.parameters) for text in action.contents.values())


@pytest.mark.parametrize("action", PACK.actions, ids=lambda action: action.id)
def test_every_action_is_worth_its_cost_by_its_prior(action):
    assert 0 < action.prior <= 1
    assert action.prior * action.value > action.cost


def test_service_is_told_from_marketing():
    service = {action.id for action in PACK.actions if action.purpose is Purpose.SERVICE}
    assert service == {"service_recovery", "delivery_follow_up", "care_best", "greeting", "survey", "ask_profile"}


def test_every_rule_that_recommends_gives_the_arguments_its_action_needs():
    actions = {action.id: action for action in PACK.actions}
    for rule in PACK.rules:
        if isinstance(rule.then, Recommend):
            assert set(actions[rule.then.action].parameters) <= rule.then.arguments.keys()


def test_every_question_asks_for_a_property_of_the_customer():
    known = SCHEMA.facts[FactName.CUSTOMER].properties
    assert [name for ask in PACK.questions for name in ask.properties if name not in known] == []


def test_rules_about_orders_join_only_where_a_base_holds_orders():
    def ids(*tables):
        return {rule.id for rule in load_pack(tables=tables).rules}

    assert "silent-beyond-rhythm" in ids("order_lines") - ids("subscriptions")
    assert "contract-ended" in ids("subscriptions") - ids("order_lines")
    assert ids() < ids("order_lines") < {rule.id for rule in PACK.rules}


def test_a_pack_without_one_of_its_files_is_refused_by_the_name_of_the_file(tmp_path):
    with pytest.raises(InvalidInput, match=r"no file actions\.toml"):
        load_pack(tmp_path)


def test_an_action_with_an_unknown_family_is_refused_by_its_id(tmp_path):
    for file in SHIPPED.glob("*.toml"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8").replace('"care"', '"caring"'),
                                          encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"care_best.*caring"):
        load_pack(tmp_path)


def placeholders(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("spread", [
    [7.0] * 100, [1.0] * 100, [float(n) for n in range(1, 101)], [0.5 * n for n in range(1, 1_001)],
], ids=["all alike", "every day", "even", "many"])
def test_whatever_a_base_makes_of_its_constants_the_rules_of_the_pack_can_hold(spread):
    """Where all customers come equally often, all quantiles are one number."""
    marks = marks_of(spread)
    tested = {name for rule in PACK.rules for test, quantile in quantiles_in(rule.when)
              for name in (quantile.of or test.property,)}
    here = Distributions({f"{fact}.{name}": marks for fact in ("customer", "subscription") for name in tested})
    rules = [resolved(rule, here) for rule in PACK.rules]
    assert any(rule != written for rule, written in zip(rules, PACK.rules, strict=True))
    demand_sound(rules, SCHEMA, {action.id: action for action in PACK.actions})
    assert not [rule.id for rule in rules if rule.sentence and ">=" in rule.sentence.en]


@pytest.mark.parametrize("rule", [rule for rule in PACK.rules if rule.sentence is not None],
                         ids=lambda rule: rule.id)
def test_an_agent_reads_a_rule_at_a_glance(rule):
    """At most 25 words and two numbers; a placeholder is one number, or one word."""
    said = rule.sentence.en
    assert len(said.split()) <= 25
    assert len(re.findall(r"\{[^}]*\}|\d+", said)) <= 2
