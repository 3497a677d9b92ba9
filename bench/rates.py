"""What learning from outcomes is worth: the regret of learned rates beside that of the figures that were assumed.

Customers are simulated: each qualifies for some of twelve offers, and takes one up with a rate that is known here and
nowhere else. Of half of the offers a catalogue's prior is assumed, wrong by up to a factor of two; of the others a
model gives each customer a figure that is off by its band. The product decides, an answer comes, rates are learned
after each round; the regret is the expected money of the best offer for a customer less that of the one that was shown.

Stated: 2,000 customers, 20 rounds a week apart, 10 % exploration, the policy as shipped, with a window of 0 days. What
drawing costs is told by itself: it is the price of knowing, and of a comparison with what is shown at random.
"""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from random import Random

from kb.journal.events import CardOutcome
from kb.model.action import Action, ContactPolicy, Levers
from kb.model.bounds import DAY_SECONDS
from kb.model.condition import Exists, Op, Test
from kb.model.decision import RankedAction
from kb.model.facts import Facts, Row
from kb.model.figures import score_of
from kb.model.ids import ActionId, CustomerKey, DecisionId, ItemId, RuleId
from kb.model.rates import Rates, RatesPolicy, band_of
from kb.model.release import Release
from kb.model.rule import Recommend, Rule
from kb.rates.learning import learn
from kb.rates.trials import trials_of
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, FigureSource, KnowledgeStatus, OutcomeKind, Purpose
from rules.decision.compiled_release import CompiledRelease
from rules.decision.decide import decide
from rules.decision.figures import MeasuredRates
from rules.decision.request import Request

