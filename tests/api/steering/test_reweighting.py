"""What another policy would have brought, asked of a base that draws a share of its cards.

Everybody is new, so a greeting and a survey fit; the greeting comes first, and the draw shows the survey to one in
five. Half of those who are shown the survey answer it, of those who are greeted one in ten comes.
"""

import json
import random

import pytest

from api.use_cases import impact_log
from api.use_cases.impact_words import unsupported_cards
from api.use_cases.simulation.drafting import ReleaseDraft
from kb.experiments.off_policy import LEAST_EFFECTIVE, LogSupport
from kb.graph.port import Statement
from ontology.vocabulary import ActionFamily, Channel
from tests.api.steering.conftest import AS_OF

DAY = 86_400
NEW = [f"n{number}" for number in range(900)]
_CREATE = """
    CREATE (c:Customer {customer_key: $key, external_id: $id, order_count: 30, recency_days: 4, joined_days_ago: 3,
                        consent_marketing: true})"""
SURVEY_FIRST = ReleaseDraft(name="survey first", levers={"survey": 100.0})


def decide_and_record(service, home, people, *, exploration):
    """Publish, decide for new customers, and record what comes of it in the three days after."""
    service.base.graph.write([Statement(_CREATE, {"key": home.customer_key(name), "id": name}) for name in people])
    if exploration:
        service.steering.set_levers({ActionFamily.SURVEY: 1.0}, "li", exploration=exploration)
        service.publishing.publish("eve")
    chance = random.Random(7)  # noqa: S311 - a draw that can be repeated
    for start in range(0, len(people), 100):
        for answer in service.deciding.decide(people[start:start + 100], Channel.PHONE, {}, 1)["decisions"]:
            [card] = answer["actions"]
            if chance.random() < {"survey": 0.5, "greeting": 0.1}[card["action_id"]]:
                service.recording.record_outcome(answer["decision_id"], card["action_id"], "converted", "eve",
                                                 at=AS_OF + 3 * DAY)


@pytest.fixture
def drawn(service, home):
    decide_and_record(service, home, NEW, exploration={ActionFamily.SURVEY: 0.2})
    tell_of_later(service)


def tell_of_later(service, days=8):
    """An outcome of another answer, so that what came of the first days is known."""
    [answer] = service.deciding.decide(["0"], Channel.PHONE, {}, 1)["decisions"]
    service.recording.record_outcome(answer["decision_id"], answer["actions"][0]["action_id"], "shown", "eve",
                                     at=AS_OF + days * DAY)


def by_policy(report):
    return {one["policy"]: one for one in report["reweighted"]}


def test_where_nothing_is_drawn_it_says_that_the_log_cannot_tell_and_what_to_switch_on(service, home):
    decide_and_record(service, home, NEW[:50], exploration={})
    report = service.impact.report(7)
    assert [one["control"] for one in report["controlled"]] == []
    for one in report["reweighted"]:
        assert (one["figures"], one["answers"]) == ([], 0)
        assert "zhike levers set --explore" in one["refusal"]["en"]
    assert "Nothing is drawn" in " / ".join(step["en"] for step in report["next_steps"])
    assert "was sure to be shown" in service.impact.estimate(SURVEY_FIRST, 7)["refusal"]["en"]


@pytest.mark.usefixtures("drawn")
def test_what_is_recommended_stands_beside_a_relevant_card_that_is_drawn_and_nothing_is_called_uplift(service):
    report = service.impact.report(7)
    [one] = report["controlled"]
    assert (one["control"], one["families"], one["in_force"]) == ("random", ["survey"], True)
    assert one["share"] == pytest.approx(0.2)
    assert one["sample_ratio"]["as_drawn"]
    conversion = next(figure for figure in one["figures"] if figure["measure"] == "conversion")
    assert conversion["recommended"]["mean"] == pytest.approx(0.1, abs=0.03)
    assert conversion["control"]["mean"] == pytest.approx(0.5, abs=0.1)
    assert conversion["verdict"]["en"] == "lower than with a relevant card drawn at random"
    told = json.dumps(report | {"next_steps": []}, ensure_ascii=False)
    assert "uplift" not in told
    assert "增量" not in told


