"""The search: per alternative of a rule, what each thing that it speaks of would have to be instead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from itertools import count as counter
from operator import or_

from kb.model.condition import Exists, Scalar
from kb.model.facts import Facts, Row
from rules.condition.operators import Order
from rules.condition.values import recency, values_of
from rules.condition.walk import CUSTOMER, demanded
from rules.explain.phrases import FRAMES
from rules.interpreter import Conclusions
from rules.interpreter.kleene import Reading, Scope, reading
from rules.reasoning.edits import Edit, EditKind, Plan, cost_of
from rules.reasoning.satisfiability import Logic, Region
from rules.reasoning.terms import Conclusion, Count, Pair, Place, universe
from rules.reasoning.value_sets import MemberSet, NumberSet, StateSet

_NEW = "new"
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    """The fact that is edited: the customer, a row on record, or one that would be added."""

    alias: str
    fact: str
    key: str
    values: Mapping[str, Scalar]
    is_fixed: bool = False

    def is_named_by(self, name: str) -> bool:
        """Whether the property says what the row is, so that another value makes it another row."""
        return self.is_fixed and FRAMES[self.fact].names == name


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Plans for one customer; what it finds out about rows it keeps, for many rules ask the same of them.

    Args:
        conclusions: All that the rules conclude now.
    """

    logic: Logic
    facts: Facts
    conclusions: Conclusions
    _numbers: Iterator[int] = field(default_factory=counter, repr=False, compare=False)
    _found: dict[tuple[Count, StateSet], Plan | None] = field(default_factory=dict, repr=False, compare=False)

    def plans(self, regions: tuple[Region, ...]) -> list[Plan]:
        """For each alternative that can be reached, the edits after which it should hold; the cheapest first."""
        here = _Here(alias=CUSTOMER, fact=CUSTOMER, key="", values=self.facts.customer)
        reached = (self._reach(region, here, {}) for region in regions)
        return sorted((plan for plan in reached if plan is not None), key=cost_of)

    def _reach(self, region: Region, here: _Here, around: Mapping[str, Mapping[str, Scalar]]) -> Plan | None:
        bound = {**around, here.alias: here.values}
        wanted: dict[str, StateSet] = {}
        for key, states in region.items():
            asked = self._asked(key, states, here, bound)
            if asked is None:
                return None
            for name, each in asked.items():
                wanted[name] = wanted[name] & each if name in wanted else each
        own = self._edits(wanted, here)
        if own is None:
            return None
        changed = {**here.values, **{edit.property: edit.needed for edit in own if edit.property is not None}}
        known = {name: value for name, value in changed.items() if value is not None}
        rows = self._rows(region, {**bound, here.alias: known}, is_top=not around)
        return None if rows is None else (*own, *rows)

    def _asked(self, key: object, states: StateSet, here: _Here,
               bound: Mapping[str, Mapping[str, Scalar]]) -> Mapping[str, StateSet] | None:
        """What is asked of properties of ``here``; ``None`` where something else would have to be otherwise."""
        match key:
            case Place(alias=alias, property=name) if alias == here.alias:
                return {name: states}
            case Place(alias=alias, property=name):
                return {} if bound[alias].get(name) in states else None
            case Conclusion(kind=kind, value=value):
                return {} if ((kind, value) in self.conclusions) in states else None
            case Pair():
                return self._compared(key, states, here, bound)
            case _:
                return {}

    def _compared(self, pair: Pair, states: StateSet, here: _Here,
                  bound: Mapping[str, Mapping[str, Scalar]]) -> Mapping[str, StateSet] | None:
        """The other property stays as it is."""
        is_left = pair.left.alias == here.alias
        own, other = (pair.left, pair.right) if is_left else (pair.right, pair.left)
        value = bound[other.alias].get(other.property)
        if own.alias != here.alias or value is None:
            return {} if states.unknown else None
        whole = universe(own, self.logic.schema)
        orders = [order if is_left else order.turned for order in Order if order in states.values]
        allowed = [StateSet(_beside(value, order, whole.values), unknown=False) for order in orders]
        return {own.property: reduce(or_, allowed, StateSet(~whole.values, states.unknown)) & whole}

    def _edits(self, wanted: Mapping[str, StateSet], here: _Here) -> Plan | None:
        edits: list[Edit] = []
        for name, states in wanted.items():
            now = here.values.get(name)
            if now in states:
                continue
            if not states or here.is_named_by(name):
                return None
            needed = states.values.nearest(now) if states.values else None
            edits.append(Edit(kind=EditKind.VALUE, fact=here.fact, key=here.key, property=name, now=now, needed=needed,
                              allowed=states.values, values=here.values if here.is_fixed else {},
                              size=_size(now, needed)))
        return tuple(edits)

    def _rows(self, region: Region, bound: Mapping[str, Mapping[str, Scalar]], *, is_top: bool) -> Plan | None:
        edits: list[Edit] = []
        for count, states in region.items():
            if not isinstance(count, Count):
                continue
            name = count, states
            if is_top and not count.is_joined:
                if name not in self._found:
                    self._found[name] = self._recount(count, states, bound)
                plan = self._found[name]
            else:
                plan = self._recount(count, states, bound)
            if plan is None:
                return None
            edits += plan
        return tuple(edits)

    def _recount(self, count: Count, states: StateSet, bound: Mapping[str, Mapping[str, Scalar]]) -> Plan | None:
        """The edits of rows after which as many count as should."""
        scope = Scope(facts=self.facts, conclusions=self.conclusions, bound=bound)
        exists, read = _reading(count)
        matching = [row for row, inside in scope.inside(exists, scope.candidates(exists)) if read(inside) is True]
        if len(matching) in states:
            return ()
        if not isinstance(states.values, NumberSet) or not states.values:
            return None
        lacking = int(states.values.nearest(len(matching))) - len(matching)
        if lacking < 0:
            last = sorted(matching, key=recency)[lacking:]
            return tuple(Edit(kind=EditKind.REMOVE_ROW, fact=count.fact, key=row.key, where=count.where,
                              values=values_of(row)) for row in last)
        return self._more(lacking, count, matching, scope)

    def _more(self, lacking: int, count: Count, matching: list[Row], scope: Scope) -> Plan | None:
        """The cheapest way to so many more rows: by another value of one on record, or by a new one."""
        taken = {row.key for row in matching}
        mended = [plan for row in self._mendable(count, scope) if row.key not in taken
                  for plan in self._best(count, self._row(count, row), scope.bound)]
        made = [_added(plan, count, key) for key in (f"{_NEW}-{next(self._numbers)}" for _ in range(lacking))
                for plan in self._best(count, _Here(alias=count.alias, fact=count.fact, key=key, values={}),
                                       scope.bound)]
        chosen = sorted([*mended, *made], key=cost_of)[:lacking]
        return tuple(edit for plan in chosen for edit in plan) if len(chosen) == lacking else None

    def _mendable(self, count: Count, scope: Scope) -> tuple[Row, ...]:
        """The rows that could count with other values; those that are named otherwise never will."""
        wanted = demanded(count.where)
        rows = scope.facts.related.get(count.fact, ())
        if wanted is None or wanted[0] != FRAMES[count.fact].names:
            return rows
        return tuple(row for row in rows if row.values.get(wanted[0]) == wanted[1])

    def _row(self, count: Count, row: Row) -> _Here:
        return _Here(alias=count.alias, fact=count.fact, key=row.key, values=values_of(row), is_fixed=True)

    def _best(self, count: Count, here: _Here, around: Mapping[str, Mapping[str, Scalar]]) -> Iterator[Plan]:
        reached = (self._reach(region, here, around) for region in self.logic.inside(count))
        found = [plan for plan in reached if plan is not None]
        if found:
            yield min(found, key=cost_of)


