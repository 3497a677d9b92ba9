"""The log of answers that could have shown another card: decided again, and compared with what was drawn."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from api.use_cases.impact_words import (
    estimate_verdict,
    log_is_cut,
    none_over,
    nothing_drawn,
    too_little_log,
    unread_facts,
    unsupported_cards,
)
from api.use_cases.release_cache import ReleaseCache
from api.use_cases.views import Json
from kb.experiments.impact import Participant
from kb.experiments.off_policy import (
    LEAST_EFFECTIVE,
    LEAST_SUPPORT,
    Card,
    LoggedAnswer,
    LogSupport,
    PolicyEstimate,
    RewardKind,
    estimate,
    support,
)
from kb.facts.follow_up import FollowUp
from kb.facts.taken_offers import KnownOrders, Offer
from kb.journal.events import AnswerOutcome
from kb.journal.store import Journal
from kb.model.codec import to_plain
from kb.model.decision import Decision
from kb.model.ids import ActionId
from kb.model.target import target_of
from ontology.text import Text
from rules.decision.compiled_release import CompiledRelease
from rules.simulation.logged_answers import DecidedAgain, RankingPolicy, unknown_reads

MOST_ANSWERS = 5_000
"""The latest customers whose answers are decided again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One answer of the log."""

    again: DecidedAgain
    converted: frozenset[ActionId]
    is_over: bool

    @property
    def participant(self) -> Participant:
        """The customer, on the side of a card that was drawn, or of none."""
        decision = self.again.decision
        return Participant(customer_key=decision.customer_key, since=decision.as_of, is_control=self.again.is_drawn,
                           control_share=self.again.drawn_share, has_converted=bool(self.converted))


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawableLog:
    """Each customer's first answer in which a card could be drawn.

    Args:
        follow_up: For how long what came of an answer counts, and up to when outcomes are known.
        is_cut: Whether earlier customers are left out, as there are more than ``MOST_ANSWERS``.
    """

    entries: tuple[_Entry, ...]
    follow_up: FollowUp
    is_cut: bool

    @classmethod
    def read(cls, journal: Journal, releases: ReleaseCache, follow_up: FollowUp,
             orders: KnownOrders | None) -> "DrawableLog":
        """The log as the journal has it, beside orders; where these come in, days are over once they are known."""
        known = journal.drawable_answers(MOST_ANSWERS + 1)
        answers = known[-MOST_ANSWERS:]
        offers = [offer for answer in answers for offer in _offers(answer.decision, follow_up).values()]
        bought = () if orders is None else orders.taken(offers)
        if orders is not None and any(answer.decision.as_of < orders.until for answer in answers):
            follow_up = replace(follow_up, known_until=min(follow_up.known_until or 0, orders.until))
        found = (_entry(answer, releases, follow_up, bought) for answer in answers)
        return cls(entries=tuple(one for one in found if one.again.drawn_share > 0), follow_up=follow_up,
                   is_cut=len(known) > len(answers))

    @property
    def extent(self) -> Json:
        """How much of the log is read, in words where some of it is left out."""
        return {"customers": len(self.entries), "most": MOST_ANSWERS,
                "left_out": to_plain(log_is_cut(MOST_ANSWERS)) if self.is_cut else None}

    @property
    def releases(self) -> list[int]:
        """Under which the answers were given."""
        return sorted({one.again.decision.release for one in self.entries})

    def participants(self) -> tuple[Participant, ...]:
        """The customers, those to whom a card was shown that was drawn as the control."""
        return tuple(one.participant for one in self.entries)

    def ranked_otherwise(self) -> list[Json]:
        """What other ways to rank the cards would have brought."""
        return [self._estimated(policy.value, partial(DecidedAgain.ranked, policy=policy)) for policy in RankingPolicy]

    def under(self, draft: CompiledRelease, releases: ReleaseCache) -> Json:
        """What a draft would have brought; refused where it reads what the log did not keep."""
        unread = {name for number in self.releases for name in unknown_reads(draft.reads, releases.of(number).reads)}
        if unread:
            return self._refused("draft", unread_facts(unread))
        return self._estimated("draft", lambda again: again.under(draft))

    def _estimated(self, policy: str, cards: Callable[[DecidedAgain], Collection[Card]]) -> Json:
        over = [one for one in self.entries if one.is_over]
        if not over:
            return self._refused(policy, none_over(len(self.entries), self.follow_up.days) if self.entries
                                 else nothing_drawn())
        log = [one.again.beside(tuple(cards(one.again)), one.converted) for one in over]
        found = support(log)
        if not found.is_enough:
            return self._refused(policy, _why_not(found), found)
        return {**_support_json(policy, found), "figures": _figures(log), "refusal": None}

    def _refused(self, policy: str, why: Text, found: LogSupport | None = None) -> Json:
        known = found or LogSupport(answers=sum(one.is_over for one in self.entries), effective=0.0, supported=0.0)
        return {**_support_json(policy, known), "figures": [], "refusal": to_plain(why)}


def _entry(answer: AnswerOutcome, releases: ReleaseCache, follow_up: FollowUp, bought: Collection[Offer]) -> _Entry:
    """What was reported and what orders tell count alike: on both sides a card was shown, and anybody may buy."""
    decision = answer.decision
    reported = (action for action, at in answer.converted.items() if follow_up.holds(decision.as_of, at))
    by_orders = (action for action, offer in _offers(decision, follow_up).items() if offer in bought)
    served = releases.of(decision.release, decision.rates, decision.pauses)
    return _Entry(again=DecidedAgain.of(decision, served), converted=frozenset((*reported, *by_orders)),
                  is_over=follow_up.is_over(decision.as_of))


def _offers(decision: Decision, follow_up: FollowUp) -> Mapping[ActionId, Offer]:
    """What the cards of an answer offer, while they stand and the customer is followed."""
    since, end = decision.as_of, follow_up.last_instant(decision.as_of)
    targets = [(card, target_of(card.family, card.arguments)) for card in decision.actions]
    return {card.action_id: Offer(customer_key=decision.customer_key, target=target, since=since,
                                  until=min(card.expires_at, end))
            for card, target in targets if target is not None}


def _figures(log: Sequence[LoggedAnswer]) -> list[Json]:
    return [_estimate_json(estimate(log, reward)) for reward in RewardKind]


def _why_not(found: LogSupport) -> Text:
    return unsupported_cards(found) if found.supported < LEAST_SUPPORT else too_little_log(found)


def _support_json(policy: str, found: LogSupport) -> Json:
    return {"policy": policy, "answers": found.answers, "effective": found.effective,
            "least_effective": LEAST_EFFECTIVE, "supported": found.supported}


def _estimate_json(found: PolicyEstimate) -> Json:
    return {"reward": found.reward.value, "doubly_robust": found.doubly_robust, "interval": list(found.interval),
            "snips": found.snips, "snips_interval": list(found.snips_interval), "recommended": found.recommended,
            "difference": found.difference, "difference_interval": list(found.difference_interval),
            "verdict": to_plain(estimate_verdict(found.difference_interval))}
