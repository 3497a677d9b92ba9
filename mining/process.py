"""The miners in a process of their own: ``python -m mining.process HOME RUN BYTES``.

``BYTES`` is the most memory that work on the tables may take. It reads the tables, fills the run's folder and writes
nothing else of the base: whoever owns that takes the results up. One line of JSON on standard output tells each stage,
and one the fault that ended it. It ends when its standard input does, because then its owner is gone.
"""

import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kb.child_process import Answers, end_with_the_parent
from kb.errors import ZhikeError
from kb.facts.moment import Moment
from kb.model.codec import to_plain
from kb.tables.memory_limit import Memory
from kb.tables.run_store import RunFolder
from kb.tables.tables import open_tables
from mining.beliefs import beliefs_about
from mining.run import mine
from ontology.text import Text

_NICENESS = 5  # whoever decides meanwhile goes first


def main(arguments: Sequence[str]) -> int:
    """Run the miners for the request in the run's folder; the exit code."""
    home, folder = (Path(argument) for argument in arguments[:2])
    memory = Memory(int(arguments[2]))
    os.nice(_NICENESS)
    end_with_the_parent()
    tell = Answers.to_the_parent().tell
    try:
        carry_out(home, RunFolder(folder), memory, tell)
    except ZhikeError as fault:
        tell({"fault": to_plain(fault.message_text), "hint": to_plain(fault.hint_text)})
        return 1
    except Exception as fault:  # noqa: BLE001  # the owner must hear of it, whatever it is
        traceback.print_exc()
        tell({"fault": to_plain(Text.same(f"{type(fault).__name__}: {str(fault).strip().partition(chr(10))[0]}"))})
        return 1
    return 0


def carry_out(home: Path, folder: RunFolder, memory: Memory, tell: Callable[[Mapping[str, Any]], None]) -> None:
    """Mine the tables of the base as the run's request says, and keep what was found in its folder."""
    request = folder.request()
    with open_tables(home, memory) as tables:
        folder.keep(mine(tables, Moment(as_of=request.as_of, zone=request.zone), seed=request.seed,
                         miners=request.miners,
                         beliefs=beliefs_about(tables), known=request.known, associations=request.associations,
                         now=request.now,
                         progress=lambda stage: tell({"stage": to_plain(stage)}), clock=lambda: int(time.time())))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
