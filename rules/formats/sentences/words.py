"""The words of the sentence form in both languages: what is written, and what a parser looks for."""

import re
from collections.abc import Mapping
from functools import lru_cache

from ontology.text import Text
from rules.condition.operators import OPERATORS

WORDS: Mapping[str, Text] = {
    "_RULE": Text(zh="规则", en="Rule"),
    "_NAME": Text(zh="名称", en="Name"),
    "_ZH": Text(zh="中文", en="zh"),
    "_EN": Text(zh="英文", en="en"),
    "_AUTHOR": Text(zh="作者", en="Author"),
    "_IF": Text(zh="如果", en="If"),
    "_LEVEL": Text(zh="级别", en="Level"),
    "_PROPENSITY": Text(zh="响应概率", en="Propensity"),
    "_OWN_PROPENSITY": Text(zh="个人响应概率", en="Own propensity"),
    "_VALUE": Text(zh="价值", en="Value"),
    "_OWN_VALUE": Text(zh="个人价值", en="Own value"),
    "_SCORE": Text(zh="得分", en="score of"),
    "_AMOUNT": Text(zh="预期金额", en="amount of"),
    "_BECAUSE": Text(zh="理由", en="Because"),
    "_RESTS_ON": Text(zh="依据", en="Rests on"),
    "_VALID_FROM": Text(zh="生效于", en="Valid from"),
    "_VALID_TO": Text(zh="失效于", en="Valid to"),
    "_STATUS": Text(zh="状态", en="Status"),
    "_AND": Text(zh="且", en="and"),
    "_OR": Text(zh="或", en="or"),
    "_NOT": Text(zh="并非", en="not"),
    "_ALL": Text(zh="全部满足", en="all of"),
    "_ANY": Text(zh="任一满足", en="any of"),
    "_ALWAYS": Text(zh="任何情况", en="always"),
    "_NEVER": Text(zh="从不", en="never"),
    **{op.name: row.word for op, row in OPERATORS.items()},
    "_AND_HIGH": Text(zh="与", en="and"),
    "_QUANTILE": Text(zh="按分位", en="by quantile"),
    "_RANKED": Text(zh="取自", en="ranked by"),
    "_KNOWN": Text(zh="已知", en="is known"),
    "_UNKNOWN": Text(zh="未知", en="is unknown"),
    "SOME": Text(zh="存在", en="there is"),
    "NONE": Text(zh="不存在", en="there is no"),
    "_MANY": Text(zh="共有", en="there are"),
    "_AT_LEAST": Text(zh="至少", en="at least"),
    "_AT_MOST": Text(zh="至多", en="at most"),
    "_TO": Text(zh="到", en="to"),
    "_ROWS": Text(zh="条", en="rows of"),
    "_CALLED": Text(zh="记作", en="called"),
    "_WHERE": Text(zh="其条件", en="where"),
    "_CONCLUDED": Text(zh="已得出结论", en="it is concluded that"),
    "YES": Text(zh="是", en="yes"),
    "NO": Text(zh="否", en="no"),
    "_RECOMMEND": Text(zh="就推荐", en="then recommend"),
    "_WITH": Text(zh="其中", en="with"),
    "_ADMIT_ACTION": Text(zh="才可推荐行动", en="only then admit the action"),
    "_ADMIT_FAMILY": Text(zh="才可推荐类别", en="only then admit the family"),
    "_CONCLUDE": Text(zh="就得出结论", en="then conclude that"),
    "_EXAMPLE": Text(zh="示例", en="Example"),
    "FIRES": Text(zh="触发", en="fires"),
    "FIRES_NOT": Text(zh="不触发", en="does not fire"),
    "_WITHOUT": Text(zh="没有", en="without"),
    "_CONCLUSION": Text(zh="结论", en="conclusion"),
}
"""What each terminal of the grammar is called; one form for each, so that a sentence can be read in one way only.

*And* joins conditions and the ends of *between*; the parser knows which by what stands before. The terminal of an
operator is the name that it has in ``Op``.
"""

