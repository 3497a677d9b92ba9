"""One graph, several services: what this one knows of the decisions that others made."""

import time

from api.cases.base import OpenBase
from kb.errors import NotFound
from kb.graph.stamp import read_stamp
from kb.journal.elsewhere import DecidedElsewhere, Elsewhere
from kb.model.decision import Decision

_FOLLOWS_WITHIN = 1.0  # seconds that a decision of another service takes to reach the graph, and more
_LOOK_AGAIN = 0.1


class Sharing:
    """The journal of this service and the graph that it shares."""

    def __init__(self, base: OpenBase) -> None:
        self._base = base

    def decided(self, decision_id: str) -> DecidedElsewhere | None:
        """A decision as the graph knows it, with the outcomes that other services recorded.

        Whoever sends its outcome here may be faster than the journal of the service that decided, so that an unknown
        decision is looked for again within a second. ``None`` where nobody knows it, or no other service is there.
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
