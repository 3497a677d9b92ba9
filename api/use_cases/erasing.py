"""Erasing a person while the base serves: alone with the tables, completed when a process was killed in between."""

from collections.abc import Callable
from dataclasses import dataclass

from api.use_cases.views import Json
from kb.customers import CustomerDirectory, unknown_customer
from kb.erasure import erase_person, is_known_anywhere
from kb.errors import ZhikeError
from kb.graph.port import Graph
from kb.home import Home
from kb.ingestion.lock import IngestionLock
from kb.ingestion.recovery import UnfinishedErasures
from kb.journal.projector import Projector
from kb.journal.store import Journal
from kb.model.ids import CustomerKey
from kb.tables.memory_limit import Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """Erasures of the open base.

    Args:
        memory: The most that reading and writing the files may take.
        forget: Takes the person out of what is kept beside the stores: examples of simulations.
        refuse_runs: Raises where a run mines: its process reads the files that are about to go.
    """

    directory: CustomerDirectory
    graph: Graph
    home: Home
    journal: Journal
    lock: IngestionLock
    memory: Memory
    projector: Projector
    forget: Callable[[CustomerKey], object]
    refuse_runs: Callable[[], None]

    def erase(self, customer_id: str) -> Json:
        """Erase a person everywhere; the next import leaves them out.

        Raises:
            NotFound: If nothing was ever kept of anybody of that id.
            RunUnderWay: If a run mines.
            Unavailable: If an import or another erasure is under way, here or in another service.
        """
        key = self.directory.key_of(customer_id)
        if not is_known_anywhere(key, home=self.home, graph=self.graph, journal=self.journal, memory=self.memory):
            raise unknown_customer(customer_id)
        with self.lock.ingesting():
            return self._told(self._erase(key))

    def take_over(self, key: CustomerKey) -> None:
        """Erase here whom another service on the graph erased."""
        with self.lock.tables():
            self._erase(key)

    def finish(self, progress: Callable[[str], None]) -> None:
        """Complete what was cut off; what cannot be completed now is told, and waits for the next time."""
        for key in sorted(UnfinishedErasures(self.home.path).keys()):
            progress(f"the erasure of {key} was cut off; it is being completed")
            try:
                self.take_over(key)
            except ZhikeError as fault:
                progress(f"the erasure of {key} is not complete: {fault.message}; {fault.hint}")

    def _erase(self, key: CustomerKey) -> Json:
        self.refuse_runs()
        self.forget(key)
        with self.projector.paused():
            return erase_person(key, home=self.home, graph=self.graph, journal=self.journal, memory=self.memory)

    def _told(self, erased: Json) -> Json:
        """The answer, with others by the ids that people know."""
        mentioned = [{"record": one["record"], "id": one["id"],
                      "customer_id": self.directory.id_of(CustomerKey(one["customer_key"]))}
                     for one in erased["mentioned"]]
        return erased | {"mentioned": mentioned}
