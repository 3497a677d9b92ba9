"""Each shipped row of the harm table: a customer whom it catches, and one whom it does not."""

from dataclasses import replace

import pytest

from kb.errors import InvalidRule
from kb.model.harm import CategoryState
from kb.model.knowledge import KnowledgeItem
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, KnowledgeKind, KnowledgeStatus, PatternKind, Purpose
from rules.harm import check_rows, harms_from_toml, load_harms
from rules.harm.binding import about_card, about_items
from rules.interpreter.kleene import Scope, reading
from rules.packs.pack import load_pack

ACTIONS = {action.id: action for action in load_pack().actions}
ROWS = {row.id: row for row in load_harms()}
COMPLAINT = {"kind": "complaint", "days_ago": 400, "resolved": False}
LOW = {"kind": "survey", "days_ago": 9, "score_share": 0.5, "latest_score": True}
RISK = {"item": "model", "pattern_kind": "churn_model"}
TEA = {"category": "TEA"}
CASES = [
    ("courting-the-unhappy", {"interaction": [COMPLAINT]}, {"interaction": [COMPLAINT | {"resolved": True}]}),
    ("courting-the-unhappy", {"interaction": [{"kind": "fault", "days_ago": 1}]},
     {"interaction": [{"kind": "enquiry", "days_ago": 1}]}),
    ("courting-the-unhappy", {"interaction": [LOW]},
     {"interaction": [LOW | {"latest_score": False}, LOW | {"score_share": 0.6}]}),
    ("thanks-while-an-order-is-missing", {"undelivered_orders": 1}, {"undelivered_orders": 0}),
    ("offer-of-what-is-complained-of", {}, None),
    ("offer-of-what-was-just-bought", {"purchase": [{"category": "TEA", "last_days_ago": 6}]},
     {"purchase": [{"category": "TEA", "last_days_ago": 7}, {"category": "SOAP", "last_days_ago": 1}]}),
    ("retention-below-the-base-rate", {"knowledge": [RISK | {"score": 0.19}]}, {"knowledge": [RISK | {"score": 0.2}]}),
    ("retention-below-the-base-rate", {"knowledge": [RISK | {"score": 0.19}]}, {}),
    ("care-while-spend-halved", {"spend_trend": -0.5}, {"spend_trend": -0.49}),
    ("marketing-without-consent", {}, {"consent_marketing": True}),
    ("marketing-without-consent", {"consent_marketing": False}, {"consent_marketing": True}),
    ("contact-on-a-refused-channel", {"consent_sms": False, "moment": [{"signal": "channel", "value": "sms"}]},
     {"consent_sms": False, "moment": [{"signal": "channel", "value": "email"}]}),
]
OWN = """
[[harm]]
id = "gifts-to-staff"
says = { zh = "向员工赠礼", en = "gifts to staff" }
seen = { families = ["retention"] }
when = { property = "occupation", op = "=", value = "staff" }
"""


@pytest.fixture(scope="module")
def model():
    return KnowledgeItem(
        id="model", kind=KnowledgeKind.HIDDEN, pattern_kind=PatternKind.CHURN_MODEL, status=KnowledgeStatus.PUBLISHED,
        statement=Text.same("leaves"), strength=0.5, measures={"later_rate": 0.2}, valid_from=0, recorded_at=0,
        author="run-1")


def holds(row, facts, items):
    condition = about_card(about_items(row.when, items), TEA)
    return reading(condition)(Scope.of(facts, frozenset())) is True


@pytest.mark.parametrize(("name", "caught", "spared"), CASES)
def test_a_row_catches_whom_it_means_and_nobody_else(customer, model, name, caught, spared):
    assert holds(ROWS[name], customer(**caught), [model])
    assert spared is None or not holds(ROWS[name], customer(**spared), [model])


def test_every_shipped_row_is_shown_and_can_be_asked():
    assert {name for name, *_ in CASES} == ROWS.keys()
    check_rows(tuple(replace(row, id=f"own-{row.id}") for row in ROWS.values()), load_schema(), ACTIONS)


def test_where_no_model_is_published_nobody_is_below_its_rate(customer):
    assert not holds(ROWS["retention-below-the-base-rate"], customer(knowledge=[RISK | {"score": 0.0}]), [])


def test_rows_mean_cards_by_action_family_purpose_and_direction():
    consent, thanks = ROWS["marketing-without-consent"].seen, ROWS["courting-the-unhappy"].seen
    assert [consent.cover(ACTIONS["win_back"], is_outbound=sent) for sent in (True, False)] == [True, False]
    assert not consent.cover(ACTIONS["survey"])
    assert thanks.cover(ACTIONS["care_best"], is_outbound=False)
    assert set(ROWS["contact-on-a-refused-channel"].seen.channels) == set(Channel)
    assert ROWS["offer-of-what-is-complained-of"].seen.category is CategoryState.COMPLAINTS_ABOVE_LIMIT


def test_the_rows_of_a_base_are_read_with_their_author():
    (row,) = harms_from_toml(OWN.encode(), source="own.toml", author="wang")
    assert (row.author, row.seen.families, row.says.zh) == ("wang", (ActionFamily.RETENTION,), "向员工赠礼")
    check_rows((row,), load_schema(), ACTIONS)


@pytest.mark.parametrize(("given", "becomes", "said"), [
    ('id = "gifts-to-staff"', 'id = "courting-the-unhappy"', "the id stands twice"),
    ('families = ["retention"]', 'families = ["gifts"]', "unknown families 'gifts'"),
    ('families = ["retention"]', 'actions = ["gift"]', "unknown action 'gift'"),
    ('families = ["retention"]', "outbound = true", "does not say which cards"),
    ('property = "occupation"', 'property = "ocupation"', "ocupation"),
    ('value = "staff"', 'value = "$action.trade"', "no action has a parameter 'trade'"),
    ("seen =", "sees =", "unknown key 'sees'"),
    ("[[harm]]", "[harm", "not TOML"),
])
def test_a_row_that_cannot_be_asked_is_refused_by_name(given, becomes, said):
    with pytest.raises(InvalidRule, match=said) as refused:
        check_rows(harms_from_toml(OWN.replace(given, becomes).encode(), source="own.toml", author="wang"),
                   load_schema(), ACTIONS)
    assert refused.value.hint


def test_purposes_are_those_of_the_ontology():
    assert set(ROWS["contact-on-a-refused-channel"].seen.purposes) == set(Purpose)
