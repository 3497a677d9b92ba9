"""What was shown to whom, and what came of it within the window: what rates are counted from.

What a person recorded stands before what orders tell: a card that was rejected stays so, whatever was bought later, and
one that was reported as bought is not counted again. Where nothing was recorded, or that it was accepted, a purchase of
what the card offers makes it converted.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kb.facts.taken_offers import KnownOrders, Offer
from kb.journal.events import CardOutcome
from kb.model.bounds import DAY_SECONDS
from kb.model.ids import ActionId, CustomerKey, DecisionId
from ontology.vocabulary import OutcomeKind

_STRONGEST = (OutcomeKind.CONVERTED, OutcomeKind.ACCEPTED, OutcomeKind.REJECTED)
TAKEN_UP = frozenset({OutcomeKind.CONVERTED, OutcomeKind.ACCEPTED})
"""Who buys has accepted."""
_OPEN_TO_ORDERS = frozenset({OutcomeKind.ACCEPTED, OutcomeKind.IGNORED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One card that a customer was shown, however often within the window, and what came of it.

    Args:
        card: As it was shown first.
        closes_at: When the window is over, epoch seconds.
        result: Converted, accepted, rejected, or ignored: nothing within the window.
        is_by_orders: Whether orders, or an answer to a campaign, tell that it was converted, and nobody reported it.
    """

    card: CardOutcome
    closes_at: int
    result: OutcomeKind
    is_by_orders: bool = False

    @property
    def offer(self) -> Offer | None:
        """What has to be bought, within the window and while the card stands; ``None`` where no order can tell."""
        card = self.card
        if card.target is None or self.result not in _OPEN_TO_ORDERS:
            return None
        return Offer(customer_key=card.customer_key, target=card.target, since=card.at,
                     until=min(card.expires_at, self.closes_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """The trials that are settled, those that wait for the end of their window, and how many cards nobody showed."""

    settled: tuple[Trial, ...]
    waiting: tuple[Trial, ...]
    unshown: int


def trials_of(outcomes: Iterable[CardOutcome], *, window_days: int, as_of: int,
              orders: KnownOrders | None = None) -> Trials:
    """The trials among outcomes up to a moment.

    A customer who is shown the same card again within the window, on a page that is opened twice, is one trial. With a
    window of 0 days each decision is a trial of its own, and settled at once: orders tell nothing of it then.

    Args:
        outcomes: In any order.
        window_days: Days from the first showing.
        as_of: The moment, epoch seconds; later outcomes are not seen.
        orders: What was bought; ``None``: nothing is known of that.
    """
    cards: dict[tuple[DecisionId, ActionId], list[CardOutcome]] = defaultdict(list)
    for one in outcomes:
        if one.at <= as_of:
            cards[one.decision_id, one.action_id].append(one)
    shown = [card for card in cards.values() if any(one.outcome is OutcomeKind.SHOWN for one in card)]
    window = window_days * DAY_SECONDS
    found = [trial for same in _by_customer(shown, window_days) for trial in _trials(same, window)]
    told = found if orders is None or window == 0 else list(_with_orders(found, orders))
    settled = [_is_settled(trial, window, as_of, orders) for trial in told]
    return Trials(settled=tuple(trial for trial, is_over in zip(told, settled, strict=True) if is_over),
                  waiting=tuple(trial for trial, is_over in zip(told, settled, strict=True) if not is_over),
                  unshown=len(cards) - len(shown))


def _is_settled(trial: Trial, window: int, as_of: int, orders: KnownOrders | None) -> bool:
    """Whether the window is over, and orders are known to its end where they come in at all.

    Whatever it was answered, a card waits for orders once as long again as its window, then counts as it stands.
    """
    if trial.closes_at > as_of:
        return False
    if orders is None or trial.card.target is None or trial.closes_at + window <= as_of:
        return True
    return not trial.card.at < orders.until < trial.closes_at


def _with_orders(trials: Sequence[Trial], orders: KnownOrders) -> Iterator[Trial]:
    """The same, those converted whose offer was taken up."""
    offers = [trial.offer for trial in trials]
    taken = orders.taken([offer for offer in offers if offer is not None])
    for trial, offer in zip(trials, offers, strict=True):
        yield trial if offer not in taken else replace(trial, result=OutcomeKind.CONVERTED, is_by_orders=True)


def _by_customer(cards: Iterable[list[CardOutcome]], window_days: int) -> Iterable[list[list[CardOutcome]]]:
    """Cards of one customer, action and arguments together; each alone where there is no window."""
    if window_days == 0:
        return ([card] for card in cards)
    groups: dict[tuple[CustomerKey, ActionId, str], list[list[CardOutcome]]] = defaultdict(list)
    for card in cards:
        groups[card[0].customer_key, card[0].action_id, card[0].arguments].append(card)
    return groups.values()


def _trials(cards: list[list[CardOutcome]], window: int) -> Iterator[Trial]:
    """The trials of one customer and card, one after the other; an answer after its window counts for none."""
    waiting = sorted(cards, key=_began)
    while waiting:
        first = waiting[0]
        closes_at = _began(first)[0] + window
        together = [card for card in waiting if _began(card)[0] <= closes_at]
        waiting = waiting[len(together):]
        kinds = {one.outcome for card in together for one in card if window == 0 or one.at <= closes_at}
        result = next((kind for kind in _STRONGEST if kind in kinds), OutcomeKind.IGNORED)
        yield Trial(card=min(first, key=lambda one: one.at), closes_at=closes_at, result=result)


def _began(card: list[CardOutcome]) -> tuple[int, str]:
    """When anything was first told of a card: a showing may be reported after its answer."""
    return min(one.at for one in card), card[0].decision_id
