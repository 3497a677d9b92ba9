"""The phrases that sentences are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ontology.text import Text
from ontology.vocabulary import FactName

IS_TRUE = Text(zh="{name}：是", en="{name}: yes")
IS_FALSE = Text(zh="{name}：否", en="{name}: no")
OR_UNKNOWN = Text(zh="或未知", en=" or not known")
IS_KNOWN = Text(zh="{name}已知", en="{name} is known")
IS_UNKNOWN = Text(zh="{name}未知", en="{name} is not known")
ALWAYS = Text(zh="任何情况", en="always")
NEVER = Text(zh="从不", en="never")
BRACKETED = Text(zh="（{words}）", en="({words})")
NOT = Text(zh="并非（{words}）", en="not ({words})")
CONCLUDED = Text(zh="已得出结论“{kind}：{value}”", en="concluded: {kind} is {value}")
NOT_CONCLUDED = Text(zh="未得出结论“{kind}：{value}”", en="not concluded: {kind} is {value}")
OF_OTHER = Text(zh="{fact}的{name}", en="the {name} of the {fact}")
WHERE = Text(zh="{words}（{tests}）", en="{words} ({tests})")
AND = Text(zh="，且", en=" and ")
OR = Text(zh="，或", en=" or ")
RULE = Text(zh="如果{condition}，就{effect}", en="If {condition}: {effect}")
RECOMMEND = Text(zh="推荐“{action}”", en="recommend {action}")
REQUIRE = Text(zh="可以推荐“{target}”，否则不可", en="{target} may be recommended, else not")
CONCLUDE = Text(zh="得出结论“{kind}：{value}”", en="conclude that {kind} is {value}")
DAYS = Text(zh="近 {days} 天", en="in the last {days} days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrasing:
    """How people speak of the rows of one fact type.

    Args:
        names: The property whose value names a row: a complaint, a category.
        some: At least one row. ``{when}`` is the window of days, empty where there is none.
        none: No row.
        many: A stated number of rows; ``{count}`` says which.
        implied: A property that the phrases say already when the row is named.
    """

    names: str | None = None
    some: Text
    none: Text
    many: Text
    implied: str | None = None


def _recorded(names: str) -> Phrasing:
    return Phrasing(names=names, some=Text(zh="{when}有{what}记录", en="{what} on record{when}"),
                    none=Text(zh="{when}没有{what}记录", en="no {what} on record{when}"),
                    many=Text(zh="{when}{what}记录{count}条", en="{count} records of {what}{when}"))


FRAMES: Mapping[str, Phrasing] = {
    FactName.PURCHASE: Phrasing(
        names="category",
        some=Text(zh="{when}买过{what}", en="has bought {what}{when}"),
        none=Text(zh="{when}没有买过{what}", en="has not bought {what}{when}"),
        many=Text(zh="{when}买过的{what}有{count}种", en="has bought {count} of {what}{when}")),
    FactName.INTERACTION: _recorded("kind"),
    FactName.CONTACT: _recorded("source"),
    FactName.SUBSCRIPTION: _recorded("plan"),
    FactName.RELATION: _recorded("kind"),
    FactName.KNOWLEDGE: Phrasing(
        names="item",
        some=Text(zh="属于“{what}”", en="belongs to: {what}"),
        none=Text(zh="不属于“{what}”", en="does not belong to: {what}"),
        many=Text(zh="属于“{what}”中的{count}项", en="belongs to {count} of: {what}")),
    FactName.MOMENT: Phrasing(
        names="category", implied="signal",
        some=Text(zh="当前情境中有{what}", en="the moment shows {what}"),
        none=Text(zh="当前情境中没有{what}", en="the moment does not show {what}"),
        many=Text(zh="当前情境中的{what}有{count}项", en="the moment shows {count} of {what}")),
}

AT_LEAST = Text(zh="至少 {least} ", en="at least {least}")
AT_MOST = Text(zh="至多 {most} ", en="at most {most}")
EXACTLY = Text(zh="恰好 {least} ", en="exactly {least}")
FROM_TO = Text(zh=" {least} 到 {most} ", en="{least} to {most}")


def joined(texts: Sequence[Text], between: Text) -> Text:
    """The texts one after another."""
    return Text(zh=between.zh.join(text.zh for text in texts), en=between.en.join(text.en for text in texts))


def listed(texts: Sequence[Text]) -> Text:
    """A choice of words.

    >>> listed([Text.same("a"), Text.same("b"), Text.same("c")])
    Text(zh='a、b或c', en='a, b or c')
    """
    if len(texts) == 1:
        return texts[0]
    head = joined(texts[:-1], Text(zh="、", en=", "))
    return Text(zh=f"{head.zh}或{texts[-1].zh}", en=f"{head.en} or {texts[-1].en}")
