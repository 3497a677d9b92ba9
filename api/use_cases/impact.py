"""What recommending brought: what was reported of it, and how those who were recommended something fared beside others.

Only a difference from customers who were held out is called an uplift; what else is told is a count or a difference.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from api.use_cases.impact_log import DrawableLog
from api.use_cases.impact_words import gain_verdict, next_steps, ratio_verdict, verdict_of
from api.use_cases.release_cache import ReleaseCache
from api.use_cases.simulation.drafting import ReleaseDraft, draft_release
from api.use_cases.views import Json
from kb.curation.curation import Curation
from kb.curation.levers import StandingLevers
from kb.description import BaseDescription
from kb.errors import NotFound
from kb.experiments.confidence_sequence import Sample
from kb.experiments.contrast import Contrast, ImpactMeasure
from kb.experiments.impact import ControlKind, ControlledComparison, Participant, compare_sides, held_out
from kb.experiments.sample_ratio import SampleRatio
from kb.facts.follow_up import Bought, FollowUp, bought_after, last_order_at
from kb.facts.home_tables import HomeTables
from kb.facts.moment import Moment
from kb.facts.taken_offers import KnownOrders, Offer
from kb.graph.port import Graph
from kb.journal.events import Decided
from kb.journal.peer_journals import left_out
from kb.journal.store import Journal
from kb.local_ontology import LocalOntology
from kb.model.action import Holdout
from kb.model.codec import to_plain
from kb.model.ids import CustomerKey
from kb.model.pattern import iso_instant
from kb.model.release import ReleaseSummary
from kb.rates.trials import trials_of
from kb.tables.tables import Tables
from ontology.vocabulary import ActionFamily, OutcomeKind

FOLLOWED_DAYS = 28
MOST_DAYS = 365
_BOUGHT = (ImpactMeasure.PURCHASE, ImpactMeasure.ORDERS, ImpactMeasure.SPEND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """The use cases that tell what recommending brought."""

    curation: Curation
    description: BaseDescription
    graph: Graph
    journal: Journal
    ontology: LocalOntology
    releases: ReleaseCache
    standing_levers: StandingLevers
    tables: HomeTables

    def report(self, days: int = FOLLOWED_DAYS) -> Json:
        """Counts, comparisons with a control and from the log, and what to switch on where something is missing.

        Args:
            days: For how many local days each customer is followed from the first answer on, at least 1.
        """
        counted, log = self.counted(days), self.logged(days)
        return counted | log | {"controlled": [*counted["controlled"], *log["controlled"]]}

    def counted(self, days: int = FOLLOWED_DAYS) -> Json:
        """The report without what takes the log: counts, and those who were held out."""
        with _open_orders(self.tables, self.description.moment, days) as orders:
            controlled, by_orders = list(self._held_out(orders)), self._by_orders(orders)
        decisions, customers = self.journal.count_decisions()
        outcomes = self.journal.outcomes_by_kind()
        return {
            "as_of": iso_instant(self.description.moment.as_of), "days": days,
            "currency": self.description.base.currency, "orders_until": orders.until,
            "decisions": decisions, "customers": customers, "outcomes": _outcomes_json(outcomes),
            "by_orders": by_orders,
            "controlled": controlled,
            "next_steps": [to_plain(step) for step in next_steps(
                decisions=decisions, outcomes=outcomes, controlled=controlled, orders=orders.follow_up,
                is_drawn=any(self._exploration().values()))],
            "left_out": to_plain(left_out(self.graph, self.journal.id))}

    def logged(self, days: int = FOLLOWED_DAYS) -> Json:
        """What the log alone tells: cards that were drawn, and other policies; some milliseconds an answer."""
        with _open_orders(self.tables, self.description.moment, days) as orders:
            log = self._log(days, orders)
            return {"controlled": list(self._random(log, orders)), "reweighted": log.ranked_otherwise(),
                    "log": log.extent}

    def estimate(self, draft: ReleaseDraft, days: int = FOLLOWED_DAYS) -> Json:
        """What a draft of the next release would have brought, from the log; a refusal where the log does not tell.

        Raises:
            Unavailable: If nothing was published yet.
            NotFound: For an item or a rule that is not there.
            InvalidInput: For a draft that cannot be.
        """
        live = self.releases.compiled()
        release = draft_release(draft, self.curation, self.standing_levers.current(), self.ontology.schema)
        with _open_orders(self.tables, self.description.moment, days) as orders:
            log = self._log(days, orders)
        return log.under(self.releases.compile(release).under_states_of(live), self.releases)

    def _by_orders(self, orders: "_Orders") -> Json:
        """Of how many cards, shown or accepted, orders tell that they were taken up and nobody reported it."""
        if orders.known is None:
            return {"cards": 0, "customers": 0}
        trials = trials_of(self.journal.card_outcomes(0), window_days=orders.follow_up.days,
                           as_of=orders.known.moment.as_of, orders=orders.known)
        found = [trial.card.customer_key for trial in (*trials.settled, *trials.waiting) if trial.is_by_orders]
        return {"cards": len(found), "customers": len(set(found))}

    def _log(self, days: int, orders: "_Orders") -> DrawableLog:
        """Outcomes are known up to the moment, or to the last of them where the moment is that of older data."""
        known_until = max(self.description.moment.as_of, self.journal.last_outcome_at() or 0)
        follow_up = FollowUp(days=days, zone=self.description.base.zone, known_until=known_until)
        return DrawableLog.read(self.journal, self.releases, follow_up, orders.known)

    def _random(self, log: DrawableLog, orders: "_Orders") -> Iterator[Json]:
        """Answers that showed what is recommended beside those that showed a card which was drawn."""
        people = log.participants()
        if not people:
            return
        exploration = self._exploration()
        told = compare_sides(people, {}, (ImpactMeasure.CONVERSION,), log.follow_up.is_over)
        bought = orders.compare(people, _BOUGHT)
        every = replace(bought, contrasts=(*told.contrasts, *bought.contrasts), waiting=told.waiting)
        yield {"control": ControlKind.RANDOM.value, "name": "exploration", "share": every.ratio.shares[-1],
               "families": sorted(family.value for family, share in exploration.items() if share > 0),
               "releases": log.releases, "in_force": any(exploration.values()),
               **self._comparison_json(ControlKind.RANDOM, every)}

    def _exploration(self) -> Mapping[ActionFamily, float]:
        """The shares that the live release draws, by family."""
        live = self.curation.live()
        return {} if live is None else live.levers.exploration or {}

    def _held_out(self, orders: "_Orders") -> Iterator[Json]:
        """Each holdout there was, those in force first."""
        releases, live = self.curation.releases(), self.curation.live()
        in_force = () if live is None else live.policy.holdouts
        every = dict.fromkeys((*in_force, *(one for release in releases for one in release.policy.holdouts)))
        for holdout in every:
            if 0 < holdout.share < 1:
                yield self._of_holdout(holdout, releases, orders) | {"in_force": holdout in in_force}

    def _of_holdout(self, holdout: Holdout, releases: Sequence[ReleaseSummary], orders: "_Orders") -> Json:
        under = sorted(release.number for release in releases if holdout in release.policy.holdouts)
        decided = self.journal.decided_under(under)
        converted = self._converted(holdout, under, decided, orders)
        people = held_out(holdout, decided, converted or ())
        measures = _BOUGHT if converted is None else (ImpactMeasure.CONVERSION, *_BOUGHT)
        return {"control": ControlKind.HELD_OUT.value, **to_plain(holdout), "releases": under,
                **self._comparison_json(ControlKind.HELD_OUT, orders.compare(people, measures) if people else None)}

    def _converted(self, holdout: Holdout, under: Sequence[int], decided: Sequence[Decided],
                   orders: "_Orders") -> frozenset[CustomerKey] | None:
        """Who bought what the first answer gave them of what is held out, or would have; by orders on both sides.

        ``None`` where that cannot be told of both: no card offers something that is bought, or an answer of an earlier
        version does not say what it withheld.
        """
        cards, since = self.journal.first_cards(under), {one.customer_key: one.first_at for one in decided}
        covered = {action.id for action in self.curation.release(under[-1]).actions if holdout.covers(action)}
        offers = [Offer(customer_key=card.customer_key, target=card.target, since=since[card.customer_key],
                        until=min(card.expires_at, orders.follow_up.last_instant(since[card.customer_key])))
                  for card in cards or () if card.action_id in covered]
        return frozenset(offer.customer_key for offer in orders.taken(offers)) if offers else None

    def _comparison_json(self, kind: ControlKind, found: ControlledComparison | None) -> Json:
        if found is None:
            return {"waiting": 0, "sample_ratio": None, "figures": [], "gain": None}
        gain, currency = found.gain, self.description.base.currency
        return {"waiting": found.waiting, "sample_ratio": _ratio_json(found.ratio),
                "figures": [_contrast_json(kind, one) for one in found.contrasts],
                "gain": None if gain is None else {
                    "customers": gain.customers, "money": gain.money, "interval": list(gain.interval),
                    "verdict": to_plain(gain_verdict(kind, gain, currency))}}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Orders:
    """The orders of the base, open while a report is made; ``tables`` is ``None`` where they are not here."""

    tables: Tables | None
    known: KnownOrders | None
    follow_up: FollowUp

    @property
    def until(self) -> str | None:
        """The last order that is known."""
        return None if self.follow_up.known_until is None else iso_instant(self.follow_up.known_until)

    def taken(self, offers: Collection[Offer]) -> Collection[Offer]:
        """Those of the offers that were taken up."""
        return () if self.known is None else self.known.taken(offers)

    def compare(self, people: Sequence[Participant], measures: Sequence[ImpactMeasure]) -> ControlledComparison:
        """Both sides by what they bought."""
        over = {one.customer_key: one.since for one in people if self.follow_up.is_over(one.since)}
        return compare_sides(people, self._bought(over), measures, self.follow_up.is_over)

    def _bought(self, since: Mapping[CustomerKey, int]) -> Mapping[CustomerKey, Bought]:
        return {} if self.tables is None else bought_after(self.tables, since, self.follow_up)


@contextmanager
def _open_orders(home: HomeTables, moment: Moment, days: int) -> Iterator[_Orders]:
    """The orders, all of them: also those that came in after the moment of the facts."""
    with ExitStack() as opened:
        try:
            tables = opened.enter_context(home.open())
        except NotFound:
            tables = None
        known_until = None if tables is None else last_order_at(tables)
        latest = Moment(as_of=max(moment.as_of, known_until or 0), zone=moment.zone)
        known = None if tables is None else KnownOrders.read(tables, latest)
        yield _Orders(tables=tables, known=known,
                      follow_up=FollowUp(days=days, zone=moment.zone, known_until=known_until))


def _outcomes_json(found: Mapping[OutcomeKind, tuple[int, int]]) -> list[Json]:
    return [{"outcome": kind.value, "cards": cards, "customers": customers}
            for kind in OutcomeKind for cards, customers in [found.get(kind, (0, 0))]]


def _ratio_json(ratio: SampleRatio) -> Json:
    recommended, control = ratio.counts
    return {"recommended": recommended, "control": control, "expected_share": ratio.shares[1],
            "evidence": ratio.evidence, "as_drawn": ratio.is_as_drawn, "verdict": to_plain(ratio_verdict(ratio))}


def _contrast_json(kind: ControlKind, found: Contrast) -> Json:
    return {"measure": found.measure.value, "recommended": _sample_json(found.recommended),
            "control": _sample_json(found.control), "difference": found.difference,
            "interval": None if found.interval is None else list(found.interval),
            "conclusion": found.verdict.value, "verdict": to_plain(verdict_of(kind, found.verdict))}


def _sample_json(sample: Sample) -> Json:
    return {"customers": sample.size, "mean": sample.mean if sample.size else None}
