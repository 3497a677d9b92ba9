"""False alarms and power of Impact: experiments without any effect, and with one, each looked at a hundred times."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kb.experiments.confidence_sequence import Sample
from kb.experiments.contrast import Contrast, ContrastVerdict, ImpactMeasure, contrast
from kb.experiments.proportion import NORMAL_QUANTILE
from kb.experiments.sample_ratio import SampleRatio

EXPERIMENTS = 2_000
LOOKS = 100
SEED = 7
Draw = Callable[[np.random.Generator, int], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Customers who come one after the other, of whom a share is held out.

    Args:
        figure: Draws what is measured of so many customers.
        effect: The same of those who are recommended something; ``None`` where recommending changes nothing.
        held_out: Share of the customers who are.
    """

    name: str
    measure: ImpactMeasure
    figure: Draw
    held_out: float
    customers: int = 2_000
    effect: Draw | None = None

    def looks(self, seed: int, looks: int) -> Iterator[Contrast]:
        """What Impact says at each look, at equal distances, until all customers are in."""
        chance = np.random.default_rng(seed)
        is_control = chance.random(self.customers) < self.held_out
        figures = self.figure(chance, self.customers)
        if self.effect is not None:
            figures = np.where(is_control, figures, self.effect(chance, self.customers))
        yield from _looks(self.measure, figures, is_control, self.held_out, looks)


def _looks(measure: ImpactMeasure, figures: np.ndarray, is_control: np.ndarray, held_out: float,
           looks: int) -> Iterator[Contrast]:
    at = np.linspace(len(figures) / looks, len(figures), looks).astype(int) - 1
    sides = [_samples(figures, side, at) for side in (~is_control, is_control)]
    for recommended, control in zip(*sides, strict=True):
        ratio = SampleRatio(counts=(recommended.size, control.size), shares=(1 - held_out, held_out))
        yield contrast(measure, recommended, control, ratio)