@pytest.mark.usefixtures("drawn")
def test_a_draft_is_estimated_from_the_log_and_it_is_right(service):
    found = service.impact.estimate(SURVEY_FIRST, 7)
    assert (found["policy"], found["refusal"], found["supported"]) == ("draft", None, 1.0)
    assert found["effective"] >= LEAST_EFFECTIVE
    conversion = next(figure for figure in found["figures"] if figure["reward"] == "conversion")
    assert conversion["interval"][0] < 0.5 < conversion["interval"][1]
    assert conversion["snips"] == pytest.approx(0.5, abs=0.1)
    assert conversion["recommended"] == pytest.approx(0.1, abs=0.04)
    assert conversion["difference_interval"][0] > 0
    assert conversion["verdict"]["en"] == "would bring more than what is recommended"
    value = next(figure for figure in found["figures"] if figure["reward"] == "value")
    assert value["interval"][0] <= value["doubly_robust"] <= value["interval"][1]


@pytest.mark.usefixtures("drawn")
def test_the_latest_customers_are_read_and_it_is_said_that_others_are_left_out(service, monkeypatch):
    assert service.impact.logged(7)["log"] == {"customers": 900, "most": 5_000, "left_out": None}
    monkeypatch.setattr(impact_log, "MOST_ANSWERS", 50)
    told = service.impact.logged(7)["log"]
    assert (told["customers"], told["most"]) == (50, 50)
    assert told["left_out"]["en"] == "Of the log the latest 50 customers are read; those before them are left out"


@pytest.mark.usefixtures("drawn")
def test_other_ways_to_rank_are_told_with_the_report(service):
    found = by_policy(service.impact.report(7))
    plain = found["without_levers"]
    assert plain["refusal"] is None  # no lever is set: it would show what is recommended
    assert {figure["difference"] for figure in plain["figures"]} == {0.0}
    assert found["propensity_alone"]["answers"] == len(NEW)


def test_a_log_that_is_worth_too_little_is_refused_with_what_was_found_expected_and_to_try(service, home):
    decide_and_record(service, home, NEW[:300], exploration={ActionFamily.SURVEY: 0.2})
    tell_of_later(service)
    found = service.impact.estimate(SURVEY_FIRST, 7)
    assert (found["figures"], found["least_effective"]) == ([], 100)
    assert 30 < found["effective"] < 100
    assert found["refusal"]["en"].startswith(f"300 answers of the log are worth {round(found['effective'])} for it, at "
                                             f"least 100 are expected: wait for more")
    assert "至少需要 100 次" in found["refusal"]["zh"]


@pytest.mark.usefixtures("drawn")
def test_of_a_draft_that_would_show_nothing_the_log_tells_nothing(service):
    silent = ReleaseDraft(exclude=tuple(rule.id for rule in service.releases.compiled().release.rules
                                        if getattr(rule.then, "action", "") in {"survey", "greeting"}))
    assert "answers of the log are worth 0 for it" in service.impact.estimate(silent, 7)["refusal"]["en"]


def test_cards_that_could_not_have_been_shown_are_refused_by_their_share():
    told = unsupported_cards(LogSupport(answers=900, effective=300.0, supported=0.8))
    assert told.en.startswith("20% of the cards that it would show could not have been shown, at most 5% are expected")
    assert told.zh.startswith("它要展示的卡片中有 20% 当时不可能展示，最多允许 5%")


def test_answers_whose_days_are_not_over_are_waited_for(service, home):
    decide_and_record(service, home, NEW[:50], exploration={ActionFamily.SURVEY: 0.2})
    found = service.impact.estimate(SURVEY_FIRST, 30)
    assert "none of 50 answers in which a card could be drawn is 30 days old yet" in found["refusal"]["en"]
    [one] = service.impact.report(30)["controlled"]
    assert one["waiting"] == 50


def test_managers_ask_for_a_draft_by_call_and_command(home, opened, serve_home, zhike):
    with opened() as service:
        decide_and_record(service, home, NEW[:60], exploration={ActionFamily.SURVEY: 0.2})
    assert "the draft: none of 60 answers" in zhike(home.path, "impact", "--lever", "survey=100").stdout
    assert "草案" in zhike(home.path, "impact", "--lever", "survey=100", "--language", "zh").stdout
    with serve_home(home.path) as server:
        body = {"levers": {"survey": 100}}
        assert server.client("manager").post("/v1/impact", json=body).json()["policy"] == "draft"
        assert server.client("agent").post("/v1/impact", json=body).status_code == 403
        assert server.client("manager").post("/v1/impact", json={"exclude": ["unheard-of"]}).status_code == 404
