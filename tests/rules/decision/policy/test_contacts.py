import pytest

from kb.model.action import Cap, ContactPolicy
from ontology.vocabulary import ActionFamily, Channel
from rules.decision.policy import BlockKind

WEEK = ContactPolicy(caps=(Cap(days=7, most=2),), pause_after_rejections=2, pause_days=30)
BY_SMS = ContactPolicy(caps=(Cap(days=7, most=2, channel=Channel.SMS),))
SURVEY_BY_SMS = ContactPolicy(caps=(Cap(days=7, most=1, family=ActionFamily.SURVEY, channel=Channel.SMS),))
DAY = 86_400
MIDNIGHT = 1_514_764_800  # 2018-01-01 00:00 UTC, the day of the moment


def mailed(*days_ago, **values):
    return [{"source": "campaign", "key": f"d{number}/a", "days_ago": days, **values}
            for number, days in enumerate(days_ago)]


def declined(*days_ago, family="win_back"):
    return [{"source": "recommendation", "key": f"d{number}/win_back", "family": family, "rejected": True,
             "days_ago": days} for number, days in enumerate(days_ago)]


@pytest.mark.parametrize(("days", "expected"), [
    ((), []),
    ((0,), []),
    ((0, 6), [BlockKind.CAP]),
    ((0, 7), []),
    ((6, 6), [BlockKind.CAP]),
    ((7, 8), []),
    ((-1, 0), []),
])
def test_a_cap_counts_contacts_of_the_last_days_without_the_day_on_which_they_end(kinds, days, expected):
    assert kinds("win_back", WEEK, contact=mailed(*days)) == expected


@pytest.mark.parametrize(("days", "opens_in"), [((0, 6), 1), ((0, 0), 7), ((1, 5), 2), ((1, 2, 6), 5), ((6, 6), 1)])
def test_a_cap_ends_on_the_day_that_leaves_room_for_one_more(blocks, days, opens_in):
    block, = blocks("win_back", WEEK, contact=mailed(*days))
    assert block.until == MIDNIGHT + opens_in * DAY
    assert blocks("win_back", WEEK, contact=mailed(*(ago + opens_in for ago in days))) == ()
    assert blocks("win_back", WEEK, contact=mailed(*(ago + opens_in - 1 for ago in days))) != ()


def test_a_cap_without_a_family_lets_service_through(kinds):
    assert kinds("service_recovery", WEEK, contact=mailed(0, 1, 2)) == []


def test_a_cap_of_a_family_counts_and_holds_back_that_family_alone(kinds):
    policy = ContactPolicy(caps=(Cap(days=90, most=1, family=ActionFamily.SURVEY),))
    asked = [{"source": "recommendation", "family": "survey", "key": "d1/survey", "days_ago": 89}]
    assert kinds("survey", policy, contact=asked) == [BlockKind.CAP]
    assert kinds("win_back", policy, contact=asked) == []
    assert kinds("survey", policy, contact=mailed(1, 2, 3)) == []


@pytest.mark.parametrize(("action", "channel", "policy", "contact", "expected"), [
    ("win_back", "sms", BY_SMS, mailed(0, 6, channel="sms"), [BlockKind.CAP]),
    ("win_back", "sms", BY_SMS, mailed(0, 7, channel="sms"), []),
    ("win_back", "email", BY_SMS, mailed(0, 1, channel="sms"), []),
    ("win_back", "sms", BY_SMS, mailed(0, 1, channel="email"), []),
    ("win_back", "sms", BY_SMS, mailed(0, 1), []),
    ("service_recovery", "sms", BY_SMS, mailed(0, 1, channel="sms"), []),
    ("survey", "sms", SURVEY_BY_SMS, mailed(0, family="survey", channel="sms"), [BlockKind.CAP]),
    ("survey", "sms", SURVEY_BY_SMS, mailed(0, family="survey", channel="phone"), []),
    ("survey", "sms", SURVEY_BY_SMS, mailed(0, family="care", channel="sms"), []),
    ("survey", "phone", SURVEY_BY_SMS, mailed(0, family="survey", channel="sms"), []),
])
def test_a_cap_of_a_channel_counts_and_closes_that_channel_alone(  # noqa: PLR0913, PLR0917
        kinds, ask, action, channel, policy, contact, expected):
    assert kinds(action, policy, ask(channel), contact=contact, consent_marketing=True) == expected


