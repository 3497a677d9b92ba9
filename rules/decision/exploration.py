"""Now and then another card than the best: which, and how likely each card was to be shown.

What is never shown is never learnt of. So a manager may let a share of the answers show a card of a family that is
drawn, evenly among all that could be shown of it: other actions, and the same action with other arguments. At most one
card of an answer is drawn; it takes the place of the last, and of what it excludes. The draw is a keyed hash of the
customer, the local day and the channel, so that a page that is opened again says the same, and a replay too.

How likely each card was to be shown is exact: a sum over all draws that there could have been. It speaks of those to
whom the card may be shown, so it says nothing of holdouts. Off-policy estimates divide by it.

Source: epsilon-greedy, with the probability of what was shown in the log, as in Langford, Strehl and Wortman 2008,
Exploration scavenging, ICML; Li, Chu, Langford and Wang 2011, Unbiased offline evaluation, WSDM.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.experiments.bucketing import lot
from kb.model.ids import ActionId
from rules.decision.arbitration import Candidate
from rules.decision.context import DecisionContext
from rules.decision.policy import shut_out

MOST_DRAWN = 0.5
"""Of all answers: where the shares of the families that can be shown come to more, each is cut in proportion."""


@dataclass(frozen=True, slots=True)
class ShownCard:
    """One card of an answer, and how likely it was to stand there before anything was drawn, (0, 1]."""

    candidate: Candidate
    probability: float = 1.0
    is_explored: bool = False


def explored(eligible: Sequence[Candidate], context: DecisionContext) -> tuple[ShownCard, ...]:
    """The cards of the answer, best first, where one of them might have been drawn; nothing where none can be.

    Args:
        eligible: All that nothing holds back but another card of the answer, best first.
        context: Who asks, when and where, under which shares.
    """
    chances = _chances(eligible, context)
    if not chances:
        return ()
    answers = {place: _answer(eligible, context, drawn=place) for place in chances}
    drawn, usual = _drawn(chances, context), _answer(eligible, context)
    shown = usual if drawn is None else answers[drawn]
    return tuple(ShownCard(eligible[place], _probability(place, usual, answers, chances), place == drawn)
                 for place in shown)


def _chances(eligible: Sequence[Candidate], context: DecisionContext) -> Mapping[int, float]:
    """The probability that a card is the one that is drawn, by its place; of those alone that can be."""
    levers = context.compiled.release.levers
    sizes = Counter(candidate.action.family for candidate in eligible)
    shares = {family: levers.exploration_of(family) for family in sizes}
    cut = MOST_DRAWN / max(MOST_DRAWN, sum(shares.values()))
    return {place: cut * shares[one.action.family] / sizes[one.action.family]
            for place, one in enumerate(eligible) if shares[one.action.family] > 0}


def _drawn(chances: Mapping[int, float], context: DecisionContext) -> int | None:
    """The place of the card that is drawn; ``None``: none is."""
    name = f"exploration {context.calendar.now.date().isoformat()} {context.request.channel.value}"
    left = lot(name, context.facts.customer_key)
    for place, chance in chances.items():
        if left < chance:
            return place
        left -= chance
    return None


def _answer(eligible: Sequence[Candidate], context: DecisionContext, drawn: int | None = None) -> tuple[int, ...]:
    """The places of the cards that an answer shows, best first; one card an action, none beside what excludes it."""
    taken: dict[ActionId, int] = {} if drawn is None else {eligible[drawn].action.id: drawn}
    exclusions = context.compiled.release.policy.exclusions
    for place, one in enumerate(eligible):
        others = [eligible[other].action for other in taken.values()]
        has_room = len(taken) < context.request.limit
        if has_room and one.action.id not in taken and not shut_out(one.action, others, exclusions):
            taken[one.action.id] = place
    return tuple(sorted(taken.values()))


def _probability(card: int, usual: Sequence[int], answers: Mapping[int, Sequence[int]],
                 chances: Mapping[int, float]) -> float:
    """How likely the card was to be shown: a sum over the draws, exactly 1.0 where every answer shows it."""
    if card in usual:
        return 1.0 - sum(chances[place] for place, answer in answers.items() if card not in answer)
    return sum(chances[place] for place, answer in answers.items() if card in answer)
