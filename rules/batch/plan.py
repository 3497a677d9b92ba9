"""Which passes over the related facts answer every ``Exists`` of a rule set.

An existence test costs little beside others in one pass over the rows, and much alone. Tests that are equal but for
the names of their rows are one test.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

from kb.errors import InvalidRule
from kb.model.condition import Concluded, Condition, Exists, Op, Ref, Test, walk, with_parts
from ontology.text import Text
from rules.condition.values import constant
from rules.condition.walk import by_depth, conjuncts, outermost, refs


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


def canonical(condition: Condition) -> Condition:
    """The condition with rows called by their depth and constants cut as the tables cut values.

    >>> canonical(Exists(fact="purchase", alias="p", where=Test(property="spend_90d", op=Op.GE, operand=0.1234567891)))
    ... # doctest: +NORMALIZE_WHITESPACE
    Exists(fact='purchase', alias='row1', where=Test(property='spend_90d', op=<Op.GE: '>='>, operand=0.123456789,
           quantile=None), at_least=1, at_most=None)
    """
    return _cut(by_depth(condition))


def steps(condition: Condition) -> tuple[Condition, ...]:
    """The tests that a condition asks for one after the other: the parts of an *and*, or the condition itself."""
    return conjuncts(condition) or (condition,)


def _cut(condition: Condition) -> Condition:
    if isinstance(condition, Test) and not isinstance(condition.operand, Ref):
        return replace(condition, operand=constant(condition.operand))
    return with_parts(condition, _cut)


def _keys(exists: Exists) -> tuple[Test, ...]:
    keys = {part for part in steps(exists.where) if isinstance(part, Test) and part.op is Op.EQ
            and isinstance(part.operand, Ref) and part.operand.alias != exists.alias}
    return tuple(sorted(keys, key=repr))


def _is_joined(exists: Exists) -> bool:
    if any(isinstance(part, Concluded) for part in walk(exists.where)):
        msg = Text(zh=f"结论写在 {exists.fact} 的 exists 里",
                   en=f"a conclusion is tested inside 'exists' of {exists.fact}")
        raise InvalidRule(msg, hint=Text(zh="请在 exists 旁边测试结论", en="test the conclusion beside the 'exists'"))
    own = {part.alias for part in walk(exists) if isinstance(part, Exists)}
    return any(ref.alias not in own for ref in refs(exists.where))
