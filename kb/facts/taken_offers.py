"""Which offers were taken up, by the orders and the answers to campaigns as they are known now.

It is read, never written down: what an import brings a second time changes nothing, what a withdrawn delivery or an
erased customer takes away is gone, and no outcome that a person recorded is touched.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import ibis
from ibis.expr.types import IntegerColumn, Table

from kb.facts.definitions.orders import NEVER_BOUGHT
from kb.facts.follow_up import last_order_at
from kb.facts.moment import Moment
from kb.facts.table_source import TableSource, categories, seen
from kb.model.ids import CustomerKey
from kb.model.target import Target, TargetKind
from ontology.vocabulary import OrderStatus

_CAME_TO_NOTHING = (*NEVER_BOUGHT, OrderStatus.RETURNED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Something that a customer was offered.

    Args:
        since: Instant from which on it counts, itself left out, epoch seconds.
        until: An instant on the last local day that counts; all of that day does.
    """

    customer_key: CustomerKey
    target: Target
    since: int
    until: int


def taken_offers(tables: TableSource, offers: Collection[Offer], moment: Moment) -> Mapping[Offer, int]:
    """The instant at which each offer was taken up first, epoch seconds; those that were not are left out.

    An order counts from its first line of the target on. One that was cancelled, failed or came back, or whose returns
    under the same order id leave nothing of the target, was none; which order a return under an id of its own takes
    back nobody knows, so it takes back none. An answer to a campaign counts where its instant is known.

    Args:
        tables: Order lines, products and contacts.
        offers: In any order.
        moment: In whose zone days are local; what lies after it is not seen.
    """
    asked = tuple(dict.fromkeys(offers))
    if not asked:
        return {}
    rows = ibis.memtable({
        "number": list(range(len(asked))), "customer_key": [one.customer_key for one in asked],
        "kind": [one.target.kind.value for one in asked], "name": [one.target.name for one in asked],
        "since": [one.since for one in asked], "until": [one.until for one in asked]})
    found = ibis.union(_orders(tables, rows, moment), _answers(tables, rows, moment))
    first = found.group_by("number").aggregate(at=found["at"].min()).to_pyarrow().to_pylist()
    return {asked[row["number"]]: int(row["at"]) for row in first}


def _orders(tables: TableSource, offers: Table, moment: Moment) -> Table:
    """``number`` and ``at`` of each order that takes an offer up."""
    lines = _lines(tables, moment).join(offers, "customer_key")
    kind, name = lines["kind"], lines["name"]
    wanted = lines.filter((kind == TargetKind.ORDER.value)
                          | ((kind == TargetKind.CATEGORY.value) & (lines.category == name))
                          | ((kind == TargetKind.PRODUCT.value) & (lines.product_id == name)))
    parts = wanted.group_by("number", "order_id", "since", "until").aggregate(
        at=wanted.ordered_at.min(), left=wanted.quantity.sum())
    return _within(parts.filter(parts.left > 0), moment)


def _answers(tables: TableSource, offers: Table, moment: Moment) -> Table:
    """``number`` and ``at`` of each answer to a campaign that takes an offer up."""
    contacts = seen(tables["contacts"], "responded_at", moment)
    told = contacts.filter(contacts.responded).select("customer_key", "campaign_id", at=contacts.responded_at)
    answered = told.join(offers, "customer_key")
    return _within(answered.filter(answered.kind == TargetKind.RESPONSE.value,
                                   answered.campaign_id == answered["name"]), moment)


def _within(found: Table, moment: Moment) -> Table:
    at: IntegerColumn = found["at"]
    return found.filter(at > found.since, moment.day_column(at) <= moment.day_column(found.until)).select(
        "number", at=at.cast("int64"))


def _lines(tables: TableSource, moment: Moment) -> Table:
    lines = seen(tables["order_lines"], "ordered_at", moment)
    kept = lines.filter(lines.order_status.isnull() | lines.order_status.notin(_CAME_TO_NOTHING))
    return kept.left_join(categories(tables), "product_id").select(
        "customer_key", "order_id", "product_id", "category", "ordered_at", "quantity")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrders:
    """The orders of a base, and its answers to campaigns, as they are known now.

    Args:
        moment: What lies after it is not seen; its zone is the base's.
        until: Instant of the last order or answer that is known, epoch seconds.
    """

    tables: TableSource
    moment: Moment
    until: int

    @classmethod
    def read(cls, tables: TableSource, moment: Moment) -> "KnownOrders | None":
        """Those of some tables; ``None`` where there are none."""
        answers = seen(tables["contacts"], "responded_at", moment)
        [last] = answers.aggregate(at=answers.responded_at.max()).to_pyarrow().to_pylist()
        known = [int(at) for at in (last_order_at(tables), last["at"]) if at is not None]
        return cls(tables=tables, moment=moment, until=max(known)) if known else None

    def taken(self, offers: Collection[Offer]) -> Mapping[Offer, int]:
        """When each offer was taken up first, as ``taken_offers``."""
        return taken_offers(self.tables, offers, self.moment)
