"""What orders tell of cards, beside what a person recorded of them."""

from dataclasses import dataclass, field

import pytest

from kb.model.target import Target, TargetKind
from kb.rates.trials import trials_of

DAY = 86_400
OFFER = {"target": Target(kind=TargetKind.CATEGORY, name="PASTA"), "expires_at": 20 * DAY}


@dataclass
class Bought:
    """Pasta bought on some days by everybody, known to some day; it keeps what it was asked."""

    days: tuple
    until: int
    asked: list = field(default_factory=list)

    def taken(self, offers):
        self.asked += offers
        return {one: day * DAY for one in offers for day in self.days if one.since < day * DAY <= one.until}


@pytest.fixture
def results(told):
    """What came of a card that was shown on day 0, and whether orders tell that; the moment is day 100."""
    def found(*outcomes, days=(5,), known=200, window=14, day=100, **card):
        orders = Bought(days, known * DAY)
        trials = trials_of([told(*one, **OFFER | card) for one in [("shown", 0), *outcomes]], window_days=window,
                           as_of=day * DAY, orders=orders)
        return [(one.result, one.is_by_orders) for one in trials.settled], len(trials.waiting), orders.asked
    return found


def test_what_was_bought_and_nobody_reported_is_converted_by_orders(results):
    assert results()[0] == [("converted", True)]
    assert results(("accepted", 3))[0] == [("converted", True)]
    assert results(days=())[0] == [("ignored", False)]


def test_what_a_person_recorded_stands_before_what_orders_tell(results):
    """A rejection is not contradicted, and a report is not counted a second time."""
    assert results(("rejected", 1)) == ([("rejected", False)], 0, [])
    assert results(("converted", 3)) == ([("converted", False)], 0, [])


@pytest.mark.parametrize(("expires", "until"), [(20, 14), (7, 7)])
def test_it_counts_within_the_window_and_while_the_card_stands(results, expires, until):
    [asked] = results(expires_at=expires * DAY)[2]
    assert (asked.since, asked.until, asked.customer_key) == (0, until * DAY, "c1")
    assert results(days=(until + 1,), expires_at=expires * DAY)[0] == [("ignored", False)]


def test_of_thanks_and_questions_no_order_tells(results):
    assert results(target=None) == ([("ignored", False)], 0, [])


def test_without_a_window_or_without_orders_only_reports_count(told, results):
    assert results(window=0) == ([("ignored", False)], 0, [])
    [trial] = trials_of([told("shown", 0, **OFFER)], window_days=14, as_of=100 * DAY).settled
    assert (trial.result, trial.is_by_orders) == ("ignored", False)


def test_a_card_waits_for_orders_to_the_end_of_its_window_and_not_longer_than_that_again(results):
    """Else those whose orders are imported late would count as having ignored it; answered ones wait alike."""
    for outcome in ([], [("accepted", 3)]):
        assert results(*outcome, days=(), known=10, day=20)[1] == 1
        assert results(*outcome, days=(), known=14, day=20)[1] == 0
        assert results(*outcome, days=(), known=10, day=28)[1] == 0


def test_where_no_order_came_in_since_it_was_shown_nothing_is_waited_for(results):
    assert results(days=(), known=0, day=20)[:2] == ([("ignored", False)], 0)


def test_the_same_orders_a_second_time_change_nothing(results):
    assert results(days=(5, 5, 6)) == results()
