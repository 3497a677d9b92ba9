"""Many may pass at once, or one alone."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kb.errors import StoreFailure
from ontology.text import Text

_LONGEST_SECONDS = 120.0  # a query or a commit takes seconds at most; nobody waits for ever for one that hangs
_HELD = Text(zh="图谱在 {seconds} 秒内没有空出来", en="the graph was not free within {seconds} seconds")
_LATER = Text(zh="没有任何改动；请稍后再试", en="nothing was changed; try again later")


class ReadWriteLock:
    """Shared passage for readers, sole passage for a change that no reader may stand beside.

    Whoever waits for sole passage goes before readers that come later, so that steady reading cannot keep it out.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._is_claimed = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Pass with others.

        Raises:
            StoreFailure: If the change that has sole passage does not end.
        """
        with self._changed:
            self._wait_until(lambda: not self._is_claimed)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until all who are inside have left, then pass with nobody beside.

        Raises:
            StoreFailure: If somebody does not leave; the others pass again then.
        """
        with self._changed:
            self._wait_until(lambda: not self._is_claimed)
            self._is_claimed = True
        try:
            with self._changed:
                self._wait_until(lambda: self._inside == 0)
            yield
        finally:
            with self._changed:
                self._is_claimed = False
                self._changed.notify_all()

    def _wait_until(self, is_free: Callable[[], bool]) -> None:
        if not self._changed.wait_for(is_free, timeout=_LONGEST_SECONDS):
            raise StoreFailure(_HELD.fill(seconds=round(_LONGEST_SECONDS)), hint=_LATER)
