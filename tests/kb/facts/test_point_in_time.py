"""Interactions, contacts, subscriptions and relations as facts."""

import pytest

NOON = "2017-12-31T12:00:00"


@pytest.fixture
def campaign(local):
    return {"campaign_id": "m1", "kind": "Type A", "offer": "10 off", "category": "MILK",
            "starts_at": local("2017-12-01T00:00:00"), "ends_at": local("2018-01-05T00:00:00")}


@pytest.fixture
def contact(local):
    return {"customer_key": "c1", "campaign_id": "m1", "channel": "mail", "contacted_at": local("2017-12-02T09:00:00"),
            "responded": False}


def test_an_open_campaign_tells_how_long_it_stands_and_that_nobody_answered(source, at, rows_of, campaign, contact):
    (row,) = rows_of(source(campaigns=[campaign], contacts=[contact]), at(NOON), "contact")
    assert row == {
        "customer_key": "c1", "_key": "m1", "days_ago": 29, "source": "campaign", "campaign_id": "m1",
        "action_id": None, "family": None, "kind": "Type A", "offer": "10 off", "channel": "mail", "responded": False,
        "rejected": None, "open": True, "ends_in_days": 5, "category": "MILK",
    }


@pytest.mark.parametrize(("when", "is_open", "days_left"), [
    ("2017-12-02T09:00:00", True, 34),
    ("2018-01-04T23:59:59", True, 1),
    ("2018-01-05T00:00:00", False, None),
])
def test_a_campaign_is_open_before_its_end_and_not_at_it(  # noqa: PLR0913, PLR0917 - fixtures and a case
    source, at, rows_of, campaign, contact, when, is_open, days_left,
):
    (row,) = rows_of(source(campaigns=[campaign], contacts=[contact]), at(when), "contact")
    assert (row["open"], row["ends_in_days"]) == (is_open, days_left)


def test_a_campaign_of_unknown_end_is_neither_open_nor_closed(source, at, rows_of, campaign, contact):
    (row,) = rows_of(source(campaigns=[campaign | {"ends_at": None}], contacts=[contact]), at(NOON), "contact")
    assert (row["open"], row["ends_in_days"]) == (None, None)


@pytest.mark.parametrize(("answer", "when", "responded"), [
    ({"responded": True, "responded_at": "2017-12-20T10:00:00"}, "2017-12-20T09:59:59", False),
    ({"responded": True, "responded_at": "2017-12-20T10:00:00"}, "2017-12-20T10:00:00", True),
    ({"responded": None, "responded_at": "2017-12-20T10:00:00"}, "2017-12-20T10:00:00", True),
    ({"responded": True}, "2018-01-04T10:00:00", False),
    ({"responded": True}, "2018-01-05T00:00:00", True),
    ({"responded": None}, "2018-01-05T00:00:00", False),
])
def test_an_answer_is_known_from_its_date_or_from_the_end_of_the_campaign(  # noqa: PLR0913, PLR0917 - fixtures and a case
    source, at, local, rows_of, campaign, contact, answer, when, responded,
):
    dated = {name: local(value) if name == "responded_at" else value for name, value in answer.items()}
    (row,) = rows_of(source(campaigns=[campaign], contacts=[contact | dated]), at(when), "contact")
    assert row["responded"] is responded


def test_the_latest_of_several_contacts_stands_for_all(  # noqa: PLR0913, PLR0917 - fixtures
    source, at, local, rows_of, campaign, contact,
):
    again = contact | {"contacted_at": local("2017-12-30T09:00:00"), "channel": "email"}
    answered = contact | {"responded": True, "responded_at": local("2017-12-10T09:00:00")}
    (row,) = rows_of(source(campaigns=[campaign], contacts=[answered, again]), at(NOON), "contact")
    assert (row["days_ago"], row["channel"], row["responded"]) == (1, "email", True)


def test_an_undated_contact_stands_at_the_start_of_its_campaign(source, at, rows_of, campaign, contact):
    undated = contact | {"contacted_at": None}
    (row,) = rows_of(source(campaigns=[campaign], contacts=[undated]), at(NOON), "contact")
    assert row["days_ago"] == 30
    assert rows_of(source(contacts=[undated]), at(NOON), "contact") == []


