"""How likely and how much for this customer: their own figure, else what was measured, else what the catalogue says.

Outcomes move how likely it is, where rates are in use.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import prod

from kb.model.action import Action
from kb.model.bounds import MONEY, SHARE
from kb.model.condition import Scalar
from kb.model.decision import Origin
from kb.model.facts import Facts
from kb.model.figures import CustomerFigure, CustomerProduct
from kb.model.ids import ItemId, RunId
from kb.model.rates import Rate, Rates, RateSubject, band_of
from kb.model.rule import Rule
from ontology.vocabulary import FactName, FigureSource

PRIOR = Origin(source=FigureSource.PRIOR)
_MEASURED = Origin(source=FigureSource.MEASURED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcedFigure:
    """A probability or an amount of money, and whose it is."""

    value: float
    origin: Origin


@dataclass(frozen=True, slots=True)
class MeasuredRates:
    """One state of the rates, at hand by what it is of; see ``kb.model.rates``."""

    state: Rates
    rates: Mapping[tuple[RateSubject, str, int | None], Rate]

    @classmethod
    def read(cls, state: Rates) -> "MeasuredRates":
        """The rates of a state, made ready once."""
        return cls(state, {(rate.subject, rate.id, rate.band): rate for rate in state.rates})

    def move(self, figure: SourcedFigure, action: Action, rule: Rule | None = None) -> SourcedFigure:
        """The figure as outcomes moved it, within the bounds; itself where nothing was measured.

        The figure of a model stays the model's: its band says by what it is off.
        """
        assumed, origin = figure.value, figure.origin
        if origin.source is FigureSource.MODEL:
            band = self.rates.get((RateSubject.BAND, action.id, band_of(assumed)))
            return figure if band is None else self._moved(figure, assumed * band.factor, FigureSource.MODEL)
        rate = None if rule is None else self.rates.get((RateSubject.RULE, rule.id, None))
        if rate is None and origin.source is FigureSource.PRIOR:
            rate = self.rates.get((RateSubject.ACTION, action.id, None))
        return figure if rate is None else self._moved(figure, rate.value, FigureSource.MEASURED)

    def _moved(self, figure: SourcedFigure, rate: float, source: FigureSource) -> SourcedFigure:
        """Within the bounds around the figure as it is assumed now: a later release may assume another."""
        origin = replace(figure.origin, source=source, rates=self.state.number, before=figure.value)
        return SourcedFigure(value=self.state.policy.within(rate, figure.value), origin=origin)


@dataclass(frozen=True, slots=True)
class OwnFigures:
    """The numbers of one customer that rules may take, and what was measured of such offers.

    Args:
        customer: Their properties.
        knowledge: What their link to each knowledge item says.
        rates: What outcomes say; ``None``: nothing is learned.
    """

    customer: Mapping[str, Scalar]
    knowledge: Mapping[Scalar, Mapping[str, Scalar]]
    rates: MeasuredRates | None = None

    @classmethod
    def of(cls, facts: Facts, rates: MeasuredRates | None = None) -> "OwnFigures":
        """The numbers among ``facts``."""
        rows = facts.related.get(FactName.KNOWLEDGE.value, ())
        return cls(facts.customer, {row.values["item"]: row.values for row in rows if "item" in row.values}, rates)

    def propensity(self, rule: Rule, action: Action) -> SourcedFigure:
        """The chance that the customer takes up the action for the reason that the rule gives."""
        assumed = self._assumed(rule, action)
        return assumed if self.rates is None else self.rates.move(assumed, action, rule)

    def _assumed(self, rule: Rule, action: Action) -> SourcedFigure:
        own = self._own(rule.own_propensity)
        if own is not None:
            return SourcedFigure(value=SHARE.nearest(own.value), origin=own.origin)
        if rule.propensity is not None:
            return SourcedFigure(value=rule.propensity, origin=_MEASURED)
        return SourcedFigure(value=action.prior, origin=PRIOR)

    def value(self, rule: Rule, action: Action) -> SourcedFigure:
        """The money that one success with the customer is worth, its cost not yet taken off."""
        own = self._own(rule.own_value)
        if own is not None:
            return SourcedFigure(value=MONEY.nearest(own.value), origin=own.origin)
        if rule.value is not None:
            return SourcedFigure(value=rule.value, origin=_MEASURED if rule.rests_on else PRIOR)
        return SourcedFigure(value=action.value, origin=PRIOR)

    def _own(self, product: CustomerProduct | None) -> SourcedFigure | None:
        """The product; ``None`` where there is none, or a number of it is not known."""
        if product is None:
            return None
        numbers = [number for figure in product.figures if (number := self._number(figure)) is not None]
        if len(numbers) < len(product.figures):
            return None
        return SourcedFigure(value=product.share * prod(numbers), origin=self._origin(product.items))

    def _number(self, figure: CustomerFigure) -> float | None:
        values = self.customer if figure.item is None else self.knowledge.get(figure.item, {})
        number = values.get(figure.property)
        return None if number is None or isinstance(number, bool | str) else float(number)

    def _origin(self, items: Iterable[ItemId]) -> Origin:
        """A model's, by the run that made the first of its figures; measured where only the customer's facts speak."""
        for item in items:
            run = self.knowledge[item].get("run_id")
            return Origin(source=FigureSource.MODEL, run_id=RunId(run) if isinstance(run, str) else None)
        return _MEASURED
