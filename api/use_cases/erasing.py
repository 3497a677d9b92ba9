"""Erasing a person while the base serves: alone with the tables, completed when a process was killed in between."""

from collections.abc import Callable

from api.use_cases.open_base import OpenBase, unknown_customer
from api.use_cases.views import Json
from kb.erasure import erase_person, is_known_anywhere
from kb.errors import ZhikeError
from kb.ingestion.recovery import UnfinishedErasures
from kb.model.ids import CustomerKey


class Erasing:
    """Erasures of the open base.

    Args:
        base: Where.
        forget: Takes the person out of what is kept beside the stores: examples of simulations.
        refuse_runs: Raises where a run mines: its process reads the files that are about to go.
    """

    def __init__(self, base: OpenBase, *, forget: Callable[[CustomerKey], object],
                 refuse_runs: Callable[[], None]) -> None:
        self._base = base
        self._forget = forget
        self._refuse_runs = refuse_runs

    def erase(self, customer_id: str) -> Json:
        """Erase a person everywhere; the next import leaves them out.

        Raises:
            NotFound: If nothing was ever kept of anybody of that id.
            RunUnderWay: If a run mines.
            Unavailable: If an import or another erasure is under way, here or in another service.
        """
        base = self._base
        key = base.home.customer_key(customer_id)
        if not is_known_anywhere(key, home=base.home, graph=base.graph, journal=base.journal,
                                 memory=base.table_memory):
            raise unknown_customer(customer_id)
        with base.ingesting:
            return self._told(self._erase(key))

    def take_over(self, key: CustomerKey) -> None:
        """Erase here whom another service on the graph erased."""
        with self._base.alone_with_tables:
            self._erase(key)

    def finish(self, progress: Callable[[str], None]) -> None:
        """Complete what was cut off; what cannot be completed now is told, and waits for the next time."""
        for key in sorted(UnfinishedErasures(self._base.home.path).keys()):
            progress(f"the erasure of {key} was cut off; it is being completed")
            try:
                self.take_over(key)
            except ZhikeError as fault:
                progress(f"the erasure of {key} is not complete: {fault.message}; {fault.hint}")

    def _erase(self, key: CustomerKey) -> Json:
        self._refuse_runs()
        self._forget(key)
        with self._base.projector.paused():
            return erase_person(key, home=self._base.home, graph=self._base.graph, journal=self._base.journal,
                                memory=self._base.table_memory)

    def _told(self, erased: Json) -> Json:
        """The answer, with others by the ids that people know."""
        mentioned = [{"record": one["record"], "id": one["id"],
                      "customer_id": self._base.customer_id(CustomerKey(one["customer_key"]))}
                     for one in erased["mentioned"]]
        return erased | {"mentioned": mentioned}
