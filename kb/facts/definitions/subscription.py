"""``subscription``: one row for each contract that had begun by the moment."""

import ibis
from ibis.expr.types import Table

from kb.facts.definitions.shape import shaped
from kb.facts.moment import Moment
from kb.facts.table_source import TableSource
from ontology.vocabulary import FactName


def subscription(tables: TableSource, moment: Moment) -> Table:
    """Contracts, ordered by their start; an end after the moment is not known yet, so the contract is active.

    ``tenure_days`` runs from the start to the end, or to the moment while it is active. A contract whose start nobody
    recorded has begun, with unknown tenure.
    """
    known = begun(tables["subscriptions"], moment)
    started_ago = moment.days_ago_column(known.started_at)
    ended_ago = moment.days_ago_column(known.ended_at)
    return shaped(known.mutate(
        days_ago=started_ago,
        active=known.ended_at.isnull(),
        tenure_days=started_ago - ended_ago.fill_null(0),
        ended_by=ibis.ifelse(known.ended_at.isnull(), ibis.null("string"), known.ended_by),
        ended_days_ago=ended_ago,
    ), FactName.SUBSCRIPTION)


def begun(subscriptions: Table, moment: Moment) -> Table:
    """Visible contracts without ends to come, each named by start, plan and, among equals, its place."""
    known = subscriptions.filter(moment.has_seen(subscriptions.started_at).fill_null(True))
    told = known.mutate(
        ended_at=ibis.ifelse(moment.has_seen(known.ended_at), known.ended_at, ibis.null("int64")),
        name=known.started_at.cast("string").fill_null("") + ":" + known.plan.fill_null(""),
    )
    alike = ibis.window(group_by=("customer_key", "name"), order_by=("monthly_amount", "ended_at"))
    placed = told.mutate(place=ibis.row_number().over(alike))
    return placed.mutate(_key=placed.name + ":" + placed.place.cast("string"))
