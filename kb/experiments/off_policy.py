"""What another policy would have brought, from the log of one that now and then shows a card that was drawn.

A card of the log that the other policy would show too counts for all the times at which it would have been shown and
was not: by one over the probability with which it was shown. Cards that could never be shown are not in the log, so of
them nothing can be said; where too much of the policy is such, or too little of the log speaks for it, the estimate is
refused. What is estimated is the reward of an answer: the sum over its cards, each taken for itself.

The few cards that speak for a policy have often not met the great rewards yet, and vary less than they will. So no
variance is taken smaller than the weights make it where each card varies as all cards of the log do: without that, up
to a third of logs with heavy-tailed money see a difference where there is none; with it, none of 150 did.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import fsum
from typing import TypeAlias

from kb.experiments.confidence_sequence import Interval, Sample, interval_of_mean
from kb.model.ids import ActionId

Card: TypeAlias = tuple[ActionId, str]
"""An action and its arguments, written out."""

LEAST_EFFECTIVE = 100
"""Answers that the weighted log must be worth (Kish); below, nothing is estimated."""

LEAST_SUPPORT = 0.95
"""Of the cards that the policy would show, the share that could have been shown; below, nothing is estimated."""

_PRIOR_CARDS = 10  # what the mean of all cards counts for beside the cards of one action


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCard:
    """A card that was shown.

    Args:
        probability: With which it was shown, (0, 1].
        value: Money that one success is worth, as the card says.
        has_converted: Whether it was bought, by a report or by orders.
    """

    card: Card
    probability: float
    value: float
    has_converted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedAnswer:
    """An answer of the log beside what a policy would have shown in its place.

    Args:
        shown: The cards that were shown.
        usual: Those that are recommended where nothing is drawn.
        policy: Those that the policy would show.
        unsupported: How many of those could not have been shown.
    """

    shown: tuple[LoggedCard, ...]
    usual: tuple[Card, ...]
    policy: tuple[Card, ...]
    unsupported: int = 0


class RewardKind(StrEnum):
    """What is counted of a card: that it was bought, or the money that this is worth as the card says."""

    CONVERSION = "conversion"
    VALUE = "value"


_REWARDS: Mapping[RewardKind, Callable[[LoggedCard], float]] = {
    RewardKind.CONVERSION: lambda card: float(card.has_converted),
    RewardKind.VALUE: lambda card: card.value * card.has_converted,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEstimate:
    """The mean reward of an answer under a policy, with intervals on all days at once.

    Args:
        doubly_robust: Of the policy; ``recommended`` is the same of what is recommended where nothing is drawn.
        snips: Of the policy, by self-normalised weights alone: a second opinion.
        difference: The policy's less what is recommended, answer by answer.
    """

    reward: RewardKind
    doubly_robust: float
    interval: Interval
    snips: float
    snips_interval: Interval
    recommended: float
    difference: float
    difference_interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSupport:
    """What a log tells of a policy.

    Args:
        answers: How many there are; ``effective`` is how many the weighted ones are worth.
        supported: Of the cards that the policy would show, the share that could have been shown.
    """

    answers: int
    effective: float
    supported: float

    @property
    def is_enough(self) -> bool:
        """Whether the policy can be estimated."""
        return self.effective >= LEAST_EFFECTIVE and self.supported >= LEAST_SUPPORT


def support(log: Sequence[LoggedAnswer]) -> LogSupport:
    """What a log tells of a policy.

    Source: Kish, Survey sampling (1965), section 8.2: the effective size is the squared sum of the weights over the
    sum of their squares.
    """
    weights = [_weight(answer, answer.policy) for answer in log]
    squares = fsum(weight ** 2 for weight in weights)
    cards = sum(len(answer.policy) for answer in log)
    missing = sum(answer.unsupported for answer in log)
    return LogSupport(answers=len(log), effective=fsum(weights) ** 2 / squares if squares else 0.0,
                      supported=1 - missing / cards if cards else 1.0)


def estimate(log: Sequence[LoggedAnswer], reward: RewardKind) -> PolicyEstimate:
    """The policy's reward, and that of what is recommended.

    Args:
        log: Answers to different customers, whose support is enough.
        reward: What is counted.

    Source: Swaminathan and Joachims, The self-normalized estimator for counterfactual learning, NeurIPS 2015; Dudik,
    Langford and Li, Doubly robust policy evaluation and learning, ICML 2011, with the model of each half of the log
    learnt from the other half.
    """
    of_card = _REWARDS[reward]
    models = [_Model.of(log[1 - half::2], of_card) for half in (0, 1)]
    policy, usual = ([_doubly_robust(answer, cards(answer), of_card, models[place % 2])
                      for place, answer in enumerate(log)] for cards in (_policy, _usual))
    whole, apart = Sample.of(policy), Sample.of([one - other for one, other in zip(policy, usual, strict=True)])
    noise = _noise(log, of_card, models)
    snips, snips_interval = _snips(log, of_card, noise)
    return PolicyEstimate(
        reward=reward, doubly_robust=whole.mean, interval=_interval(whole, noise * _spread(log, _is_of_policy)),
        snips=snips, snips_interval=snips_interval, recommended=Sample.of(usual).mean, difference=apart.mean,
        difference_interval=_interval(apart, noise * _spread(log, _is_of_one_only)))


@dataclass(frozen=True, slots=True)
class _Model:
    """The mean reward of the cards of each action, drawn a little towards that of all."""

    by_action: Mapping[ActionId, float]
    of_all: float

    @classmethod
    def of(cls, log: Iterable[LoggedAnswer], reward: Callable[[LoggedCard], float]) -> "_Model":
        found: dict[ActionId, list[float]] = defaultdict(list)
        for answer in log:
            for card in answer.shown:
                found[card.card[0]].append(reward(card))
        of_all = Sample.of([value for values in found.values() for value in values]).mean
        return cls({action: (fsum(values) + _PRIOR_CARDS * of_all) / (len(values) + _PRIOR_CARDS)
                    for action, values in found.items()}, of_all)

    def expected(self, card: Card) -> float:
        """The reward to be expected of a card."""
        return self.by_action.get(card[0], self.of_all)


def _policy(answer: LoggedAnswer) -> tuple[Card, ...]:
    return answer.policy


def _usual(answer: LoggedAnswer) -> tuple[Card, ...]:
    return answer.usual


def _doubly_robust(answer: LoggedAnswer, cards: Sequence[Card], reward: Callable[[LoggedCard], float],
                   model: _Model) -> float:
    """What the model expects of the cards, and of those that were shown what it was wrong by, weighted."""
    seen = fsum((reward(card) - model.expected(card.card)) / card.probability
                for card in answer.shown if card.card in cards)
    return seen + fsum(map(model.expected, cards))


def _snips(log: Sequence[LoggedAnswer], reward: Callable[[LoggedCard], float],
           noise: float) -> tuple[float, Interval]:
    """The weighted mean of the cards that both show, times the cards of an answer."""
    weights = [_weight(answer, answer.policy) for answer in log]
    means = [fsum(reward(card) / card.probability for card in answer.shown if card.card in answer.policy) / weight
             if weight else 0.0 for answer, weight in zip(log, weights, strict=True)]
    cards = sum(len(answer.policy) for answer in log) / len(log)
    mean_weight = fsum(weights) / len(log)
    least = noise * _spread(log, _is_of_policy) / mean_weight ** 2
    found = Sample.weighted(means, weights)
    low, high = _interval(found, least)
    return found.mean * cards, (low * cards, high * cards)


def _noise(log: Sequence[LoggedAnswer], reward: Callable[[LoggedCard], float], models: Sequence[_Model]) -> float:
    """The mean square by which the models are wrong of a card, over all cards that were shown."""
    squares = [(reward(card) - models[place % 2].expected(card.card)) ** 2
               for place, answer in enumerate(log) for card in answer.shown]
    return fsum(squares) / max(1, len(squares))


def _spread(log: Sequence[LoggedAnswer], counts: Callable[[LoggedCard, LoggedAnswer], bool]) -> float:
    """How many times the variance of one card an answer has by its weights."""
    return fsum(1 / card.probability ** 2 for answer in log for card in answer.shown if counts(card, answer)) / len(log)


def _is_of_policy(card: LoggedCard, answer: LoggedAnswer) -> bool:
    return card.card in answer.policy


def _is_of_one_only(card: LoggedCard, answer: LoggedAnswer) -> bool:
    return (card.card in answer.policy) is not (card.card in answer.usual)


def _weight(answer: LoggedAnswer, cards: Sequence[Card]) -> float:
    return fsum(1 / card.probability for card in answer.shown if card.card in cards)


def _interval(sample: Sample, least: float) -> Interval:
    return interval_of_mean(sample, least=least) or (sample.mean, sample.mean)
