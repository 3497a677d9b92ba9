"""Nouns to plain JSON values and back; a value of a union carries its class name under ``"type"``.

Built on cattrs, because the standard library turns dataclasses into dictionaries but not back.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args

import orjson
from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn, override

from kb.errors import InvalidInput
from kb.model.condition import And, Concluded, Exists, Known, Not, Or, Ref, Scalar, Test, Unknown
from kb.model.rule import Conclude, Effect, Recommend, Require
from ontology.text import Text

Noun = TypeVar("Noun")
_NOT_FINITE = Text(zh="{name} 中有一个数不是有限数，无法存储",
                   en="a number in {name} is not finite, and cannot be stored")
_FINITE = Text(zh="请给出有限数", en="give finite numbers")

_CONDITIONS: tuple[type, ...] = (Test, Known, Unknown, And, Or, Not, Exists, Concluded)
_EFFECTS: tuple[type, ...] = (Recommend, Require, Conclude)


def to_plain(noun: object) -> dict[str, Any]:
    """The noun as JSON values: objects, lists, strings, numbers, booleans and null."""
    return cast("dict[str, Any]", _CONVERTER.unstructure(noun))


def from_plain(plain: Mapping[str, Any], noun: type[Noun]) -> Noun:
    """The noun again; raises ``cattrs.BaseValidationError`` where ``plain`` has another shape."""
    return _CONVERTER.structure(plain, noun)


def to_json(noun: object) -> str:
    """The noun as JSON text.

    Raises:
        InvalidInput: If one of its numbers is not finite: JSON has no word for it, and it would be stored as unknown.
    """
    plain = to_plain(noun)
    written = orjson.dumps(plain, option=orjson.OPT_NON_STR_KEYS)
    if b"null" in written:
        _demand_finite(plain, type(noun).__name__)
    return written.decode()


def from_json(text: str | bytes, noun: type[Noun]) -> Noun:
    """The noun from its JSON text."""
    return from_plain(orjson.loads(text), noun)


def _demand_finite(plain: Mapping[str, Any], name: str) -> None:
    try:
        json.dumps(plain, allow_nan=False)
    except ValueError as fault:
        raise InvalidInput(_NOT_FINITE.fill(name=name), hint=_FINITE) from fault


def _text(value: str | Mapping[str, str], _: object) -> Text:
    """Words in both languages; what was written before they were told in both stands for either."""
    return Text.same(value) if isinstance(value, str) else Text(**value)


def _make() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    for union in (Scalar | Ref | tuple[Scalar, ...], Scalar | Ref, Scalar, Scalar | None):
        converter.register_structure_hook_func(_is_union(union), _operand)
        converter.register_unstructure_hook_func(_is_union(union), _plain_operand)
    converter.register_structure_hook_func(lambda given: given is object, lambda value, _: value)
    converter.register_structure_hook_func(lambda given: given is Text, _text)
    _tag(converter, _CONDITIONS, _is_condition)
    _tag(converter, _EFFECTS, _is_union(Effect))
    return converter


def _tag(converter: Converter, members: tuple[type, ...], is_union: Callable[[Any], bool]) -> None:
    """Write each member with its class name, and read the union by it.

    By hand, because cattrs' own tagged union cannot follow a union whose members name it in their annotations.
    """
    by_name = {member.__name__: member for member in members}

    def structure(value: Mapping[str, Any], _: Any) -> Any:
        fields = dict(value)
        return converter.structure(fields, by_name[fields.pop("type")])

    converter.register_unstructure_hook_func(is_union, lambda value: converter.unstructure(value, type(value)))
    for member in members:
        converter.register_unstructure_hook(member, _tagged(member, converter))
    converter.register_structure_hook_func(is_union, structure)


def _tagged(member: type, converter: Converter) -> Callable[[Any], dict[str, Any]]:
    later: dict[str, Any] = {each.name: override(omit_if_default=True) for each in fields(member)
                             if each.metadata.get("omit_none")}
    untagged: Callable[[Any], dict[str, Any]] = make_dict_unstructure_fn(member, converter, **later)
    return lambda value: {"type": member.__name__} | untagged(value)


def _operand(value: Any, _: Any) -> Any:
    if isinstance(value, Mapping):
        return Ref(**value)
    return tuple(value) if isinstance(value, list) else value


def _plain_operand(value: Any) -> Any:
    if isinstance(value, Ref):
        return {"alias": value.alias, "property": value.property}
    return list(value) if isinstance(value, tuple) else value


def _is_condition(given: Any) -> bool:
    """Whether an annotation means ``Condition``: resolved, or still the name that its own members write."""
    names = {getattr(member, "__name__", getattr(member, "__forward_arg__", "")) for member in get_args(given)}
    return given == "Condition" or names == {member.__name__ for member in _CONDITIONS}


def _is_union(wanted: Any) -> Callable[[Any], bool]:
    members = frozenset(get_args(wanted))

    def matches(given: Any) -> bool:
        is_union = getattr(given, "__origin__", None) is Union or isinstance(given, UnionType)
        return is_union and frozenset(get_args(given)) == members

    return matches


_CONVERTER = _make()
