"""One graph, several services: what this one knows of the decisions that others made."""

import time
from collections.abc import Callable

from api.cases.base import OpenBase
from api.cases.challenging import Challenging
from api.cases.live import Live
from kb.erasure import erased_in
from kb.errors import NotFound
from kb.graph.stamp import read_stamp
from kb.journal.elsewhere import DecidedElsewhere, Elsewhere
from kb.model.decision import Decision
from kb.model.ids import CustomerKey
from kb.supervision import SupervisedWorker

_FOLLOWS_WITHIN = 3.0  # seconds that a decision of another service takes to reach the graph on a busy machine, and more
_LOOK_AGAIN = 0.1
_WATCH_SECONDS = 1.0
_PATIENCE_SECONDS = 120.0  # of one look: a release that another service published is compiled in it


class Sharing:
    """The journal of this service and the graph that it shares."""

    def __init__(self, base: OpenBase) -> None:
        self._base = base

    def decided(self, decision_id: str) -> DecidedElsewhere | None:
        """A decision as the graph knows it, with the outcomes that other services recorded.

        Whoever sends its outcome here may be faster than the journal of the service that decided, so that an unknown
        decision is looked for again for some seconds. ``None`` where nobody knows it, or no other service is there.
        """
        base = self._base
        if not read_stamp(base.graph).is_shared(base.journal.id):
            return None
        until = time.monotonic() + (0.0 if base.journal.has_decision(decision_id) else _FOLLOWS_WITHIN)
        while (found := self._elsewhere.decision(decision_id)) is None and time.monotonic() < until:
            time.sleep(_LOOK_AGAIN)
        return found

    def stored(self, decision_id: str) -> Decision:
        """A decision of this service, with the facts it read.

        Raises:
            NotFound: If nobody made it, or another service did: the facts are kept in the journal of that one.
        """
        try:
            return self._base.journal.decision(decision_id)
        except NotFound:
            if self._elsewhere.decision(decision_id) is None:
                raise
        msg = f"decision '{decision_id}' was made by another service on this graph"
        raise NotFound(msg, hint="ask that service: the facts it read are kept in its journal")

    @property
    def _elsewhere(self) -> Elsewhere:
        return Elsewhere(self._base.graph, self._base.journal.id)


class Watch:
    """Looks every second at what other services have done to the shared graph, until it is closed.

    A release that went live is made ready before somebody asks, a challenge that began or ended is taken note of,
    words that came with an import are read, and whoever was erased is erased here too.
    """

    def __init__(self, base: OpenBase, live: Live, challenging: Challenging,
                 forget: Callable[[CustomerKey], object]) -> None:
        self._base = base
        self._live = live
        self._challenging = challenging
        self._forget = forget
        self.worker = SupervisedWorker("watch", self._look_again, patience_seconds=_PATIENCE_SECONDS)

    def start(self) -> None:
        """Begin, where the graph can have other services at all."""
        if not self._base.is_embedded:
            self.worker.start()

    def close(self) -> None:
        """Stop; closing twice is harmless."""
        self.worker.stop(_PATIENCE_SECONDS)

    def look(self) -> None:
        """Take note of everything once."""
        if self._base.take_words():
            self._live.forget()
        self._challenging.look_again()
        for key in erased_in(self._base.graph) - self._base.home.erased():
            self._forget(key)
        if self._base.curation.live_number() is not None:
            self._live.served()

    def _look_again(self) -> float:
        self.look()
        return _WATCH_SECONDS
