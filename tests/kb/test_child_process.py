"""A process of our own that exchanges messages: real processes, and each way in which one can fail."""

import os
import signal
import sys
import threading
from contextlib import contextmanager

import pytest

from kb import child_process
from kb.child_process import ChildProcess, ProcessLate, ProcessLost

ECHO = """
import os, sys, time
from kb.child_process import end_with_the_parent, limit_resources, Answers, requests
limit_resources(memory_bytes=int(sys.argv[1]))
tell = Answers.to_the_parent().tell
print("what is printed is no message", flush=True)
for request in requests():
    match request:
        case {"say": words}:
            tell({"said": words})
        case {"times": times}:
            for number in range(times):
                tell({"number": number})
        case {"eat": count}:
            tell({"eaten": len(b"x" * count)})
        case {"environment": name}:
            tell({"value": os.environ.get(name)})
        case {"sleep": seconds}:
            time.sleep(seconds)
            tell({"slept": seconds})
        case {"wait for the end": _}:
            end_with_the_parent()
            tell({"waits": True})
            time.sleep(600)
        case {"exit": code}:
            sys.exit(code)
"""


@pytest.fixture
def echo(tmp_path, monkeypatch):
    """Starts the module above, which lies beside a link to the package that it imports."""
    (tmp_path / "echo_messages.py").write_text(ECHO, encoding="utf-8")
    (tmp_path / "kb").symlink_to(child_process._ROOT / "kb")
    (tmp_path / "ontology").symlink_to(child_process._ROOT / "ontology")
    monkeypatch.setattr(child_process, "_ROOT", tmp_path)

    @contextmanager
    def start(memory_bytes=0, **more):
        process = ChildProcess("echo_messages", str(memory_bytes), **more)
        try:
            yield process
        finally:
            process.kill()

    return start


def test_messages_of_any_length_go_both_ways_and_what_is_printed_is_none(echo):
    with echo() as process:
        for words in ("客户", "a\nb", "x" * 3_000_000):
            assert process.ask({"say": words}, seconds=60) == {"said": words}


def test_a_process_that_answers_more_than_once_is_read_message_by_message(echo):
    with echo() as process:
        process.send({"times": 5_000}, seconds=60)
        assert [process.receive(seconds=60)["number"] for _ in range(5_000)] == list(range(5_000))


def test_a_late_answer_is_told_and_may_be_waited_for_again(echo):
    with echo() as process:
        process.ask({"say": "ready"}, seconds=60)
        process.send({"sleep": 0.5}, seconds=60)
        with pytest.raises(ProcessLate):
            process.receive(seconds=0.01)
        assert process.receive(seconds=60) == {"slept": 0.5}


def test_a_process_that_does_not_read_is_late(echo):
    with echo() as process:
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(ProcessLate):
            process.send({"say": "x" * 3_000_000}, seconds=0.1)


def test_who_waits_for_a_process_that_is_stopped_hears_that_it_has_gone(echo):
    with echo() as process:
        process.send({"sleep": 600}, seconds=60)
        threading.Timer(0.2, process.stop).start()
        with pytest.raises(ProcessLost, match="gone"):
            process.receive(seconds=60)
        with pytest.raises(ProcessLost, match="gone"):
            process.send({"say": "x" * 3_000_000}, seconds=60)


def test_its_messages_end_with_it_and_its_exit_code_is_kept(echo):
    with echo() as process:
        process.send({"times": 3}, seconds=60)
        process.send({"exit": 4}, seconds=60)
        assert [message["number"] for message in process.messages()] == [0, 1, 2]
        assert process.wait() == 4


def test_more_memory_than_it_may_have_ends_it(echo):
    with echo(memory_bytes=1 << 30) as process:
        assert process.ask({"eat": 1_000}, seconds=60) == {"eaten": 1_000}
        with pytest.raises(ProcessLost):
            process.ask({"eat": 2 << 30}, seconds=60)


@pytest.mark.parametrize(("given", "value"), [({}, None), (None, "told"), ({"ZHIKE_SAMPLE": "own"}, "own")])
def test_it_reads_the_environment_that_it_is_given(echo, monkeypatch, given, value):
    monkeypatch.setenv("ZHIKE_SAMPLE", "told")
    with echo(environment=given) as process:
        assert process.ask({"environment": "ZHIKE_SAMPLE"}, seconds=60) == {"value": value}


def test_it_ends_when_its_parent_has_gone_even_while_it_works(echo):
    with echo() as process:
        process.ask({"wait for the end": True}, seconds=60)
        process._process.stdin.close()  # as the system does when the parent has ended
        assert process.wait() == 3


def test_a_process_that_cannot_be_started_is_a_fault_of_the_system(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(OSError, match="no/such"):
        ChildProcess("echo_messages")
