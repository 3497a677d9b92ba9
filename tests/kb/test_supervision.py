"""Threads that do a service's work go on after faults, and tell."""

import threading

import pytest

from kb import supervision
from kb.errors import StoreFailure
from kb.supervision import STUCK_AFTER, SupervisedWorker
from ontology.text import Text

ENOUGH = 30.0


class Work:
    """Steps that fail as they are told to, and then go well."""

    def __init__(self, *faults):
        self.faults = list(faults)
        self.went_well = threading.Event()

    def step(self):
        if self.faults:
            raise self.faults.pop(0)
        self.went_well.set()
        return 0.01


@pytest.fixture
def soon(monkeypatch):
    """Pauses that a test can wait for."""
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(supervision, "LONGEST_PAUSE", 0.01)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("fault", [RuntimeError("x"), MemoryError(), StoreFailure("full"), SystemExit()],
                         ids=lambda fault: type(fault).__name__)
def test_a_worker_goes_on_after_any_fault_and_tells_of_it(fault):
    work = Work(fault)
    worker = SupervisedWorker("work", work.step)
    worker.start()
    went_well = work.went_well.wait(ENOUGH)
    health = worker.health()
    worker.stop()

    assert went_well
    assert (health.is_alive, health.faults, health.trouble) == (True, 0, None)
    assert health.last_fault is not None


def test_faults_in_a_row_are_trouble_and_the_pause_doubles_up_to_a_bound():
    worker = SupervisedWorker("work", Work(*[RuntimeError("x")] * 20).step)

    pauses = [worker.attempt() for _ in range(20)]

    assert pauses[:4] == [0.5, 1.0, 2.0, 4.0]
    assert pauses[-1] == supervision.LONGEST_PAUSE
    assert worker.faults == 20


def test_the_words_of_a_defect_do_not_repeat_what_somebody_wrote():
    worker = SupervisedWorker("work", Work(ValueError("the phone number of m1")).step)
    worker.attempt()

    assert worker.last_fault == Text(zh="程序缺陷（ValueError），详见服务日志",
                                     en="a defect (ValueError); the log of the service tells more")


@pytest.mark.usefixtures("soon")
def test_a_worker_that_fails_again_and_again_is_stuck_and_says_how_often():
    reached = threading.Event()

    def fail():
        if worker.faults >= STUCK_AFTER:
            reached.set()
        msg = "the disk is full"
        raise StoreFailure(msg)

    worker = SupervisedWorker("work", fail)
    worker.start()
    assert reached.wait(ENOUGH)
    health = worker.health()
    worker.stop()

    assert health.trouble.en.startswith("failed ")
    assert health.trouble.en.endswith("times in a row: the disk is full")
    assert "连续失败" in health.trouble.zh
    assert health.restarts >= STUCK_AFTER - 1


def test_a_step_that_does_not_end_is_trouble_and_ends_no_stop():
    begun, may_end = threading.Event(), threading.Event()

    def hang():
        begun.set()
        may_end.wait(ENOUGH)

    worker = SupervisedWorker("work", hang, patience_seconds=0.0)
    worker.start()
    assert begun.wait(ENOUGH)
    trouble, has_ended = worker.health().trouble, worker.stop(0.01)
    may_end.set()

    assert "has not ended" in trouble.en
    assert not has_ended
    assert worker.stop(ENOUGH)


def test_a_worker_whose_work_is_done_is_no_trouble():
    worker = SupervisedWorker("work", lambda: None)
    assert worker.health() is None
    worker.start()

    assert worker.join(ENOUGH)
    assert worker.health() is None
