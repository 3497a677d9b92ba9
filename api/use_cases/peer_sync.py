"""One graph, several services: what this one knows of the decisions that others made."""

from collections.abc import Callable
from dataclasses import dataclass, field

from api.use_cases.challenging import Challenging
from api.use_cases.release_cache import ReleaseCache
from kb.curation.curation import Curation
from kb.erasure import erased_in
from kb.errors import NotFound, NotKnownYet
from kb.graph.port import Graph
from kb.graph.version import read_version
from kb.home import Home
from kb.journal.peer_journals import PeerDecision, PeerJournals
from kb.journal.store import Journal
from kb.local_ontology import LocalOntology
from kb.model.decision import Decision
from kb.model.ids import CustomerKey
from kb.supervision import SupervisedWorker
from ontology.text import Text

_UNKNOWN = Text(zh="没有编号为“{id}”的决策", en="no decision has the id '{id}'")
_AGAIN = Text(zh="如果刚刚由共用图谱的其他服务作出，请稍后重发；否则请使用 POST /v1/decisions 返回的 decision_id",
              en="if another service on the graph made it a moment ago, send it again; else use the decision_id of an"
                 " answer of POST /v1/decisions")
_WATCH_SECONDS = 1.0
_PATIENCE_SECONDS = 120.0  # of one look: a release that another service published is compiled in it


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerSync:
    """The journal of this service and the graph that it shares."""

    graph: Graph
    journal: Journal

    def decided(self, decision_id: str) -> PeerDecision | None:
        """A decision as the graph knows it, with the outcomes that other services recorded.

        ``None`` where no other service is there, and for a decision of this one that has not followed yet.

        Raises:
            NotKnownYet: If nobody knows it: whoever sends its outcome here may be faster than the journal of the
                service that decided (``api.peer_wait``).
        """
        if not read_version(self.graph).is_shared(self.journal.id):
            return None
        found = self._peers.decision(decision_id)
        if found is None and not self.journal.has_decision(decision_id):
            raise NotKnownYet(_UNKNOWN.fill(id=decision_id), hint=_AGAIN)
        return found

    def stored(self, decision_id: str) -> Decision:
        """A decision of this service, with the facts it read.

        Raises:
            NotFound: If nobody made it, or another service did: the facts are kept in the journal of that one.
        """
        try:
            return self.journal.decision(decision_id)
        except NotFound:
            if self._peers.decision(decision_id) is None:
                raise
        msg = Text(zh=f"决策“{decision_id}”由共用此图谱的另一个服务作出",
                   en=f"decision '{decision_id}' was made by another service on this graph")
        raise NotFound(msg, hint=Text(zh="请向那个服务查询：它读到的事实保存在它的日志里",
                                      en="ask that service: the facts it read are kept in its journal"))

    @property
    def _peers(self) -> PeerJournals:
        return PeerJournals(self.graph, self.journal.id)


@dataclass(slots=True, kw_only=True)
class PeerWatch:
    """Looks every second at what other services have done to the shared graph, until it is closed.

    A release that went live is made ready before somebody asks, a challenge that began or ended is taken note of,
    words that came with an import are read, and whoever was erased is erased here too.

    Args:
        is_shareable: Whether the graph can have other services at all.
        forget: Erases a person here.
    """

    challenging: Challenging
    curation: Curation
    graph: Graph
    home: Home
    is_shareable: bool
    ontology: LocalOntology
    releases: ReleaseCache
    forget: Callable[[CustomerKey], object]
    worker: SupervisedWorker = field(init=False)

    def __post_init__(self) -> None:
        self.worker = SupervisedWorker("watch", self._look_again, patience_seconds=_PATIENCE_SECONDS)

    def start(self) -> None:
        """Begin, where there can be anybody to watch."""
        if self.is_shareable:
            self.worker.start()

    def close(self) -> None:
        """Stop; closing twice is harmless."""
        self.worker.stop(_PATIENCE_SECONDS)

    def look(self) -> None:
        """Take note of everything once."""
        if self.ontology.take_over():
            self.releases.forget()
        self.challenging.look_again()
        for key in erased_in(self.graph) - self.home.erased():
            self.forget(key)
        if self.curation.live_number() is not None:
            self.releases.compiled()

    def _look_again(self) -> float:
        self.look()
        return _WATCH_SECONDS
