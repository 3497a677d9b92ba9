"""Whether anybody still waits for a call: long work asks now and then, and stops where nobody does."""

import threading
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from kb.errors import Unavailable
from ontology.text import Text

Progress = Callable[[str], None]
_NOTHING_CHANGED = Text(zh="未做任何更改", en="nothing was changed by it")
_GONE = Text(zh="提出请求的一方已经离开，工作已停止", en="whoever asked has gone, and the work was stopped")
_STOPPING = Text(zh="服务正在停止，工作已中断", en="the service is being stopped, and the work with it")


class Stop:
    """Whether the service was asked to stop."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    @property
    def is_requested(self) -> bool:
        """Whether somebody asked."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Ask."""
        self._asked.set()


class Attention:
    """Whether the caller of one request is still there, and the service goes on.

    Args:
        stop: Of the service.
        say: Tells the caller how far the work is; over HTTP nobody hears it.
    """

    def __init__(self, stop: Stop, say: Progress = lambda _: None) -> None:
        self._stop, self._gone, self._say = stop, threading.Event(), say

    def lose(self) -> None:
        """Note that the caller has gone."""
        self._gone.set()

    def __call__(self, line: str = "") -> None:
        """To be called between the steps of long work, with a line that tells how far it is.

        Raises:
            Unavailable: If nobody waits for the answer any more.
        """
        if self._gone.is_set():
            raise Unavailable(_GONE, hint=_NOTHING_CHANGED)
        if self._stop.is_requested:
            raise Unavailable(_STOPPING, hint=_NOTHING_CHANGED)
        if line:
            self._say(line)


async def attention_of(request: Request) -> Attention:  # async: it only looks, and need not wait for a thread
    """That of a request; without the guard before it (``api.security.request_guard``) the caller counts as there."""
    found: Attention = getattr(request.state, "attention", None) or Attention(Stop())
    return found


async def progress_of(request: Request) -> Progress:
    """Where work that is never stopped half-way tells how far it is: a terminal in this process; over HTTP nobody."""
    found: Progress = getattr(request.state, "progress", None) or (lambda _: None)
    return found


Waited = Annotated[Attention, Depends(attention_of)]
ProgressDep = Annotated[Progress, Depends(progress_of)]
