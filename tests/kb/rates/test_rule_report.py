import pytest

from kb.facts.follow_up import Bought
from kb.journal.events import RuleCustomer
from kb.rates.rule_report import rule_reports
from kb.rates.trials import trials_of

DAY = 86_400


@pytest.fixture
def reports(told):
    """The reports of customers ``(rule, customer, day, held out)``; those in ``buyers`` bought after day 5."""
    def made(customers, outcomes=(), *, buyers=(), known_days=100):
        return {one.rule_id: one for one in rule_reports(
            [RuleCustomer(rule_id=rule, customer_key=key, first_at=day * DAY, is_held_out=out)
             for rule, key, day, out in customers],
            trials_of([told(*one[:3], **one[3]) for one in outcomes], window_days=14, as_of=20 * DAY),
            bought=lambda since: {key: Bought(orders=1) for key in buyers if key in since},
            is_over=lambda since: since <= known_days * DAY)}
    return made


def test_what_was_shown_of_a_rule_counts_each_customer_once_within_the_window(reports):
    found = reports([("ask", "c1", 0, False), ("ask", "c2", 0, False), ("ask", "c3", 15, False)], [
        ("shown", 0, "d1", {}), ("shown", 1, "d2", {}), ("accepted", 1, "d2", {}),
        ("shown", 0, "d3", {"customer_key": "c2"}), ("shown", 15, "d4", {"customer_key": "c3"})])["ask"]
    assert (found.fired, found.shown, found.waiting) == (3, 3, 1)
    assert dict(found.results) == {"accepted": 1, "ignored": 1}
    assert found.control is None


def test_those_held_out_stand_beside_those_who_were_recommended_it(reports):
    customers = [("ask", f"c{number}", 0, number >= 40) for number in range(80)]
    control = reports(customers, buyers=[f"c{number}" for number in range(50)])["ask"].control
    assert (control.recommended.hits, control.recommended.size) == (40, 40)
    assert (control.held_out.hits, control.held_out.size) == (10, 40)
    assert control.gained == pytest.approx(0.75)
    assert control.interval[0] < 0.75 < control.interval[1]


def test_a_customer_stands_on_the_side_of_the_first_time_and_waits_until_their_days_are_known(reports):
    found = reports([("ask", "c1", 0, True), ("ask", "c1", 5, False), ("ask", "c2", 9, True)], known_days=6)["ask"]
    assert found.fired == 2
    assert (found.control.held_out.size, found.control.recommended.size) == (1, 0)
    assert (found.control.gained, found.control.interval) == (None, None)
