"""What a condition means in a table: a boolean column in which null is unknown.

SQL's own *and*, *or* and *not* are Kleene's, and a comparison with null is null; so the expressions are the condition
word for word. Nothing is rounded and no unknown is filled in here: the rows were normalised when they were written,
and only the root of a rule turns unknown into *does not fire*.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import ibis
from ibis.expr.types import BooleanValue, Table

from kb.model.condition import And, Concluded, Condition, Exists, Known, Not, Op, Or, Ref, Test, Unknown

KEY = "customer_key"

Answer: TypeAlias = Callable[[Table], BooleanValue]
"""Reads from a table what was found out before the condition is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableScope:
    """A table with the properties of each fact in scope as columns ``<alias>__<property>``.

    Args:
        table: A row for each customer, or for each related fact in scope.
        ids: The columns that tell its rows apart.
        answers: What each ``Exists`` and ``Concluded`` in the conditions came to.
    """

    table: Table
    ids: tuple[str, ...]
    answers: Mapping[Condition, Answer]


def column(alias: str, name: str) -> str:
    """The column of a property: two underscores, so that none meets ``customer_key`` or a column of ours (``_...``)."""
    return f"{alias}__{name}"


def holds(condition: Condition, frame: TableScope, here: str) -> BooleanValue:
    """The truth of ``condition`` in each row of ``frame``; its tests read the fact called ``here``."""
    match condition:
        case Test(property=name, op=op, operand=operand):
            return COMPARISONS[op](frame.table[column(here, name)], _operand(operand, frame))
        case Known(property=name):
            return frame.table[column(here, name)].notnull()
        case Unknown(property=name):
            return frame.table[column(here, name)].isnull()
        case And(parts=parts):
            return joined(operator.and_, [holds(part, frame, here) for part in parts], of_none=always(frame.table))
        case Or(parts=parts):
            return any_of([holds(part, frame, here) for part in parts], frame.table)
        case Not(part=part):
            return ~holds(part, frame, here)
        case Exists() | Concluded():
            return frame.answers[condition](frame.table)


def is_true(condition: BooleanValue) -> BooleanValue:
    """Whether a condition is true, and not unknown: by CASE, which ends early, where ``coalesce`` would not."""
    return ibis.ifelse(condition, True, False)


def always(table: Table) -> BooleanValue:
    """True in every row: as a column, for only columns are aggregated."""
    return table[KEY].notnull()


def any_of(parts: Sequence[BooleanValue], table: Table) -> BooleanValue:
    """Whether one of ``parts`` is true; of none, false."""
    return joined(operator.or_, parts, of_none=~always(table))


def joined(join: Callable[[Any, Any], Any], parts: Sequence[Any], *, of_none: Any) -> Any:
    """All ``parts`` joined in pairs: a chain of hundreds would nest deeper than Python and SQL read."""
    if not parts:
        return of_none
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return join(joined(join, parts[:half], of_none=of_none), joined(join, parts[half:], of_none=of_none))


def _operand(operand: object, frame: TableScope) -> Any:
    return frame.table[column(operand.alias, operand.property)] if isinstance(operand, Ref) else operand


COMPARISONS: Mapping[Op, Callable[[Any, Any], BooleanValue]] = {
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
    Op.BETWEEN: lambda value, ends: value.between(*ends),
    Op.NOT_BETWEEN: lambda value, ends: ~value.between(*ends),
    Op.IN: lambda value, members: value.isin(members),
    Op.NOT_IN: lambda value, members: value.notin(members),
}
"""What a table says for each operator; here and not in the table of operators, because Ibis stays in this folder."""
