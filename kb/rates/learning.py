"""Rates out of trials: how often what was shown was taken up, around what was assumed before.

Each rate is the mean of a Beta posterior. The figure that was assumed counts for a stated number of showings, each
trial for one, and for half after every half-life. A rule without a figure of its own starts from what is measured of
its action by the other rules, so that a new rule of a known action is no stranger and no trial counts twice. Bounds
hold whatever outcomes say.

Source: Gelman and others 2013, Bayesian Data Analysis, 3rd edition, section 2.4 (Beta prior as additional data).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from kb.model.action import Action
from kb.model.bounds import DAY_SECONDS
from kb.model.ids import ActionId, RuleId
from kb.model.rates import Rate, RatesPolicy, RateSubject, band_of
from kb.model.release import Release
from kb.model.rule import Recommend, Rule
from kb.rates.trials import TAKEN_UP, Trial
from ontology.vocabulary import OutcomeKind

_Key: TypeAlias = tuple[RateSubject, str, int | None]


@dataclass(slots=True)
class _Tally:
    """Trials of one subject: their weight, that of those taken up, of the figures assumed, and how many of each."""

    showings: float = 0.0
    takings: float = 0.0
    figures: float = 0.0
    results: Counter[OutcomeKind] = field(default_factory=Counter)
    by_orders: int = 0

    def add(self, trial: Trial, weight: float) -> None:
        self.showings += weight
        self.takings += weight * (trial.result in TAKEN_UP)
        self.figures += weight * trial.card.figure
        self.results[trial.result] += 1
        self.by_orders += trial.is_by_orders

    def posterior(self, start: float, weight: float) -> float:
        return (weight * start + self.takings) / (weight + self.showings)

    def without(self, other: "_Tally") -> "_Tally":
        return _Tally(showings=self.showings - other.showings, takings=self.takings - other.takings)


def learn(trials: Iterable[Trial], release: Release, policy: RatesPolicy, *, as_of: int) -> tuple[Rate, ...]:
    """The rates of everything that was shown, by subject, id and band.

    Args:
        trials: Settled ones.
        release: Its rules and actions give what is assumed; what it does not have is left out.
        policy: Weight of what is assumed, half-life and bounds.
        as_of: The moment from which trials are aged, epoch seconds.
    """
    actions = {action.id: action for action in release.actions}
    rules = {rule.id: rule for rule in release.rules}
    tallies: dict[_Key, _Tally] = {}
    for trial in trials:
        age = max(0, as_of - trial.closes_at) / DAY_SECONDS
        for key in _subjects(trial, rules, actions):
            tallies.setdefault(key, _Tally()).add(trial, 0.5 ** (age / policy.half_life_days))
    return tuple(_rate(key, tallies, rules, actions, policy) for key in sorted(tallies, key=_place))


def _place(key: _Key) -> tuple[str, str, int]:
    subject, name, band = key
    return subject.value, name, -1 if band is None else band


def _subjects(trial: Trial, rules: Mapping[RuleId, Rule], actions: Mapping[ActionId, Action]) -> Iterable[_Key]:
    """What a trial tells of: the band of a model's figure, else the rule, and the action where its prior was taken."""
    card = trial.card
    if card.action_id not in actions:
        return
    if card.is_models:
        yield RateSubject.BAND, card.action_id, band_of(card.figure)
        return
    rule = None if card.rule_id is None else rules.get(card.rule_id)
    is_known = rule is not None and _recommends(rule, card.action_id)
    if rule is not None and is_known:
        yield RateSubject.RULE, rule.id, None
    if rule is None or not is_known or rule.propensity is None:
        yield RateSubject.ACTION, card.action_id, None


def _rate(key: _Key, tallies: Mapping[_Key, _Tally], rules: Mapping[RuleId, Rule],
          actions: Mapping[ActionId, Action], policy: RatesPolicy) -> Rate:
    subject, name, band = key
    tally = tallies[key]
    prior, start = _assumed(key, tallies, rules, actions, policy)
    measured = tally.posterior(start, policy.prior_weight)
    return Rate(subject=subject, id=name, band=band, prior=prior, showings=tally.showings, takings=tally.takings,
                measured=measured, value=policy.within(measured, prior), by_orders=tally.by_orders,
                **{kind.value: tally.results[kind] for kind in (OutcomeKind.ACCEPTED, OutcomeKind.CONVERTED,
                                                                OutcomeKind.REJECTED, OutcomeKind.IGNORED)})


def _assumed(key: _Key, tallies: Mapping[_Key, _Tally], rules: Mapping[RuleId, Rule],
             actions: Mapping[ActionId, Action], policy: RatesPolicy) -> tuple[float, float]:
    """The figure that was assumed, which the bounds are around, and the one that the posterior starts from."""
    subject, name, _ = key
    tally = tallies[key]
    if subject is RateSubject.BAND:
        mean = tally.figures / tally.showings
        return mean, mean
    if subject is RateSubject.ACTION:
        prior = actions[ActionId(name)].prior
        return prior, prior
    rule = rules[RuleId(name)]
    if rule.propensity is not None:
        return rule.propensity, rule.propensity
    action = next(action for action in actions.values() if _recommends(rule, action.id))
    of_others = tallies[RateSubject.ACTION, action.id, None].without(tally)
    return action.prior, of_others.posterior(action.prior, policy.prior_weight)


def _recommends(rule: Rule, action: ActionId) -> bool:
    return isinstance(rule.then, Recommend) and rule.then.action == action
