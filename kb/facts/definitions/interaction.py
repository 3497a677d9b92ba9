"""``interaction``: one row for each contact in either direction, of the last 365 local days."""

import ibis
from ibis.expr.types import BooleanValue, Table

from kb.facts.definitions.shape import shaped
from kb.facts.moment import Moment
from kb.facts.source import TableSource, categories, seen
from ontology.vocabulary import FactName, InteractionKind

MEMORY_DAYS = 365

NEEDS_RESOLUTION = frozenset({
    InteractionKind.COMPLAINT, InteractionKind.FAULT, InteractionKind.REPAIR, InteractionKind.ENQUIRY,
})
"""Kinds that stay open until they are resolved; for any other kind ``resolved`` is unknown."""


def interaction(tables: TableSource, moment: Moment) -> Table:
    """What happened, with the category of the product it was about, and whether it is resolved by the moment."""
    happened = seen(tables["interactions"], "at", moment)
    recent = happened.mutate(days_ago=moment.days_ago_column(happened["at"]))
    recent = recent.filter(recent.days_ago < MEMORY_DAYS)
    rows = recent.left_join(categories(tables), "product_id").select(recent, "category")
    return shaped(rows.mutate(_key=rows.interaction_id, resolved=_is_resolved(rows, moment)), FactName.INTERACTION)


def _is_resolved(rows: Table, moment: Moment) -> BooleanValue:
    closed = moment.has_seen(rows.resolved_at).fill_null(False)
    return ibis.ifelse(rows.kind.isin([kind.value for kind in NEEDS_RESOLUTION]), closed, ibis.null("boolean"))
