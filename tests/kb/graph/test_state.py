"""What is read, changed and written back loses nothing, whoever else writes at the same time."""

import threading

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.errors import Conflict
from kb.graph.port import Statement
from kb.graph.state import change_state, put_state, state_of, swap_state
from tests.at_once import at_once

NAMES = st.text("abcxyz", min_size=1, max_size=4)


def added(word):
    """What is there, and ``word`` after it."""
    return lambda told: orjson.dumps([*orjson.loads(told or "[]"), word]).decode()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, writers=st.lists(st.tuples(st.integers(0, 1), NAMES), min_size=2, max_size=12))
def test_of_changes_at_once_by_threads_and_services_each_is_kept(services, name, writers):
    before = orjson.loads(state_of(services[0], name) or "[]")

    told = at_once(*(lambda which=which, word=word: change_state(services[which], name, added(word))
                     for which, word in writers))

    kept = orjson.loads(state_of(services[1], name))
    assert kept[:len(before)] == before
    assert sorted(kept[len(before):]) == sorted(word for _, word in writers)
    assert sorted(len(orjson.loads(after)) for after in told) == list(range(len(before) + 1, len(kept) + 1))


def test_of_two_first_values_at_once_one_is_kept_and_the_other_told(services):
    done = at_once(*(lambda graph=graph, value=value: graph.write(swap_state("n", None, value))
                     for graph, value in zip(services, "ab", strict=True)))

    [kept] = [value for value, answer in zip("ab", done, strict=True) if not isinstance(answer, Conflict)]
    assert state_of(services[0], "n") == state_of(services[1], "n") == kept


def test_a_name_without_a_value_says_nothing_and_can_still_be_given_its_first(services):
    """So Neo4j shows a first value to another service in the moment of its commit."""
    services[0].write([Statement("MERGE (s:State {name: 'n'})")])

    assert state_of(services[1], "n") is None
    assert change_state(services[1], "n", lambda told: f"after {told}") == "after None"
    assert state_of(services[0], "n") == "after None"


def test_a_swap_of_what_is_otherwise_by_now_undoes_the_whole_transaction(graph):
    graph.write([put_state("n", "1")])

    with pytest.raises(Conflict, match="'n' was changed by somebody else meanwhile") as caught:
        graph.write([put_state("beside", "x"), *swap_state("n", "0", "2")])

    assert (state_of(graph, "n"), state_of(graph, "beside")) == ("1", None)
    assert "刚刚被别人改动" in caught.value.message_text.zh


@pytest.mark.parametrize("before", [None, "0"])
def test_a_swap_that_was_refused_leaves_no_name_behind(graph, before):
    with pytest.raises(Conflict):
        graph.write([*swap_state("n", before, "1"), Statement("MATCH (s:State {name: '?'}) RETURN s.name", guard="no")])

    assert graph.read("MATCH (s:State {name: 'n'}) RETURN s.name AS name") == []


def test_what_a_change_refuses_is_told_and_nothing_is_written(graph):
    def refuse(told):
        msg = f"not after {told}"
        raise Conflict(msg)

    with pytest.raises(Conflict, match="not after None"):
        change_state(graph, "n", refuse)
    assert state_of(graph, "n") is None


def test_whoever_is_always_overtaken_is_told_to_try_later(graph):
    """The other writer comes between every reading and its writing, a hundred times."""
    count = iter(range(1_000))

    def overtaken(_told):
        graph.write([put_state("n", f"theirs {next(count)}")])
        return "mine"

    with pytest.raises(Conflict, match="100 tries") as caught:
        change_state(graph, "n", overtaken)
    assert caught.value.retryable
    assert state_of(graph, "n") == "theirs 99"


def test_a_swap_waits_for_a_transaction_that_has_written_but_not_ended(services):
    """Whoever compares before the other has ended would compare with what is about to be replaced."""
    one, other = services
    one.write([put_state("n", "0")])
    done = []
    with one.hold_writers():
        waiting = threading.Thread(target=lambda: done.extend(at_once(
            lambda: one.write(swap_state("n", "0", "one")), lambda: other.write(swap_state("n", "0", "other")))))
        waiting.start()
        assert state_of(other, "n") == "0"
    waiting.join()

    assert [isinstance(answer, Conflict) for answer in done].count(True) == 1
    assert state_of(one, "n") == ("other" if isinstance(done[0], Conflict) else "one")
