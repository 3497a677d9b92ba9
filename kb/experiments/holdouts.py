"""What came of holding customers out: those who were offered nothing beside those who were.

Both sides are all customers for whom something was decided while the holdout stood, whether or not anything was
recommended to them: the draw alone tells them apart, so that a difference is due to what was offered. What counts
happened after the customer's first such decision.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kb.experiments.bucketing import is_drawn
from kb.experiments.comparison import conclusion
from kb.experiments.confidence_sequence import Interval
from kb.experiments.proportion import Proportion, difference
from kb.facts.load import facts_as_of
from kb.facts.moment import Moment
from kb.graph.port import Graph
from kb.journal.events import Decided
from kb.journal.store import Journal
from kb.model.action import Holdout
from kb.model.ids import CustomerKey
from ontology.text import Text

_RECENCY = """
    MATCH (c:Customer) WHERE c.recency_days IS NOT NULL
    RETURN c.customer_key AS customer_key, c.recency_days AS recency_days"""
_HIGHER = Text(zh="向他们推荐的客户更高", en="higher among those who were offered something")
_LOWER = Text(zh="向他们推荐的客户更低", en="lower among those who were offered something")


class Effect(StrEnum):
    """What a customer did after the first decision.

    ``purchase`` is read of the imported orders, whoever they were prompted by: an order on a later day. ``conversion``
    is what was reported of recommendations; who is held out has fewer to report, so it flatters what is offered.
    """

    PURCHASE = "purchase"
    CONVERSION = "conversion"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldoutMember:
    """A customer for whom something was decided while a holdout stood, and what happened afterwards.

    Args:
        did: Effects that were seen.
        unseen: Effects that nobody could have seen yet, such as an order before later ones are imported.
    """

    customer_key: CustomerKey
    did: frozenset[Effect] = frozenset()
    unseen: frozenset[Effect] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldoutContrast:
    """One line of the report.

    Args:
        difference: The rate of those who were offered something less that of the held out: what offering adds;
            ``None`` where a side counts nobody.
        interval: Of the difference, 95 %, on all days at once (``kb.experiments.confidence_sequence``).
        verdict: What may be concluded.
    """

    effect: Effect
    offered: Proportion
    held_out: Proportion
    difference: float | None
    interval: Interval | None
    verdict: Text


def watched(journal: Journal, graph: Graph, releases: Iterable[int], zone: str) -> tuple[HoldoutMember, ...]:
    """Everybody for whom one of ``releases`` decided, with what happened since the first time.

    Args:
        journal: Who was decided for, and reported conversions.
        graph: The last orders, as the last refresh of the facts saw them.
        releases: Those under which the holdout stood.
        zone: IANA name, whose local days tell a later order from one of the same day.
    """
    recency = {row["customer_key"]: row["recency_days"] for row in graph.read(_RECENCY)}
    loaded = facts_as_of(graph)
    facts_day = 0 if loaded is None else Moment(as_of=loaded, zone=zone).day
    return tuple(_watched(one, facts_day - Moment(as_of=one.first_at, zone=zone).day, recency.get(one.customer_key))
                 for one in journal.decided_under(releases))


def _watched(one: Decided, days_since: int, recency_days: int | None) -> HoldoutMember:
    has_bought = recency_days is not None and recency_days < days_since
    did = {Effect.PURCHASE: has_bought, Effect.CONVERSION: one.has_converted}
    return HoldoutMember(customer_key=one.customer_key, did=frozenset(effect for effect, seen in did.items() if seen),
                         unseen=frozenset() if days_since > 0 else frozenset({Effect.PURCHASE}))


def contrasts(holdout: Holdout, customers: Iterable[HoldoutMember]) -> tuple[HoldoutContrast, ...]:
    """One line for each effect."""
    sides: tuple[list[HoldoutMember], list[HoldoutMember]] = ([], [])
    for customer in customers:
        sides[is_drawn(holdout.name, customer.customer_key, holdout.share)].append(customer)
    return tuple(_contrast(effect, *(_share(side, effect) for side in sides)) for effect in Effect)


def _share(side: list[HoldoutMember], effect: Effect) -> Proportion:
    seen = [customer for customer in side if effect not in customer.unseen]
    return Proportion(hits=sum(effect in customer.did for customer in seen), size=len(seen))


def _contrast(effect: Effect, offered: Proportion, held_out: Proportion) -> HoldoutContrast:
    found = difference(offered, held_out)
    interval = None if found is None else found[1]
    return HoldoutContrast(effect=effect, offered=offered, held_out=held_out,
                           difference=None if found is None else found[0],
                           interval=interval,
                           verdict=conclusion(offered, held_out, interval, higher=_HIGHER, lower=_LOWER))
