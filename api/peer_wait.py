"""Waiting for what another service did, without a thread: whoever waits in one keeps an answer from somebody else.

The one place of the API beside the middleware that is asynchronous, and this is why.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from kb.errors import NotKnownYet

Answer = TypeVar("Answer")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0


class Waiting:
    """Places for calls that ask for what is on its way.

    Args:
        places: How many may wait at once; whoever comes beyond them is told at once to come again.
        seconds: How long one waits: a decision takes so long to reach a shared graph on a busy machine, and less.
    """

    def __init__(self, *, places: int = 32, seconds: float = 3.0) -> None:
        self._places = places
        self._seconds = seconds
        self.taken = 0

    async def until_known(self, ask: Callable[[], Answer]) -> Answer:
        """What ``ask`` gives; it is asked again while it says that it is not known yet.

        Raises:
            NotKnownYet: If the time is up, or no place is free.
        """
        try:
            return await run_in_threadpool(ask)
        except NotKnownYet:
            if self.taken >= self._places:
                raise
        self.taken += 1  # between two awaits nobody else runs
        try:
            return await self._ask_again(ask)
        finally:
            self.taken -= 1

    async def _ask_again(self, ask: Callable[[], Answer]) -> Answer:
        pause, until = _FIRST_PAUSE, time.monotonic() + self._seconds
        while True:
            await asyncio.sleep(pause)
            try:
                return await run_in_threadpool(ask)
            except NotKnownYet:
                if time.monotonic() >= until:
                    raise
            pause = min(2 * pause, _LONGEST_PAUSE)


def waiting_of(request: Request) -> Waiting:
    """The places of the application."""
    waiting: Waiting = request.app.state.waiting
    return waiting


Waits = Annotated[Waiting, Depends(waiting_of)]
