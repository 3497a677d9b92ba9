"""What heads the columns of a decision table, and the words that stand in them."""

from collections.abc import Mapping
from enum import StrEnum

from ontology.text import Text


class Heading(StrEnum):
    """The columns that every table has; those of the tested properties stand between ``name_en`` and ``further``."""

    ID = "id"
    NAME_ZH = "name_zh"
    NAME_EN = "name_en"
    FURTHER = "further"
    EFFECT = "effect"
    TARGET = "target"
    ARGUMENTS = "arguments"
    LEVEL = "level"
    PROPENSITY = "propensity"
    OWN_PROPENSITY = "own_propensity"
    VALUE = "value"
    OWN_VALUE = "own_value"
    BECAUSE_ZH = "because_zh"
    BECAUSE_EN = "because_en"
    VALID_FROM = "valid_from"
    VALID_TO = "valid_to"
    STATUS = "status"
    AUTHOR = "author"
    RESTS_ON = "rests_on"
    EXAMPLES = "examples"


BEFORE_TESTS = (Heading.ID, Heading.NAME_ZH, Heading.NAME_EN)
AFTER_TESTS = tuple(column for column in Heading if column not in BEFORE_TESTS)
REQUIRED = (Heading.ID, Heading.NAME_ZH, Heading.NAME_EN, Heading.EFFECT, Heading.TARGET)

HEADINGS: Mapping[Heading, Text] = {
    Heading.ID: Text(zh="编号", en="id"),
    Heading.NAME_ZH: Text(zh="中文名称", en="Chinese name"),
    Heading.NAME_EN: Text(zh="英文名称", en="English name"),
    Heading.FURTHER: Text(zh="其他条件", en="further conditions"),
    Heading.EFFECT: Text(zh="结果", en="effect"),
    Heading.TARGET: Text(zh="对象", en="target"),
    Heading.ARGUMENTS: Text(zh="参数", en="arguments"),
    Heading.LEVEL: Text(zh="级别", en="level"),
    Heading.PROPENSITY: Text(zh="响应概率", en="propensity"),
    Heading.OWN_PROPENSITY: Text(zh="个人响应概率", en="own propensity"),
    Heading.VALUE: Text(zh="价值", en="value"),
    Heading.OWN_VALUE: Text(zh="个人价值", en="own value"),
    Heading.BECAUSE_ZH: Text(zh="中文理由", en="Chinese reason"),
    Heading.BECAUSE_EN: Text(zh="英文理由", en="English reason"),
    Heading.VALID_FROM: Text(zh="生效于", en="valid from"),
    Heading.VALID_TO: Text(zh="失效于", en="valid to"),
    Heading.STATUS: Text(zh="状态", en="status"),
    Heading.AUTHOR: Text(zh="作者", en="author"),
    Heading.RESTS_ON: Text(zh="依据", en="rests on"),
    Heading.EXAMPLES: Text(zh="示例", en="examples"),
}


class EffectKind(StrEnum):
    """What a row may do; ``target`` is the action, the family, or the kind of the conclusion."""

    RECOMMEND = "recommend"
    ADMIT_ACTION = "admit_action"
    ADMIT_FAMILY = "admit_family"
    CONCLUDE = "conclude"


EFFECTS: Mapping[EffectKind, Text] = {
    EffectKind.RECOMMEND: Text(zh="推荐", en="recommend"),
    EffectKind.ADMIT_ACTION: Text(zh="准许行动", en="admit action"),
    EffectKind.ADMIT_FAMILY: Text(zh="准许类别", en="admit family"),
    EffectKind.CONCLUDE: Text(zh="得出结论", en="conclude"),
}

TESTED = Text(zh="客户：{name}", en="customer: {name}")
"""Heads the column of a property of the customer."""
