"""What segments are made of, as it stood on any day: the nine classic indicators, or what a contract tells.

What was paid after that day stands beside it: by that it is judged whether groups say anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kb.facts.definitions.interaction import visit_days
from kb.facts.indicators import MONTH_DAYS, QUARTER_DAYS, YEAR_DAYS
from kb.model.condition import Scalar
from mining.arrays import Flags, Floats, Ints
from mining.context import MiningContext
from mining.learning.features import Feature, values_of
from mining.value.purchase_histories import PurchaseDays
from ontology.schema import Schema
from ontology.vocabulary import FactName, IndicatorGroup, Unit

NINE = ("age", "gender", "monthly_income", "dwell_seconds", "view_count", "monetary_total", "monetary_yearly",
        "monetary_30d", "monetary_90d")
CONTRACT = ("tenure_days", "monthly_amount")
"""Where there are contracts and no orders: how long, and for how much."""

PLAIN = ("order_count", "recency_days")
"""Columns that make no groups, and could be cut into some: how often, and how lately."""

_BOUNDS = MappingProxyType({"age": ("age_low", "age_high"), "monthly_income": ("income_low", "income_high")})
"""Of whom only a band is known: its middle stands for the number, and of an open one its only bound."""

_LEAST_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorSnapshot:
    """Everybody on one day.

    Args:
        values: Members x features, NaN where unknown.
        is_member: Who was a customer by the end of that day; the rows of others mean nothing.
        paid_after: What each paid in the days after it.
    """

    values: Floats
    is_member: Flags
    paid_after: Floats


class IndicatorHistory(Protocol):
    """Members and their indicators through time."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The customer of each row."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """What each column says."""

    @property
    def span(self) -> int:
        """Days for which anything is known."""

    def on(self, days_ago: int, days: int) -> IndicatorSnapshot:
        """The end of the day so many days ago, and what was paid in the ``days`` after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIndicators:
    """Of customers who order.

    Money is as of ``purchase_days``: what came back counts on its own day, so that the past stays as it was known.
    What a customer told of themselves is taken to have been so all the time.

    Args:
        visits: Customer (index into the keys), day, views and seconds stayed; one row for a customer and a day.
        demographics: Members x features.
    """

    purchases: PurchaseDays
    today: int
    visits: Floats
    demographics: Floats
    features: tuple[Feature, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The customers."""
        return self.purchases.keys

    @property
    def span(self) -> int:
        """Days from the first purchase to today."""
        return self.purchases.span(self.today)

    def on(self, days_ago: int, days: int) -> IndicatorSnapshot:
        """As ``IndicatorHistory`` says."""
        cut = self.today - days_ago
        past = self.purchases.during(np.iinfo(np.int64).min, cut)
        first, last = _first_and_last(past, cut)
        orders = past.order_days_by_customer().astype(float)
        total = past.spend_by_customer()
        recent = [past.during(cut - window + 1, cut).spend_by_customer() for window in (MONTH_DAYS, QUARTER_DAYS)]
        values = np.column_stack([self.demographics, *self._visited(cut), total,
                                  total / np.maximum((cut - first) / YEAR_DAYS, 1.0), *recent, orders, cut - last])
        later = self.purchases.during(cut + 1, cut + days).spend_by_customer()
        return IndicatorSnapshot(values=values, is_member=orders > 0, paid_after=later)

    def _visited(self, cut: int) -> tuple[Floats, Floats]:
        """Seconds stayed, unknown without any record of it, and views, unknown where the source records none at all."""
        customer, day, views, stayed = self.visits.T
        until, people = day <= cut, len(self.keys)
        counted = np.bincount(customer[until].astype(int), views[until], people)
        timed = until & np.isfinite(stayed)
        seconds = np.bincount(customer[timed].astype(int), stayed[timed], people)
        is_timed = np.bincount(customer[timed].astype(int), minlength=people) > 0
        return np.where(is_timed, seconds, np.nan), np.where(views.any(), counted, np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractIndicators:
    """Of contracts, whose monthly amount is taken to have been the same all the time.

    Args:
        begun: Days since the contract began; NaN where nobody knows.
        ended: Days since it ended; NaN while it runs.
    """

    keys: tuple[str, ...]
    begun: Floats
    ended: Floats
    monthly: Floats
    demographics: Floats
    features: tuple[Feature, ...]

    @property
    def span(self) -> int:
        """Days from the first contract to today."""
        return int(np.nanmax(self.begun, initial=0))

    def on(self, days_ago: int, days: int) -> IndicatorSnapshot:
        """As ``IndicatorHistory`` says; who ended a contract pays no more from that day on."""
        runs = (self.begun >= days_ago) & ~(self.ended > days_ago) & np.isfinite(self.monthly)
        paid_days = np.clip(days_ago - np.nan_to_num(self.ended, nan=0.0), 0, days)
        values = np.column_stack([self.demographics, self.begun - days_ago, self.monthly])
        paid = np.nan_to_num(self.monthly) * paid_days / MONTH_DAYS
        return IndicatorSnapshot(values=values, is_member=runs, paid_after=paid)


def read_indicators(context: MiningContext) -> IndicatorHistory:
    """The indicators of everybody with an order; where nobody has one, of everybody with a contract."""
    told, words = _told(context)
    if context.purchases.is_order.any():
        keys = context.purchases.keys
        return OrderIndicators(purchases=context.purchases, today=context.moment.day,
                               demographics=told[_places(context, keys)], visits=_visits(context, keys),
                               features=(*words, *_numbers((*NINE[3:], *PLAIN), FactName.CUSTOMER, context)))
    rows = context.facts(context.moment, FactName.SUBSCRIPTION)
    keys = tuple(rows["customer_key"].to_pylist())
    tenure, ended, monthly = (_floats(rows[name]) for name in ("tenure_days", "ended_days_ago", "monthly_amount"))
    return ContractIndicators(keys=keys, begun=tenure + np.nan_to_num(ended, nan=0.0), ended=ended, monthly=monthly,
                              demographics=told[_places(context, keys)],
                              features=(*words, *_numbers(CONTRACT, FactName.SUBSCRIPTION, context)))


def _told(context: MiningContext) -> tuple[Floats, tuple[Feature, ...]]:
    """Age, gender (one column for each word) and monthly income of all customers of the facts."""
    facts = context.facts(context.moment, FactName.CUSTOMER)
    age, income = _numbers(("age", "monthly_income"), FactName.CUSTOMER, context)
    words = tuple(_words("gender", facts, context))
    columns = [middle_of(facts, "age"), *(values_of(facts, one) for one in words), middle_of(facts, "monthly_income")]
    return np.column_stack(columns), (age, *words, income)


def middle_of(facts: pa.Table, name: str) -> Floats:
    """The number itself; of whom only a band is known, its middle, or its only bound."""
    low, high = (_floats(facts[bound]) for bound in _BOUNDS[name])
    middle = np.where(np.isnan(low), high, np.where(np.isnan(high), low, (low + high) / 2))
    exact = _floats(facts[name])
    found: Floats = np.where(np.isnan(exact), middle, exact)
    return found


def _words(name: str, facts: pa.Table, context: MiningContext) -> Sequence[Feature]:
    counts = {pair["values"]: pair["counts"] for pair in pc.value_counts(facts[name].drop_null()).to_pylist()}
    return [_feature(name, FactName.CUSTOMER, context, value=word)
            for word in sorted(counts) if counts[word] >= _LEAST_SHARE * len(facts) and len(counts) > 1]


def _numbers(names: Sequence[str], fact: FactName, context: MiningContext) -> tuple[Feature, ...]:
    return tuple(_feature(name, fact, context) for name in names)


def _feature(name: str, fact: FactName, context: MiningContext, value: Scalar | None = None) -> Feature:
    schema = context.schema
    prop = schema.facts[fact].properties[name]
    words = schema.label(prop.vocabulary or name, str(value)) if value is not None else None
    return Feature(fact=fact, reads=name, value=value, words=words, labels=prop.labels, unit=prop.unit,
                   unit_label=schema.label("unit", str(prop.unit)),
                   currency=context.tables.currency if prop.unit == Unit.CURRENCY else None)


def group_of(feature: Feature, schema: Schema) -> IndicatorGroup | None:
    """Which of the classic groups an indicator counts in; ``None`` for a plain column."""
    if feature.reads in PLAIN:
        return None
    return schema.facts[feature.fact].properties[feature.reads].group or IndicatorGroup.OTHER


def _visits(context: MiningContext, keys: Sequence[str]) -> Floats:
    if not context.tables.has("interactions"):
        return np.empty((0, 4))
    rows = visit_days(context.tables, context.moment).order_by(["customer_key", "days_ago"]).to_pyarrow()
    place = {key: number for number, key in enumerate(keys)}
    customer = np.array([place.get(key, -1) for key in rows["customer_key"].to_pylist()], dtype=float)
    columns = (_floats(rows[name]) for name in ("views", "dwell_seconds"))
    found = np.column_stack([customer, context.moment.day - _floats(rows["days_ago"]), *columns])
    return found[customer >= 0]


def _places(context: MiningContext, keys: Sequence[str]) -> Ints:
    known = context.facts(context.moment, FactName.CUSTOMER)["customer_key"].to_pylist()
    place: Mapping[str, int] = {key: number for number, key in enumerate(known)}
    return np.array([place[key] for key in keys], dtype=np.int64)


def _first_and_last(past: PurchaseDays, cut: int) -> tuple[Ints, Ints]:
    """The first and the last order day of each customer; of one without, that of the question."""
    first, last = np.full(len(past.keys), cut), np.full(len(past.keys), np.iinfo(np.int64).min)
    np.minimum.at(first, past.customer[past.is_order], past.day[past.is_order])
    np.maximum.at(last, past.customer[past.is_order], past.day[past.is_order])
    return first, np.where(last < first, cut, last)


def _floats(column: pa.ChunkedArray) -> Floats:
    values: Floats = column.cast(pa.float64()).to_numpy().astype(np.float64)
    return values
