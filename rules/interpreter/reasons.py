"""What a rule that fires has read, as the source of a Python function that tells it.

The truth of every part is asked of ``rules.interpreter.generated``; here stands only what is worth telling: the values
behind the parts that hold, in the order of the condition, and the rows that arguments are read from. The definition of
both is ``rules.conformance.reasons``, which takes them from a trace; whatever is written here is held against it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from kb.model.condition import And, Concluded, Condition, Exists, Known, Not, Or, Ref, Test, Unknown
from kb.model.rule import Recommend, Rule
from rules.condition.normal_form import push_negation
from rules.condition.walk import CUSTOMER, facts_of
from rules.interpreter.generated import CodeScope, CodeWriter

_INDENT = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """An expression for the value of ``property`` of a ``fact``, as it is told."""

    fact: str
    property: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """What is told if a condition holds, or for each of some rows: of more than one where it ``is_repeated``."""

    head: tuple[str, ...]
    told: tuple["_Told", ...]
    is_repeated: bool = False


_Told: TypeAlias = _Read | _Block


@dataclass(frozen=True, slots=True)
class ReasonWriter:
    """Writes the function of each rule.

    Args:
        writer: Knows how truth is written, and takes the functions over rows.
    """

    writer: CodeWriter

    def function(self, name: str, rule: Rule) -> str:
        """The function ``name(c, t, x, k, m, o)``: the firing of ``rule``, which is known to fire.

        ``c``, ``t``, ``x`` and ``k`` are those of ``CodeWriter.stratum``; ``m`` has what is told of the customer by
        property, and ``o`` gives as much for a row of a fact type.
        """
        told = tuple(self._told(rule.when, CodeScope(), CUSTOMER))
        lines = [*_collected(told), *self._arguments(rule)]
        return "\n".join([f"def {name}(c, t, x, k, m, o):", *(_INDENT + line for line in lines),
                          f"    return Firing(rule_id={rule.id!r}, reads=f, arguments=a)"])

    def _told(self, condition: Condition, scope: CodeScope, fact: str) -> Iterator[_Told]:
        """What is told where ``condition`` holds; its tests read a ``fact``."""
        match condition:
            case Test(property=name, operand=operand):
                yield _read(scope, fact, name)
                if isinstance(operand, Ref) and operand.alias == CUSTOMER:
                    yield _read(CodeScope(), CUSTOMER, operand.property)
            case Known(property=name) | Unknown(property=name):
                yield _read(scope, fact, name)
            case And(parts=parts) | Or(parts=parts):
                for part in parts:
                    told = tuple(self._told(part, scope, fact))
                    yield from told if isinstance(condition, And) else self._gated(part, scope, told)
            case Exists() if condition.at_most != 0:
                yield self._of_rows(condition, scope, wanted=True)
            case Not(part=Exists() as exists):
                yield self._of_rows(exists, scope, wanted=False)
            case Not(part=part) if not isinstance(part, Concluded):
                yield from self._told(push_negation(condition), scope, fact)

    def _gated(self, part: Condition, scope: CodeScope, told: tuple[_Told, ...]) -> Iterator[_Block]:
        if told:
            yield _Block(head=(f"if {self.writer.holds(part, scope)}:",), told=told)

    def _of_rows(self, exists: Exists, scope: CodeScope, *, wanted: bool) -> _Block:
        inner = scope.inside(exists)
        row = inner.variable
        return _Block(
            head=(f"for {row} in {self.writer.matches(exists, scope, wanted=wanted)}:",
                  f"{_INDENT}{_told_of(row)} = o({str(exists.fact)!r}, {row})"),
            told=tuple(self._told(exists.where, inner, exists.fact)), is_repeated=exists.at_least > 1)

    def _arguments(self, rule: Rule) -> Iterator[str]:
        """Lines after which ``a`` holds the arguments; one without a value is left out."""
        given = rule.then.arguments if isinstance(rule.then, Recommend) else {}
        if not any(isinstance(value, Ref) for value in given.values()):
            yield f"a = {dict(given)!r}"
            return
        rows = {alias: f"b{number}" for number, alias in enumerate(dict.fromkeys(
            value.alias for value in given.values() if isinstance(value, Ref) and value.alias != CUSTOMER))}
        yield from (f"{row} = None" for row in rows.values())
        yield from self._bound(rule.when, CodeScope(), rows)
        yield "a = {}"
        scope = CodeScope(variables={**CodeScope().variables, **rows})
        for name, value in given.items():
            yield from _argument(name, value, scope) if isinstance(value, Ref) else (f"a[{name!r}] = {value!r}",)

    def _bound(self, condition: Condition, scope: CodeScope, rows: Mapping[str, str]) -> Iterator[str]:
        """Lines after which the variable of each alias in ``rows`` has its first row, where ``condition`` holds.

        Of what stands under a negation there is none.
        """
        if not facts_of(condition).keys() & rows.keys():
            return
        match condition:
            case And(parts=parts):
                for part in parts:
                    yield from self._bound(part, scope, rows)
            case Or(parts=parts):
                for part in parts:
                    yield from _under(f"if {self.writer.holds(part, scope)}:", self._bound(part, scope, rows))
            case Exists(alias=alias, where=where) if condition.at_most != 0:
                inner = scope.inside(condition)
                own = (f"{rows[alias]} = {inner.variable}",) if alias in rows else ()
                yield from _under(f"for {inner.variable} in {self.writer.matches(condition, scope)}[:1]:",
                                  (*own, *self._bound(where, inner, rows)))


def _read(scope: CodeScope, fact: str, name: str) -> _Read:
    return _Read(fact=fact, property=name, source=f"{_told_of(scope.variable)}[{name!r}]")


def _told_of(variable: str) -> str:
    """The variable with what is told of a fact: ``m`` for the customer, ``o1`` for the row ``r1``."""
    return "m" if variable == "c" else f"o{variable[1:]}"


def _collected(told: tuple[_Told, ...]) -> Iterator[str]:
    """Lines after which ``f`` holds what is told, each once."""
    yield from ("f = ()", *_lines(told))
    if _may_repeat(told):
        yield "f = tuple(dict.fromkeys(f))"


def _lines(told: Iterable[_Told]) -> Iterator[str]:
    for is_read, some in groupby(told, key=lambda one: isinstance(one, _Read)):
        if is_read:
            yield f"f += ({''.join(f'{one.source}, ' for one in some if isinstance(one, _Read))})"
        else:
            yield from (line for one in some if isinstance(one, _Block)
                        for line in (*one.head, *(_INDENT + inner for inner in _lines(one.told))))


def _may_repeat(told: Iterable[_Told]) -> bool:
    """Whether one value may be told twice: by two parts that read one property, or of one row beside another."""
    places = tuple(_places(told))
    return len(set(places)) < len(places)


def _places(told: Iterable[_Told]) -> Iterator[tuple[str, str]]:
    """(fact, property) of whatever is told, twice where it stands under rows of which there may be several."""
    for one in told:
        if isinstance(one, _Read):
            yield one.fact, one.property
        else:
            yield from (*_places(one.told), *(_places(one.told) if one.is_repeated else ()))


def _under(head: str, lines: Iterable[str]) -> Iterator[str]:
    body = [_INDENT + line for line in lines]
    if body:
        yield from (head, *body)


def _argument(name: str, ref: Ref, scope: CodeScope) -> Iterator[str]:
    row = scope.variables.get(ref.alias)
    is_there = f"{row} is not None and " if ref.alias != CUSTOMER else ""
    yield f"if {is_there}(v := {scope.value(ref.alias, ref.property)}) is not None:"
    yield f"{_INDENT}a[{name!r}] = v"
