"""The process of the command ``zhike``: however it ends, what a person reads is a sentence.

It listens to signals before it imports the commands, which takes a while.
"""

import signal
import sys

from api.signals import SIGNALS, Stopped, stopped_by_signals
from kb.errors import ZhikeError


def main() -> None:
    """Run the command; a fault prints its message and hint and exits with 1, a signal says so and exits as shells do.

    A signal that the shell lets this process ignore, as it does in the background, stays ignored.
    """
    heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    try:
        with stopped_by_signals(heard):
            from api.cli.commands import run

            run()
    except Stopped as stopped:
        followed = stopped.__cause__
        _tell(followed if isinstance(followed, ZhikeError) else ZhikeError(stopped.message))
        raise
    except ZhikeError as fault:
        _tell(fault)
        sys.exit(1)


def _tell(fault: ZhikeError) -> None:
    from api.cli.printing import say

    say(f"zhike: {fault.message}")
    if fault.hint:
        say(f"  try: {fault.hint}")
