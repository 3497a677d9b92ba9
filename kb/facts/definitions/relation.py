"""``relation``: one row for each customer and relation that the customer is part of, on either side."""

import ibis
from ibis.expr.types import Table

from kb.facts.definitions.shape import shaped
from kb.facts.moment import Moment
from kb.facts.table_source import TableSource
from ontology.vocabulary import Direction, FactName


def relation(tables: TableSource, _: Moment) -> Table:
    """Both sides of every relation: ``direction`` is ``from`` for who refers or leads, ``to`` for the other.

    Relations carry no instant; they hold at every moment. The key names direction, kind and the other customer.
    """
    relations = tables["relations"]
    sides = ibis.union(_side(relations, Direction.FROM, Direction.TO),
                       _side(relations, Direction.TO, Direction.FROM), distinct=True)
    return shaped(sides.mutate(days_ago=ibis.null("int64")), FactName.RELATION)


def _side(relations: Table, own: Direction, other: Direction) -> Table:
    return relations.select(
        customer_key=relations[f"{own}_customer_key"],
        _key=own.value + ":" + relations.kind + ":" + relations[f"{other}_customer_key"],
        kind=relations.kind,
        direction=ibis.literal(own.value),
    )
