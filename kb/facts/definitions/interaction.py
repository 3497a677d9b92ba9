"""``interaction``: one row for each contact in either direction, of the last 365 local days, and every open one."""

import ibis
from ibis.expr.types import IntegerValue, Table

from kb.facts.definitions.shape import shaped
from kb.facts.moment import Moment
from kb.facts.source import TableSource, categories, seen
from kb.journal.events import NEEDS_RESOLUTION
from ontology.vocabulary import FactName

MEMORY_DAYS = 365
BESIDES = ("at", "resolved_at")
"""Columns of the history that are no properties: epoch seconds, by which cases are judged anew."""

_NEEDING = tuple(sorted(kind.value for kind in NEEDS_RESOLUTION))


def interaction(tables: TableSource, moment: Moment) -> Table:
    """What happened, with the category of the product it was about, and whether it is resolved by the moment."""
    return remembered(interaction_history(tables, moment)).drop(*BESIDES)


def interaction_history(tables: TableSource, moment: Moment) -> Table:
    """The rows of ``interaction``, and older ones that were resolved and may be opened again; with ``BESIDES``.

    ``resolved_at`` is the row's own, or a later one of its case; unknown while it is open.
    """
    happened = seen(tables["interactions"], "at", moment)
    dated = happened.mutate(
        days_ago=moment.days_ago_column(happened["at"]), case=happened.case_id.fill_null(happened.interaction_id),
        closed_at=ibis.ifelse(moment.has_seen(happened.resolved_at), happened.resolved_at, ibis.null("int64")))
    judged = dated.mutate(resolved_at=_resolved_at(dated))
    kept = judged.filter((judged.days_ago < MEMORY_DAYS) | judged.kind.isin(_NEEDING))
    rows = kept.left_join(categories(tables), "product_id").select(kept, "category")
    resolved = ibis.ifelse(rows.kind.isin(_NEEDING), rows.resolved_at.notnull(), ibis.null("boolean"))
    return shaped(rows.mutate(_key=rows.interaction_id, resolved=resolved), FactName.INTERACTION, besides=BESIDES)


def remembered(history: Table) -> Table:
    """The rows that facts hold: recent or open."""
    return history.filter((history.days_ago < MEMORY_DAYS) | ~history.resolved.fill_null(True))


def _resolved_at(rows: Table) -> IntegerValue:
    last = rows.closed_at.max().over(ibis.window(group_by=["customer_key", "case"]))
    return rows.closed_at.fill_null(ibis.ifelse(last >= rows["at"], last, ibis.null("int64")))
