"""The canonical tables: what every source becomes, whatever it looked like."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import ibis
import ibis.expr.datatypes as dt

from ontology.vocabulary import Channel, EndedBy, Gender, InteractionKind, OrderStatus, RelationKind


class CanonicalType(StrEnum):
    """What a canonical column holds; the stored type is in ``STORED``."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    CUSTOMER = "customer"
    STAFF = "staff"


MONEY = dt.Decimal(18, 4)
STORED: Mapping[CanonicalType, dt.DataType] = {
    CanonicalType.STRING: dt.string,
    CanonicalType.INTEGER: dt.int64,
    CanonicalType.NUMBER: dt.float64,
    CanonicalType.MONEY: MONEY,
    CanonicalType.BOOLEAN: dt.boolean,
    CanonicalType.INSTANT: dt.int64,  # epoch seconds UTC
    CanonicalType.CUSTOMER: dt.string,  # the key, never the external id
    CanonicalType.STAFF: dt.string,  # as told, for people to read; never the id or name of an erased customer
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSpec:
    """One column of a canonical table.

    Args:
        name: As mappings write it.
        required: A row without it is refused.
        choices: The values it may take; empty: any. Others are impossible values.
        minimum: The least possible value of a number; ``None``: none.
        placeholders: What is written where nothing is known, in lower case: it is left unknown, and counted.
        personal: May name a person: never copied into quarantine.
        vaulted: Lives in the graph alone: handed over with the persons, never written to a snapshot.
    """

    name: str
    type: CanonicalType
    required: bool = False
    choices: frozenset[str] = frozenset()
    minimum: float | None = None
    placeholders: frozenset[str] = frozenset()
    personal: bool = False
    vaulted: bool = False

    @property
    def stored(self) -> str:
        """The name in the snapshot: ``customer_id`` is stored as ``customer_key``."""
        return self.name.removesuffix("_id") + "_key" if self.type is CanonicalType.CUSTOMER else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class CanonicalTable:
    """One canonical table.

    Args:
        key: The columns that name a row; a second row of the same key is refused. Empty: rows have no name.
        known_by: The columns by which a row of an earlier delivery is known again, though the rest of it was
            corrected; empty: the key. Several rows may share them: then they are counted.
    """

    name: str
    columns: tuple[ColumnSpec, ...]
    key: tuple[str, ...] = ()
    known_by: tuple[str, ...] = ()

    def column(self, name: str) -> ColumnSpec | None:
        """The column a mapping calls ``name``."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def kept_columns(self) -> tuple[ColumnSpec, ...]:
        """The columns that a snapshot holds."""
        return tuple(column for column in self.columns if not column.vaulted)

    @property
    def stored_identity(self) -> tuple[str, ...]:
        """The stored names of the columns by which a row is known again."""
        return tuple(column.stored for column in self.columns if column.name in (self.known_by or self.key))

    @property
    def schema(self) -> ibis.Schema:
        """Stored names and types."""
        return ibis.schema({column.stored: STORED[column.type] for column in self.kept_columns})


def _text(*names: str, required: bool = False) -> tuple[ColumnSpec, ...]:
    return tuple(ColumnSpec(name=name, type=CanonicalType.STRING, required=required) for name in names)


def _of(kind: CanonicalType, *names: str, minimum: float | None = None,
        required: bool = False) -> tuple[ColumnSpec, ...]:
    return tuple(ColumnSpec(name=name, type=kind, minimum=minimum, required=required) for name in names)


def _vaulted(*names: str) -> tuple[ColumnSpec, ...]:
    return tuple(ColumnSpec(name=name, type=CanonicalType.STRING, personal=True, vaulted=True) for name in names)


def _customer(name: str = "customer_id", *, required: bool = True) -> ColumnSpec:
    return ColumnSpec(name=name, type=CanonicalType.CUSTOMER, required=required, personal=True, placeholders=_NOBODY)


def _staff(name: str) -> ColumnSpec:
    return ColumnSpec(name=name, type=CanonicalType.STAFF, personal=True)


def _choice(name: str, choices: type[StrEnum], *, required: bool = False) -> ColumnSpec:
    return ColumnSpec(name=name, type=CanonicalType.STRING, choices=frozenset(str(choice) for choice in choices),
                      required=required)


_NOBODY = frozenset({
    "0", "-1", "-", "--", "?", "null", "none", "nil", "nan", "na", "n/a", "#n/a", "undefined", "unknown", "anonymous",
    "guest", "无", "空", "未知", "匿名", "匿名用户", "游客", "散客"})
"""Ids that are written for a customer of whom nothing is known; they name nobody."""

_NO_YEAR = frozenset({"0", "1", "1900", "9999"})
_CONSENTS = ("consent_marketing", *(f"consent_{channel}" for channel in Channel))

_CUSTOMERS = CanonicalTable(name="customers", key=("customer_id",), columns=(
    _customer(), *_vaulted("name", "phone", "address"),
    ColumnSpec(name="birth_year", type=CanonicalType.INTEGER, minimum=1850, placeholders=_NO_YEAR), *_text("age_band"),
    *_of(CanonicalType.INTEGER, "age_low", "age_high", minimum=0), _choice("gender", Gender), *_text("income_band"),
    *_of(CanonicalType.MONEY, "monthly_income", "income_low", "income_high", minimum=0),
    *_text("occupation", "city", "region", "location"), *_of(CanonicalType.INSTANT, "joined_at"),
    *_of(CanonicalType.BOOLEAN, *_CONSENTS)))

_PRODUCTS = CanonicalTable(name="products", key=("product_id",), columns=(
    *_text("product_id", required=True), *_text("name", "category", "brand"),
    *_of(CanonicalType.MONEY, "price", "cost", minimum=0)))

_ORDER_LINES = CanonicalTable(name="order_lines", known_by=("order_id", "product_id"), columns=(
    _customer(required=False), *_text("order_id", "product_id", required=True),
    *_of(CanonicalType.INSTANT, "ordered_at", required=True), *_of(CanonicalType.NUMBER, "quantity", required=True),
    *_of(CanonicalType.MONEY, "amount", required=True), *_of(CanonicalType.MONEY, "discount", minimum=0),
    _choice("channel", Channel), *_text("store"), _choice("order_status", OrderStatus),
    *_of(CanonicalType.INSTANT, "delivered_at")))

_INTERACTIONS = CanonicalTable(name="interactions", key=("interaction_id",), known_by=("customer_id", "at"), columns=(
    *_text("interaction_id"), _customer(), *_of(CanonicalType.INSTANT, "at", required=True),
    _choice("kind", InteractionKind, required=True), _choice("channel", Channel), *_text("product_id"),
    *_of(CanonicalType.MONEY, "amount"), *_of(CanonicalType.INSTANT, "due_at"), *_text("case_id", "topic"),
    ColumnSpec(name="text", type=CanonicalType.STRING, personal=True),
    *_of(CanonicalType.NUMBER, "dwell_seconds", minimum=0), _staff("handled_by"),
    *_of(CanonicalType.INSTANT, "first_response_at", "resolved_at"), *_of(CanonicalType.NUMBER, "score"),
    *_of(CanonicalType.NUMBER, "score_max", minimum=0)))

_CAMPAIGNS = CanonicalTable(name="campaigns", key=("campaign_id",), columns=(
    *_text("campaign_id", required=True), *_text("kind", "offer", "category"),
    *_of(CanonicalType.MONEY, "cost", minimum=0), *_of(CanonicalType.INSTANT, "starts_at", "ends_at")))

_CONTACTS = CanonicalTable(name="contacts", known_by=("customer_id", "campaign_id"), columns=(
    _customer(), *_text("campaign_id", required=True), _choice("channel", Channel),
    *_of(CanonicalType.INSTANT, "contacted_at"), *_of(CanonicalType.BOOLEAN, "responded"),
    *_of(CanonicalType.INSTANT, "responded_at")))

_SUBSCRIPTIONS = CanonicalTable(name="subscriptions", known_by=("customer_id",), columns=(
    _customer(), *_text("plan"), *_of(CanonicalType.INSTANT, "started_at", "ended_at"),
    _choice("ended_by", EndedBy), *_of(CanonicalType.MONEY, "monthly_amount", minimum=0),
    *_text("reason")))

_RELATIONS = CanonicalTable(name="relations", known_by=("from_customer", "to_customer", "kind"), columns=(
    _customer("from_customer"), _customer("to_customer"),
    _choice("kind", RelationKind, required=True)))

_OPPORTUNITIES = CanonicalTable(name="opportunities", key=("opportunity_id",), columns=(
    *_text("opportunity_id", required=True), _customer("account", required=False), _staff("agent"),
    *_text("product_id", "stage"),
    *_of(CanonicalType.INSTANT, "engaged_at", "closed_at"), *_of(CanonicalType.MONEY, "value")))

CANONICAL: Mapping[str, CanonicalTable] = {table.name: table for table in (
    _CUSTOMERS, _PRODUCTS, _ORDER_LINES, _INTERACTIONS, _CAMPAIGNS, _CONTACTS, _SUBSCRIPTIONS, _RELATIONS,
    _OPPORTUNITIES)}

EVENTS: Mapping[str, tuple[str, ...]] = {
    "order_lines": ("ordered_at", "delivered_at"),
    "interactions": ("at", "resolved_at"),
    "contacts": ("contacted_at", "responded_at"),
    "subscriptions": ("started_at", "ended_at"),
}
"""The instants by which rows are ordered in time."""

HAPPENED: Mapping[str, tuple[str, ...]] = {
    "order_lines": ("ordered_at",),
    "interactions": ("at", "first_response_at", "resolved_at"),
    "contacts": ("contacted_at", "responded_at"),
}
"""The instants of what has happened: none of them can lie after the clock on the wall. What is agreed or planned can:
the start and end of a contract, the day something is due, a campaign's days."""
