"""``interaction``: one row for each contact in either direction of the last 365 local days.

Every open one is there, and the one with the customer's latest score, however old.
"""

import ibis
from ibis.expr.types import BooleanValue, FloatingValue, IntegerValue, Table

from kb.facts.definitions.shape import shaped
from kb.facts.moment import Moment
from kb.facts.table_source import TableSource, categories, seen
from kb.journal.events import NEEDS_RESOLUTION
from ontology.vocabulary import FactName, InteractionKind

MEMORY_DAYS = 365
BESIDES = ("at", "resolved_at")
"""Columns of the history that are no properties: epoch seconds, by which cases are judged anew."""

_NEEDING = tuple(sorted(kind.value for kind in NEEDS_RESOLUTION))


def interaction(tables: TableSource, moment: Moment) -> Table:
    """What happened, with the category of the product it was about, and whether it is resolved by the moment."""
    return remembered(interaction_history(tables, moment)).drop(*BESIDES)


def interaction_history(tables: TableSource, moment: Moment) -> Table:
    """The rows of ``interaction``, and older ones that were resolved and may be opened again; with ``BESIDES``.

    ``score_share`` is known where the score lies between 0 and the best one of a known scale.

    ``resolved_at`` is the row's own, or a later one of its case; unknown while it is open.
    """
    judged = _judged(tables, moment)
    kept = judged.filter(_is_remembered(judged) | judged.kind.isin(_NEEDING))
    rows = kept.left_join(categories(tables), "product_id").select(kept, "category")
    return shaped(rows.mutate(_key=rows.interaction_id), FactName.INTERACTION, besides=BESIDES)


def remembered(history: Table) -> Table:
    """The rows that facts hold: recent, open, or with the latest score."""
    return history.filter(_is_remembered(history))


def left_out(tables: TableSource, moment: Moment) -> Table:
    """How many interactions of each customer are not among the facts, because they are old: ``customer_key, older``."""
    judged = _judged(tables, moment)
    return judged.group_by("customer_key").aggregate(older=(~_is_remembered(judged)).cast("int64").sum())


def visit_days(tables: TableSource, moment: Moment) -> Table:
    """One row for each customer and local day with an interaction.

    Columns: ``customer_key``, ``days_ago``, ``views``, ``dwell_seconds`` (null where no stay is recorded).
    """
    happened = seen(tables["interactions"], "at", moment)
    dated = happened.mutate(days_ago=moment.days_ago_column(happened["at"]))
    return dated.group_by("customer_key", "days_ago").aggregate(
        views=(dated.kind == InteractionKind.VIEW.value).cast("int64").sum(), dwell_seconds=dated.dwell_seconds.sum())


def attitudes(tables: TableSource, moment: Moment) -> Table:
    """How content each customer said to be when last asked: ``customer_key, attitude``.

    ``attitude`` is the share of the best score, [0, 1]; null where nobody asked, or the latest score has no scale.
    """
    judged = _judged(tables, moment)
    return judged.group_by("customer_key").aggregate(attitude=judged.score_share.max(where=judged.latest_score))


def _is_remembered(rows: Table) -> BooleanValue:
    return ((rows.days_ago < MEMORY_DAYS) | ~rows.resolved.fill_null(True)) | rows.latest_score.fill_null(False)


def _judged(tables: TableSource, moment: Moment) -> Table:
    """Every interaction up to the moment, however old, with what its case and its score say."""
    happened = seen(tables["interactions"], "at", moment)
    dated = happened.mutate(
        days_ago=moment.days_ago_column(happened["at"]), case=happened.case_id.fill_null(happened.interaction_id),
        closed_at=ibis.ifelse(moment.has_seen(happened.resolved_at), happened.resolved_at, ibis.null("int64")))
    judged = dated.mutate(resolved_at=_resolved_at(dated), latest_score=_is_latest_score(dated),
                          score_share=_score_share(dated))
    resolved = ibis.ifelse(judged.kind.isin(_NEEDING), judged.resolved_at.notnull(), ibis.null("boolean"))
    return judged.mutate(resolved=resolved)


def _resolved_at(rows: Table) -> IntegerValue:
    last = rows.closed_at.max().over(ibis.window(group_by=["customer_key", "case"]))
    return rows.closed_at.fill_null(ibis.ifelse(last >= rows["at"], last, ibis.null("int64")))


def _is_latest_score(rows: Table) -> BooleanValue:
    best_first = ibis.window(group_by=[rows.customer_key, rows.score.isnull()],
                             order_by=[rows["at"].desc(), rows.score.asc(), rows.interaction_id.desc()])
    return ibis.ifelse(rows.score.notnull(), ibis.row_number().over(best_first) == 0, ibis.null("boolean"))


def _score_share(rows: Table) -> FloatingValue:
    is_within = (rows.score_max > 0) & rows.score.between(0, rows.score_max)
    return ibis.ifelse(is_within, rows.score / rows.score_max, ibis.null("float64"))
