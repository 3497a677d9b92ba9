"""Whether anybody still waits for a call: long work asks now and then, and stops where nobody does."""

import threading
from typing import Annotated

from fastapi import Depends, Request

from kb.errors import Unavailable
from ontology.text import Text

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
    """

    def __init__(self, stop: Stop) -> None:
        self._stop, self._gone = stop, threading.Event()

    def lose(self) -> None:
        """Note that the caller has gone."""
        self._gone.set()

    def __call__(self, _: str = "") -> None:
        """To be called between the steps of long work, in place of telling somebody how far it is.

        Raises:
            Unavailable: If nobody waits for the answer any more.
        """
        if self._gone.is_set():
            raise Unavailable(_GONE, hint=_NOTHING_CHANGED)
        if self._stop.is_requested:
            raise Unavailable(_STOPPING, hint=_NOTHING_CHANGED)


async def attention_of(request: Request) -> Attention:  # async: it only looks, and need not wait for a thread
    """That of a request; without the guard before it (``api.security.request_guard``) the caller counts as there."""
    found: Attention = getattr(request.state, "attention", None) or Attention(Stop())
    return found


Waited = Annotated[Attention, Depends(attention_of)]
