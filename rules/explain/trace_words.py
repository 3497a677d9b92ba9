"""What a trace found, in words: which tests a rule is made of, which it misses, and what is on record instead."""

from collections.abc import Iterator
from dataclasses import replace

from kb.model.condition import (
    ALWAYS,
    And,
    Concluded,
    Condition,
    Exists,
    Known,
    Not,
    Op,
    Or,
    Scalar,
    Test,
    Unknown,
    none_of,
)
from kb.model.decision import FactRead
from ontology.text import Text
from ontology.vocabulary import FactName
from rules.condition.walk import conjuncts
from rules.decision.compiled_release import CompiledRelease
from rules.explain import close_gaps, found_value, value_words
from rules.explain.phrases import FRAMES, IS_FALSE, IS_TRUE, IS_UNKNOWN
from rules.interpreter import Trace

_NO_ROW = 2
"""What a row that is not there counts, besides the row itself."""

_OTHERWISE = Text(zh="有{what}记录，但{found}", en="{what} on record, but {found}")
_COUNTED = Text(zh="有 {count} 条{what}记录", en="{what}: {count} on record")
_UNDECIDED = Text(zh="，另有 {count} 条资料不全、无法判断", en=", and {count} that cannot be decided")
_IS = Text(zh="{name}为 {value}", en="{name} is {value}")
_SAID_OF_THE_CUSTOMER = frozenset({FactName.PURCHASE, FactName.KNOWLEDGE, FactName.MOMENT})
"""Facts of which one row is told as what the customer did or is, not as a record."""


def tests(traced: Trace) -> Iterator[tuple[int, Trace]]:
    """(alternative, test) for each part that is not an *and*; the parts of an *or* at the top are alternatives 1, 2 ...

    A test with alternative 0 is needed in any case.
    """
    for part in _parts(traced):
        if isinstance(part.condition, Or):
            for number, alternative in enumerate(part.children, start=1):
                yield from ((number, one) for one in _parts(alternative))
        else:
            yield 0, part


def missing(traced: Trace) -> tuple[Trace, ...]:
    """The fewest tests that would have to hold besides those that do; empty when the condition holds."""
    if traced.truth is True:
        return ()
    if isinstance(traced.condition, And):
        return tuple(one for child in traced.children for one in missing(child))
    if isinstance(traced.condition, Or) and traced.children:
        return missing(min(traced.children, key=distance))
    return (traced,)


def distance(traced: Trace) -> int:
    """How far the condition is from holding: a test counts 1, a related row 1 and what the nearest row lacks."""
    return sum(_distance(one) for one in missing(traced))


def _distance(missed: Trace) -> int:
    if not isinstance(missed.condition, Exists):
        return 1
    return 1 + min((distance(child) for child in missed.children), default=_NO_ROW)


def holding(traced: Trace) -> Condition:
    """The condition without the alternatives that do not hold: what was the reason, of all that could have been."""
    match traced.condition:
        case And():
            return And(parts=tuple(holding(child) for child in traced.children))
        case Or():
            return next((holding(child) for child in traced.children if child.truth is True), traced.condition)
        case condition:
            return condition


def reads(traced: Trace) -> tuple[FactRead, ...]:
    """Every value that was read for this part."""
    own = [FactRead(fact=traced.fact, key=traced.key, property=traced.condition.property, value=traced.value)] \
        if isinstance(traced.condition, Test | Known | Unknown) else []
    return (*own, *(read for child in traced.children for read in reads(child)))


def found(traced: Trace, compiled: CompiledRelease) -> Text:
    """What is there, in words, whether the test holds or not."""
    match traced.condition:
        case Test(property=name) | Known(property=name) | Unknown(property=name):
            return _value_found(traced.fact, name, traced.value, compiled)
        case Exists():
            return _rows_found(traced, traced.condition, compiled)
        case Concluded():
            return compiled.describe(traced.condition if traced.truth else Not(part=traced.condition))
        case _:
            return _together([found(child, compiled) for child in traced.children])


def _value_found(fact: str, name: str, value: Scalar | None, compiled: CompiledRelease) -> Text:
    label = compiled.schema.label(fact, name)
    match value:
        case None:
            return IS_UNKNOWN.fill(name=label)
        case bool():
            return (IS_TRUE if value else IS_FALSE).fill(name=label)
    words = value_words(fact, name, found_value(value), compiled.schema, compiled.labels)
    return close_gaps(_IS.fill(name=label, value=words))


def _rows_found(traced: Trace, exists: Exists, compiled: CompiledRelease) -> Text:
    naming = _naming(exists)
    told = _counted(traced, exists, naming, compiled) if traced.matched else _none(traced, exists, naming, compiled)
    if not traced.undecided:
        return told
    more = _UNDECIDED.fill(count=traced.undecided)
    return Text(zh=told.zh + more.zh, en=told.en + more.en)


def _counted(traced: Trace, exists: Exists, naming: Test | None, compiled: CompiledRelease) -> Text:
    if naming is not None and exists.fact in _SAID_OF_THE_CUSTOMER:
        return compiled.describe(replace(exists, where=naming, at_least=1, at_most=None))
    return _COUNTED.fill(count=traced.matched, what=_what(exists, naming, compiled))


def _none(traced: Trace, exists: Exists, naming: Test | None, compiled: CompiledRelease) -> Text:
    """That there is no such row at all, or what the nearest of its kind lacks."""
    near = [child for child in traced.children if naming is None or _holds(naming, child)]
    if near and missing(near[0]):
        instead = _together([found(one, compiled) for one in missing(near[0])])
        return _OTHERWISE.fill(what=_what(exists, naming, compiled), found=instead)
    return compiled.describe(none_of(exists.fact, exists.alias, ALWAYS if naming is None else naming))


def _naming(exists: Exists) -> Test | None:
    """The test whose value says what kind of row is looked for: a complaint, a category."""
    named = FRAMES[exists.fact].names
    return next((part for part in conjuncts(exists.where) if isinstance(part, Test) and part.property == named
                 and part.op is Op.EQ and isinstance(part.operand, str)), None)


def _what(exists: Exists, naming: Test | None, compiled: CompiledRelease) -> Text:
    if naming is None:
        return compiled.schema.facts[exists.fact].labels
    return compiled.word_of(exists.fact, naming.property, str(naming.operand))


def _holds(test: Test, child: Trace) -> bool:
    return any(part.condition == test and part.truth is True for part in _parts(child))


def _parts(traced: Trace) -> Iterator[Trace]:
    if isinstance(traced.condition, And):
        for child in traced.children:
            yield from _parts(child)
    else:
        yield traced


def _together(texts: list[Text]) -> Text:
    return Text(zh="、".join(text.zh for text in texts), en=" and ".join(text.en for text in texts))
