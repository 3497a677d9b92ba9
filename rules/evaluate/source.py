"""A stratum of rules as the source of one Python function, for the fast reading.

Only the words of this module and ``repr`` of checked constants and names stand in the source. Truth is two-valued in
it: a negation is pushed to the leaves, and a test with an unknown value holds in neither form.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kb.model.condition import And, Concluded, Condition, Exists, Known, Not, Op, Or, Ref, Scalar, Test, Unknown
from kb.model.rule import Rule
from ontology.vocabulary import FactName
from rules.evaluate.values import constant
from rules.tree import demanded

_OPPOSITE: Mapping[Op, Op] = {
    Op.EQ: Op.NE, Op.NE: Op.EQ, Op.LT: Op.GE, Op.GE: Op.LT, Op.GT: Op.LE, Op.LE: Op.GT, Op.IN: Op.NOT_IN,
    Op.NOT_IN: Op.IN,
}
_PYTHON: Mapping[Op, str] = {
    Op.EQ: "==", Op.NE: "!=", Op.LT: "<", Op.LE: "<=", Op.GT: ">", Op.GE: ">=", Op.IN: "in", Op.NOT_IN: "not in",
}
_SCOPE = {FactName.CUSTOMER.value: "c"}


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes functions and remembers which tables of rows they need.

    Args:
        facts: Fact types read, in the order of the tables ``t[0]``, ``t[1]`` ...
        indexes: (fact type, property) pairs whose rows are wanted by value; they follow in ``x[0]``, ``x[1]`` ...
        functions: Source of the row functions so far.
    """

    facts: list[str] = field(default_factory=list)
    indexes: list[tuple[str, str]] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)

    def stratum(self, name: str, rules: Iterable[Rule]) -> str:
        """The function ``name(c, t, x, k, now)``: the ids of the rules that fire.

        ``c`` holds the customer's values, ``t`` tables of rows, ``x`` indexes over rows, ``k`` conclusions.
        """
        lines = [f"def {name}(c, t, x, k, now):", "    f = []"]
        for rule in rules:
            lines += [f"    if {_period(rule)}{self.holds(rule.when, _SCOPE, 'c')}:", f"        f.append({rule.id!r})"]
        return "\n".join([*lines, "    return f"])

    def holds(self, condition: Condition, scope: Mapping[str, str], here: str, *, wanted: bool = True) -> str:
        """An expression that is true when ``condition`` has the truth ``wanted``; unknown is neither.

        Args:
            condition: Any part of a rule.
            scope: The variable of each alias in scope.
            here: The variable that tests read.
            wanted: Which truth.
        """
        match condition:
            case Test():
                return _test(condition, scope, here, wanted=wanted)
            case Known(property=name) | Unknown(property=name):
                is_known = isinstance(condition, Known) is wanted
                return f"{here}.get({name!r}) is {'not ' * is_known}None"
            case And(parts=parts) | Or(parts=parts):
                is_all = isinstance(condition, And) is wanted
                written = [self.holds(part, scope, here, wanted=wanted) for part in parts]
                return f"({(' and ' if is_all else ' or ').join(written) or is_all})"
            case Not(part=part):
                return self.holds(part, scope, here, wanted=not wanted)
            case Concluded(kind=kind, value=value):
                return f"{(kind, value)!r} {'in' if wanted else 'not in'} k"
            case Exists():
                return f"({'' if wanted else 'not '}{self._exists(condition, scope)})"

    def _exists(self, exists: Exists, scope: Mapping[str, str]) -> str:
        variable = f"r{len(scope)}"
        where = self.holds(exists.where, {**scope, exists.alias: variable}, variable)
        name = f"e{len(self.functions)}"
        outer = ", ".join(scope.values())
        self.functions.append(_row_function(name, variable, outer, where, exists))
        key = demanded(exists.where)
        if key is None:
            return f"{name}(t[{_place(self.facts, exists.fact)}], t, x, k, {outer})"
        index = _place(self.indexes, (exists.fact, key[0]))
        return f"{name}(x[{index}].get({key[1]!r}, ()), t, x, k, {outer})"


def _row_function(name: str, variable: str, outer: str, where: str, exists: Exists) -> str:
    head = f"def {name}(rows, t, x, k, {outer}):\n"
    if (exists.at_least, exists.at_most) in ((1, None), (0, 0)):
        found = exists.at_least == 1
        return (f"{head}    for {variable} in rows:\n        if {where}:\n            return {found}\n"
                f"    return {not found}")
    most = "" if exists.at_most is None else f" <= {exists.at_most}"
    return (f"{head}    n = 0\n    for {variable} in rows:\n        if {where}:\n            n += 1\n"
            f"    return {exists.at_least} <= n{most}")


def _test(test: Test, scope: Mapping[str, str], here: str, *, wanted: bool) -> str:
    known = f"(v := {here}.get({test.property!r})) is not None"
    if isinstance(test.operand, Ref):
        other = f"(w := {scope[test.operand.alias]}.get({test.operand.property!r})) is not None"
        return f"({known} and {other} and {_compared(test.op, 'w', wanted=wanted)})"
    return f"({known} and {_compared(test.op, _literal(constant(test.operand)), wanted=wanted)})"


def _compared(op: Op, operand: str, *, wanted: bool) -> str:
    if op is Op.BETWEEN:
        return f"{'' if wanted else 'not '}{operand}[0] <= v <= {operand}[1]"
    return f"v {_PYTHON[op if wanted else _OPPOSITE[op]]} {operand}"


def _literal(value: Scalar | tuple[Scalar, ...]) -> str:
    return repr(value)


def _period(rule: Rule) -> str:
    start = "" if rule.valid_from is None else f"{rule.valid_from} <= now and "
    return start if rule.valid_to is None else f"{start}now < {rule.valid_to} and "


def _place(places: list[str] | list[tuple[str, str]], wanted: str | tuple[str, str]) -> int:
    if wanted not in places:
        places.append(wanted)  # type: ignore[arg-type]  # both lists grow by their own kind
    return places.index(wanted)  # type: ignore[arg-type]
