"""``relation``: one row for each customer and relation that the customer is part of, on either side."""

import ibis
from ibis.expr.types import Table

from kb.facts.definitions.shape import shaped
from kb.facts.moment import Moment
from kb.facts.table_source import TableSource, seen
from ontology.vocabulary import Direction, FactName, InteractionKind, RelationKind


def relation(tables: TableSource, _: Moment) -> Table:
    """Both sides of every relation: ``direction`` is ``from`` for who refers or leads, ``to`` for the other.

    Relations carry no instant; they hold at every moment. The key names direction, kind and the other customer.
    """
    relations = tables["relations"]
    sides = ibis.union(_side(relations, Direction.FROM, Direction.TO),
                       _side(relations, Direction.TO, Direction.FROM), distinct=True)
    return shaped(sides.mutate(days_ago=ibis.null("int64")), FactName.RELATION)


def referrals(tables: TableSource, moment: Moment) -> Table:
    """Who has referred somebody, by a contact on record or a relation: ``customer_key, referrals`` (how many, 1 up)."""
    happened, relations = seen(tables["interactions"], "at", moment), tables["relations"]
    by_contact = happened.filter(happened.kind == InteractionKind.REFERRAL.value).select("customer_key")
    by_relation = relations.filter(relations.kind == RelationKind.REFERRAL.value).select(
        customer_key=relations.from_customer_key)
    both = ibis.union(by_contact, by_relation)
    return both.group_by("customer_key").aggregate(referrals=both.count())


def _side(relations: Table, own: Direction, other: Direction) -> Table:
    return relations.select(
        customer_key=relations[f"{own}_customer_key"],
        _key=own.value + ":" + relations.kind + ":" + relations[f"{other}_customer_key"],
        kind=relations.kind,
        direction=ibis.literal(own.value),
    )
