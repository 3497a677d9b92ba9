import pytest

from kb.rates.trials import trials_of

DAY = 86_400


@pytest.fixture
def results():
    """What came of the trials, the moment being so many days."""
    def found(outcomes, *, window=14, day=100):
        trials = trials_of(outcomes, window_days=window, as_of=day * DAY)
        return [trial.result for trial in trials.settled], len(trials.waiting), trials.unshown
    return found


@pytest.mark.parametrize(("outcomes", "result"), [
    ([("shown", 0)], "ignored"),
    ([("shown", 0), ("accepted", 3)], "accepted"),
    ([("shown", 0), ("accepted", 14)], "accepted"),
    ([("shown", 0), ("accepted", 14.1)], "ignored"),
    ([("shown", 0), ("rejected", 1)], "rejected"),
    ([("shown", 0), ("accepted", 1), ("converted", 9)], "converted"),
    ([("shown", 0), ("ignored", 1), ("accepted", 2)], "accepted"),
    ([("accepted", 0), ("shown", 1)], "accepted"),
])
def test_what_came_of_a_showing_is_the_strongest_answer_within_the_window(told, results, outcomes, result):
    assert results([told(*one) for one in outcomes]) == ([result], 0, 0)


def test_until_the_window_is_over_a_showing_counts_neither_way(told, results):
    """Who answers quickly answers yes more often: counted at once, they would flatter."""
    outcomes = [told("shown", 90), told("accepted", 91), told("shown", 80, "d2", customer_key="c2")]
    assert results(outcomes) == (["ignored"], 1, 0)
    assert results(outcomes, day=104) == (["accepted", "ignored"], 0, 0)


def test_a_card_that_is_shown_again_within_the_window_is_one_trial_and_after_it_another(told, results):
    outcomes = [told("shown", 0), told("shown", 2, "d2"), told("accepted", 3, "d2"), told("shown", 20, "d3")]
    assert results(outcomes) == (["accepted", "ignored"], 0, 0)


@pytest.mark.parametrize("other", [{"customer_key": "c2"}, {"arguments": '{"category":"PASTA"}'},
                                   {"action_id": "greeting"}])
def test_another_customer_another_action_and_other_arguments_are_trials_of_their_own(told, results, other):
    assert results([told("shown", 0), told("shown", 0, "d2", **other)])[0] == ["ignored", "ignored"]


def test_without_a_window_each_decision_is_settled_by_itself_and_at_once(told, results):
    outcomes = [told("shown", 100), told("accepted", 100), told("shown", 100, "d2")]
    assert results(outcomes, window=0) == (["accepted", "ignored"], 0, 0)


def test_an_answer_to_what_was_not_shown_is_counted_apart_and_says_nothing_of_how_often(told, results):
    assert results([told("accepted", 0), told("shown", 0, "d2", customer_key="c2")]) == (["ignored"], 0, 1)


def test_what_lies_after_the_moment_is_not_seen(told, results):
    assert results([told("shown", 0), told("accepted", 3)], day=2) == ([], 1, 0)
    assert results([told("shown", 3)], day=2) == ([], 0, 0)