def test_a_cap_of_none_never_ends_by_time(blocks):
    block, = blocks("survey", ContactPolicy(caps=(Cap(days=1, most=0, family=ActionFamily.SURVEY),)))
    assert (block.until, block.sentence.en) == (
        None, "contact policy: no contact of this kind is allowed until the policy changes")


def test_the_cards_of_one_decision_are_one_contact(kinds):
    cards = [{"source": "recommendation", "key": f"d1/{action}", "days_ago": 0} for action in ("survey", "greeting")]
    assert kinds("win_back", WEEK, contact=cards) == []
    other = {"source": "recommendation", "key": "d2/survey", "days_ago": 0}
    assert kinds("win_back", WEEK, contact=[*cards, other]) == [BlockKind.CAP]


@pytest.mark.parametrize(("days", "rests_for"), [
    ((0,), 0), ((0, 29), 30), ((0, 30), 0), ((29, 58), 1), ((30, 31), 0), ((5, 40, 41), 0), ((29, 40), 1),
    ((3, 4, 5), 27),
])
def test_a_family_rests_for_its_days_from_the_last_of_so_many_rejections(blocks, days, rests_for):
    found = blocks("win_back", ContactPolicy(pause_after_rejections=2, pause_days=30), contact=declined(*days))
    assert [block.until for block in found] == ([MIDNIGHT + rests_for * DAY] if rests_for else [])


def test_rejections_of_one_family_leave_others_alone(kinds):
    assert kinds("retention_offer", contact=declined(0, 1)) == []


def test_a_family_never_rests_where_the_policy_counts_no_rejections(kinds):
    assert kinds("win_back", ContactPolicy(pause_after_rejections=0), contact=declined(0, 1, 2)) == []


def test_a_block_says_in_both_languages_until_when_and_because_of_what(blocks):
    block, = blocks("win_back", WEEK, contact=mailed(1, 5))
    assert block.sentence.zh == ("触达策略：静默到 1 月 3 日（当日起可再联系），"
                                 "因为最近 7 天已联系 2 次（上限 2 次）")
    assert block.sentence.en == ("contact policy: quiet until 3 January "
                                 "because of 2 contacts in the last 7 days (at most 2)")


def test_the_day_is_that_of_the_base(blocks):
    """The moment is noon in London and after midnight of the next day in Auckland."""
    block, = blocks("win_back", WEEK, contact=mailed(1, 5), zone="Pacific/Auckland")
    assert "quiet until 4 January" in block.sentence.en
    assert block.until == MIDNIGHT + 2 * DAY + 11 * 3_600


def test_every_part_that_holds_back_is_told(blocks, ask):
    found = blocks("win_back", ContactPolicy(caps=(Cap(days=7, most=1), Cap(days=30, most=2),
                                                   Cap(days=7, most=1, channel=Channel.SMS))),
                   ask("sms"), contact=[{**row, "channel": "sms"} for row in declined(0, 1)], consent_sms=False)
    assert [block.kind for block in found] == [
        BlockKind.CONSENT, BlockKind.CONSENT, BlockKind.CAP, BlockKind.CAP, BlockKind.CAP, BlockKind.PAUSE]


@pytest.mark.parametrize("wrong", [
    lambda: Cap(days=0, most=1), lambda: Cap(days=1, most=-1), lambda: ContactPolicy(quiet_to=24),
])
def test_a_policy_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match="expected"):
        wrong()
