"""Attributes of which only a lower and an upper bound is told: one band on the map, not two entries."""

from collections.abc import Mapping
from dataclasses import dataclass

from kb.knowledge_map.entry import Json, ValueWords, entry, evidence, said
from kb.model.condition import Scalar
from ontology.quantities import number
from ontology.text import Text
from ontology.vocabulary import FactName, Unit

_FROM_TO = Text.same("{low}–{high}")
_FROM = Text.same("{low}+")
_UP_TO = Text(zh="至 {high}", en="up to {high}")
_WITH_UNIT = Text.same("{band} {unit}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The properties of one attribute: told exactly, or by its bounds."""

    exact: str
    low: str
    high: str


BANDS = (Band(exact="age", low="age_low", high="age_high"),
         Band(exact="monthly_income", low="income_low", high="income_high"))
BOUNDS: Mapping[str, Band] = {name: band for band in BANDS for name in (band.low, band.high)}
"""The band of each bound."""


def band_entry(name: str, customer: Mapping[str, Scalar], words: ValueWords, source: Text) -> Json | None:
    """The entry of a band in the place of its first known bound ``name``; ``None`` where it has its place elsewhere."""
    band = BOUNDS[name]
    if band.exact in customer or (name == band.high and band.low in customer):
        return None
    prop = words.schema.facts[FactName.CUSTOMER].properties[band.exact]
    low, high = customer.get(band.low), customer.get(band.high)
    told = _told(low, high)
    if prop.unit not in {None, Unit.CURRENCY}:
        told = _WITH_UNIT.fill(band=told, unit=words.schema.label("unit", str(prop.unit)))
    bounds = {bound: customer[bound] for bound in (band.low, band.high) if bound in customer}
    return entry(f"customer.{band.low}", prop.labels, said(prop.labels, told), value=told.en, value_text=told,
                 unit=prop.unit, evidence=evidence(source, facts=bounds))


def _told(low: Scalar | None, high: Scalar | None) -> Text:
    """The band in figures.

    >>> [_told(*ends).en for ends in ((35, 44), (65, None), (None, 24), (30, 30))]
    ['35–44', '65+', 'up to 24', '30']
    """
    if low == high:
        return Text.same(_figure(low))
    if high is None:
        return _FROM.fill(low=_figure(low))
    return _UP_TO.fill(high=_figure(high)) if low is None else _FROM_TO.fill(low=_figure(low), high=_figure(high))


def _figure(value: Scalar | None) -> str:
    """A bound without what nobody asks for.

    >>> _figure(44), _figure(2916.67), _figure(1000.0)
    ('44', '2,917', '1,000')
    """
    return number(round(value)) if isinstance(value, int | float) else str(value)
