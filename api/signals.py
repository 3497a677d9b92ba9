"""The signals that ask a process of ours to end, and how it ends."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from ontology.text import Text

SIGNALS = (signal.SIGINT, signal.SIGTERM)
_BY_SIGNAL = 128  # the shell's convention: the signal's number is added
_STOPPED = Text(zh="已被 {signal} 停止；被中断的工作会在下次打开知识库时完成或放弃",
                en="stopped by {signal}; what was cut off is completed or dropped when the base is opened next")


class Stopped(SystemExit):
    """A signal ended the work, by way of every ``finally``; the cause is what followed from it, where that is known.

    Args:
        number: The signal.
    """

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(_BY_SIGNAL + number)
        self.message = _STOPPED.fill(signal=number.name)


@contextmanager
def stopped_by_signals(heard: Sequence[signal.Signals] = SIGNALS) -> Iterator[None]:
    """Let a signal end what is done within; the next one ends the process at once.

    What a library makes of it in between does not matter: DuckDB, for one, ends its query with a ``RuntimeError``.

    Raises:
        Stopped: When one came.
    """
    received: list[signal.Signals] = []

    def stop(number: int, _: FrameType | None) -> None:
        end_at_the_next_signal()
        received.append(signal.Signals(number))
        raise Stopped(received[0])

    for number in heard:
        signal.signal(number, stop)
    try:
        yield
    except Exception as fault:
        if received:
            raise Stopped(received[0]) from fault
        raise


def end_at_the_next_signal() -> None:
    """The end has begun; who asks again does not wait for it. What was acknowledged is on the disk."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
