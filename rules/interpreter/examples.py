"""The customers in the examples of rules."""

from kb.model.facts import Facts, Row
from kb.model.ids import CustomerKey
from kb.model.rule import Example
from rules.condition.values import DAYS_AGO


def example_facts(example: Example, *, as_of: int = 0) -> Facts:
    """The customer that an example describes; its rows are called ``0``, ``1`` ... as they are listed."""
    return Facts(customer_key=CustomerKey(example.name), as_of=as_of, customer=example.customer, related={
        fact: tuple(Row(key=str(number), days_ago=_days(values.get(DAYS_AGO)), values=values)
                    for number, values in enumerate(rows))
        for fact, rows in example.related.items()})


def _days(value: object) -> int | None:
    return value if isinstance(value, int) else None