DESCRIBED: Mapping[str, Text] = {
    "STRING": Text(zh='引号中的文字，如 "…"', en='a text in quotes, like "..."'),
    "NUMBER": Text(zh="数字", en="a number"),
    "TERM": Text(zh="名称", en="a name"),
    "OWNER": Text(zh="某条记录的属性", en="the property of a row"),
    "ALIAS": Text(zh="小写英文代号", en="a lower-case word"),
    "INSTANT": Text(zh="时刻，如 2018-01-01T00:00:00Z", en="an instant like 2018-01-01T00:00:00Z"),
    "_IS": Text.same("="), "_LPAR": Text.same("("), "_RPAR": Text.same(")"), "_SEMI": Text.same(";"),
    "_COLON": Text.same(":"), "_TIMES": Text.same("*"),
    "_DOT": Text(zh="。", en="."), "$END": Text(zh="结尾", en="the end"),
}
"""What messages call the terminals that are no single word."""

CUSTOMER: Text = Text(zh="客户", en="customer")

_ENDING = (*(op.name for op in OPERATORS), "_KNOWN", "_UNKNOWN", "_AND", "_OR", "_CALLED", "_WHERE", "_RECOMMEND",
           "_ADMIT_ACTION", "_ADMIT_FAMILY", "_CONCLUDE")
"""The words that may follow a name, and so end it."""

_BEGINNING = ("_NOT", "_ALL", "_ANY", "_ALWAYS", "_NEVER", "SOME", "NONE", "_MANY", "_CONCLUDED", "YES", "NO",
              "_WITHOUT", "_CONCLUSION", "_SCORE", "_AMOUNT")
"""The words that may stand where a name may begin."""

_OWNER = Text(zh=f"(?:{CUSTOMER.zh}|[a-z][a-z0-9_]*) *的", en=r"[a-z][a-z0-9_]*'s(?!\w)")


def word_pattern(terminal: str, language: str) -> str:
    """The regular expression of a word: any white space where it has a space, and in English a whole word."""
    return _spelt(WORDS[terminal].say(language), language)


def owner_pattern(language: str) -> str:
    """The regular expression of an alias that owns the property after it: ``c's``."""
    return _OWNER.say(language)


def term_pattern(language: str) -> str:
    """The regular expression of a name: from a letter up to a word that ends it, or to punctuation."""
    ends = "|".join(word_pattern(terminal, language) for terminal in _ENDING)
    before = r"\b" if language == "en" else ""
    return rf"""(?=[^\W\d_])(?:(?!{before}(?:{ends}))[^\n"=.;:()*×。；：（）])+"""


@lru_cache(maxsize=4096)
def is_plain(label: str, language: str) -> bool:
    """Whether a label may stand in a sentence as it is, and be taken for nothing else.

    >>> is_plain("days since the last order", "en"), is_plain("food and drink", "en"), is_plain("below 30", "en")
    (True, False, False)
    """
    is_kept = label == label.strip() and label.isprintable() and "_x" not in label  # Excel decodes _x000D_
    return (is_kept and re.fullmatch(term_pattern(language), label) is not None
            and re.match(_misleading(language), label) is None)


@lru_cache(maxsize=2)
def _misleading(language: str) -> str:
    """The regular expression of what a name must not begin with: it would be read as a word, or complete one.

    After *is*, a name that begins with *not* would make *is not*.
    """
    said = [words.say("en") for words in WORDS.values()] if language == "en" else []
    rests = {longer.removeprefix(f"{word} ") for word in said for longer in said if longer.startswith(f"{word} ")}
    begins = [word_pattern(terminal, language) for terminal in _BEGINNING]
    return "|".join([owner_pattern(language), *begins, *(_spelt(rest, language) for rest in sorted(rests))])


def _spelt(words: str, language: str) -> str:
    spelt = r"\s+".join(map(re.escape, words.split()))
    return spelt if language == "zh" else rf"{spelt}(?!\w)"
