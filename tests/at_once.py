"""Several acts begun at the same instant, as by people who do not know of each other."""

import threading
from collections.abc import Callable
from typing import Any

from kb.errors import ZhikeError

_LONGEST_SECONDS = 120


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act returned, or the fault that it was told, in the order given; each has a thread of its own."""
    answers: list[Any] = [None] * len(acts)
    barrier = threading.Barrier(len(acts))

    def act(place: int) -> None:
        barrier.wait(_LONGEST_SECONDS)
        try:
            answers[place] = acts[place]()
        except ZhikeError as fault:
            answers[place] = fault

    threads = [threading.Thread(target=act, args=(place,), daemon=True) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_LONGEST_SECONDS)
    assert not any(thread.is_alive() for thread in threads), "an act did not end"
    return answers