SEEDS = (1, 2, 3, 4, 5)
CUSTOMERS, ROUNDS, EXPLORATION = 2_000, 20, 0.1
_OFFERS = 12
_QUALIFY = 0.6
_BEGINS = 1_514_808_000
_FACTORS = (0.5, 0.6, 0.75, 1.0, 1.3, 1.6, 2.0)
_POLICY = RatesPolicy(window_days=0)
_FAMILY = ActionFamily.CAMPAIGN


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Customers and offers, and how often each customer really takes up each offer.

    Args:
        compiled: A release with one rule an offer.
        people: The facts of each customer.
        truth: The rate by customer and offer, of those for whom the customer qualifies.
    """

    compiled: CompiledRelease
    people: Sequence[Facts]
    truth: Mapping[tuple[CustomerKey, ActionId], float]

    def gain(self, key: CustomerKey, action: Action) -> float:
        """Expected money of one offer to a customer."""
        return self.truth[key, action.id] * action.value

    def best(self, key: CustomerKey) -> float:
        """Expected money of the best offer to a customer."""
        return max(self.gain(key, action) for action in self.compiled.release.actions if (key, action.id) in self.truth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regret:
    """Money lost per decision, beside who knows every rate.

    Args:
        priors: With the figures that were assumed, nothing drawn and nothing learned.
        learned: With the rates of the last round, nothing drawn.
        ranked: Over all rounds, the first among them, of the answers in which nothing was drawn.
        drawn: Of all answers: what the drawn ones lost.
        widest: The least and the most that a rate was of what was assumed.
    """

    priors: float
    learned: float
    ranked: float
    drawn: float
    widest: tuple[float, float]


def simulated(seed: int, customers: int) -> World:
    """The world of a seed."""
    chance = Random(seed)  # noqa: S311  # a simulation that can be repeated
    actions = [_offer(number, chance) for number in range(_OFFERS)]
    off_by = {action.id: [chance.choice(_FACTORS) for _ in range(9)] for action in actions}
    truth: dict[tuple[CustomerKey, ActionId], float] = {}
    people = []
    for number in range(customers):
        key, rows = CustomerKey(f"c{number}"), []
        for place, action in enumerate(actions):
            if chance.random() < _QUALIFY or place == number % _OFFERS:
                figure = action.prior if _is_assumed(place) else chance.betavariate(1.2, 6)
                factor = off_by[action.id][0 if _is_assumed(place) else band_of(figure)]
                truth[key, action.id] = min(1.0, figure * factor)
                rows.append(Row(key=action.id, values={"item": action.id, "score": figure, "run_id": "run-1"}))
        people.append(Facts(customer_key=key, as_of=_BEGINS, customer={"consent_marketing": True},
                            related={"knowledge": tuple(rows)}))
    release = Release(number=1, published_at=_BEGINS, publisher="bench", items=(), policy=ContactPolicy(),
                      actions=tuple(actions), rules=tuple(_rule(place, action) for place, action in enumerate(actions)))
    return World(compiled=CompiledRelease.compile(release, load_schema(), {}), people=people, truth=truth)


def regret(world: World, seed: int, *, rounds: int = ROUNDS, exploration: float = EXPLORATION) -> Regret:
    """What the loop loses in a world, and what it would lose without it."""
    chance, numbers = Random(seed + 1_000), count(1)  # noqa: S311
    drawing = _exploring(world.compiled, exploration)
    outcomes: list[CardOutcome] = []
    rates, factors = None, [1.0]
    lost: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(rounds):
        at = _BEGINS + 7 * turn * DAY_SECONDS
        compiled = drawing.under(None if rates is None else MeasuredRates.read(rates))
        for key, card in _shown(compiled, world.people, at):
            outcomes.extend(_outcomes(key, card, world.truth[key, card.action_id], at, chance, next(numbers)))
            lost[card.is_explored].append(world.best(key) - world.gain(key, compiled.actions[card.action_id]))
            factors.append(card.factors.propensity / _before(card))
        rates = _learned(world, outcomes, at, turn + 1)
    final = None if rates is None else MeasuredRates.read(rates)
    return Regret(priors=_greedy(world, world.compiled), learned=_greedy(world, world.compiled.under(final)),
                  ranked=sum(lost[False]) / max(1, len(lost[False])),
                  drawn=sum(lost[True]) / (rounds * len(world.people)), widest=(min(factors), max(factors)))


def _is_assumed(place: int) -> bool:
    return place % 2 == 0


def _offer(number: int, chance: Random) -> Action:
    return Action(id=ActionId(f"offer-{number}"), name=Text.same(f"offer {number}"), family=_FAMILY,
                  purpose=Purpose.MARKETING, value=round(chance.uniform(5, 20), 2), cost=0.0,
                  prior=round(chance.uniform(0.05, 0.3), 3), contents={Channel.WEB: Text.same("an offer")})


def _rule(place: int, action: Action) -> Rule:
    item = ItemId(action.id)
    return Rule(id=RuleId(f"rule-{action.id}"), name=action.name, author="bench", status=KnowledgeStatus.PUBLISHED,
                when=Exists(fact="knowledge", alias="k", where=Test(property="item", op=Op.EQ, operand=item)),
                then=Recommend(action=action.id), own_propensity=None if _is_assumed(place) else score_of(item))


def _exploring(compiled: CompiledRelease, share: float) -> CompiledRelease:
    release = replace(compiled.release, levers=Levers(exploration={_FAMILY: share}))
    return replace(compiled, release=release)


def _shown(compiled: CompiledRelease, people: Sequence[Facts], at: int) -> Iterator[tuple[CustomerKey, RankedAction]]:
    request = Request(channel=Channel.WEB, limit=1)
    for facts in people:
        answer = decide(request, replace(facts, as_of=at), compiled, decision_id=DecisionId("d"))
        yield facts.customer_key, answer.actions[0]


def _outcomes(key: CustomerKey, card: RankedAction, rate: float, at: int,  # noqa: PLR0913, PLR0917
              chance: Random, number: int) -> Iterator[CardOutcome]:
    """That the card was shown, and that it was accepted where it was."""
    kinds = (OutcomeKind.SHOWN, OutcomeKind.ACCEPTED) if chance.random() < rate else (OutcomeKind.SHOWN,)
    origin = card.factors.propensity_from
    for kind in kinds:
        yield CardOutcome(customer_key=key, decision_id=DecisionId(f"d{number}"), action_id=card.action_id,
                          arguments="{}", outcome=kind, at=at, rule_id=card.reasons[0].rule_id, figure=_before(card),
                          is_models=origin is not None and origin.source is FigureSource.MODEL)


def _before(card: RankedAction) -> float:
    origin = card.factors.propensity_from
    return card.factors.propensity if origin is None or origin.before is None else origin.before


def _learned(world: World, outcomes: Sequence[CardOutcome], at: int, number: int) -> Rates:
    found = trials_of(outcomes, window_days=_POLICY.window_days, as_of=at)
    return Rates(number=number, as_of=at, made_at=at, by="bench", release=1, journal="bench", upto=len(outcomes),
                 policy=_POLICY, rates=learn(found.settled, world.compiled.release, _POLICY, as_of=at))


def _greedy(world: World, compiled: CompiledRelease) -> float:
    shown = list(_shown(compiled, world.people, _BEGINS))
    return sum(world.best(key) - world.gain(key, compiled.actions[card.action_id]) for key, card in shown) / len(shown)


def main() -> None:
    print(f"{CUSTOMERS:,} customers, {ROUNDS} rounds, {EXPLORATION:.0%} drawn, prior weight {_POLICY.prior_weight:g}, "
          f"bounds {_POLICY.least_factor:g} to {_POLICY.most_factor:g}; money lost per decision")
    print(f"{'seed':>4}{'priors':>9}{'learned':>9}{'share':>7}{'all rounds':>12}{'share':>7}{'drawing':>9}"
          f"{'factors':>16}{'seconds':>9}")
    for seed in map(int, sys.argv[1:] or SEEDS):
        begun = time.perf_counter()
        found = regret(simulated(seed, CUSTOMERS), seed)
        least, most = found.widest
        print(f"{seed:4}{found.priors:9.4f}{found.learned:9.4f}{found.learned / found.priors:7.2f}"
              f"{found.ranked:12.4f}{found.ranked / found.priors:7.2f}{found.drawn:9.4f}"
              f"{f'{least:.3f} to {most:.3f}':>16}{time.perf_counter() - begun:9.1f}")


if __name__ == "__main__":
    main()
