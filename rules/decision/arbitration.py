"""Candidates out of rules that fire, and their order: ``propensity x context x value x lever``, each factor visible.

propensity
    The customer's own where the rule that leads takes one and it is known, else as measured by the rule, else the
    action's prior; moved by what came of such offers where rates are in use.
value
    Money that one success is worth, the customer's own likewise, less what it costs to get one:
    ``value - cost / propensity``. So propensity times value is the expected net money of one offer, and the scores of
    different actions can be compared.
context
    2.0 where the moment points at the candidate: its category is searched for, stands on the page or (of a campaign)
    in the cart, or a pattern behind it starts from something in the cart, the search or the page. 0.0 for a
    cross-sale of what is in the cart already. Times 0.8 where we start on another channel than the customer prefers.
lever
    A manager's weight of the family.

Rules for the same action that agree on its parameters make one candidate with several reasons. The strongest leads
and gives the numbers: one with the customer's own propensity, then one with a measured one, then the one with more
expected net money, then by id.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from kb.model.action import Action
from kb.model.bounds import MONEY
from kb.model.condition import Ref, Scalar
from kb.model.decision import Factors
from kb.model.ids import ActionId
from kb.model.rule import Recommend, Rule
from ontology.vocabulary import ActionFamily, FigureSource
from rules.decision.compiled_release import CompiledRelease
from rules.decision.context import DecisionContext
from rules.decision.figures import PRIOR, OwnFigures, SourcedFigure

Raised: TypeAlias = tuple[Rule, Mapping[str, Scalar]]
"""A rule that fires, and the arguments it gives its action."""

POINTED_AT = 2.0
OTHER_CHANNEL = 0.8
_BY_SOURCE = (FigureSource.MODEL, FigureSource.MEASURED, FigureSource.PRIOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One action with its arguments, the rules that raised it, strongest first, and what it is worth here."""

    action: Action
    arguments: Mapping[str, Scalar]
    rules: tuple[Rule, ...]
    factors: Factors

    @property
    def score(self) -> float:
        """The product of the factors: expected net money of one offer, weighted by context and lever."""
        return self.factors.score

    @property
    def place(self) -> tuple[float, str, str]:
        """What candidates are sorted by: the score downwards, then action id and arguments."""
        return (-self.score, self.action.id, _written(self.arguments))


def gather(context: DecisionContext) -> tuple[Candidate, ...]:
    """One candidate for each action and arguments that some rule recommends which is not paused, best first."""
    actions = context.compiled.actions
    raised: dict[tuple[ActionId, str], list[Raised]] = {}
    for rule_id in context.found.rule_ids:
        rule = context.compiled.rules[rule_id]
        if isinstance(rule.then, Recommend) and rule.then.action in actions and rule_id not in context.compiled.paused:
            arguments = _arguments(rule, rule.then, context)
            key = rule.then.action, _written(_required(arguments, actions[rule.then.action]))
            raised.setdefault(key, []).append((rule, arguments))
    own = OwnFigures.of(context.facts, context.compiled.rates)
    found = (_candidate(actions[action], same, own, context) for (action, _), same in raised.items())
    return tuple(sorted(found, key=lambda candidate: candidate.place))


def best_of_each(ranked: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The first candidate of each action: an action is one card, so that an outcome names one card."""
    best: dict[ActionId, Candidate] = {}
    for candidate in ranked:
        best.setdefault(candidate.action.id, candidate)
    return tuple(best.values())


def plain_factors(action: Action, compiled: CompiledRelease) -> Factors:
    """The factors of ``action`` where no rule speaks for it: its prior or its rate, its value, the lever."""
    assumed = SourcedFigure(value=action.prior, origin=PRIOR)
    propensity = assumed if compiled.rates is None else compiled.rates.move(assumed, action)
    return Factors(propensity=propensity.value, value=_net_value(action.value, action.cost, propensity.value),
                   lever=_lever(action, compiled), propensity_from=propensity.origin, value_from=PRIOR)


def _arguments(rule: Rule, effect: Recommend, context: DecisionContext) -> Mapping[str, Scalar]:
    """Constants as they stand; what is read from a row comes with the explanation of the rule."""
    constants = {name: value for name, value in effect.arguments.items() if not isinstance(value, Ref)}
    return constants if len(constants) == len(effect.arguments) else context.explain(rule).arguments


def _required(arguments: Mapping[str, Scalar], action: Action) -> Mapping[str, Scalar]:
    return {name: value for name, value in arguments.items() if name in action.parameters}


def _candidate(action: Action, raised: Iterable[Raised], own: OwnFigures, context: DecisionContext) -> Candidate:
    weighed = sorted((_Weighed.of(rule, given, action, own) for rule, given in raised), key=lambda one: one.place)
    lead, rules = weighed[0], tuple(one.rule for one in weighed)
    arguments = {name: value for one in reversed(weighed) for name, value in one.arguments.items()}
    propensity, value = lead.propensity, lead.value
    factors = Factors(
        propensity=propensity.value, propensity_from=propensity.origin,
        context=_pointed(action, arguments, rules, context) * _channel_fit(context),
        value=_net_value(value.value, action.cost, propensity.value), value_from=value.origin,
        lever=_lever(action, context.compiled))
    return Candidate(action=action, arguments=arguments, rules=rules, factors=factors)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A rule that raises a candidate, with its figures for this customer."""

    rule: Rule
    arguments: Mapping[str, Scalar]
    propensity: SourcedFigure
    value: SourcedFigure
    cost: float

    @classmethod
    def of(cls, rule: Rule, arguments: Mapping[str, Scalar], action: Action, own: OwnFigures) -> "_Weighed":
        return cls(rule, arguments, own.propensity(rule, action), own.value(rule, action), action.cost)

    @property
    def place(self) -> tuple[int, float, str]:
        """What rules for the same candidate are sorted by, the strongest first."""
        return (_BY_SOURCE.index(self.propensity.origin.source),
                self.cost - self.propensity.value * self.value.value, self.rule.id)


def _net_value(value: float, cost: float, propensity: float) -> float:
    """Money that one success is worth after paying for all the offers it takes; 0.0 where none ever succeeds.

    >>> _net_value(4.0, 0.5, 0.25)
    2.0
    """
    return MONEY.nearest(value - cost / propensity) if propensity > 0 else 0.0


def _pointed(action: Action, arguments: Mapping[str, Scalar], rules: Iterable[Rule], context: DecisionContext) -> float:
    pointers, category = context.pointers, arguments.get("category")
    if category in pointers.in_cart and action.family is ActionFamily.CROSS_SELL:
        return 0.0
    spoken_of = pointers.in_cart | pointers.looked_at
    is_meant = bool(spoken_of) and (category in spoken_of or not spoken_of.isdisjoint(_antecedents(rules, context)))
    return POINTED_AT if is_meant else 1.0


def _antecedents(rules: Iterable[Rule], context: DecisionContext) -> Iterator[str]:
    items = context.compiled.items
    for rule in rules:
        for item in rule.rests_on:
            if item in items:
                yield from items[item].antecedent


def _channel_fit(context: DecisionContext) -> float:
    asked = context.request.channel.value
    preferred = context.facts.customer.get("preferred_channel", asked)
    return OTHER_CHANNEL if context.request.is_outbound and preferred != asked else 1.0


def _lever(action: Action, compiled: CompiledRelease) -> float:
    return compiled.release.levers.weight_of(action.family)


def _written(arguments: Mapping[str, Scalar]) -> str:
    return repr(sorted(arguments.items())) if arguments else ""
