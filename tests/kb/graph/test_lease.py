"""Of several services one at a time, and never for longer than it lives."""

import pytest

from kb.errors import Unavailable
from kb.graph.lease import LIFE_SECONDS, Lease


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
    with lease_of("a").held(), pytest.raises(Unavailable, match="holds the lease:feeding: a"):
        lease_of("b").take()


def test_it_is_free_again_afterwards_also_after_a_fault(lease_of):
    with pytest.raises(RuntimeError), lease_of("a").held():
        raise RuntimeError

    with lease_of("b").held():
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
