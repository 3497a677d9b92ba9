"""Conditions and rules in words."""

import pytest

from kb.model.condition import And, Concluded, Exists, Known, Not, Op, Or, Ref, Test, Unknown, none_of
from kb.model.rule import Conclude, Recommend, Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily
from rules.explain import sentence

SCHEMA = load_schema()
LABELS = {"BEEF": Text(zh="牛肉", en="beef"), "PORK": Text(zh="猪肉", en="pork"),
          "seg-1": Text(zh="高价值客户", en="high-value customers"),
          "cross_sell": Text(zh="搭配推荐", en="cross-selling")}


def comparison(name, op, operand):
    return Test(property=name, op=op, operand=operand)


def both(*parts):
    return And(parts=parts)


def rows(fact, *parts, **more):
    return Exists(fact=fact, alias="a", where=both(*parts), **more)


BEEF = comparison("category", Op.EQ, "BEEF")
COMPLAINT = comparison("kind", Op.EQ, "complaint")
RECENT = comparison("days_ago", Op.LT, 30)


@pytest.mark.parametrize(("condition", "zh", "en"), [
    (comparison("recency_days", Op.GT, 30), "距上次购买天数大于 30 天", "days since the last order is above 30 days"),
    (comparison("age", Op.BETWEEN, (30, 39)), "年龄在 30 岁到 39 岁之间", "age is between 30 years and 39 years"),
    (comparison("age", Op.NOT_BETWEEN, (30, 39)), "年龄不在 30 岁到 39 岁之间",
     "age is not between 30 years and 39 years"),
    (comparison("discount_share", Op.GE, 0.25), "折扣消费占比不少于 25%", "share of discounted spend is at least 25%"),
    (comparison("preferred_weekday", Op.EQ, 6), "常购星期为星期六", "preferred weekday is Saturday"),
    (comparison("preferred_channel", Op.EQ, "phone"), "常用渠道为电话", "preferred channel is phone"),
    (comparison("preferred_category", Op.NE, "BEEF"), "偏好品类不是牛肉", "preferred category is not beef"),
    (comparison("consent_email", Op.EQ, False), "同意接收邮件：否", "consent to email: no"),
    (comparison("consent_email", Op.NE, False), "同意接收邮件：是", "consent to email: yes"),
    (comparison("preferred_category", Op.IN, ("BEEF", "PORK")), "偏好品类为牛肉或猪肉",
     "preferred category is beef or pork"),
    (comparison("monetary_90d", Op.LT, Ref(alias="customer", property="monetary_30d")),
     "近三个月消费小于客户的近一个月消费",
     "spend of the last three months is below the spend of the last month of the customer"),
    (Known(property="age"), "年龄已知", "age is known"),
    (Unknown(property="age"), "年龄未知", "age is not known"),
    (rows("interaction", COMPLAINT, RECENT), "近 30 天有投诉记录", "complaint on record in the last 30 days"),
    (none_of("interaction", "i", both(COMPLAINT, RECENT)), "近 30 天没有投诉记录",
     "no complaint on record in the last 30 days"),
    (Not(part=rows("interaction", COMPLAINT)), "没有投诉记录", "no complaint on record"),
    (rows("interaction", COMPLAINT, RECENT, at_least=2), "近 30 天投诉记录至少 2 条",
     "at least 2 records of complaint in the last 30 days"),
    (rows("interaction", COMPLAINT, comparison("resolved", Op.EQ, False)), "有投诉记录（已解决：否）",
     "complaint on record (resolved: no)"),
    (rows("purchase", BEEF, comparison("orders_90d", Op.GE, 1)), "近 90 天买过牛肉",
     "has bought beef in the last 90 days"),
    (none_of("purchase", "p", both(BEEF, comparison("orders_all", Op.GE, 1))), "没有买过牛肉", "has not bought beef"),
    (rows("moment", comparison("signal", Op.IN, ("cart", "search")), BEEF), "当前情境中有牛肉",
     "the moment shows beef"),
    (rows("knowledge", comparison("item", Op.EQ, "seg-1")), "属于“高价值客户”",
     "belongs to: high-value customers"),
    (comparison("spend_trend", Op.LT, -0.5), "消费趋势小于 -50%", "trend of spend is below -50%"),
    (comparison("spend_trend", Op.GT, 0.125), "消费趋势大于 +12.5%", "trend of spend is above +12.5%"),
    (comparison("silence_ratio", Op.GE, 1.5), "沉默倍数不少于 1.5 倍",
     "silence against the own rhythm is at least 1.5 times"),
    (comparison("preferred_hour", Op.EQ, 9), "常购时段为09:00", "preferred hour is 09:00"),
    (Or(parts=(comparison("consent_email", Op.EQ, False), Unknown(property="consent_email"))),
     "同意接收邮件：否或未知", "consent to email: no or not known"),
    (Not(part=Concluded(kind="mood", value="bad")), "未得出结论“mood：bad”", "not concluded: mood is bad"),
    (Not(part=Known(property="age")), "并非（年龄已知）", "not (age is known)"),
    (both(), "任何情况", "always"), (Or(parts=()), "从不", "never"),
    (both(Known(property="age"), Or(parts=(Known(property="city"), Unknown(property="gender")))),
     "年龄已知，且（城市已知，或性别未知）", "age is known and (city is known or gender is not known)"),
])
def test_a_condition_reads_as_a_sentence(condition, zh, en):
    assert sentence(condition, SCHEMA, LABELS) == Text(zh=zh, en=en)


@pytest.mark.parametrize(("then", "zh", "en"), [
    (Recommend(action="cross_sell"), "如果年龄已知，就推荐“搭配推荐”", "If age is known: recommend cross-selling"),
    (Conclude(kind="mood", value="bad"), "如果年龄已知，就得出结论“mood：bad”",
     "If age is known: conclude that mood is bad"),
    (Require(family=ActionFamily.CARE), "如果年龄已知，就可以推荐“客户关怀”，否则不可",
     "If age is known: customer care may be recommended, else not"),
])
def test_a_rule_reads_as_a_sentence(then, zh, en):
    rule = Rule(id="r", name=Text.same("r"), when=Known(property="age"), then=then, author="test")
    assert sentence(rule, SCHEMA, LABELS) == Text(zh=zh, en=en)


def test_a_test_of_a_row_told_alone_has_the_words_of_the_row():
    assert sentence(COMPLAINT, SCHEMA, LABELS).zh == "互动类型为投诉"


def test_an_amount_is_told_in_the_currency_of_the_base():
    spends = comparison("monetary_yearly", Op.GE, 2500.5)
    told = sentence(spends, SCHEMA, {**LABELS, "unit.currency": Text.same("USD")})
    assert "2,500.5 USD" in told.en
    assert "2,500.5 美元" in told.zh
    assert "USD" not in sentence(spends, SCHEMA, LABELS).en
