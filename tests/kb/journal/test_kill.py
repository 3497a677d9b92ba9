"""What was acknowledged survives a kill."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kb.journal.store import Journal

ROOT = Path(__file__).resolve().parents[3]
APPENDER = """
import sys, threading
from pathlib import Path
from kb.journal.store import Journal
from kb.journal.events import Interaction
from ontology.vocabulary import InteractionKind

journal = Journal(Path(sys.argv[1]))
def append(thread):
    for number in range(1_000_000):
        name = f"{thread}-{number}"
        journal.record_interaction(Interaction(interaction_id=name, customer_key="c1", kind=InteractionKind.ENQUIRY,
                                               at=number, author="kill test", text="x" * 500))
        sys.stdout.write(name + "\\n")
        sys.stdout.flush()
for thread in range(4):
    threading.Thread(target=append, args=(thread,), daemon=True).start()
threading.Event().wait()
"""


@pytest.mark.parametrize("acknowledged", [1, 57, 400])
def test_every_acknowledged_record_is_there_after_a_kill(tmp_path, acknowledged):
    path = tmp_path / "journal.db"
    child = subprocess.Popen([sys.executable, "-c", APPENDER, str(path)], cwd=ROOT,  # noqa: S603  # our own text
                             stdout=subprocess.PIPE, text=True)
    names = [child.stdout.readline().strip() for _ in range(acknowledged)]
    os.kill(child.pid, signal.SIGKILL)
    rest = child.stdout.read().splitlines(keepends=True)
    child.wait()
    child.stdout.close()
    names += [line.strip() for line in rest if line.endswith("\n")]
    journal = Journal(path)
    kept = {event.interaction_id for event in journal.events_since(["c1"])["c1"].interactions}
    journal.close()
    assert len(names) >= acknowledged
    assert set(names) <= kept
