"""Which passes over the related facts answer every ``Exists`` of a rule set.

An existence test costs little beside others in one pass over the rows, and much alone. Tests that are equal but for
the names of their rows are one test.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

from kb.errors import InvalidRule
from kb.model.condition import And, Concluded, Condition, Exists, Known, Not, Op, Or, Ref, Test, Unknown
from ontology.text import Text
from ontology.vocabulary import FactName
from rules.condition.values import constant
from rules.condition.walk import outermost, refs, walk

CUSTOMER = FactName.CUSTOMER.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One pass over the rows of a fact type.

    Args:
        fact: The fact type.
        alias: What tests inside call a row of it.
        keys: Tests for equality with a fact outside that every test of the pass asks for: the rows are joined by them.
        is_joined: Whether the tests refer to a fact outside; otherwise the rows are read alone.
        tests: What is answered.
        inner: The passes that the tests of the rows need themselves.
    """

    fact: str
    alias: str
    keys: tuple[Test, ...]
    is_joined: bool
    tests: tuple[Exists, ...]
    inner: tuple["Pass", ...]


def plan(conditions: Iterable[Condition]) -> tuple[Pass, ...]:
    """The passes that the ``canonical`` conditions need, in the order in which they first ask for them.

    Raises:
        InvalidRule: A conclusion is tested inside an ``Exists``, which ``rules.lint`` refuses too.
    """
    asked: dict[tuple[str, tuple[Test, ...], bool], dict[Exists, None]] = {}
    for exists in chain.from_iterable(map(outermost, conditions)):
        asked.setdefault((exists.fact, _keys(exists), _is_joined(exists)), {})[exists] = None
    return tuple(Pass(fact=fact, alias=next(iter(same)).alias, keys=keys, is_joined=is_joined, tests=tuple(same),
                      inner=plan(exists.where for exists in same))
                 for (fact, keys, is_joined), same in asked.items())


def canonical(condition: Condition, names: Mapping[str, str] | None = None) -> Condition:
    """The condition with rows called by their depth and constants cut as the tables cut values.

    >>> inner = Test(property="category", op=Op.EQ, operand=Ref(alias="p", property="category"))
    >>> canonical(Exists(fact="purchase", alias="p", where=Exists(fact="moment", alias="m", where=inner))).where
    ... # doctest: +NORMALIZE_WHITESPACE
    Exists(fact='moment', alias='row2', where=Test(property='category', op=<Op.EQ: '='>,
           operand=Ref(alias='row1', property='category'), quantile=None), at_least=1, at_most=None)
    """
    known = names or {CUSTOMER: CUSTOMER}
    match condition:
        case Test(operand=Ref(alias=alias, property=name)):
            return replace(condition, operand=Ref(alias=known[alias], property=name))
        case Test(operand=operand) if not isinstance(operand, Ref):
            return replace(condition, operand=constant(operand))
        case And(parts=parts) | Or(parts=parts):
            return replace(condition, parts=tuple(canonical(part, known) for part in parts))
        case Not(part=part):
            return Not(part=canonical(part, known))
        case Exists(alias=alias, where=where):
            depth = f"row{len(known)}"
            return replace(condition, alias=depth, where=canonical(where, {**known, alias: depth}))
        case _:
            return condition


def steps(condition: Condition) -> tuple[Condition, ...]:
    """The tests that a condition asks for one after the other: the parts of an *and*, or the condition itself."""
    return condition.parts if isinstance(condition, And) and condition.parts else (condition,)


def reads(condition: Condition, facts: Mapping[str, str] | None = None, here: str = CUSTOMER) -> Iterator[
        tuple[str, str]]:
    """Every (fact type, property) that the ``canonical`` condition reads."""
    known = facts or {CUSTOMER: CUSTOMER}
    match condition:
        case Test(property=name, operand=operand):
            yield known[here], name
            if isinstance(operand, Ref):
                yield known[operand.alias], operand.property
        case Known(property=name) | Unknown(property=name):
            yield known[here], name
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from reads(part, known, here)
        case Not(part=part):
            yield from reads(part, known, here)
        case Exists(fact=fact, alias=alias, where=where):
            yield from reads(where, {**known, alias: fact}, alias)


def _keys(exists: Exists) -> tuple[Test, ...]:
    keys = {part for part in steps(exists.where) if isinstance(part, Test) and part.op is Op.EQ
            and isinstance(part.operand, Ref) and part.operand.alias != exists.alias}
    return tuple(sorted(keys, key=repr))


def _is_joined(exists: Exists) -> bool:
    inside = tuple(walk(exists.where))
    if any(isinstance(node, Concluded) for node in inside):
        msg = Text(zh=f"结论写在 {exists.fact} 的 exists 里",
                   en=f"a conclusion is tested inside 'exists' of {exists.fact}")
        raise InvalidRule(msg, hint=Text(zh="请在 exists 旁边测试结论", en="test the conclusion beside the 'exists'"))
    own = {exists.alias, *(node.alias for node in inside if isinstance(node, Exists))}
    return any(ref.alias not in own for ref in refs(exists.where))
