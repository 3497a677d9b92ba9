"""Stored rows to ``Facts``: the one place where a record of a table or of the graph becomes a noun."""

from collections.abc import Iterable, Mapping

from kb.facts.values import known
from kb.model.condition import Scalar
from kb.model.facts import Facts, Row
from kb.model.ids import CustomerKey
from ontology.vocabulary import FactName

Record = Mapping[str, object]
"""A row by column name: ``customer_key``, ``_key``, ``days_ago``, then properties; null is unknown."""

_KEYS = frozenset({"customer_key", "_key"})
_DATED = frozenset({FactName.INTERACTION, FactName.CONTACT})
"""Fact types of which ``days_ago`` is a property too, and not only the order of their rows."""


def to_facts(  # noqa: PLR0913 - one argument for each part of Facts
    customer_key: CustomerKey,
    customer_row: Record,
    related_rows: Mapping[str, Iterable[Record]],
    moment_rows: tuple[Row, ...],
    *,
    as_of: int,
    sequence: int = 0,
) -> Facts:
    """Everything one decision may read, unknown values dropped, rows latest first and then by key.

    >>> facts = to_facts(CustomerKey("c1"), {"customer_key": "c1", "age": None, "order_count": 2},
    ...                  {"purchase": [{"_key": "milk", "days_ago": 3, "orders_7d": 1}]}, (), as_of=0)
    >>> facts.customer, facts.related["purchase"][0].values
    ({'order_count': 2}, {'orders_7d': 1})
    """
    related = {name: rows_of(name, records) for name, records in related_rows.items()}
    return Facts(
        customer_key=customer_key,
        as_of=as_of,
        customer=customer_values(customer_row),
        related={name: rows for name, rows in related.items() if rows}
                | ({FactName.MOMENT.value: moment_rows} if moment_rows else {}),
        sequence=sequence,
    )


def customer_values(record: Record) -> dict[str, Scalar]:
    """What is known of the customer."""
    return _values(record, _KEYS)


def rows_of(name: str, records: Iterable[Record]) -> tuple[Row, ...]:
    """The rows of one fact type, latest first and then by key."""
    return tuple(sorted((_row(name, record) for record in records), key=_latest_first))


def together(rows: tuple[Row, ...], others: tuple[Row, ...]) -> tuple[Row, ...]:
    """Rows of one fact type from two sources, in the same order."""
    return tuple(sorted(rows + others, key=_latest_first))


def _row(name: str, record: Record) -> Row:
    days = known(record.get("days_ago"))
    keys = _KEYS if name in _DATED else _KEYS | {"days_ago"}
    return Row(key=str(record["_key"]), days_ago=None if days is None else int(days), values=_values(record, keys))


def _values(record: Record, keys: frozenset[str]) -> dict[str, Scalar]:
    return {name: read for name, value in record.items() if name not in keys and (read := known(value)) is not None}


def _latest_first(row: Row) -> tuple[bool, int, str]:
    return (row.days_ago is None, row.days_ago or 0, row.key)
