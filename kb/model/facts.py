"""What is known of one customer at one moment, typed by the ontology."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kb.model.condition import Scalar
from kb.model.ids import CustomerKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One related fact. A property without a value is absent from ``values``; ``None`` never stands in it.

    Args:
        key: Unique within its fact type and customer, stable between refreshes.
        days_ago: Local days before the moment; the order in which matches are told.
    """

    key: str
    days_ago: int | None = None
    values: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything one decision may read.

    Args:
        as_of: The moment, epoch seconds.
        customer: Attributes and indicators that have a value; an unknown one is absent.
        related: Rows per fact type (``ontology.vocabulary.FactName``), ``moment`` from the request among them.
        sequence: Number of the last event (interaction, outcome) that was seen; 0 when none was.
    """

    customer_key: CustomerKey
    as_of: int
    customer: Mapping[str, Scalar]
    related: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    sequence: int = 0
