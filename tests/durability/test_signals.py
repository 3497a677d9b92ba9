"""A command that a signal ends says so in a sentence, and leaves the base as it was or to be completed.

The signal goes to the whole group of processes, as a terminal sends it.
"""

import os
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest

from api.composition import open_use_cases
from api.use_cases import ingestion
from bench.bases.corner_shop import write_mapping, write_sales
from kb.home import Home
from tests.conftest import ZHIKE
from tests.homes import open_base

pytestmark = pytest.mark.timeout(300)
SIGNALS = (signal.SIGINT, signal.SIGTERM)
STOPPED = "what was cut off is completed or dropped when the base is opened next"
_BOUND_SECONDS = 120


class CutOff(BaseException):
    """The process ends here."""


@pytest.fixture
def grown(tmp_path):
    """The mapping of the shop whose file goes a year back."""
    folder = tmp_path / "files"
    folder.mkdir()
    return str(write_mapping(folder, write_sales(folder / "sales.csv", weeks=52)))


@pytest.fixture
def unfinished(home, grown, monkeypatch):
    """A base whose last import has its tables in place, and nothing that follows from them."""
    def cut_off(*_, **__):
        raise CutOff

    with opened(home) as service, monkeypatch.context() as patch:
        patch.setattr(ingestion, "load_persons", cut_off)
        with pytest.raises(CutOff):
            service.ingestion.import_mapping(grown, {}, progress=lambda _: None)
    return home


def opened(home):
    return open_use_cases(open_base(Home(home)))


def orders_of(home):
    with opened(home) as service:
        return int(service.customers.find("m0", 1)[0]["summary"]["en"].split()[0])


@contextmanager
def running(home, *arguments):
    """A command in a group of its own."""
    environment = {**os.environ, "ZHIKE_HOME": str(home), "ZHIKE_ENGINE_WORKERS": "0"}
    with subprocess.Popen([ZHIKE, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,  # noqa: S603
                          text=True, start_new_session=True) as process:
        yield process


def stopped(process, number):
    """What the command says at last, once it has been sent a signal; it was stopped, or was done before that came."""
    os.killpg(process.pid, number)
    rest = process.stderr.read()
    assert process.wait(timeout=_BOUND_SECONDS) in {128 + number, 0}
    assert "Traceback" not in rest
    assert process.returncode == 0 or "zhike: " in rest
    return rest


@pytest.mark.parametrize("number", SIGNALS, ids=lambda one: one.name)
def test_an_import_that_a_signal_ends_says_what_became_of_it(home, grown, number):
    with running(home, "import", grown) as command:
        next(line for line in iter(command.stderr.readline, "") if line.startswith("opening"))
        rest = stopped(command, number)
    if "the import was stopped; nothing was changed" in rest:
        assert orders_of(home) == 26
    else:
        assert STOPPED in rest or command.returncode == 0
        assert orders_of(home) == 52


@pytest.mark.parametrize("number", SIGNALS, ids=lambda one: one.name)
def test_a_command_that_is_ended_while_it_completes_an_import_leaves_it_to_the_next(unfinished, number):
    with running(unfinished, "releases") as command:
        next(line for line in iter(command.stderr.readline, "") if "it is being finished" in line)
        stopped(command, number)
    assert orders_of(unfinished) == 52
    assert not (unfinished / "unfinished-import").exists()


@pytest.mark.parametrize(("number", "arguments"), [
    (signal.SIGINT, ("mine",)), (signal.SIGTERM, ("export", "{folder}/archive")),
    (signal.SIGINT, ("backup", "{folder}/file.zhike")), (signal.SIGTERM, ("erase", "m1")),
    (signal.SIGINT, ("simulate",)),
], ids=str)
def test_whatever_a_signal_ends_the_base_opens_afterwards(home, tmp_path, arguments, number):
    with running(home, *(part.format(folder=tmp_path) for part in arguments)) as command:
        while command.poll() is None and not Home(home).is_owned():
            time.sleep(0.01)
        if command.poll() is None:
            stopped(command, number)
    assert orders_of(home) == 26