@pytest.fixture
def complaint(local):
    return {"interaction_id": "i1", "customer_key": "c1", "kind": "complaint", "channel": "phone", "product_id": "p1",
            "at": local("2017-12-30T09:00:00"), "topic": "delivery", "amount": "12.5", "score": 2.0,
            "resolved_at": local("2018-01-02T09:00:00")}


def test_a_complaint_is_open_until_it_is_resolved(source, at, rows_of, complaint):
    tables = source(interactions=[complaint], products=[{"product_id": "p1", "category": "MILK"}])
    (row,) = rows_of(tables, at(NOON), "interaction")
    assert row == {
        "customer_key": "c1", "_key": "i1", "days_ago": 1, "kind": "complaint", "channel": "phone",
        "topic": "delivery", "category": "MILK", "resolved": False, "amount": 12.5, "dwell_seconds": None, "score": 2.0,
        "case_id": None, "score_max": None, "score_share": None, "latest_score": True,
    }
    assert rows_of(tables, at("2018-01-02T09:00:00"), "interaction")[0]["resolved"] is True


def test_a_visit_is_neither_resolved_nor_open(source, at, rows_of, complaint):
    visit = complaint | {"kind": "visit", "resolved_at": None}
    assert rows_of(source(interactions=[visit]), at(NOON), "interaction")[0]["resolved"] is None


@pytest.mark.parametrize(("happened", "rows"), [
    ("2017-01-01T00:00:00", 1), ("2016-12-31T23:59:59", 0), ("2017-12-31T12:00:00", 1), ("2017-12-31T12:00:01", 0),
])
def test_interactions_of_365_local_days_are_remembered(  # noqa: PLR0913, PLR0917 - fixtures and a case
    source, at, local, rows_of, complaint, happened, rows,
):
    tables = source(interactions=[complaint | {"at": local(happened), "kind": "visit", "score": None}])
    assert len(rows_of(tables, at(NOON), "interaction")) == rows


@pytest.fixture
def contract(local):
    return {"customer_key": "c1", "plan": "fibre", "started_at": local("2017-01-01T00:00:00"), "monthly_amount": "30",
            "ended_at": local("2017-12-01T00:00:00"), "ended_by": "customer"}


def test_a_contract_is_active_until_its_end_and_the_end_is_not_foreseen(source, at, rows_of, contract):
    tables = source(subscriptions=[contract])
    (before,) = rows_of(tables, at("2017-11-30T23:59:59"), "subscription")
    (after,) = rows_of(tables, at("2017-12-03T00:00:00"), "subscription")
    assert (before["active"], before["tenure_days"], before["ended_by"], before["ended_days_ago"]) == (
        True, 333, None, None)
    assert (after["active"], after["tenure_days"], after["ended_by"], after["ended_days_ago"]) == (
        False, 334, "customer", 2)
    assert before["_key"] == after["_key"]
    assert (after["plan"], after["monthly_amount"], after["days_ago"]) == ("fibre", 30.0, 336)


def test_equal_contracts_have_keys_of_their_own(source, at, rows_of, contract):
    rows = rows_of(source(subscriptions=[contract, contract]), at(NOON), "subscription")
    assert len({row["_key"] for row in rows}) == 2


def test_a_contract_to_come_is_not_seen_and_one_of_unknown_start_is(source, at, rows_of, local, contract):
    later = contract | {"started_at": local("2018-01-01T00:00:00"), "ended_at": None}
    undated = contract | {"started_at": None, "ended_at": None}
    (row,) = rows_of(source(subscriptions=[later, undated]), at(NOON), "subscription")
    assert (row["active"], row["tenure_days"]) == (True, None)


def test_both_sides_of_a_relation_know_of_it(source, at, rows_of):
    tables = source(relations=[{"from_customer_key": "c1", "to_customer_key": "c2", "kind": "referral"}])
    assert rows_of(tables, at(NOON), "relation") == [
        {"customer_key": "c1", "_key": "from:referral:c2", "days_ago": None, "kind": "referral", "direction": "from"},
        {"customer_key": "c2", "_key": "to:referral:c1", "days_ago": None, "kind": "referral", "direction": "to"},
    ]
