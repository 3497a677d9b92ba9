"""Workers die at random while threads ask: every answer comes, and is right."""

from bench.killing import kill_under_load


def test_no_answer_fails_or_is_wrong_while_workers_are_killed():
    count = kill_under_load(3.0)
    assert (count.failed, count.wrong) == (0, 0)
    assert count.killed >= 3
    assert count.answers > 100
    assert count.engine > 0
