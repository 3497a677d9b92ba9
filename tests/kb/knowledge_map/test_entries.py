"""Entries of the map from facts written by hand: bands, the order of what presses, campaigns by name."""

import pytest

from kb.facts.moment import Moment
from kb.knowledge_map.entry import ValueWords, measured
from kb.knowledge_map.observed_entries import event_entries, measured_entries
from kb.knowledge_map.profile_entries import profile_entries
from kb.model.facts import Facts, Row
from ontology.schema import load_schema
from ontology.text import Text

WORDS = ValueWords(load_schema(), {"23": Text(zh="春季优惠", en="spring offer")})
NOON = Moment(as_of=1_514_808_000, zone="UTC")


def facts(customer=None, **related):
    return Facts(customer_key="c1", as_of=NOON.as_of, customer=customer or {},
                 related={fact: tuple(rows) for fact, rows in related.items()})


def told(**customer):
    return {one["id"]: one for one in profile_entries({}, facts(customer), WORDS)}


@pytest.mark.parametrize(("known", "zh", "en"), [
    ({"age_low": 35, "age_high": 44}, "年龄：35–44 岁", "age: 35–44 years"),
    ({"age_low": 65}, "年龄：65+ 岁", "age: 65+ years"),
    ({"age_high": 24}, "年龄：至 24 岁", "age: up to 24 years"),
    ({"income_low": 2916.67, "income_high": 4166.58}, "月收入：2,917–4,167", "monthly income: 2,917–4,167"),
])
def test_two_bounds_are_one_band(known, zh, en):
    [one] = told(**known).values()
    assert one["statement"] == {"zh": zh, "en": en}
    assert one["evidence"]["facts"] == known
    assert one["unit"] in {"years", "currency"}


def test_where_the_value_itself_is_known_its_bounds_are_left_out():
    assert set(told(age=35, age_low=35, age_high=35)) == {"customer.age"}


def interaction(key, kind, days, **values):
    return Row(key=key, days_ago=days, values={"kind": kind, "days_ago": days, **values})


def test_an_open_complaint_comes_before_later_contacts_and_a_resolved_one_in_its_turn():
    rows = [interaction("v", "visit", 0), interaction("s", "complaint", 1, resolved=True),
            interaction("c", "complaint", 2, resolved=False), interaction("f", "fault", 3)]
    assert [one["id"] for one in event_entries(facts(interaction=rows), WORDS)] == [
        "interaction.c", "interaction.f", "interaction.v", "interaction.s"]


@pytest.mark.parametrize(("values", "label", "answer"), [
    ({"campaign_id": "23", "responded": True}, "campaign spring offer", "responded"),
    ({"campaign_id": "7", "responded": False}, "campaign 7", "no response"),
    ({"source": "recommendation", "family": "care", "rejected": True}, "offered: customer care", "rejected"),
])
def test_a_contact_is_called_by_its_campaign_or_by_what_was_offered(values, label, answer):
    [one] = measured_entries(facts(contact=[Row(key="k", days_ago=3, values=values)]), WORDS, {})
    assert (one["label"]["en"], one["value_text"]["en"], one["age_days"]) == (label, answer, 3)


def test_an_indicator_tells_of_when_it_is():
    yesterday = measured(NOON.as_of - 86_400, NOON)
    [one] = measured_entries(facts({"order_count": 4}), WORDS, yesterday)
    assert (one["as_of"], one["age_days"]) == ("2017-12-31T12:00:00Z", 1)
    assert measured(None, NOON) == {}
