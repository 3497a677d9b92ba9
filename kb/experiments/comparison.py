"""What came of the recommendations of two releases, in figures that a person can check by hand.

A customer counts once on each line, on the side of the first card shown. On a share of the customers the sides are
the two releases. In shadow nothing of the challenger was shown: there the sides are the cards that both releases
recommend (the challenger's) and those that the live release recommends alone, so that a higher rate of the
challenger means that it keeps the better cards; a card that only the challenger recommends cannot be judged.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kb.experiments.challenge import Challenge, ChallengeMode
from kb.experiments.confidence_sequence import Interval
from kb.experiments.proportion import Proportion, difference
from kb.journal.events import Shown
from kb.model.ids import CustomerKey
from ontology.text import Text
from ontology.vocabulary import ActionFamily, OutcomeKind

FEWEST = 30
"""Customers on each side below which nothing is concluded, whatever the interval says."""

_TOO_FEW = Text(zh="样本太少，尚无法判断：每边至少需要 {fewest} 位客户",
                en="too few to tell: each side needs {fewest} customers")
_NO_DIFFERENCE = Text(zh="看不出差别：差值的 95% 区间包含 0",
                      en="no difference can be told: its 95% interval includes 0")
_HIGHER = Text(zh="挑战版本更高", en="higher under the challenger")
_LOWER = Text(zh="挑战版本更低", en="lower under the challenger")


class Measure(StrEnum):
    """What a customer did with what was shown."""

    ACCEPTANCE = "acceptance"
    CONVERSION = "conversion"


_COUNTS: Mapping[Measure, frozenset[OutcomeKind]] = {
    Measure.ACCEPTANCE: frozenset({OutcomeKind.ACCEPTED, OutcomeKind.CONVERTED}),
    Measure.CONVERSION: frozenset({OutcomeKind.CONVERTED}),
}
"""Who buys has accepted."""


class Basis(StrEnum):
    """Of whom the share is told."""

    SHOWN = "shown"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the comparison.

    Args:
        family: ``None`` is all families together.
        basis: ``shown``: customers who were shown something of the family; ``decided``: all for whom a release
            decided, whether it recommended or not.
        difference: The challenger's rate less the live release's; ``None`` where a side counts nobody.
        interval: Of the difference, 95 %, on all days at once (``kb.experiments.confidence_sequence``).
        verdict: What may be concluded.
    """

    family: ActionFamily | None
    measure: Measure
    basis: Basis
    live: Proportion
    challenger: Proportion
    difference: float | None
    interval: Interval | None
    verdict: Text


def compare(challenge: Challenge, shown: Iterable[Shown], decided: Mapping[int, int]) -> tuple[Figure, ...]:
    """The figures of a challenge, all families together first.

    Args:
        challenge: Which releases, and how.
        shown: Outcomes of the cards that were decided while it ran, in the order of recording.
        decided: How many customers each release decided for meanwhile.
    """
    side_of = _side_in_shadow if challenge.mode is ChallengeMode.SHADOW else _side_on_share(challenge)
    lines: dict[ActionFamily | None, dict[CustomerKey, _Customer]] = defaultdict(dict)
    for one in shown:
        side = side_of(one)
        if side is not None:
            for family in (None, one.family):
                customer = lines[family].setdefault(one.customer_key, _Customer(is_challengers=side))
                if customer.is_challengers is side:
                    customer.did.add(one.outcome)
    return tuple(_figures(challenge, lines, decided))


@dataclass(slots=True)
class _Customer:
    """One customer on one line: the side of the first card shown, and what came of the cards of that side."""

    is_challengers: bool
    did: set[OutcomeKind] = field(default_factory=set)


def _side_in_shadow(one: Shown) -> bool | None:
    return None if one.alike is None else one.action_id in one.alike


def _side_on_share(challenge: Challenge) -> Callable[[Shown], bool | None]:
    sides = {challenge.against: False, challenge.release: True}
    return lambda one: sides.get(one.release)


def _figures(challenge: Challenge, lines: Mapping[ActionFamily | None, Mapping[CustomerKey, _Customer]],
             decided: Mapping[int, int]) -> Iterator[Figure]:
    everybody = lines.get(None, {}).values()
    for measure in Measure:
        if challenge.mode is ChallengeMode.SHARE:
            sizes = (decided.get(challenge.against, 0), decided.get(challenge.release, 0))
            yield _figure(None, measure, Basis.DECIDED, _sides(everybody, measure, sizes))
        yield _figure(None, measure, Basis.SHOWN, _sides(everybody, measure))
    for family in sorted(name for name in lines if name is not None):
        for measure in Measure:
            yield _figure(family, measure, Basis.SHOWN, _sides(lines[family].values(), measure))


def _sides(customers: Iterable[_Customer], measure: Measure,
           sizes: tuple[int, int] | None = None) -> tuple[Proportion, Proportion]:
    """The live side and the challenger's; of ``sizes``, or else of the customers who were shown something."""
    split = [[customer for customer in customers if customer.is_challengers is side] for side in (False, True)]
    live, challenger = (
        Proportion(hits=sum(not customer.did.isdisjoint(_COUNTS[measure]) for customer in side),
                   size=len(side) if size is None else size)
        for side, size in zip(split, sizes or (None, None), strict=True))
    return live, challenger


def _figure(family: ActionFamily | None, measure: Measure, basis: Basis,
            sides: tuple[Proportion, Proportion]) -> Figure:
    live, challenger = sides
    found = difference(challenger, live)
    interval = None if found is None else found[1]
    return Figure(family=family, measure=measure, basis=basis, live=live, challenger=challenger,
                  difference=None if found is None else found[0], interval=interval,
                  verdict=conclusion(live, challenger, interval, higher=_HIGHER, lower=_LOWER))


def conclusion(one: Proportion, other: Proportion, interval: Interval | None, *, higher: Text, lower: Text) -> Text:
    """What may be concluded of a difference between two shares: ``higher`` or ``lower`` only where the interval tells.

    >>> few = Proportion(hits=1, size=2)
    >>> conclusion(few, few, (-0.5, 0.5), higher=Text.same("more"), lower=Text.same("less")).en
    'too few to tell: each side needs 30 customers'
    """
    if interval is None or min(one.size, other.size) < FEWEST:
        return _TOO_FEW.fill(fewest=FEWEST)
    low, high = interval
    if low <= 0 <= high:
        return _NO_DIFFERENCE
    return higher if low > 0 else lower
