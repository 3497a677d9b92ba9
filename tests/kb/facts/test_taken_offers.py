"""Which offers were taken up, from order lines and answers to campaigns written by hand, on the clock of New York."""

import pytest

from kb.facts.moment import Moment
from kb.facts.taken_offers import KnownOrders, Offer, taken_offers
from kb.model.target import Target, TargetKind

PASTA = Target(kind=TargetKind.CATEGORY, name="PASTA")
ANYTHING = Target(kind=TargetKind.ORDER)
PRODUCTS = [{"product_id": "p1", "category": "PASTA"}, {"product_id": "p2", "category": "WINE"}]


@pytest.fixture
def offer(local):
    """An offer of the morning of 1 January that stands until the morning of the 8th."""
    def make(target=PASTA, key="c1", since="2018-01-01T09:00", until="2018-01-08T09:00"):
        return Offer(customer_key=key, target=target, since=local(since), until=local(until))
    return make


@pytest.fixture
def taken(source, at, offer):
    """When the pasta that was offered to c1 was bought; ``None`` where it was not."""
    def find(*lines, target=PASTA, moment="2018-01-31T12:00", **tables):
        asked = offer(target)
        found = taken_offers(source(order_lines=list(lines), products=PRODUCTS, **tables), [asked], at(moment))
        return found.get(asked)
    return find


@pytest.mark.parametrize(("when", "counts"), [
    ("2018-01-01T08:59", False), ("2018-01-01T09:00", False),  # before, and at the very instant
    ("2018-01-01T09:01", True), ("2018-01-08T23:59", True),    # the last local day counts whole
    ("2018-01-09T00:00", False),
])
def test_an_order_counts_after_the_offer_and_to_the_end_of_its_last_local_day(taken, line, local, when, counts):
    assert taken(line("o", when)) == (local(when) if counts else None)


def test_the_last_day_is_one_of_the_zone_of_the_base(source, offer, line, local):
    """It is the 9th already in Shanghai when it is the 8th in New York."""
    tables, asked = source(order_lines=[line("o", "2018-01-08T23:00")], products=PRODUCTS), offer()
    later = local("2018-01-31T12:00")
    assert taken_offers(tables, [asked], Moment(as_of=later, zone="America/New_York"))
    assert not taken_offers(tables, [asked], Moment(as_of=later, zone="Asia/Shanghai"))


def test_the_first_of_several_orders_tells_when(taken, line, local):
    assert taken(line("b", "2018-01-05T10:00"), line("a", "2018-01-03T10:00")) == local("2018-01-03T10:00")


def test_what_lies_after_the_moment_is_not_seen(taken, line):
    assert taken(line("o", "2018-01-05T10:00"), moment="2018-01-05T09:59") is None


@pytest.mark.parametrize(("target", "product", "counts"), [
    (PASTA, "p1", True), (PASTA, "p2", False), (PASTA, "p3", False),
    (Target(kind=TargetKind.PRODUCT, name="p3"), "p3", True), (Target(kind=TargetKind.PRODUCT, name="p1"), "p3", False),
    (ANYTHING, "p3", True), (Target(kind=TargetKind.RESPONSE, name="PASTA"), "p1", False),
])
def test_only_what_was_offered_counts(taken, line, target, product, counts):
    assert (taken(line("o", "2018-01-03T10:00", product_id=product), target=target) is not None) is counts


@pytest.mark.parametrize("status", ["cancelled", "failed", "returned"])
def test_an_order_that_came_to_nothing_is_none(taken, line, status):
    assert taken(line("o", "2018-01-03T10:00", order_status=status)) is None


def test_an_order_that_was_paid_back_whole_is_none_and_one_of_which_something_stays_is(taken, line):
    bought = [line("o", "2018-01-03T10:00", quantity=2.0)]
    back = line("o", "2018-01-20T10:00", -1, quantity=-2.0)
    assert taken(*bought, back) is None
    assert taken(*bought, back | {"quantity": -1.0}) is not None
    assert taken(*bought, back | {"order_id": "r"}) is not None  # of which order it is nobody knows
    assert taken(*bought, back, moment="2018-01-19T10:00") is not None  # then it had not come back


def test_what_was_ordered_before_and_comes_back_takes_nothing_up(taken, line):
    assert taken(line("o", "2018-01-01T08:00", quantity=3.0), line("o", "2018-01-03T10:00", quantity=-1.0)) is None


@pytest.mark.parametrize(("row", "counts"), [
    ({}, True), ({"responded": False}, False), ({"responded": None}, False), ({"responded_at": None}, False),
    ({"campaign_id": "14"}, False), ({"customer_key": "c2"}, False), ({"when": "2018-01-09T00:00"}, False),
])
def test_an_answer_to_the_campaign_takes_an_invitation_up(taken, local, row, counts):
    when = row.pop("when", "2018-01-03T10:00")
    contact = {"customer_key": "c1", "campaign_id": "13", "responded": True, "responded_at": local(when)} | row
    found = taken(target=Target(kind=TargetKind.RESPONSE, name="13"), contacts=[contact])
    assert (found is not None) is counts


def test_each_customer_and_offer_is_asked_about_by_itself_and_nobody_by_none(source, at, offer, line):
    tables = source(order_lines=[line("o", "2018-01-03T10:00"), line("o2", "2018-01-03T10:00", customer_key="c2"),
                                 line("o3", "2018-01-03T10:00", customer_key=None)], products=PRODUCTS)
    asked = [offer(), offer(), offer(key="c2"), offer(key="c3"), offer(since="2018-01-04T00:00")]
    moment = at("2018-01-31T12:00")
    assert set(taken_offers(tables, asked, moment)) == {asked[0], asked[2]}
    assert taken_offers(tables, [], moment) == {}


def test_orders_and_answers_are_known_to_the_last_of_both(source, at, line, local):
    answered = {"customer_key": "c1", "campaign_id": "13", "responded": True, "responded_at": local("2018-01-05T10:00")}
    moment = at("2018-01-31T12:00")
    assert KnownOrders.read(source(), moment) is None
    known = KnownOrders.read(source(order_lines=[line("o", "2018-01-03T10:00")], contacts=[answered]), moment)
    assert known.until == local("2018-01-05T10:00")
