"""What heads the columns of a decision table, and the words that stand in them."""

from collections.abc import Mapping
from enum import StrEnum

from ontology.text import Text


class Column(StrEnum):
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
    VALUE = "value"
    BECAUSE_ZH = "because_zh"
    BECAUSE_EN = "because_en"
    VALID_FROM = "valid_from"
    VALID_TO = "valid_to"
    STATUS = "status"
    AUTHOR = "author"
    RESTS_ON = "rests_on"
    EXAMPLES = "examples"


BEFORE_TESTS = (Column.ID, Column.NAME_ZH, Column.NAME_EN)
AFTER_TESTS = tuple(column for column in Column if column not in BEFORE_TESTS)
REQUIRED = (Column.ID, Column.NAME_ZH, Column.NAME_EN, Column.EFFECT, Column.TARGET)

HEADINGS: Mapping[Column, Text] = {
    Column.ID: Text(zh="编号", en="id"),
    Column.NAME_ZH: Text(zh="中文名称", en="Chinese name"),
    Column.NAME_EN: Text(zh="英文名称", en="English name"),
    Column.FURTHER: Text(zh="其他条件", en="further conditions"),
    Column.EFFECT: Text(zh="结果", en="effect"),
    Column.TARGET: Text(zh="对象", en="target"),
    Column.ARGUMENTS: Text(zh="参数", en="arguments"),
    Column.LEVEL: Text(zh="级别", en="level"),
    Column.PROPENSITY: Text(zh="响应概率", en="propensity"),
    Column.VALUE: Text(zh="价值", en="value"),
    Column.BECAUSE_ZH: Text(zh="中文理由", en="Chinese reason"),
    Column.BECAUSE_EN: Text(zh="英文理由", en="English reason"),
    Column.VALID_FROM: Text(zh="生效于", en="valid from"),
    Column.VALID_TO: Text(zh="失效于", en="valid to"),
    Column.STATUS: Text(zh="状态", en="status"),
    Column.AUTHOR: Text(zh="作者", en="author"),
    Column.RESTS_ON: Text(zh="依据", en="rests on"),
    Column.EXAMPLES: Text(zh="示例", en="examples"),
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
