"""Customers who were recommended something beside a control, from decisions and orders written by hand."""

import pytest

from kb.experiments.bucketing import is_drawn
from kb.experiments.confidence_sequence import Sample, mean_difference
from kb.experiments.contrast import ContrastVerdict, ImpactMeasure
from kb.experiments.impact import Participant, compare_sides, held_out
from kb.facts.follow_up import Bought
from kb.journal.events import Decided
from kb.model.action import Holdout

MEASURES = (ImpactMeasure.PURCHASE, ImpactMeasure.ORDERS, ImpactMeasure.SPEND)
HALF = Holdout(name="spring", share=0.5)


def side(size, *, is_control, share=0.5, since=0):
    return [Participant(customer_key=f"{'h' if is_control else 'o'}{number}", since=since, is_control=is_control,
                        control_share=share) for number in range(size)]


def spent(name, size, money):
    return {f"{name}{number}": Bought(orders=1, spend=money) for number in range(size)}


def figure(found, measure):
    return next(one for one in found.contrasts if one.measure is measure)


def test_the_draw_tells_who_is_held_out_and_from_when_each_is_followed():
    decided = [Decided(customer_key=str(number), first_at=number, has_converted=True) for number in range(40)]
    found = held_out(HALF, decided)
    assert [one.is_control for one in found] == [is_drawn("spring", str(number), 0.5) for number in range(40)]
    assert [one.since for one in found] == list(range(40))
    assert not any(one.has_converted for one in found)  # who is offered nothing has nothing to report


def test_figures_are_means_over_everybody_whose_days_are_over_also_who_bought_nothing():
    people = [*side(4, is_control=False), *side(2, is_control=True), *side(9, is_control=True, since=100)]
    bought = {"o0": Bought(orders=3, spend=90.0), "o1": Bought(orders=1, spend=10.0), "h0": Bought(orders=1, spend=8.0)}
    found = compare_sides(people, bought, MEASURES, lambda since: since < 100)
    assert found.waiting == 9
    means = [(one.recommended.mean, one.control.mean) for one in found.contrasts]
    assert means == [(0.5, 0.5), (1.0, 0.5), (25.0, 4.0)]
    assert found.ratio.counts == (4, 11)


def test_the_money_is_the_difference_over_all_who_were_recommended_something():
    people = [*side(400, is_control=False), *side(400, is_control=True)]
    found = compare_sides(people, spent("o", 300, 40.0) | spent("h", 200, 40.0), MEASURES, lambda _: True)
    difference, (low, high) = mean_difference(Sample.of([40.0] * 300 + [0.0] * 100),
                                              Sample.of([40.0] * 200 + [0.0] * 200))
    assert difference == 10.0
    assert figure(found, ImpactMeasure.SPEND).verdict is ContrastVerdict.HIGHER
    assert found.gain.money == 4_000.0
    assert found.gain.interval == pytest.approx((400 * low, 400 * high))


@pytest.mark.parametrize(("recommended", "control"), [(400, 29), (29, 400), (400, 250)],
                         ids=["few held out", "few recommended", "not as drawn"])
def test_there_is_no_money_to_tell_of_too_few_or_of_sides_that_the_draw_did_not_make(recommended, control):
    people = [*side(recommended, is_control=False), *side(control, is_control=True)]
    found = compare_sides(people, spent("o", 300, 40.0), MEASURES, lambda _: True)
    assert found.gain is None
    assert figure(found, ImpactMeasure.SPEND).verdict in {ContrastVerdict.TOO_FEW, ContrastVerdict.WITHHELD}


def test_sides_that_were_drawn_with_unequal_shares_are_made_alike():
    """Of great spenders nine of ten are controls, of others one of ten: without weights the control would seem rich."""
    great = [*side(10, is_control=False, share=0.9), *side(90, is_control=True, share=0.9)]
    others = [Participant(customer_key=f"x{one.customer_key}", since=0, is_control=one.is_control, control_share=0.1)
              for one in (*side(90, is_control=False), *side(10, is_control=True))]
    bought = {one.customer_key: Bought(orders=1, spend=100.0) for one in great}
    found = figure(compare_sides([*great, *others], bought, MEASURES, lambda _: True), ImpactMeasure.SPEND)
    assert (found.recommended.mean, found.control.mean) == (pytest.approx(50.0), pytest.approx(50.0))
