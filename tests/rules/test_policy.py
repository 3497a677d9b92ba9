from zoneinfo import ZoneInfo

import pytest

from kb.model.action import Cap, ContactPolicy
from ontology.vocabulary import ActionFamily
from rules.policy import BlockKind, opens_at, policy_blocks

WEEK = ContactPolicy(caps=(Cap(days=7, most=2),), pause_after_rejections=2, pause_days=30)


def mailed(*days_ago, source="campaign"):
    return [{"source": source, "key": f"d{number}/a", "days_ago": days} for number, days in enumerate(days_ago)]


def declined(*days_ago, family="win_back"):
    return [{"source": "recommendation", "key": f"d{number}/win_back", "family": family, "rejected": True,
             "days_ago": days} for number, days in enumerate(days_ago)]


@pytest.fixture
def kinds(served, customer, ask):
    """The kinds of block on an action, for a customer made of plain values."""
    def found(action="win_back", policy=WEEK, request=None, **known):
        return [block.kind for block in
                policy_blocks(served.actions[action], request or ask(), customer(**known), policy)]
    return found


@pytest.mark.parametrize(("action", "asked", "known", "expected"), [
    ("win_back", {"channel": "phone"}, {}, []),
    ("win_back", {"channel": "email"}, {}, [BlockKind.CONSENT]),
    ("win_back", {"channel": "phone", "direction": "outbound"}, {}, [BlockKind.CONSENT]),
    ("win_back", {"channel": "email", "direction": "inbound"}, {}, []),
    ("win_back", {"channel": "email"}, {"consent_marketing": True}, []),
    ("win_back", {"channel": "phone"}, {"consent_marketing": False}, [BlockKind.CONSENT]),
    ("win_back", {"channel": "email"}, {"consent_marketing": True, "consent_email": False}, [BlockKind.CONSENT]),
    ("win_back", {"channel": "sms"}, {"consent_marketing": True, "consent_email": False}, []),
    ("service_recovery", {"channel": "email"}, {}, []),
    ("service_recovery", {"channel": "phone"}, {"consent_marketing": False}, []),
    ("service_recovery", {"channel": "email"}, {"consent_email": False}, [BlockKind.CONSENT]),
    ("service_recovery", {"channel": "phone"}, {"consent_phone": False}, []),
    ("ask_profile", {"channel": "email"}, {}, [BlockKind.CHANNEL]),
])
def test_consent_decides_by_purpose_and_direction(kinds, ask, action, asked, known, expected):  # noqa: PLR0913, PLR0917
    assert kinds(action, request=ask(**asked), **known) == expected


@pytest.mark.parametrize(("days", "expected"), [
    ((), []),
    ((0,), []),
    ((0, 6), [BlockKind.CAP]),
    ((0, 7), []),
    ((6, 6), [BlockKind.CAP]),
    ((7, 8), []),
])
def test_a_cap_counts_contacts_of_the_last_days_without_the_day_on_which_they_end(kinds, days, expected):
    assert kinds(contact=mailed(*days)) == expected


def test_a_cap_without_a_family_lets_service_through(kinds):
    assert kinds("service_recovery", contact=mailed(0, 1, 2)) == []


def test_a_cap_of_a_family_counts_and_holds_back_that_family_alone(kinds):
    policy = ContactPolicy(caps=(Cap(days=90, most=1, family=ActionFamily.SURVEY),))
    asked = [{"source": "recommendation", "family": "survey", "key": "d1/survey", "days_ago": 89}]
    assert kinds("survey", policy, contact=asked) == [BlockKind.CAP]
    assert kinds("win_back", policy, contact=asked) == []
    assert kinds("survey", policy, contact=mailed(1, 2, 3)) == []


def test_the_cards_of_one_decision_are_one_contact(kinds):
    shown = [{"source": "recommendation", "key": f"d1/{action}", "days_ago": 0} for action in ("survey", "greeting")]
    assert kinds(contact=shown) == []
    assert kinds(contact=[*shown, {"source": "recommendation", "key": "d2/survey", "days_ago": 0}]) == [BlockKind.CAP]


@pytest.mark.parametrize(("days", "expected"), [((0,), []), ((0, 29), [BlockKind.PAUSE]), ((0, 30), [])])
def test_a_family_rests_after_so_many_rejections(kinds, days, expected):
    assert kinds(policy=ContactPolicy(pause_after_rejections=2, pause_days=30), contact=declined(*days)) == expected


def test_rejections_of_one_family_leave_others_alone(kinds):
    assert kinds("retention_offer", ContactPolicy(), contact=declined(0, 1)) == []


def test_a_block_says_in_both_languages_how_often_and_until_when(served, customer, ask):
    block, = policy_blocks(served.actions["win_back"], ask(), customer(contact=mailed(1, 5)), WEEK)
    assert block.sentence.zh == "触达策略：最近 7 天已联系 2 次（上限 2 次），2 天后可再联系"
    assert block.sentence.en == "contact policy: 2 contacts in the last 7 days (at most 2); again in 2 days"


@pytest.mark.parametrize(("hour", "channel", "waits_hours"), [
    (20, "sms", 0), (21, "sms", 11), (23, "sms", 9), (0, "sms", 8), (7, "sms", 1), (8, "sms", 0), (23, "phone", 0),
])
def test_what_we_start_waits_for_the_end_of_the_quiet_hours(ask, hour, channel, waits_hours):
    midnight = 1_514_764_800 + 6 * 3_600  # in Chicago
    now = midnight + hour * 3_600
    opens = opens_at(ask(channel), now, ContactPolicy(quiet_from=21, quiet_to=8), ZoneInfo("America/Chicago"))
    assert (opens - now) / 3_600 == waits_hours


def test_quiet_hours_within_one_day_are_understood(ask):
    noon = 1_514_808_000
    policy = ContactPolicy(quiet_from=12, quiet_to=14)
    assert opens_at(ask("sms"), noon, policy, ZoneInfo("UTC")) == noon + 2 * 3_600
