"""``contact``: one row for each campaign in which the customer was contacted.

Contacts by our own recommendations have the same shape and come from the journal (``source`` is ``recommendation``).
"""

import ibis
from ibis.expr.types import Table, Value

from kb.facts.definitions.shape import shaped
from kb.facts.moment import Moment
from kb.facts.table_source import TableSource, seen
from ontology.vocabulary import ContactSource, FactName

_OF_CAMPAIGN = ("kind", "offer", "category", "starts_at", "ends_at")
_ONE = ("customer_key", "campaign_id")


def contact(tables: TableSource, moment: Moment) -> Table:
    """The latest contact of a customer in each campaign, whether it was answered, and whether the offer still stands.

    A contact without a date stands at the start of its campaign, and without that it is left out.
    ``open`` is true from the campaign's start and before its end, unknown where one of them is; ``ends_in_days``
    counts the local days left of an open campaign. An answer counts from ``responded_at``; one without a date counts
    from the end of the campaign, or from the contact where that is unknown too, so that no past sees it early.
    """
    latest = _latest(_with_campaign(tables, moment), moment)
    return shaped(latest.mutate(
        _key=latest.campaign_id,
        days_ago=moment.days_ago_column(latest.contacted_at),
        source=ibis.literal(ContactSource.CAMPAIGN.value),
        open=_is_open(latest, moment),
        ends_in_days=_ends_in_days(latest, moment),
    ), FactName.CONTACT)


def _with_campaign(tables: TableSource, moment: Moment) -> Table:
    contacts, campaigns = tables["contacts"], tables["campaigns"]
    joined = contacts.left_join(campaigns, "campaign_id").select(contacts, *_OF_CAMPAIGN)
    dated = joined.mutate(contacted_at=ibis.coalesce(joined.contacted_at, joined.starts_at))
    return seen(dated, "contacted_at", moment)


def _latest(contacts: Table, moment: Moment) -> Table:
    told = contacts.mutate(answered=_answered(contacts, moment))
    last_first = ibis.window(group_by=_ONE, order_by=(ibis.desc("contacted_at"), "channel"))
    ranked = told.mutate(
        responded=told.answered.any().over(ibis.window(group_by=_ONE)),
        place=ibis.row_number().over(last_first),
    )
    return ranked.filter(ranked.place == 0)


def _answered(contacts: Table, moment: Moment) -> Value:
    dated = contacts.responded_at
    said = ibis.coalesce(contacts.responded, dated.notnull())
    return said & moment.has_seen(ibis.coalesce(dated, contacts.ends_at, contacts.contacted_at))


def _is_open(rows: Table, moment: Moment) -> Value:
    return (rows.starts_at <= moment.as_of) & (rows.ends_at > moment.as_of)


def _ends_in_days(rows: Table, moment: Moment) -> Value:
    left = -moment.days_ago_column(rows.ends_at)
    return ibis.ifelse(_is_open(rows, moment), left, ibis.null("int64"))
