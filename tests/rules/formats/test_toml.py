"""Rules in TOML: what a person writes, and what is said where it cannot be read."""

import tomllib

import pytest

from kb.errors import InvalidRule
from kb.model.condition import ALWAYS, And, Concluded, Exists, Not, Op, Ref, Test
from kb.model.rule import Conclude, Example, Recommend, Require
from ontology.vocabulary import ActionFamily, Level
from rules.formats import condition_from_toml, load_rules, rule_from_toml, rule_to_toml

FILE = """
[[rule]]
id = "second-complaint"
name = { zh = "再次投诉", en = "A second complaint" }
author = "service desk"
level = "eligibility"
propensity = 1
value = 12
valid_from = 2018-01-01T00:00:00Z
rests_on = ["belief-1"]
when = { all = [
    { property = "recency_days", op = "<=", value = 90 },
    { exists = "interaction", as = "c", at_least = 2, where = { property = "kind", op = "=", value = "complaint" } },
    { not_exists = "contact", where = { property = "category", op = "!=", value = "$customer.preferred_category" } },
    { not = { concluded = { kind = "mood", value = "$$" } } },
] }
then = { recommend = "service_recovery", arguments = { category = "$c.category", word = "$$5" } }

[[rule.example]]
name = "two"
customer = { recency_days = 3 }
related = { interaction = [{ kind = "complaint", days_ago = 1 }, { kind = "complaint" }] }
conclusions = [{ kind = "mood", value = "good" }]
fires = false
"""


def table(**changes):
    return tomllib.loads(FILE)["rule"][0] | changes


def test_a_rule_reads_as_it_is_written():
    rule = rule_from_toml(table())
    assert rule.when == And(parts=(
        Test(property="recency_days", op=Op.LE, operand=90),
        Exists(fact="interaction", alias="c", at_least=2, where=Test(property="kind", op=Op.EQ, operand="complaint")),
        Exists(fact="contact", alias="contact", at_least=0, at_most=0, where=Test(
            property="category", op=Op.NE, operand=Ref(alias="customer", property="preferred_category"))),
        Not(part=Concluded(kind="mood", value="$$"))))
    assert rule.then == Recommend(action="service_recovery",
                                  arguments={"category": Ref(alias="c", property="category"), "word": "$5"})
    assert (rule.level, rule.propensity, rule.value, rule.valid_from) == (Level.ELIGIBILITY, 1.0, 12.0, 1514764800)
    assert rule.examples == (Example(
        name="two", customer={"recency_days": 3}, conclusions=(("mood", "good"),), fires=False,
        related={"interaction": ({"kind": "complaint", "days_ago": 1}, {"kind": "complaint"})}),)


def test_a_rule_written_again_is_the_same_rule():
    rule = rule_from_toml(table())
    assert rule_from_toml(rule_to_toml(rule)) == rule


@pytest.mark.parametrize(("written", "effect"), [
    ({"require": "family:cross_sell"}, Require(family=ActionFamily.CROSS_SELL)),
    ({"require": "action:survey"}, Require(action="survey")),
    ({"conclude": {"kind": "mood", "value": "bad"}}, Conclude(kind="mood", value="bad")),
    ({"recommend": "greeting"}, Recommend(action="greeting")),
])
def test_every_effect_reads_and_writes(written, effect):
    rule = rule_from_toml(table(then=written))
    assert rule.then == effect
    assert rule_to_toml(rule)["then"] == written


def test_rows_without_tests_need_no_where():
    assert condition_from_toml({"exists": "purchase"}) == Exists(fact="purchase", alias="purchase", where=ALWAYS)


@pytest.mark.parametrize(("changes", "words"), [
    ({"when": {"propety": "age"}}, "rule 'second-complaint', when: a condition is one of"),
    ({"when": {"property": "age", "op": "==", "value": 1}}, "when: unknown op '=='; known: =, !="),
    ({"when": {"property": "age", "op": "="}}, "when: no 'value' is given"),
    ({"when": {"property": "age", "op": "=", "value": [1, [2]]}}, "value must be a text, a number or a flag"),
    ({"when": {"property": "age", "op": "=", "value": "$age"}}, "value '$age' is no reference"),
    ({"when": {"all": [{"known": "a"}, {"known": 5}]}}, "when, all 2: 'known' must be a text, got 5"),
    ({"when": {"all": [5]}}, "when: all 1 must be a table, got 5"),
    ({"when": {"exists": "purchase", "at_last": 2}}, "unknown key 'at_last'"),
    ({"when": {"exists": "purchase", "at_least": True}}, "'at_least' must be a whole number, got True"),
    ({"then": {"recomend": "x"}}, "then: an effect is one of recommend, require, conclude"),
    ({"then": {"require": "cross_sell"}}, "require 'cross_sell' names no target"),
    ({"then": {"require": "family:cross_sel"}}, "unknown family 'cross_sel'"),
    ({"name": {"zh": "x"}}, "name: no 'en' is given"),
    ({"propensity": "high"}, "'propensity' must be a number, got 'high'"),
    ({"own_value": {"shar": 0.2}}, "own_value: unknown key 'shar'; known: share, of"),
    ({"own_value": {"of": [{"scor": "x"}]}}, "of 1: a number of the customer is one of score, amount, property"),
    ({"own_value": {"of": [{"score": "x", "amount": "y"}]}}, "of 1: a number of the customer is one of"),
    ({"own_propensity": "high"}, "'own_propensity' must be a table, got 'high'"),
    ({"valid_from": 5}, "'valid_from' must be an instant, got 5"),
    ({"level": "eligible"}, "unknown level 'eligible'"),
    ({"colour": "red"}, "unknown key 'colour'"),
    ({"example": [{"name": "a", "customers": {}}]}, "example 1: unknown key 'customers'"),
])
def test_a_mistake_is_told_with_rule_and_key(changes, words):
    with pytest.raises(InvalidRule) as caught:
        rule_from_toml(table(**changes))
    assert words in caught.value.message
    assert caught.value.hint


def test_the_nearest_word_is_offered():
    with pytest.raises(InvalidRule) as caught:
        rule_from_toml(table(when={"exist": "purchase"}))
    assert caught.value.hint == "did you mean 'exists'?"


def test_a_file_is_read_whole_and_named_in_messages(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(FILE, encoding="utf-8")
    assert [rule.id for rule in load_rules(path)] == ["second-complaint"]
    path.write_text(FILE.replace("op = ", "pp = "), encoding="utf-8")
    with pytest.raises(InvalidRule, match=r"rules\.toml: rule 'second-complaint', when, all 1: unknown key 'pp'"):
        load_rules(path)
    path.write_text("[[rule]", encoding="utf-8")
    with pytest.raises(InvalidRule, match=r"rules\.toml: not TOML"):
        load_rules(path)
