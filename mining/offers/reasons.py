"""Why something is offered to a customer, in a sentence."""

from collections.abc import Mapping, Sequence

import numpy as np

from mining.arrays import Flags
from mining.offers.candidates import CandidateSource, OfferReason
from mining.offers.history import item_shares
from ontology.quantities import number, percent
from ontology.text import Text

_AGAIN = Text(zh="买过 {orders} 次，平均每 {gap} 天一次，上次在 {last} 天前",
              en="bought {orders} times, usually every {gap} days, last {last} days ago")
_ONCE = Text(zh="买过一次，在 {last} 天前", en="bought once, {last} days ago")
_AFFINITY = Text(zh="与其所买的“{other}”相配", en="goes with {other}, which they buy")
_SIMILAR = Text(zh="购物习惯最相近的客户在买", en="the customers most like them buy it")
_POPULAR = Text(zh="{share} 的客户买过", en="{share} of customers have bought it")
_OFFER = Text(zh="{item}：{reason}", en="{item}: {reason}")


class ReasonSentences:
    """The sentences of offers to the customers of one history.

    Args:
        source: Where the offers came from.
        items: The name of each item.
        labels: Words for names; one without them stands as it is.
        offerable: Which items may be named beside another: not those that say something of health, say.
    """

    def __init__(self, source: CandidateSource, items: Sequence[str], labels: Mapping[str, Text],
                 offerable: Flags) -> None:
        self._history, self._items, self._labels, self._offerable = source.history, items, labels, offerable
        self._own, self._factors = source.latent
        self._shares = item_shares(source.history)

    def sentence(self, customer: int, item: int, reason: OfferReason) -> Text:
        """What is offered, and the reason that carries it, with the customer's own numbers."""
        return _OFFER.fill(item=self._label(item), reason=self._reason(customer, item, reason))

    def _reason(self, customer: int, item: int, reason: OfferReason) -> Text:
        match reason:
            case OfferReason.OWN_HISTORY:
                return self._past(customer, item)
            case OfferReason.AFFINITY:
                other = self.companion(customer, item)
                return _SIMILAR if other is None else _AFFINITY.fill(other=self._label(other))
            case OfferReason.SIMILAR_CUSTOMERS:
                return _SIMILAR
            case OfferReason.POPULARITY:
                return _POPULAR.fill(share=percent(float(self._shares[item])))

    def companion(self, customer: int, item: int) -> int | None:
        """What the customer buys that gives the item the most of its affinity; ``None`` where nothing may be named."""
        own = self._own[[customer]]
        others = own.indices[(own.indices != item) & self._offerable[own.indices]]
        if not len(others):
            return None
        parts = own[:, others].toarray().ravel() * (self._factors[others] @ self._factors[item])
        return int(others[parts.argmax()])

    def _past(self, customer: int, item: int) -> Text:
        history, row = self._history, self._history.find(np.array([customer]), np.array([item]))[0]
        orders, last = history.orders[row], history.last_age[row]
        if orders == 1:
            return _ONCE.fill(last=number(int(last)))
        gap = (history.first_age[row] - last) / (orders - 1)
        return _AGAIN.fill(orders=number(orders), gap=number(round(gap)), last=number(int(last)))

    def _label(self, item: int) -> Text:
        name = self._items[item]
        return self._labels.get(name, Text.same(name))
