"""Facts as numbers: what a model may look at, and how each number is asked for in a rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kb.facts.moment import Moment
from kb.model.condition import Op, Scalar, Test
from mining.arrays import Floats
from mining.context import MiningContext
from ontology.quantities import money, quantity
from ontology.schema import Property, PropertyType
from ontology.text import Text
from ontology.vocabulary import ContactSource, FactName, InteractionKind, Unit

_MOST_CHOICES = 12
_LEAST_SHARE = 0.01
_LEAST_COVERAGE = 0.5
_NUMBERS = (PropertyType.NUMBER, PropertyType.INTEGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One column of numbers; unknown is NaN.

    Args:
        fact: Where it is read: the customer, a related row, or (with ``counted``) how many related rows there are.
        reads: The property of that fact; empty for a count.
        value: For a word or a boolean: the column is 1 where the property has this value and 0 where it has another.
        counted: Which related rows are counted.
        whole: Whether only whole numbers occur.
        words: Of the value, where it has words of its own.
        unit: Of the number, as the ontology or a mapping says it; ``None`` where it has none.
        unit_label: What people call it.
        currency: ISO 4217 code of an amount.
        some: What is said of whoever has one at least, of what is counted; ``none`` of whoever has none.
    """

    fact: FactName
    reads: str = ""
    value: Scalar | None = None
    counted: Test | None = None
    whole: bool = False
    words: Text | None = None
    unit: str | None = None
    unit_label: Text | None = None
    currency: str | None = None
    some: Text | None = None
    none: Text | None = None
    labels: Text

    @property
    def name(self) -> str:
        """A name that is unique among features and stays the same between runs.

        >>> Feature(fact=FactName.CUSTOMER, reads="plan", value="gold", labels=Text.same("plan")).name
        'plan=gold'
        """
        if self.counted:
            return f"{self.fact}[{self.counted.property}{self.counted.op}{self.counted.operand}]"
        return self.reads if self.value is None else f"{self.reads}={self.value}"

    def quantity(self, value: float, *, exact: bool = False) -> Text:
        """A number of the column with its unit; ``exact`` as of ``ontology.quantities.quantity``."""
        if self.currency is not None:
            return money(value, self.currency, exact=exact)
        return quantity(value, self.unit, self.unit_label, exact=exact)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureFrame:
    """Members x features.

    Args:
        keys: The customer of each row; a customer may have several rows.
        values: Rows x features, NaN where unknown.
    """

    keys: tuple[str, ...]
    features: tuple[Feature, ...]
    values: Floats

    def rows(self, chosen: npt.NDArray[Any]) -> "FeatureFrame":
        """The rows of a mask or of row numbers."""
        numbers = np.arange(len(self.keys))[chosen]
        return FeatureFrame(keys=tuple(self.keys[i] for i in numbers), features=self.features,
                            values=self.values[numbers])

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each feature."""
        return tuple(feature.name for feature in self.features)

    def only(self, names: Sequence[str]) -> "FeatureFrame":
        """The features among ``names``, in the order in which they stand."""
        columns = [i for i, name in enumerate(self.names) if name in names]
        return FeatureFrame(keys=self.keys, features=tuple(self.features[i] for i in columns),
                            values=self.values[:, columns])

    @property
    def twins(self) -> dict[str, str]:
        """Which feature tells the column of each: the first with the same values, as where a source says it twice."""
        first: dict[bytes, str] = {}
        return {name: first.setdefault(column.tobytes(), name)
                for name, column in zip(self.names, self.values.T, strict=True)}

    def distinct(self) -> "FeatureFrame":
        """Without the features whose column repeats an earlier one."""
        return self.only(tuple(self.twins.values()))

    def column(self, name: str) -> Floats:
        """The values of the feature called ``name``; all unknown where there is none."""
        if name not in self.names:
            return np.full(len(self.keys), np.nan)
        column: Floats = self.values[:, self.names.index(name)]
        return column


def _counted(fact: FactName, test: Test, *, labels: Text, some: Text, none: Text) -> Feature:
    return Feature(fact=fact, counted=test, whole=True, labels=labels, some=some, none=none)


COUNTS = (
    _counted(FactName.CONTACT, Test(property="source", op=Op.EQ, operand=str(ContactSource.CAMPAIGN)),
             labels=Text(zh="收到的活动数", en="campaigns received"),
             some=Text(zh="收到过活动", en="a campaign received"),
             none=Text(zh="没有收到过活动", en="no campaign received")),
    _counted(FactName.CONTACT, Test(property="responded", op=Op.EQ, operand=True),
             labels=Text(zh="响应过的活动数", en="campaigns responded to"),
             some=Text(zh="至少响应过一次活动", en="a campaign responded to"),
             none=Text(zh="没有响应过活动", en="no campaign responded to")),
    _counted(FactName.INTERACTION, Test(property="kind", op=Op.EQ, operand=str(InteractionKind.COMPLAINT)),
             labels=Text(zh="近一年投诉次数", en="complaints of the last year"),
             some=Text(zh="近一年投诉过", en="a complaint within the last year"),
             none=Text(zh="近一年没有投诉", en="no complaint within the last year")),
    _counted(FactName.INTERACTION, Test(property="kind", op=Op.EQ, operand=str(InteractionKind.FAULT)),
             labels=Text(zh="近一年故障次数", en="faults of the last year"),
             some=Text(zh="近一年报过故障", en="a fault within the last year"),
             none=Text(zh="近一年没有故障", en="no fault within the last year")),
)
"""Related rows that are counted; a count that is 0 for everybody is left out."""

_TABLES = {FactName.CONTACT: "contacts", FactName.INTERACTION: "interactions"}

_NAMING = frozenset({"preferred_weekday", "preferred_hour"})
"""Numbers that name and do not measure."""

_GROWING = frozenset({"monetary_total", "monetary_yearly", "order_count", "joined_days_ago"})
"""They grow with the span of the data, and so mean something else at each cut."""


def customer_features(context: MiningContext, moment: Moment, *, steady: bool) -> tuple[Feature, ...]:
    """The features of customers at a moment: numbers as they are, a word with few values as one column for each.

    Protected attributes, consent and what most customers lack are left out.

    Args:
        context: Where the facts are.
        moment: Of which the choice is made.
        steady: Whether only that counts which can be compared between moments.
    """
    facts = context.facts(moment, FactName.CUSTOMER)
    properties = [prop for name, prop in context.schema.facts[FactName.CUSTOMER].properties.items()
                  if name in facts.column_names and not prop.protected and name not in _NAMING
                  and not name.startswith("consent_") and not (steady and name in _GROWING)]
    return tuple(feature for prop in properties if _coverage(facts[prop.name]) >= _LEAST_COVERAGE
                 for feature in _of_property(context, FactName.CUSTOMER, prop, facts[prop.name]))


def subscription_features(context: MiningContext, moment: Moment) -> tuple[Feature, ...]:
    """The features of a contract that was running: plan, tenure and monthly amount, never how it ended."""
    facts, properties = (context.facts(moment, FactName.SUBSCRIPTION),
                         context.schema.facts[FactName.SUBSCRIPTION].properties)
    return tuple(feature for name in ("plan", "tenure_days", "monthly_amount")
                 for feature in _of_property(context, FactName.SUBSCRIPTION, properties[name], facts[name]))


def customer_frame(context: MiningContext, moment: Moment, features: Sequence[Feature]) -> FeatureFrame:
    """All customers known at ``moment``, sorted by key."""
    facts = context.facts(moment, FactName.CUSTOMER)
    keys = facts["customer_key"].to_pylist()
    columns = [_count(context, moment, feature, keys) if feature.counted else values_of(facts, feature)
               for feature in features]
    values = np.column_stack(columns) if columns else np.empty((len(keys), 0))
    return FeatureFrame(keys=tuple(keys), features=tuple(features), values=values)


def counting_features(context: MiningContext, moment: Moment) -> tuple[Feature, ...]:
    """The counts of related rows that are above 0 for somebody at ``moment``."""
    keys = context.facts(moment, FactName.CUSTOMER)["customer_key"].to_pylist()
    return tuple(feature for feature in COUNTS if context.tables.has(_TABLES[feature.fact])
                 and _count(context, moment, feature, keys).any())


def values_of(facts: pa.Table, feature: Feature) -> Floats:
    """One column of numbers from a fact table."""
    column = facts[feature.reads]
    if feature.value is not None:
        column = pc.equal(column, pa.scalar(feature.value, type=column.type))
    values: Floats = column.cast(pa.float64()).to_numpy().astype(np.float64)
    return values


def _count(context: MiningContext, moment: Moment, feature: Feature, keys: Sequence[str]) -> Floats:
    test = feature.counted
    assert test is not None  # noqa: S101 - the caller asks for counts only
    rows = context.facts(moment, feature.fact)
    column = rows[test.property]
    matching = rows.filter(pc.fill_null(pc.equal(column, pa.scalar(test.operand, type=column.type)), False))
    counted: Mapping[str, int] = {pair["values"]: pair["counts"]
                                  for pair in pc.value_counts(matching["customer_key"]).to_pylist()}
    return np.array([counted.get(key, 0) for key in keys], dtype=np.float64)


def _of_property(context: MiningContext, fact: FactName, prop: Property,
                 column: pa.ChunkedArray) -> tuple[Feature, ...]:
    if prop.type in _NUMBERS:
        currency = context.tables.currency if prop.unit == Unit.CURRENCY else None
        return (Feature(fact=fact, reads=prop.name, labels=prop.labels, whole=prop.type is PropertyType.INTEGER,
                        unit=prop.unit, unit_label=context.schema.label("unit", str(prop.unit)), currency=currency),)
    if prop.type is PropertyType.BOOLEAN:
        return (Feature(fact=fact, reads=prop.name, value=True, labels=prop.labels),)
    return tuple(Feature(fact=fact, reads=prop.name, value=word, labels=prop.labels,
                         words=context.schema.label(prop.vocabulary or prop.name, word)) for word in _choices(column))


def _choices(column: pa.ChunkedArray) -> list[str]:
    """The values worth a column each, sorted; none where there are too many, as with a name."""
    counts = {pair["values"]: pair["counts"] for pair in pc.value_counts(column.drop_null()).to_pylist()}
    frequent = sorted(word for word, count in counts.items() if count >= _LEAST_SHARE * len(column))
    return frequent if 1 < len(counts) <= _MOST_CHOICES else []


def _coverage(column: pa.ChunkedArray) -> float:
    return 1 - column.null_count / len(column) if len(column) else 0.0
