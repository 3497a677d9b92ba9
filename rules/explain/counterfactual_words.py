"""A change in words, and as values for those who do not read words."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kb.model.condition import Exists, Scalar
from ontology.text import Text
from ontology.vocabulary import IndicatorGroup
from rules.condition.walk import CUSTOMER
from rules.decision.compiled_release import CompiledRelease
from rules.explain import close_gaps, found_value, value_words
from rules.explain.phrases import FRAMES, joined, listed
from rules.reasoning import MemberSet, NumberSet, Place, universe
from rules.reasoning.edits import Edit, EditKind

_ROW = "row1"

_FROM_TO = Text(zh="{name}从 {now} 变为 {bound}", en="{name} from {now} to {bound}")
_BE_KNOWN = Text(zh="{name}目前未知，须为：{bound}", en="{name} must be known and {bound}")
_NOT_KNOWN = Text(zh="{name}须为未知", en="{name} must not be known")
_OF_ROW = Text(zh="{row}的{said}", en="{row}: {said}")
_AT_LEAST = Text(zh="不少于 {low}", en="at least {low}")
_ABOVE = Text(zh="大于 {low}", en="above {low}")
_AT_MOST = Text(zh="不超过 {high}", en="at most {high}")
_BELOW = Text(zh="小于 {high}", en="below {high}")
_BETWEEN = Text(zh="{low} 到 {high} 之间", en="between {low} and {high}")
_ANY_BUT = Text(zh="除{words}以外的值", en="anything but {words}")
_JOINED = Text(zh="、", en=" and ")
_PROTECTED = Text(zh="{said}（受保护属性，不能去改变）", en="{said} (a protected attribute: not to be brought about)")
_GIVEN = Text(zh="{said}（由客户情况决定，我们无法改变）", en="{said} (a given: nothing that we can bring about)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterfactual:
    """One thing that would have to be otherwise.

    Args:
        kind: ``value``: ``property`` would be ``needed`` instead of ``now``; ``add_row`` or ``remove_row``: a related
            fact would have to exist with ``values``, or not exist.
        key: The row; empty for the customer and for a row that does not exist.
        now: ``None`` is unknown.
        needed: The nearest value that would do.
        least: All numbers from here would do, up to ``most``; ``None`` where there is no such end.
        one_of: The words that would do; empty where others do as well.
        is_protected: A protected attribute of a person.
        is_given: What a person is, as age or home: nobody brings it about.
    """

    kind: EditKind
    fact: str
    key: str
    property: str | None
    now: Scalar | None
    needed: Scalar | None
    least: float | None
    most: float | None
    one_of: tuple[Scalar, ...]
    values: Mapping[str, Scalar]
    is_protected: bool
    is_given: bool
    sentence: Text


def changes_of(plan: Iterable[Edit], compiled: CompiledRelease) -> tuple[Counterfactual, ...]:
    """The edits in words."""
    return tuple(_change(edit, compiled) for edit in plan)


def _change(edit: Edit, compiled: CompiledRelease) -> Counterfactual:
    known = compiled.schema.facts[edit.fact].properties.get(edit.property or "")
    is_protected = known is not None and known.protected
    is_given = is_protected or (known is not None and known.group is IndicatorGroup.DEMOGRAPHIC)
    low, high = _ends(edit, compiled)
    said = _said(edit, compiled)
    marked = _PROTECTED if is_protected else _GIVEN if is_given else None
    return Counterfactual(
        kind=edit.kind, fact=edit.fact, key="" if edit.kind is EditKind.ADD_ROW else edit.key, property=edit.property,
        now=edit.now, needed=edit.needed, least=low, most=high,
        one_of=_members(edit.allowed), values=edit.values if edit.kind is EditKind.ADD_ROW else {},
        is_protected=is_protected, is_given=is_given, sentence=said if marked is None else marked.fill(said=said))


def _said(edit: Edit, compiled: CompiledRelease) -> Text:
    if edit.kind is not EditKind.VALUE:
        return _row_said(edit, compiled)
    name = compiled.schema.label(edit.fact, str(edit.property))
    if edit.needed is None:
        said = _NOT_KNOWN.fill(name=name)
    elif edit.now is None:
        said = _BE_KNOWN.fill(name=name, bound=_bound(edit, compiled))
    else:
        said = _FROM_TO.fill(name=name, now=_word(edit, found_value(edit.now), compiled), bound=_bound(edit, compiled))
    return close_gaps(said if edit.fact == CUSTOMER else _OF_ROW.fill(row=_row_name(edit, compiled), said=said))


def _row_said(edit: Edit, compiled: CompiledRelease) -> Text:
    where = edit.where
    if where is None:
        return compiled.schema.facts[edit.fact].labels
    least, most = (1, None) if edit.kind is EditKind.ADD_ROW else (0, 0)
    return compiled.describe(Exists(fact=edit.fact, alias=_ROW, where=where, at_least=least, at_most=most))


def _row_name(edit: Edit, compiled: CompiledRelease) -> Text:
    """What the row is called: the value that names rows of its type, as far as its key tells it."""
    named = FRAMES[edit.fact].names
    word = edit.values.get(named) if named is not None else None
    label = compiled.schema.facts[edit.fact].labels
    return label if word is None else compiled.word_of(edit.fact, str(named), word)


def _ends(edit: Edit, compiled: CompiledRelease) -> tuple[float | None, float | None]:
    """The ends of the numbers that would do, where they are not the ends of all numbers."""
    if not isinstance(edit.allowed, NumberSet) or not isinstance(edit.needed, int | float):
        return None, None
    piece = edit.allowed.piece_of(edit.needed)
    whole = universe(Place("", edit.fact, str(edit.property)), compiled.schema).values
    least, most = (whole.least, whole.most) if isinstance(whole, NumberSet) else (-math.inf, math.inf)
    return (None if piece.least == least else piece.least), (None if piece.most == most else piece.most)


def _bound(edit: Edit, compiled: CompiledRelease) -> Text:
    """The values that would do, around the nearest."""
    if isinstance(edit.allowed, MemberSet):
        return _choice(edit, edit.allowed, compiled)
    low, high = _ends(edit, compiled)
    piece = edit.allowed.piece_of(float(edit.needed)) if isinstance(edit.needed, int | float) else edit.allowed
    told = {name: _word(edit, end, compiled) for name, end in (("low", low), ("high", high)) if end is not None}
    match low, high:
        case None, None:
            return _word(edit, edit.needed, compiled)
        case _, None:
            return (_AT_LEAST if low in piece else _ABOVE).fill(**told)
        case None, _:
            return (_AT_MOST if high in piece else _BELOW).fill(**told)
        case _ if low == high:
            return told["low"]
        case _ if low in piece and high in piece:
            return _BETWEEN.fill(**told)
        case _:
            ends = [_AT_LEAST if low in piece else _ABOVE, _AT_MOST if high in piece else _BELOW]
            return joined([end.fill(**told) for end in ends], _JOINED)


def _choice(edit: Edit, allowed: MemberSet, compiled: CompiledRelease) -> Text:
    words = list(_words(edit, allowed.members, compiled))
    return _ANY_BUT.fill(words=listed(words)) if allowed.but else listed(words)


def _words(edit: Edit, members: Iterable[Scalar], compiled: CompiledRelease) -> Iterator[Text]:
    return (_word(edit, member, compiled) for member in sorted(members, key=str))


def _members(allowed: NumberSet | MemberSet) -> tuple[Scalar, ...]:
    return tuple(sorted(allowed.members, key=str)) if isinstance(allowed, MemberSet) and not allowed.but else ()


def _word(edit: Edit, value: Scalar | None, compiled: CompiledRelease) -> Text:
    if value is None:
        return Text.same("")
    return value_words(edit.fact, str(edit.property), value, compiled.schema, compiled.labels)
