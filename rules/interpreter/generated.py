"""A stratum of rules as the source of one Python function, for the fast reading.

Only the words of this module and ``repr`` of checked constants and names stand in the source. Truth is two-valued in
it: a negation is pushed to the leaves, and a test with an unknown value holds in neither form.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kb.model.condition import And, Concluded, Condition, Exists, Known, Not, Or, Ref, Test, Unknown
from kb.model.rule import Rule
from rules.condition.normal_form import push_negation
from rules.condition.operators import OPERATORS
from rules.condition.values import DAYS_AGO, constant
from rules.condition.walk import CUSTOMER, demanded, outside


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeScope:
    """What a function may read.

    Args:
        variables: What stands for each alias: ``c`` for the customer's values, ``r1``, ``r2`` ... for rows.
        here: The alias of the fact that tests read.
        preloaded: Customer properties that stand in variables of their own, with those.
        is_outermost: Whether this is a function of a stratum, in which also the indexes have names.
    """

    variables: Mapping[str, str] = field(default_factory=lambda: {CUSTOMER: "c"})
    here: str = CUSTOMER
    preloaded: Mapping[str, str] = field(default_factory=dict)
    is_outermost: bool = False

    @property
    def arguments(self) -> str:
        """The variables, to be handed to a function that reads rows."""
        return ", ".join(self.variables.values())

    @property
    def variable(self) -> str:
        """What stands for the fact that tests read."""
        return self.variables[self.here]

    def inside(self, exists: Exists) -> "CodeScope":
        """The scope of the tests of ``exists``, in a function of their own."""
        variables = {**self.variables, exists.alias: f"r{len(self.variables)}"}
        return CodeScope(variables=variables, here=exists.alias)

    def value(self, alias: str, name: str) -> str:
        """An expression for the value of a property, ``None`` where it is unknown."""
        if alias == CUSTOMER:
            return self.preloaded.get(name) or f"c.get({name!r})"
        row = self.variables[alias]
        return f"{row}.values.get({name!r}{f', {row}.days_ago' * (name == DAYS_AGO)})"


@dataclass(frozen=True, slots=True)
class CodeWriter:
    """Writes functions and remembers which indexes over rows they need.

    Args:
        indexes: (fact type, property) pairs whose rows are wanted by value: ``x[0]``, ``x[1]`` ...
        functions: Source of the functions over rows so far.
    """

    indexes: list[tuple[str, str]] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)

    def stratum(self, name: str, rules: Iterable[Rule]) -> str:
        """The function ``name(c, t, x, k)``: the ids of the rules that fire, as far as they are in effect.

        ``c`` holds the customer's values, ``t`` the rows of each fact type, ``x`` indexes over rows, ``k`` conclusions.
        """
        listed = tuple(rules)
        scope = CodeScope(is_outermost=True,
                          preloaded={name: f"c{number}" for number, name in enumerate(_names_outside(listed))})
        lines = [line for rule in listed for line in (
            f"    if {self.holds(rule.when, scope)}:", f"        f.append({rule.id!r})")]
        declared = [f"    {variable} = c.get({name!r})" for name, variable in scope.preloaded.items()]
        indexes = [f"    x{number} = x[{number}].get" for number in range(len(self.indexes))]
        return "\n".join([f"def {name}(c, t, x, k):", "    f = []", *declared, *indexes, *lines, "    return f"])

    def holds(self, condition: Condition, scope: CodeScope) -> str:
        """An expression that is true when ``condition`` is; false also where it is unknown.

        Args:
            condition: Any part of a rule.
            scope: What its tests may read.
        """
        match condition:
            case Test():
                return _test(condition, scope)
            case Known(property=name):
                return f"{scope.value(scope.here, name)} is not None"
            case Unknown(property=name):
                return f"{scope.value(scope.here, name)} is None"
            case And(parts=parts) | Or(parts=parts):
                is_all = isinstance(condition, And)
                written = [self.holds(part, scope) for part in parts]
                return f"({(' and ' if is_all else ' or ').join(written) or is_all})"
            case Not(part=Exists() | Concluded() as leaf):  # neither is ever unknown
                return f"(not {self.holds(leaf, scope)})"
            case Not():
                return self.holds(push_negation(condition), scope)
            case Concluded(kind=kind, value=value):
                return f"({(kind, value)!r} in k)"
            case Exists():
                return self._exists(condition, scope)

    def matches(self, exists: Exists, scope: CodeScope, *, wanted: bool = True) -> str:
        """An expression for the rows that ``exists``, known to have the truth ``wanted``, tells of.

        Those that match, latest day first, then by key: as many as it asks for, and one where it asks for none. Where
        one must match and there is but one, it is that.
        """
        where, row = self.holds(exists.where, scope.inside(exists)), scope.inside(exists).variable
        name = self._add("m", scope, (
            "    f = []", f"    for {row} in rows:", f"        if {where}:", f"            f.append({row})",
            "    if len(f) > 1:", "        f.sort(key=recency)", f"    return f[:{max(1, exists.at_least)}]"))
        rows, others = self._rows(exists, scope), f"t, x, k, {scope.arguments}"
        if wanted and exists.at_least == 1:
            return f"(q if len(q := {rows}) == 1 else {name}(q, {others}))"
        return f"{name}({rows}, {others})"

    def _exists(self, exists: Exists, scope: CodeScope) -> str:
        """Where there are no rows at all, none is looked at."""
        where, row = self.holds(exists.where, scope.inside(exists)), scope.inside(exists).variable
        name = self._add("e", scope, _counted(exists, row, where))
        none = "not {} or" if exists.at_least == 0 else "{} and"
        return f"({none.format(f'(q := {self._rows(exists, scope)})')} {name}(q, t, x, k, {scope.arguments}))"

    def _add(self, letter: str, scope: CodeScope, body: Iterable[str]) -> str:
        name = f"{letter}{len(self.functions)}"
        self.functions.append("\n".join([f"def {name}(rows, t, x, k, {scope.arguments}):", *body]))
        return name

    def _rows(self, exists: Exists, scope: CodeScope) -> str:
        """The rows that may match: those with the one text that the tests demand, where they do; else perhaps none."""
        key = demanded(exists.where)
        if key is None:
            return f"t.get({str(exists.fact)!r}, ())"
        wanted = exists.fact, key[0]
        if wanted not in self.indexes:
            self.indexes.append(wanted)
        place = self.indexes.index(wanted)
        return f"x{place}({key[1]!r})" if scope.is_outermost else f"x[{place}].get({key[1]!r}, ())"


def _counted(exists: Exists, row: str, where: str) -> tuple[str, ...]:
    """The body of a function that says whether as many rows match as ``exists`` asks for."""
    if exists.is_sought:
        found = exists.at_least == 1
        return (f"    for {row} in rows:", f"        if {where}:", f"            return {found}",
                f"    return {not found}")
    most = "" if exists.at_most is None else f" <= {exists.at_most}"
    return ("    n = 0", f"    for {row} in rows:", f"        if {where}:", "            n += 1",
            f"    return {exists.at_least} <= n{most}")


def _test(test: Test, scope: CodeScope) -> str:
    source = OPERATORS[test.op].source
    known, value = _named(scope.value(scope.here, test.property), "v")
    if isinstance(test.operand, Ref):
        other_known, other = _named(scope.value(test.operand.alias, test.operand.property), "w")
        return f"({known} and {other_known} and {source.format(value=value, operand=other)})"
    return f"({known} and {source.format(value=value, operand=repr(constant(test.operand)))})"


def _named(value: str, name: str) -> tuple[str, str]:
    """That a value is known, and what to call it from there on."""
    return (f"{value} is not None", value) if value.isidentifier() else (f"({name} := {value}) is not None", name)


def _names_outside(rules: Iterable[Rule]) -> list[str]:
    """The customer's properties that are read outside any ``Exists``."""
    nodes = [node for rule in rules for node in outside(rule.when)]
    read = {node.property for node in nodes if isinstance(node, Test | Known | Unknown)}
    return sorted(read | {node.operand.property for node in nodes
                          if isinstance(node, Test) and isinstance(node.operand, Ref)})
