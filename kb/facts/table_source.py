"""What the facts are made from: the canonical tables, and nothing of how they are stored."""

from collections.abc import Collection, Sequence
from typing import Protocol

from ibis.expr.types import Table

from kb.facts.moment import Moment


class DeclaredAttribute(Protocol):
    """A customer attribute that one mapping declares: a column of ``customers`` and its type."""

    @property
    def name(self) -> str:
        """The column."""

    @property
    def type(self) -> str:
        """``number``, ``integer``, ``string`` or ``boolean``."""


class TableSource(Protocol):
    """Canonical tables by name, each with all its columns; one without rows is empty, never missing."""

    @property
    def attributes(self) -> Sequence[DeclaredAttribute]:
        """The declared attributes of customers."""

    @property
    def ruled_out(self) -> Collection[str]:
        """Categories that are never offered: charges, coupons, and what would tell of health."""

    def __getitem__(self, name: str) -> Table:
        """The canonical table ``name``."""


def seen(table: Table, instant: str, moment: Moment) -> Table:
    """The rows of identified customers whose ``instant`` is at the moment or before it."""
    return table.filter(table.customer_key.notnull(), moment.has_seen(table[instant]))


def categories(tables: TableSource) -> Table:
    """One row for each product with a known category: ``product_id``, ``category``."""
    products = tables["products"]
    known = products.filter(products.category.notnull())
    return known.group_by("product_id").aggregate(category=known.category.min())
