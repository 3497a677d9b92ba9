"""What a request's validation found, in plain words: the types of fault of pydantic, said in both languages."""

from collections.abc import Mapping
from typing import Any

from ontology.text import Text, shortened

_SHOWN = 60
_OBJECT = Text(zh="应为名称和值的对象，得到的是 {given}", en="expected an object of names and values, got {given}")
_PLAIN: Mapping[str, Text] = {
    "missing": Text(zh="必须填写", en="is needed"),
    "string_type": Text(zh="应为文本，得到的是 {given}", en="expected a text, got {given}"),
    "string_too_short": Text(zh="至少要有 {min_length} 个字符", en="needs at least {min_length} characters"),
    "string_too_long": Text(zh="最多 {max_length} 个字符，得到的有 {length} 个",
                            en="takes at most {max_length} characters, got {length}"),
    "string_pattern_mismatch": Text(zh="{given} 的写法不对，应为{form}", en="{given} is not written as {form}"),
    "string_unicode": Text(zh="应为 UTF-8 文本", en="expected a text in UTF-8"),
    "too_short": Text(zh="至少要有 {min_length} 个", en="needs at least {min_length} entries"),
    "too_long": Text(zh="最多 {max_length} 个，得到的有 {actual_length} 个",
                     en="takes at most {max_length} entries, got {actual_length}"),
    "int_type": Text(zh="应为整数，得到的是 {given}", en="expected a whole number, got {given}"),
    "int_parsing": Text(zh="应为整数，得到的是 {given}", en="expected a whole number, got {given}"),
    "int_from_float": Text(zh="应为整数，得到的是 {given}", en="expected a whole number, got {given}"),
    "int_parsing_size": Text(zh="整数 {given} 太大", en="the whole number {given} is too large"),
    "float_type": Text(zh="应为数值，得到的是 {given}", en="expected a number, got {given}"),
    "float_parsing": Text(zh="应为数值，得到的是 {given}", en="expected a number, got {given}"),
    "finite_number": Text(zh="应为有限的数值，得到的是 {given}", en="expected a finite number, got {given}"),
    "bool_type": Text(zh="应为是或否，得到的是 {given}", en="expected true or false, got {given}"),
    "bool_parsing": Text(zh="应为是或否，得到的是 {given}", en="expected true or false, got {given}"),
    "greater_than": Text(zh="应大于 {gt}，得到的是 {given}", en="must be greater than {gt}, got {given}"),
    "greater_than_equal": Text(zh="至少为 {ge}，得到的是 {given}", en="must be at least {ge}, got {given}"),
    "less_than": Text(zh="应小于 {lt}，得到的是 {given}", en="must be less than {lt}, got {given}"),
    "less_than_equal": Text(zh="至多为 {le}，得到的是 {given}", en="must be at most {le}, got {given}"),
    "enum": Text(zh="没有 {given}；可用：{expected}", en="{given} is not known; known: {expected}"),
    "literal_error": Text(zh="没有 {given}；可用：{expected}", en="{given} is not known; known: {expected}"),
    "list_type": Text(zh="应为列表，得到的是 {given}", en="expected a list, got {given}"),
    "dict_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "json_invalid": Text(zh="不是 JSON：第 {position} 个字符处出错",
                         en="is no JSON: it goes wrong at character {position}"),
    "value_error": Text(zh="不可用：{error}", en="cannot be used: {error}"),
}
_FORMS: Mapping[str, Text] = {
    r"^(\d{4}-\d{2}-\d{2})?$": Text(zh="日期，例如 2018-01-31", en="a day such as 2018-01-31"),
    "^/": Text(zh="绝对路径，例如 /srv/zhike", en="an absolute path such as /srv/zhike"),
}
_OTHER_FORM = Text(zh="规定的格式", en="expected")
_OTHER = Text(zh="{given} 不能用在这里", en="{given} cannot be used here")


def plain_fault(error: Mapping[str, Any]) -> Text:
    """One fault of pydantic's list, in plain words.

    >>> plain_fault({"type": "less_than_equal", "input": 50, "ctx": {"le": 20}}).en
    "must be at most 20, got '50'"
    >>> plain_fault({"type": "string_pattern_mismatch", "input": "soon", "ctx": {"pattern": "^/"}}).zh
    "'soon' 的写法不对，应为绝对路径，例如 /srv/zhike"

    Args:
        error: With ``type``, ``input`` and, where the fault has figures, ``ctx``.
    """
    known, given = dict(error.get("ctx") or {}), error.get("input")
    told = _PLAIN.get(error["type"], _OTHER)
    form = _FORMS.get(str(known.get("pattern")), _OTHER_FORM)
    position = error["loc"][-1] if error["type"] == "json_invalid" else 0
    length = len(given) if isinstance(given, str) else 0
    choices = str(known.pop("expected", "")).replace(" or ", ", ").replace("'", "")
    return told.fill(**known, given=_shown(given), form=form, position=position, length=length, expected=choices)


def plain_place(error: Mapping[str, Any]) -> str:
    """Where the fault is, without the part of the request that people do not think of.

    >>> plain_place({"loc": ("body", "drafts", 0, "name")}), plain_place({"loc": ("query", "limit")})
    ('drafts/0/name', 'limit')
    """
    place = () if error.get("type") == "json_invalid" else error["loc"][1:]
    return "/".join(map(str, place))[:_SHOWN]


def _shown(given: object) -> str:
    return repr(shortened(str(given), _SHOWN))
