"""A run of an earlier moment is a study: nothing that is live changes until somebody takes it up."""

import pytest

from kb.curation.listing import ItemQuery
from kb.errors import Conflict
from ontology.vocabulary import Channel
from tests.durability.test_runs import ended, opened

WEEK = 7 * 86_400


@pytest.fixture
def service(home):
    with opened(home) as made:
        yield made


@pytest.fixture
def now(service):
    return service.base.description.moment.as_of


def run_of(service, **asked):
    run = ended(service, service.runs.start(seed=7, by="li", **asked)["id"])
    assert run["state"] == "finished", run["fault"]
    return run


def scores(service):
    """Every live score with the run that made it."""
    return {(item["id"], row["customer_id"]): (row["score"], row["run_id"])
            for item in service.reviewing.items(ItemQuery(), limit=500)["items"]
            for row in service.reviewing.customers_of(item["id"], cursor="", limit=1_000)["customers"]}


def statements(service):
    return {item["id"]: (item["statement"], item["measures"], item["standing"])
            for item in service.reviewing.items(ItemQuery(), limit=500)["items"]}


def test_a_study_changes_no_live_score_and_no_item(service, now):
    live = run_of(service, as_of=None)
    before, said = scores(service), statements(service)
    assert {run for _, run in before.values()} == {live["result"]["run"]["run_id"]}
    study = run_of(service, as_of=now - 8 * WEEK)
    assert study["study"]
    assert study["result"]["linked"] > 0
    assert scores(service) == before
    assert statements(service) == said


def test_a_study_is_listed_as_one_and_can_be_taken_up_with_its_name_and_moment(service, now):
    run_of(service, as_of=None)
    study = run_of(service, as_of=now - 8 * WEEK)
    assert next((run["id"], run["study"]) for run in service.runs.listed()) == (study["id"], True)
    service.runs.take_up(study["id"], "wang")
    taken = ended(service, study["id"])
    assert (taken["state"], taken["study"], taken["taken_up_by"]) == ("finished", False, "wang")
    assert study["result"]["run"]["run_id"] in {run for _, run in scores(service).values()}
    with pytest.raises(Conflict, match="no finished study"):
        service.runs.take_up(study["id"], "wang")


def test_a_run_of_another_moment_is_taken_up_at_once_where_that_is_asked_for(service, now):
    taken = run_of(service, as_of=now - 8 * WEEK, take_up=True)
    assert not taken["study"]
    assert {run for _, run in scores(service).values()} == {taken["result"]["run"]["run_id"]}


def test_a_run_of_some_miners_keeps_the_scores_of_the_others_and_says_so(service):
    whole = run_of(service, as_of=None)["result"]["run"]["run_id"]
    before = scores(service)
    part = run_of(service, as_of=None, miners=["churn"])
    after = scores(service)
    assert after == before
    assert {run for _, run in after.values()} == {whole}
    assert part["kept"]
    assert {one["run_id"] for one in part["kept"]} == {whole}
    assert part["ended"] == []


def test_the_map_says_which_run_made_a_score(service):
    live = run_of(service, as_of=None)["result"]["run"]["run_id"]
    item, customer = next(iter(scores(service)))
    service.reviewing.review(item, "approve", "", "wang", read=service.reviewing.item(item)["digest"])
    told = service.customers.knowledge_map(customer)
    held = [entry for part in ("operational", "hidden") for entry in told[part] if entry["id"] == f"item.{item}"]
    assert [entry["scored_by"]["run_id"] for entry in held] == [live]
    assert held[0]["scored_by"]["age_days"] == 0
    assert service.deciding.decide([customer], Channel.PHONE, {})["decisions"]
