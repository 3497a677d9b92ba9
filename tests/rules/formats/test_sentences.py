"""The sentence form: what a manager writes, and what is said where it cannot be read."""

import textwrap
from dataclasses import dataclass, field

import pytest

from kb.errors import InvalidRule
from kb.model.condition import And, Exists, Known, Op, Or, Ref, Test
from ontology.extension import extension_turtle
from ontology.schema import load_schema
from ontology.text import Text
from rules import formats as language
from rules.formats import sentences as controlled
from rules.formats.sentences import condition_from_sentence, condition_to_sentence, from_sentence, to_sentence
from rules.formats.sentences.words import WORDS
from rules.packs.pack import load_pack

SCHEMA = load_schema()
SPENDS = Test(property="monetary_90d", op=Op.LT, operand=Ref(alias="customer", property="monetary_30d"))
COMPLAINT = Exists(fact="interaction", alias="c", at_least=2, where=And(parts=(
    Test(property="kind", op=Op.IN, operand=("complaint", "fault")), Test(property="days_ago", op=Op.LT, operand=30))))


@dataclass(frozen=True, kw_only=True)
class Attribute:
    labels: Text
    name: str = "extra"
    type: str = "integer"
    unit: str | None = None
    values: dict = field(default_factory=dict)
    sensitive: bool = False


@pytest.mark.parametrize(("condition", "zh", "en"), [
    (SPENDS, "近三个月消费 小于 客户的 近一个月消费",
     "spend of the last three months is below customer's spend of the last month"),
    (COMPLAINT,
     "共有 至少 2 条 互动 记作 c 其条件（互动类型 属于（投诉；故障） 且 距今天数 小于 30）",
     ("there are at least 2 rows of interaction called c where"
      " (kind of interaction is one of (complaint; fault) and days ago is below 30)")),
    (Or(parts=(And(parts=(Known(property="age"),)), Test(property="consent_email", op=Op.EQ, operand=True))),
     "全部满足（年龄 已知） 或 同意接收邮件 等于 是", "all of (age is known) or consent to email is yes"),
])
def test_a_condition_is_written_in_the_words_of_the_ontology(condition, zh, en):
    assert condition_to_sentence(condition, SCHEMA, "zh") == zh
    assert condition_to_sentence(condition, SCHEMA, "en") == en


def test_the_rule_in_the_documentation_can_be_read():
    shown = textwrap.dedent(controlled.__doc__.split("::")[1].split("The same in Chinese")[0]).strip()
    rule = from_sentence(shown, SCHEMA, "en")
    assert rule.id == "second-complaint"
    assert to_sentence(rule, SCHEMA, "en").strip() == shown


def test_white_space_and_the_width_of_punctuation_do_not_matter():
    expected = condition_from_sentence("age is at least 30 and (city is known or region is known)", SCHEMA, "en")
    for text in ("年龄不少于30且（城市已知或地区已知）", "年龄 不少于 30\n且 (城市 已知 或 地区 已知)"):
        assert condition_from_sentence(text, SCHEMA, "zh") == expected


def test_brackets_alone_mean_nothing():
    assert condition_from_sentence("((age is known))", SCHEMA, "en") == Known(property="age")


@pytest.mark.parametrize(("label", "written"), [
    ("food and drink", '"extra" is at least 1'), ("orders", '"extra" is at least 1'),
    ("pets, at home", "pets, at home is at least 1"), ("there is a pet", '"extra" is at least 1'),
    ("not a pet", '"extra" is at least 1'), ("_x0041_", '"extra" is at least 1'),
    ("c's pets", '"extra" is at least 1')])
def test_a_label_that_is_shared_or_could_be_misread_gives_way_to_the_notation(tmp_path, label, written):
    extension = tmp_path / "local.ttl"
    extension.write_bytes(extension_turtle([Attribute(labels=Text(zh="宠物", en=label))]))
    schema = load_schema(extension)
    test = Test(property="extra", op=Op.GE, operand=1)
    assert condition_to_sentence(test, schema, "en") == written
    assert condition_from_sentence(written, schema, "en") == test


@pytest.mark.parametrize(("text", "message", "hint"), [
    ("age is known and\n days since the last ordr is at most 90",
     "line 2, column 2: unknown name 'days since the last ordr'", "did you mean 'days since the last order'?"),
    ("kind of interaction is known", "line 1, column 1: unknown name 'kind of interaction'", "known:"),
    ("there is interaction where (kind of interaction is complant)",
     "line 1, column 52: unknown name 'complant'", "did you mean 'complaint'?"),
    ("there is contract", "line 1, column 10: unknown name 'contract'", "did you mean 'contact'?"),
    ("there is interaction where (category is c's category)",
     "line 1, column 41: no row is called 'c' here", "known: customer, interaction"),
    ("age is known and city is known or region is known",
     "line 1, column 32: found 'or', expected 'and', the end", "compare"),
    ("age is at lest 5", "line 1, column 8: found 'at lest 5', expected a number", "quotes"),
    ("age is", "line 1, column 7: the text ends, expected 'no', 'yes', a name", "compare"),
    ("(age is known", "line 1, column 14: the text ends, expected )", "compare"),
    ("there are 1.5 to 2 rows of contact", "line 1, column 11: found 1.5, expected a whole number", "whole"),
    (r'city is "a\q"', r'line 1, column 9: "a\q" is no text in quotes', "backslash"),
    ("city is 'Wuhan'", "line 1, column 9: found \"'Wuhan'\", expected", "compare"),
])
def test_a_mistake_is_told_with_line_column_and_the_nearest_word(text, message, hint):
    with pytest.raises(InvalidRule) as caught:
        condition_from_sentence(text, SCHEMA, "en")
    assert caught.value.message.startswith(message)
    assert hint in caught.value.hint


def test_an_instant_that_is_none_is_refused():
    rule = to_sentence(load_pack().rules[0], SCHEMA, "en").split("\nExample")[0]
    with pytest.raises(InvalidRule, match="2018-13-01T00:00:00Z is no instant"):
        from_sentence(rule + "\nValid from: 2018-13-01T00:00:00Z.", SCHEMA, "en")


@pytest.mark.parametrize(("told", "message"), [
    ('then recommend "survey" with "a" = 1; "a" = 2.', "line 4, column 39: '\"a\"' stands twice"),
    ('then recommend "survey".\nExample "x" fires: customer (age = 1; age = 2).',
     "line 5, column 39: 'age' stands twice")])
def test_a_name_that_stands_twice_is_refused(told, message):
    rule = f'Rule "r".\nName: zh "r"; en "r".\nAuthor: "a". If age is known\n{told}'
    with pytest.raises(InvalidRule) as caught:
        from_sentence(rule, SCHEMA, "en")
    assert caught.value.message == message


@pytest.mark.parametrize("spoken", ["zh", "en"])
def test_no_two_words_of_the_language_are_alike(spoken):
    said = [words.say(spoken) for terminal, words in WORDS.items() if terminal != "_AND_HIGH"]
    assert len(set(said)) == len(said)


def test_the_forms_share_one_vocabulary_of_conditions():
    """What TOML says and what the sentence says is the same tree."""
    toml = {"property": "age", "op": ">=", "value": 30}
    assert language.condition_from_toml(toml) == condition_from_sentence("age is at least 30", SCHEMA, "en")
