"""Sole passage waits for those inside, and nobody waits for ever."""

import pytest

from kb.errors import StoreFailure
from kb.graph import read_write_lock
from kb.graph.read_write_lock import ReadWriteLock


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(read_write_lock, "_LONGEST_SECONDS", 0.01)


def test_who_does_not_leave_keeps_out_a_change_but_no_reader_that_comes_after_it():
    passage = ReadWriteLock()
    with passage.shared():
        with pytest.raises(StoreFailure, match="was not free"), passage.alone():
            pass
        with passage.shared():
            pass
    with passage.alone():
        pass


def test_a_reader_does_not_wait_for_ever_for_a_change_that_does_not_end():
    passage = ReadWriteLock()
    with passage.alone(), pytest.raises(StoreFailure, match="was not free"), passage.shared():
        pass
    with passage.shared():
        pass