@lru_cache(_REMEMBERED)
def _reading(count: Count) -> tuple[Exists, Reading]:
    return Exists(fact=count.fact, alias=count.alias, where=count.where), reading(count.where, count.alias)


def _added(plan: Plan, count: Count, key: str) -> Plan:
    """The values of the new row ``key`` as one edit; what stands in other rows beside it."""
    own = [edit for edit in plan if edit.key == key]
    values = {edit.property: edit.needed for edit in own if edit.property is not None and edit.needed is not None}
    row = Edit(kind=EditKind.ADD_ROW, fact=count.fact, key=key, where=count.where, values=values,
               tests=max(1, len(own)), size=float(max(1, len(own))))
    return (row, *(edit for edit in plan if edit not in own))


def _beside(value: Scalar, order: Order, whole: NumberSet | MemberSet) -> NumberSet | MemberSet:
    """The values that are less than, the same as or more than ``value``; texts are the same or not."""
    if isinstance(whole, MemberSet) or isinstance(value, str):
        same = MemberSet(frozenset({value}))
        return same if order is Order.SAME else ~same
    match order:
        case Order.LESS:
            return NumberSet.between(high=value, has_high=False, whole=whole.whole)
        case Order.MORE:
            return NumberSet.between(value, has_low=False, whole=whole.whole)
        case _:
            return NumberSet.at(value, whole=whole.whole)


def _size(now: Scalar | None, needed: Scalar | None) -> float:
    if isinstance(now, str | bool) or isinstance(needed, str | bool) or now is None or needed is None:
        return 1.0
    return abs(needed - now) / max(abs(now), 1.0)
