"""The values that conditions compare: how a constant of a rule and a value of a row are read."""

from collections.abc import Mapping
from typing import TypeVar

from kb.model.condition import Scalar
from kb.model.facts import Row

DECIMALS = 9
DAYS_AGO = "days_ago"

Constant = TypeVar("Constant", bound="Scalar | tuple[Scalar, ...]")


def constant(value: Constant) -> Constant:
    """A constant of a rule with numbers cut to nine decimals, as the tables cut the values they are compared with.

    >>> constant(0.1234567891), constant((1, 2.00000000001)), constant("a"), constant(True)
    (0.123456789, (1, 2.0), 'a', True)
    """
    match value:
        case float():
            return round(value, DECIMALS)  # type: ignore[return-value]  # mypy does not narrow the variable to float
        case tuple():
            return tuple(map(constant, value))  # type: ignore[return-value]  # nor to tuple
        case _:
            return value


def values_of(row: Row) -> Mapping[str, Scalar]:
    """The properties of a row; ``days_ago`` is one of them also where only the row's order carries it.

    >>> values_of(Row(key="1", days_ago=3, values={"kind": "complaint"}))
    {'kind': 'complaint', 'days_ago': 3}
    """
    if row.days_ago is None or DAYS_AGO in row.values:
        return row.values
    return {**row.values, DAYS_AGO: row.days_ago}


def recency(row: Row) -> tuple[bool, int, str]:
    """The order in which matches are told: latest day first, rows without a day last, then by key."""
    return row.days_ago is None, row.days_ago or 0, row.key
