"""What is earned of what customers spend: by hand, and not where costs are not known."""

import pytest

from kb.model.pattern import Pattern, Period, Population
from mining.churn import Horizon, finish
from mining.value.margin import Margin
from ontology.text import Text
from ontology.vocabulary import PatternKind

PRODUCTS = [{"product_id": "a", "category": "A", "cost": 6.0}, {"product_id": "b", "category": "B", "cost": None}]


def lines(line, *sold):
    """Lines of (day, product, quantity, amount)."""
    return [line(n, day, product, amount) | {"quantity": quantity}
            for n, (day, product, quantity, amount) in enumerate(sold)]


@pytest.mark.parametrize(("sold", "margin"), [
    ([(390, "a", 2.0, 20.0), (391, "b", 1.0, 5.0)], Margin(share=0.4, known=0.8)),
    ([(390, "a", 2.0, 20.0), (395, "a", -1.0, -10.0)], Margin(share=0.4, known=1.0)),   # a return takes both back
    ([(20, "a", 2.0, 100.0), (390, "a", 2.0, 20.0)], Margin(share=0.4, known=1.0)),     # the last year alone counts
    ([(390, "a", 2.0, 8.0)], Margin(share=0.01, known=1.0)),                            # sold at a loss
    ([(390, "a", 1.0, 10.0), (391, "b", 1.0, 11.0)], None),                             # of over half nothing is known
    ([(390, "b", 1.0, 11.0)], None),
])
def test_the_margin_by_hand(context, line, sold, margin):
    assert context(order_lines=lines(line, *sold), products=PRODUCTS).margin == margin


def test_without_orders_there_is_no_margin(context):
    assert context().margin is None


def test_what_keeping_a_customer_is_worth_goes_by_the_margin(context, line):
    everybody = Population(what=Text.same("all"), level="customer", period=Period(start=0, end=1), size=1)
    leaf = Pattern(kind=PatternKind.CHURN_RULE, subject="leave: x", measures={}, population=everybody,
                   details={"outcome": "lapsed"})
    known = context(order_lines=lines(line, (390, "a", 2.0, 20.0)), products=PRODUCTS)
    unknown = context(order_lines=lines(line, (390, "b", 2.0, 20.0)), products=PRODUCTS)
    assert finish(known, (leaf,), Horizon())[0].details["margin"] == 0.4
    assert finish(unknown, (leaf,), Horizon()) == (leaf,)
