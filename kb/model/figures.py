"""Numbers of the customer out of which a rule makes its propensity and its value."""

from dataclasses import dataclass

from kb.model.condition import And, Condition, Exists, Known, Op, Test
from kb.model.ids import ItemId
from ontology.vocabulary import FactName

SCORE, AMOUNT = "score", "amount"
"""What the link of a customer to a knowledge item says in numbers: a probability or a rank, and money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFigure:
    """One number of the customer for whom a rule fires.

    Args:
        property: Of the customer; of their link to ``item`` where one is named: ``score`` or ``amount``.
        item: The knowledge item that the number is of.
    """

    property: str
    item: ItemId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerProduct:
    """``share`` times numbers of the customer; unknown where one of them is.

    Args:
        figures: At least one.
        share: Of their product, above 0.
    """

    figures: tuple[CustomerFigure, ...]
    share: float = 1.0

    @property
    def items(self) -> tuple[ItemId, ...]:
        """The knowledge items whose numbers are read, in order."""
        return tuple(figure.item for figure in self.figures if figure.item is not None)


def score_of(item: ItemId) -> CustomerProduct:
    """The customer's own score of an item."""
    return CustomerProduct(figures=(CustomerFigure(property=SCORE, item=item),))


def what_is_read(product: CustomerProduct) -> Condition:
    """The condition that reads, of the customer and their knowledge, just what the product reads."""
    return And(parts=tuple(map(_known, product.figures)))


def _known(figure: CustomerFigure) -> Condition:
    if figure.item is None:
        return Known(property=figure.property)
    of_item = Test(property="item", op=Op.EQ, operand=figure.item)
    return Exists(fact=FactName.KNOWLEDGE.value, alias="figure",
                  where=And(parts=(of_item, Known(property=figure.property))))
