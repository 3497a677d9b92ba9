"""Many may pass at once, or one alone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Shared passage for readers, sole passage for a change that no reader may stand beside.

    Whoever waits for sole passage goes before readers that come later, so that steady reading cannot keep it out.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._is_claimed = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Pass with others."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_claimed)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until all who are inside have left, then pass with nobody beside."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_claimed)
            self._is_claimed = True
            self._changed.wait_for(lambda: self._inside == 0)
        try:
            yield
        finally:
            with self._changed:
                self._is_claimed = False
                self._changed.notify_all()
