"""Answers of the log, decided again from the facts that they keep.

They tell what else could have been shown, and what another policy would have shown in its place.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kb.experiments.off_policy import Card, LoggedAnswer, LoggedCard
from kb.model.action import Action
from kb.model.condition import Scalar
from kb.model.decision import Decision, RankedAction
from kb.model.ids import ActionId
from ontology.vocabulary import FactName
from rules.decision.arbitration import Candidate
from rules.decision.compiled_release import CompiledRelease
from rules.decision.decide import Deliberation, deliberate
from rules.decision.exploration import MOST_DRAWN
from rules.decision.policy import shut_out
from rules.decision.reads import Reads, RowReads
from rules.decision.request import Request


class RankingPolicy(StrEnum):
    """How the cards of an answer could be ranked otherwise."""

    PROPENSITY_ALONE = "propensity_alone"
    WITHOUT_LEVERS = "without_levers"


_SCORES: Mapping[RankingPolicy, Callable[[Candidate], float]] = {
    RankingPolicy.PROPENSITY_ALONE: lambda one: one.factors.propensity,
    RankingPolicy.WITHOUT_LEVERS: lambda one: one.factors.propensity * one.factors.context * one.factors.value,
}
_KEPT_WHOLE = {FactName.CONTACT.value, FactName.MOMENT.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedAgain:
    """An answer of the log, and how it came about.

    Args:
        decision: As it was logged.
        deliberation: The same decided again under its release.
    """

    decision: Decision
    deliberation: Deliberation

    @classmethod
    def of(cls, decision: Decision, compiled: CompiledRelease) -> "DecidedAgain":
        """Decide again under the release that decided."""
        return cls(decision=decision, deliberation=_deliberated(decision, compiled))

    @property
    def is_drawn(self) -> bool:
        """Whether a card was drawn."""
        return any(action.is_explored for action in self.decision.actions)

    @property
    def drawn_share(self) -> float:
        """How likely it was that a card was drawn."""
        levers = self.deliberation.context.compiled.release.levers
        families = {one.action.family for one in self._eligible}
        return min(MOST_DRAWN, sum(levers.exploration_of(family) for family in families))

    def ranked(self, policy: RankingPolicy) -> tuple[Card, ...]:
        """What the answer would show, ranked otherwise."""
        best = sorted(self._eligible, key=lambda one: (-_SCORES[policy](one), one.place))
        return tuple(map(_card, _filled(best, self.deliberation)))

    def under(self, draft: CompiledRelease) -> tuple[Card, ...]:
        """What a draft would show, whatever it draws."""
        return _usual(_deliberated(self.decision, draft))

    def beside(self, policy: Sequence[Card], converted: Collection[ActionId]) -> LoggedAnswer:
        """The answer beside what a policy would show.

        Args:
            policy: Its cards.
            converted: Actions of the answer that were bought.
        """
        possible = self._possible()
        return LoggedAnswer(shown=tuple(_shown(action, converted) for action in self.decision.actions),
                            usual=_usual(self.deliberation), policy=tuple(policy),
                            unsupported=sum(card not in possible for card in policy))

    @property
    def _eligible(self) -> list[Candidate]:
        return [one.candidate for one in self.deliberation.judged if one.is_eligible]

    def _possible(self) -> frozenset[Card]:
        """All cards that could have been shown: those that usually are, and those that could be drawn."""
        levers = self.deliberation.context.compiled.release.levers
        drawable = (_card(one) for one in self._eligible if levers.exploration_of(one.action.family) > 0)
        return frozenset((*_usual(self.deliberation), *drawable))


def unknown_reads(draft: Reads, logged: Reads) -> Iterator[str]:
    """What the rules of a draft read and the decisions of another release did not keep, by name.

    A property of a fact type is written ``purchase.orders_90d``, a value that alone is kept ``knowledge.item=...``.
    """
    yield from sorted(draft.customer - logged.customer)
    for fact in sorted(draft.related.keys() - _KEPT_WHOLE):
        known = logged.related.get(fact)
        yield from (fact,) if known is None else _unknown_rows(fact, draft.related[fact], known)


def _unknown_rows(fact: str, wanted: RowReads, known: RowReads) -> Iterator[str]:
    yield from (f"{fact}.{name}" for name in sorted(wanted.properties - known.properties))
    if known.selector is None:
        return
    name, kept = known.selector
    if wanted.selector is None or wanted.selector[0] != name:
        yield f"{fact}.{name}"
    else:
        yield from (f"{fact}.{name}={value}" for value in sorted(map(str, wanted.selector[1] - kept)))


def _deliberated(decision: Decision, compiled: CompiledRelease) -> Deliberation:
    return deliberate(Request.from_plain(decision.request), decision.facts, compiled)


def _usual(held: Deliberation) -> tuple[Card, ...]:
    return tuple(map(_card, held.standing[:held.context.request.limit]))


def _filled(ranked: Sequence[Candidate], held: Deliberation) -> list[Candidate]:
    """The first that an answer has room for: one card an action, none beside what excludes it."""
    taken: dict[ActionId, Candidate] = {}
    exclusions = held.context.compiled.release.policy.exclusions
    for one in ranked:
        others: list[Action] = [other.action for other in taken.values()]
        has_room = len(taken) < held.context.request.limit
        if has_room and one.action.id not in taken and not shut_out(one.action, others, exclusions):
            taken[one.action.id] = one
    return list(taken.values())


def _card(one: Candidate) -> Card:
    return one.action.id, _written(one.arguments)


def _shown(action: RankedAction, converted: Collection[ActionId]) -> LoggedCard:
    return LoggedCard(card=(action.action_id, _written(action.arguments)), probability=action.shown_probability,
                      value=action.factors.value, has_converted=action.action_id in converted)


def _written(arguments: Mapping[str, Scalar]) -> str:
    return repr(sorted(arguments.items()))
