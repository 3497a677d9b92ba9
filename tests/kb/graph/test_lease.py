"""Of several services one at a time, and never for longer than it lives."""

import threading
from types import SimpleNamespace

import pyarrow as pa
import pytest

from kb.errors import StoreFailure, Unavailable
from kb.graph.lease import LIFE_SECONDS, Lease
from kb.graph.state import put_state, state_of


class Clock:
    def __init__(self):
        self.now = 1_000

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def lease_of(graph, clock):
    return lambda holder, name="feeding": Lease(lambda: graph, name, holder=holder, now=clock)


def test_one_holds_it_and_the_other_is_told_who(lease_of):
    with lease_of("a").holding(), pytest.raises(Unavailable, match="holds the lease:feeding: a"):
        lease_of("b").take()


def test_it_is_free_again_afterwards_also_after_a_fault(lease_of):
    with pytest.raises(RuntimeError), lease_of("a").holding():
        raise RuntimeError

    with lease_of("b").holding():
        pass


def test_a_dead_holder_is_followed_by_another_and_cannot_renew(lease_of, clock):
    dead, next_one = lease_of("a"), lease_of("b")
    dead.take()
    clock.now += LIFE_SECONDS - 1
    with pytest.raises(Unavailable):
        next_one.take()
    clock.now += 2
    next_one.take()

    with pytest.raises(Unavailable, match=": b"):
        dead.take()


def test_the_holder_renews_it(lease_of, clock):
    lease = lease_of("a")
    lease.take()
    clock.now += LIFE_SECONDS - 1
    lease.take()
    clock.now += LIFE_SECONDS - 1

    with pytest.raises(Unavailable):
        lease_of("b").take()


def test_a_lease_of_another_name_is_another(lease_of):
    lease_of("a").take()
    lease_of("b", "something else").take()


def test_work_whose_lease_has_ended_writes_no_more_and_others_go_on(graph, lease_of, clock):
    def work():
        with lease_of("a").holding():
            graph.write([put_state("before", "1")])
            clock.now += LIFE_SECONDS
            graph.write([put_state("after", "1")])

    with pytest.raises(Unavailable, match="could not be renewed in time"):
        work()
    graph.write([put_state("others", "1")])

    assert [state_of(graph, name) for name in ("before", "after", "others")] == ["1", None, "1"]


def test_work_whose_lease_was_taken_over_writes_no_more_not_even_many_rows(graph, lease_of, clock):
    late = Clock()
    late.now = clock.now - LIFE_SECONDS - 1  # the clock of a holder that stood still

    def work():
        with Lease(lambda: graph, "feeding", holder="a", now=late).holding():
            taking = threading.Thread(target=lease_of("b").take)  # elsewhere: under no lease of this thread
            taking.start()
            taking.join(60)
            graph.bulk_load("Customer", pa.table({"customer_key": ["c1"], "external_id": ["1"]}))

    with pytest.raises(Unavailable, match="took it over"):
        work()

    assert graph.read("MATCH (c:Customer) RETURN count(c) AS n") == [{"n": 0}]


def test_a_lease_that_cannot_be_given_back_ends_by_itself_and_hides_no_fault(graph, clock):
    away = SimpleNamespace(write=graph.write, read=graph.read)

    def work():
        with Lease(lambda: away, "feeding", holder="a", now=clock).holding():
            away.write = _unreachable
            msg = "of the work"
            raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="of the work"):
        work()


def _unreachable(_):
    msg = "the graph cannot be reached"
    raise StoreFailure(msg)
