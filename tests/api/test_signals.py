"""What a signal ends, ends as the signal says, whatever a library makes of it."""

import os
import signal
import subprocess
import sys
import threading

import duckdb
import pytest

from api.signals import SIGNALS, Stopped, stopped_by_signals


@pytest.fixture(autouse=True)
def as_before():
    """The handlers that were there, once more."""
    before = [(number, signal.getsignal(number)) for number in SIGNALS]
    yield
    for number, handler in before:
        signal.signal(number, handler)


def ask_until_signalled(con, number):
    """Queries without end, each of a few tenths of a second: while a task of a query lasts, DuckDB does not listen."""
    threading.Timer(0.5, os.kill, (os.getpid(), number)).start()
    while True:
        con.execute("SELECT sum(hash(range)) FROM range(30000000)").fetchall()


@pytest.mark.parametrize("number", SIGNALS, ids=lambda one: one.name)
def test_a_query_of_duckdb_that_a_signal_interrupts_ends_as_stopped(number):
    """DuckDB itself says *Query interrupted*, and keeps for itself what the signal raised."""
    with duckdb.connect() as con, pytest.raises(Stopped) as stopped, stopped_by_signals():
        ask_until_signalled(con, number)
    assert stopped.value.code == 128 + number
    assert number.name in stopped.value.message.zh
    assert number.name in stopped.value.message.en
    assert signal.getsignal(number) is signal.SIG_DFL  # whoever asks again does not wait


def test_a_fault_that_no_signal_is_behind_stays_what_it_is():
    with pytest.raises(ValueError, match="invalid literal"), stopped_by_signals():
        int("none")


def test_the_command_listens_to_signals_before_it_imports_what_takes_long():
    code = "import sys, api.cli.main; print({'typer', 'pydantic', 'ibis', 'httpx'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"  # noqa: S603