def _samples(figures: np.ndarray, side: np.ndarray, at: np.ndarray) -> list[Sample]:
    """What stands on one side at each look, from running sums."""
    centre = figures.mean()
    size, total, squares = (np.cumsum(np.where(side, one, 0.0))[at]
                            for one in (np.ones(len(figures)), figures - centre, (figures - centre) ** 2))
    mean = total / np.maximum(size, 1)
    variance = np.maximum(squares - size * mean ** 2, 0.0) / np.maximum(size - 1, 1)
    return [Sample(size=int(n), mean=float(m + centre) if n else 0.0, variance=float(v))
            for n, m, v in zip(size, mean, variance, strict=True)]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Of many runs of one experiment, shares of them.

    Args:
        alarms: In which an effect of either sign was seen at some look.
        ordinary: The same by the ordinary 95 % interval, which is made for one look.
        missed: In which the true difference was outside the interval at some look.
    """

    alarms: float
    ordinary: float
    missed: float


def buys(rate: float) -> Draw:
    """Who buys at all."""
    return lambda chance, size: (chance.random(size) < rate).astype(float)


def spends(spread: float, *, rate: float = 1.0, times: float = 1.0) -> Draw:
    """Money: nothing, or log-normal with that spread of its logarithm."""
    return lambda chance, size: np.where(chance.random(size) < rate,
                                         times * 20 * np.exp(spread * chance.standard_normal(size)), 0.0)


NULLS = tuple(
    Experiment(name=name, measure=measure, figure=figure, held_out=held_out)
    for name, measure, figure in (
        ("buys, 2 of 100", ImpactMeasure.PURCHASE, buys(0.02)),
        ("buys, 1 of 10", ImpactMeasure.PURCHASE, buys(0.1)),
        ("buys, every other", ImpactMeasure.PURCHASE, buys(0.5)),
        ("money, log-normal 1", ImpactMeasure.SPEND, spends(1.0)),
        ("money, log-normal 1.5", ImpactMeasure.SPEND, spends(1.5)),
        ("money, log-normal 2", ImpactMeasure.SPEND, spends(2.0)),
        ("money, log-normal 1.5, 1 of 10 buys", ImpactMeasure.SPEND, spends(1.5, rate=0.1)))
    for held_out in (0.5, 0.1, 0.05))

EFFECTS = (
    Experiment(name="buys, 30% instead of 25%", measure=ImpactMeasure.PURCHASE, figure=buys(0.25), effect=buys(0.3),
               held_out=0.5, customers=6_000),
    Experiment(name="buys, 30% instead of 25%", measure=ImpactMeasure.PURCHASE, figure=buys(0.25), effect=buys(0.3),
               held_out=0.1, customers=16_000),
    Experiment(name="money, log-normal 1, a fifth more", measure=ImpactMeasure.SPEND, figure=spends(1.0),
               effect=spends(1.0, times=1.2), held_out=0.5, customers=6_000),
    Experiment(name="money, log-normal 1, a fifth more", measure=ImpactMeasure.SPEND, figure=spends(1.0),
               effect=spends(1.0, times=1.2), held_out=0.1, customers=16_000),
)


def tally(experiment: Experiment, *, experiments: int, truth: float = 0.0, looks: int = LOOKS,
          seed: int = SEED) -> Tally:
    """What becomes of an experiment that is run so many times, where ``truth`` is the difference that there is."""
    alarms = ordinary = missed = 0
    for number in range(experiments):
        seen = list(experiment.looks(seed * 1_000_003 + number, looks))
        alarms += any(one.verdict in {ContrastVerdict.HIGHER, ContrastVerdict.LOWER} for one in seen)
        ordinary += any(map(_is_told_ordinarily, seen))
        missed += any(_is_missed(one, truth) for one in seen)
    return Tally(alarms=alarms / experiments, ordinary=ordinary / experiments, missed=missed / experiments)


def report_alarms(held_out: float, *, experiments: int, customers: int = 2_000, seed: int = SEED) -> float:
    """The share of experiments without an effect in which any figure of the report sees one at some look.

    Three of ten customers buy, one to four times, for log-normal money: who bought, how often, and for how much.
    """
    alarms = 0
    for number in range(experiments):
        chance = np.random.default_rng(seed * 1_000_003 + number)
        is_control = chance.random(customers) < held_out
        orders = np.where(chance.random(customers) < 0.3, chance.integers(1, 5, customers), 0).astype(float)
        figures = {ImpactMeasure.PURCHASE: (orders > 0).astype(float), ImpactMeasure.ORDERS: orders,
                   ImpactMeasure.SPEND: orders * 20 * np.exp(chance.standard_normal(customers))}
        alarms += any(one.verdict in {ContrastVerdict.HIGHER, ContrastVerdict.LOWER} for measure, values
                      in figures.items() for one in _looks(measure, values, is_control, held_out, LOOKS))
    return alarms / experiments


def first_seen(experiment: Experiment, *, experiments: int, seed: int = SEED) -> list[int | None]:
    """After how many customers each run says *higher*; ``None`` where it never does."""
    return [_first([one.verdict for one in experiment.looks(seed * 1_000_003 + number, LOOKS)], experiment.customers)
            for number in range(experiments)]


def _first(verdicts: Sequence[ContrastVerdict], customers: int) -> int | None:
    at = next((look for look, said in enumerate(verdicts, 1) if said is ContrastVerdict.HIGHER), None)
    return None if at is None else customers * at // len(verdicts)


def _is_told_ordinarily(found: Contrast) -> bool:
    """Whether the two-sample interval that is made for one look leaves zero out, at the same least size."""
    error = sum(side.variance / max(1, side.size) for side in (found.recommended, found.control)) ** 0.5
    return (found.verdict is not ContrastVerdict.TOO_FEW and found.difference is not None
            and abs(found.difference) > NORMAL_QUANTILE * error)


def _is_missed(found: Contrast, truth: float) -> bool:
    if found.interval is None or found.verdict is ContrastVerdict.TOO_FEW:
        return False
    low, high = found.interval
    return not low <= truth <= high


def main() -> None:
    """Print the share of experiments in which an effect was seen at some look."""
    experiments = int(sys.argv[2]) if sys.argv[1:2] == ["--experiments"] else EXPERIMENTS
    begun = time.perf_counter()
    print(f"no effect: {experiments:,} experiments, each looked at {LOOKS} times; at most 5% may see one")
    print(f"{'':40}{'held out':>9}{'customers':>11}{'see one':>9}{'ordinary interval':>19}")
    for one in NULLS:
        found = tally(one, experiments=experiments)
        print(f"{one.name:40}{one.held_out:9.0%}{one.customers:11,}{found.alarms:9.2%}{found.ordinary:19.1%}",
              flush=True)
    for held_out in (0.5, 0.1, 0.05):
        print(f"{'any figure of the report':40}{held_out:9.0%}{2_000:11,}"
              f"{report_alarms(held_out, experiments=experiments):9.2%}", flush=True)
    print("\nan effect: how often it is seen, and after how many customers (median of those)")
    for one in EFFECTS:
        seen = first_seen(one, experiments=max(1, experiments // 10))
        at = [customers for customers in seen if customers is not None]
        print(f"{one.name:40}{one.held_out:9.0%}{one.customers:11,}{len(at) / len(seen):9.1%}"
              f"{np.median(at) if at else float('nan'):11,.0f}", flush=True)
    print(f"\n{time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
