"""Edits of what is known of a customer: a value that would be another, a row that would exist or not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from kb.model.condition import Condition, Scalar
from kb.model.facts import Facts, Row
from rules.condition.values import DAYS_AGO
from rules.condition.walk import CUSTOMER
from rules.reasoning.value_sets import MemberSet, NumberSet


class EditKind(StrEnum):
    """What is edited."""

    VALUE = "value"
    ADD_ROW = "add_row"
    REMOVE_ROW = "remove_row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One step of a change.

    Args:
        fact: The fact type, and ``key`` the row; empty for the customer.
        property: Whose value would be ``needed`` instead of ``now``; ``None`` is unknown.
        allowed: All values that would do as well, ``needed`` being the nearest.
        where: What the rule asks of a row that would be added or removed.
        values: Of the row: as it is, or of one that would be added.
        tests: How many tests it makes hold.
        size: How far the values move, each in relation to what it was.
    """

    kind: EditKind
    fact: str
    key: str = ""
    property: str | None = None
    now: Scalar | None = None
    needed: Scalar | None = None
    allowed: NumberSet | MemberSet = field(default_factory=MemberSet)
    where: Condition | None = None
    values: Mapping[str, Scalar] = field(default_factory=dict)
    tests: int = 1
    size: float = 1.0


Plan: TypeAlias = tuple[Edit, ...]


def cost_of(plan: Plan) -> tuple[int, float]:
    """The fewest tests first, then the smallest change."""
    return sum(edit.tests for edit in plan), sum(edit.size for edit in plan)


def apply_edits(plan: Iterable[Edit], facts: Facts) -> Facts:
    """The facts as they would be.

    >>> nobody = Facts(customer_key="c1", as_of=0, customer={"age": 3})
    >>> grown = Edit(kind=EditKind.VALUE, fact="customer", property="age", now=3, needed=18)
    >>> apply_edits([grown], nobody).customer
    {'age': 18}
    """
    customer = dict(facts.customer)
    related = {fact: {row.key: row for row in rows} for fact, rows in facts.related.items()}
    for edit in plan:
        rows = related.setdefault(edit.fact, {})
        if edit.kind is EditKind.REMOVE_ROW:
            rows.pop(edit.key, None)
        elif edit.kind is EditKind.ADD_ROW:
            rows[edit.key] = _dated(Row(key=edit.key, values=edit.values))
        elif edit.fact == CUSTOMER:
            customer = _with(customer, edit)
        elif edit.key in rows:
            row = rows[edit.key]
            rows[edit.key] = _dated(replace(row, values=_with(row.values, edit), days_ago=None
                                            if edit.property == DAYS_AGO else row.days_ago))
    return replace(facts, customer=customer,
                   related={fact: tuple(rows.values()) for fact, rows in related.items() if fact != CUSTOMER})


def _with(values: Mapping[str, Scalar], edit: Edit) -> dict[str, Scalar]:
    kept = {name: value for name, value in values.items() if name != edit.property}
    return kept if edit.needed is None or edit.property is None else kept | {edit.property: edit.needed}


def _dated(row: Row) -> Row:
    days = row.values.get(DAYS_AGO)
    return replace(row, days_ago=days) if isinstance(days, int) else row
