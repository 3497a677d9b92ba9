"""What a mapping says: how the files of one source become canonical tables.

A mapping is a TOML file of six parts: ``[base]``, ``[sources.X]``, ``[tables.X]``, ``[attributes.X]``,
``[categories]`` and ``[words.X]``. The expressions that fill a column are a closed set:

===========================================  ==========================================================
``"column"``                                 a column, read as the type of what it fills
``{ column, format }``                       an instant written in that format (as of C ``strftime``)
``{ column, day = "start" | "end" }``        a day without a time: its first instant, or that of the next
``{ column, whole = true }``                 a name that was stored as a number: ``17850.0`` is ``17850``
``{ column, values = { a = "b" } }``         a value for each value; ``""`` is unknown, others are faults
``{ column, bound = "low" | "high" }``       a bound of a band: ``45-54``, ``65+``, ``Under 15K``, ``35-49K``
``{ column, per = "year" }``                 an amount told by the year, kept by the month
``{ column, months_before = "2018-01-01" }`` so many months before that day
``{ constant = "store" }``                   the same for every row
``{ sum = ["a", "b"] }``                     numbers added; unknown as soon as one is
``{ product = ["a", "b"] }``                 numbers multiplied; unknown as soon as one is
``{ known = "column" }``                     whether there is a value
===========================================  ==========================================================
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from kb.tables.canonical import CANONICAL, CanonicalTable, CanonicalType, ColumnSpec
from ontology.text import Text


class Format(StrEnum):
    """How a file is written."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"


class BandEnd(StrEnum):
    """An end of a band."""

    LOW = "low"
    HIGH = "high"


class DayEdge(StrEnum):
    """Which instant a day without a time stands for: its own first, or the first of the next day."""

    START = "start"
    END = "end"


class Per(StrEnum):
    """The span an amount is told for, where it is not the month."""

    YEAR = "year"


class Pick(StrEnum):
    """Which of several values a look-up takes; ties go to the least."""

    MOST_FREQUENT = "most_frequent"
    FIRST = "first"
    LAST = "last"


class Sign(StrEnum):
    """What a check asks of a value."""

    ZERO = "zero"
    NEGATIVE = "negative"
    POSITIVE = "positive"
    UNKNOWN = "unknown"


class Clock(StrEnum):
    """What tells the base's moment: the last instant of the data, or the wall."""

    DATA = "data"
    WALL = "wall"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The value of a source column, after at most a few steps; the module docstring lists them."""

    column: str
    format: str | None = None
    day: DayEdge | None = None
    whole: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    bound: BandEnd | None = None
    per: Per | None = None
    months_before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """The same value for every row."""

    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Source columns added."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Source columns multiplied."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IsKnown:
    """Whether the source column has a value."""

    column: str


Expression: TypeAlias = Column | Constant | Sum | Product | IsKnown


def columns_of(expression: Expression) -> tuple[str, ...]:
    """The source columns that an expression reads.

    >>> columns_of(Product(columns=("Quantity", "UnitPrice")))
    ('Quantity', 'UnitPrice')
    """
    match expression:
        case Column(column=column) | IsKnown(column=column):
            return (column,)
        case Sum(columns=columns) | Product(columns=columns):
            return columns
        case Constant():
            return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """Columns fetched from another source by equal values, one row for each row here.

    Args:
        source: Where to look; its own look-ups come first.
        on: Columns that both sources have.
        columns: New name here -> column there.
        pick: Which value, where several rows match.
    """

    source: str
    on: tuple[str, ...]
    columns: Mapping[str, str]
    pick: Pick = Pick.MOST_FREQUENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file.

    Args:
        path: A path, ``package:name/inside`` for a file of an installed package, or ``None``: given at import.
        columns: Names of the columns of a file without a header; empty: the first row names them.
        blanks: What the file writes for *unknown*, besides nothing at all.
        zone: IANA zone of the clock that wrote its instants; ``None``: the base's own.
    """

    name: str
    path: str | None
    format: Format
    delimiter: str = ","
    encoding: str = "utf-8"
    columns: tuple[str, ...] = ()
    sheet: str | None = None
    blanks: tuple[str, ...] = ()
    zone: str | None = None
    lookups: tuple[LookUp, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCheck:
    """Rows that are refused: all of ``when`` holds of the canonical columns."""

    reason: str
    why: Text
    when: Mapping[str, Sign]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMapping:
    """How one canonical table is filled.

    Args:
        columns: Canonical column or declared attribute -> expression.
        where: Source column -> values: rows with others do not belong to this table (they are not refused).
        one_per: Canonical columns that name a row; each other column takes its most frequent known value. Rows
            without them describe nothing, and do not belong to this table.
        lenient: Columns whose unreadable values put the row into quarantine instead of refusing the file.
        keep_duplicates: Whether exact copies of a row are rows of their own.
    """

    name: str
    source: str
    columns: Mapping[str, Expression]
    checks: tuple[RowCheck, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    one_per: tuple[str, ...] = ()
    lenient: frozenset[str] = frozenset()
    keep_duplicates: bool = False

    @property
    def canonical(self) -> CanonicalTable:
        """The table it fills."""
        return CANONICAL[self.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A property of customers that only one mapping knows.

    Args:
        type: ``string``, ``integer``, ``number`` or ``boolean``.
        unit: For numbers; ``None`` where there is none.
        values: The words for each value of a string; empty: the values speak for themselves.
        sensitive: A protected attribute: faith, health, an age group and the like. It is shown and may be told, but
            nothing is mined from it; ``why`` says on what ground it is held.
    """

    name: str
    type: CanonicalType
    labels: Text
    unit: str | None = None
    values: Mapping[str, Text] = field(default_factory=dict)
    sensitive: bool = False
    why: str | None = None

    @property
    def spec(self) -> ColumnSpec:
        """The attribute as a column of ``customers``."""
        return ColumnSpec(name=self.name, type=self.type, choices=frozenset(self.values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A product category: its words, and whether it may be offered (and if not, why)."""

    name: str
    labels: Text
    offer: bool = True
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseDefaults:
    """What the mapping proposes for the base.

    Args:
        zone: IANA zone of its days and hours.
        currency: ISO 4217.
        as_of: The moment, for data without dates of its own (ISO day, local).
    """

    name: Text
    zone: str
    currency: str
    clock: Clock
    as_of: str | None = None
    language: str = "zh"

    @property
    def stated_moment(self) -> int | None:
        """The first second of ``as_of`` in the base's zone, epoch seconds; ``None`` where the mapping states none."""
        if self.as_of is None:
            return None
        return int(datetime.fromisoformat(self.as_of).replace(tzinfo=ZoneInfo(self.zone)).timestamp())


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMapping:
    """One mapping file.

    Args:
        digest: Of the file's bytes.
        words: Canonical column -> value -> what people call it; a value without words speaks for itself.
    """

    name: str
    digest: str
    base: BaseDefaults
    sources: Mapping[str, Source]
    tables: Mapping[str, TableMapping]
    attributes: Mapping[str, Attribute]
    categories: Mapping[str, Category]
    words: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)

    def columns_of(self, table: TableMapping) -> tuple[ColumnSpec, ...]:
        """The canonical columns of a table; ``customers`` also has the declared attributes."""
        return self.customer_columns if table.name == "customers" else table.canonical.columns

    @property
    def customer_columns(self) -> tuple[ColumnSpec, ...]:
        """The canonical columns of customers, and the declared attributes."""
        return CANONICAL["customers"].columns + tuple(attribute.spec for attribute in self.attributes.values())
