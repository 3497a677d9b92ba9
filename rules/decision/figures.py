"""How likely and how much for this customer: their own figure, else what was measured, else what the catalogue says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

from kb.model.action import Action
from kb.model.bounds import MONEY, SHARE
from kb.model.condition import Scalar
from kb.model.decision import Origin
from kb.model.facts import Facts
from kb.model.figures import CustomerFigure, CustomerProduct
from kb.model.ids import ItemId, RunId
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
class OwnFigures:
    """The numbers of one customer that rules may take.

    Args:
        customer: Their properties.
        knowledge: What their link to each knowledge item says.
    """

    customer: Mapping[str, Scalar]
    knowledge: Mapping[Scalar, Mapping[str, Scalar]]

    @classmethod
    def of(cls, facts: Facts) -> "OwnFigures":
        """The numbers among ``facts``."""
        rows = facts.related.get(FactName.KNOWLEDGE.value, ())
        return cls(facts.customer, {row.values["item"]: row.values for row in rows if "item" in row.values})

    def propensity(self, rule: Rule, action: Action) -> SourcedFigure:
        """The chance that the customer takes up the action for the reason that the rule gives."""
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
