"""Simulations over HTTP on the demo's base: as deciding for everybody would tell, kept, listed and side by side."""

import json
from collections import Counter

import httpx
import pytest

from api.composition import open_use_cases
from api.use_cases.simulation.drafting import ReleaseDraft, draft_release
from api.use_cases.simulation.store import SimulationStore
from kb.errors import InvalidInput, NotFound
from kb.facts.context import moment_rows
from kb.facts.online import read_facts
from kb.home import Home
from ontology.vocabulary import Channel, KnowledgeStatus
from rules.decision.compiled_release import CompiledRelease
from rules.decision.decide import decide
from rules.decision.request import Request
from rules.simulation import Move
from rules.simulation.difference import published_to
from rules.simulation.tally import First, move_between
from tests.homes import copy_home, open_base

CUSTOMERS = 2_469


@pytest.fixture(scope="module")
def pending(http):
    """Ids of the offers that wait for a verdict, strongest first."""
    page = http("manager").get("/v1/knowledge", params={"status": "proposed", "kind": "offer"}).json()
    return [item["id"] for item in page["items"]]


@pytest.fixture(scope="module")
def drafts(pending):
    return [{"name": "one more", "include": pending[:1]}, {"name": "no surveys", "levers": {"survey": 0}}]


@pytest.fixture(scope="module")
def answer(http, drafts):
    made = http("manager").post("/v1/simulations", json={"drafts": drafts})
    assert made.status_code == 201, made.text
    return made.json()


@pytest.fixture(scope="module")
def careless(http):
    """A draft without the requirement that keeps thanks from those who buy half of what they did."""
    draft = {"name": "careless", "exclude": ["care-while-spend-holds"]}
    return http("manager").post("/v1/simulations", json={"drafts": [draft]}).json()["simulations"][0]


def added(simulation):
    return [rule for rule in simulation["rules"] if rule["change"] == "added"]


def test_an_included_item_brings_its_rule_with_count_and_funnel(answer, pending):
    more, fewer = answer["simulations"]
    (rule,) = added(more)
    assert (rule["live"], rule["draft"] > 0) == (0, True)
    assert rule["funnel"][-1]["customers"] == rule["draft"]
    assert more["draft"]["include"] == pending[:1]
    assert rule["draft"] == more["differing"] == more["decided"]
    assert added(fewer) == []


def test_every_customer_who_may_get_another_answer_makes_one_move(answer):
    for one in answer["simulations"]:
        assert one["customers"] == CUSTOMERS
        assert sum(move["value"] for move in one["moves"].values()) == one["differing"]
        moved = one["differing"] - one["moves"]["same"]["value"]
        assert sum(way["customers"]["value"] for way in one["transitions"]) == moved
        for move, estimate in one["moves"].items():
            assert sum(segment["moves"][move]["value"] for segment in one["segments"]) == estimate["value"]


def test_without_weight_surveys_are_first_for_nobody(answer):
    fewer = answer["simulations"][1]
    survey = next(row for row in fewer["families"] if row["family"] == "survey")
    assert survey["live"]["value"] > 0 == survey["draft"]["value"]
    assert fewer["value"]["change"]["value"] < 0


def test_segments_have_names_in_both_languages_and_customers_their_own_ids(answer, http):
    one = answer["simulations"][1]
    assert all(segment["name"]["zh"] and segment["name"]["en"] for segment in one["segments"] if segment["segment"])
    customer = one["transitions"][0]["examples"][0]
    assert http("agent").get(f"/v1/customers/{customer}/knowledge-map").status_code == 200


def test_simulations_are_kept_listed_and_shown_again(answer, manager):
    one = answer["simulations"][0]
    listed = {kept["simulation_id"]: kept for kept in manager.get("/v1/simulations").json()["simulations"]}
    assert listed[one["simulation_id"]]["name"] == "one more"
    assert listed[one["simulation_id"]]["author"] == "manager"
    assert manager.get(f"/v1/simulations/{one['simulation_id']}").json() == one


def test_the_same_draft_again_is_the_same_simulation(answer, drafts, manager):
    again = manager.post("/v1/simulations", json={"drafts": drafts[:1]}).json()["simulations"][0]
    assert again["simulation_id"] == answer["simulations"][0]["simulation_id"]


def test_simulations_stand_side_by_side(answer, manager):
    ids = [one["simulation_id"] for one in answer["simulations"]]
    found = manager.get("/v1/simulations/comparison", params={"id": ids}).json()
    assert found["comparable"]
    assert [one["simulation_id"] for one in found["simulations"]] == ids
    rows = {row["row"]: [value["value"] for value in row["values"]] for row in found["rows"]}
    assert rows["customers"] == [CUSTOMERS, CUSTOMERS]
    assert rows["changed"] == [one["moves"]["changed"]["value"] for one in answer["simulations"]]
    assert [rule["drafts"][1] for rule in found["rules"]] == [None]
    assert {key: value for key, value in found.items() if key != "simulations"} == {
        key: value for key, value in answer["comparison"].items() if key != "simulations"}


def test_what_a_draft_would_let_customers_see_that_must_never_be_seen_is_told_row_by_row(answer, careless, http):
    assert [one["harms"]["findings"] for one in answer["simulations"]] == [[], []]
    harms = careless["harms"]
    found = {finding["harm_id"]: finding for finding in harms["findings"]}["care-while-spend-halved"]
    assert (found["action_id"], harms["customers"]) == ("care_best", CUSTOMERS)
    assert 0 < found["customers"] <= harms["decided"] <= harms["suspects"]
    assert found["rule_ids"][0] in found["message"]["en"]
    shown = http("agent").get(f"/v1/customers/{found['examples'][0]}/knowledge-map").json()
    assert shown["customer"]["customer_id"] == found["examples"][0]


@pytest.mark.parametrize(("language", "says"), [("zh", "却照常致谢"), ("en", "thanks as usual, though")])
def test_the_page_and_the_command_tell_them_too(careless, shared_server, zhike, language, says):
    cookies = {"zhike_key": shared_server.keys["manager"], "zhike_language": language}
    with httpx.Client(base_url=shared_server.url, headers={"accept": "text/html"}, cookies=cookies) as reader:
        page = reader.get(f"/simulations/{careless['simulation_id']}").text
    assert says in page
    told = zhike(shared_server.home, "simulations", careless["simulation_id"])
    assert "care-while-spend-halved: thanks as usual" in told.stdout
    assert "1 findings for 2,469 customers" in told.stdout


WRONG = {
    "a family that is none": ({"levers": {"cross-sell": 2}}, 422, "cross_sell"),
    "a weight below nought": ({"levers": {"survey": -1}}, 422, "at least 0"),
    "an item that is not there": ({"include": ["association-none"]}, 404, "association-none"),
    "a rule that is not there": ({"exclude": ["complaint-opened"]}, 404, "complaint-open"),
    "a policy that cannot be": ({"policy": {"quiet_from": 25}}, 422, "policy"),
    "a part that no policy has": ({"policy": {"pause": 3}}, 422, "pause"),
    "a word that a draft has not": ({"includes": []}, 422, "includes"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_draft_that_cannot_be_is_refused_with_what_to_try(manager, name):
    draft, status, word = WRONG[name]
    refused = manager.post("/v1/simulations", json={"drafts": [draft]})
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert word in refused.text


@pytest.mark.parametrize("wanted", ["sim-none", "..%2Fbase", "sim-../base"])
def test_an_unknown_simulation_is_not_found(manager, wanted):
    assert manager.get(f"/v1/simulations/{wanted}").status_code == 404


@pytest.mark.parametrize("holder", ["agent", "system"])
def test_only_managers_simulate(http, holder):
    assert http(holder).post("/v1/simulations", json={}).status_code == 403
    assert http(holder).get("/v1/simulations").status_code == 403


@pytest.fixture(scope="module")
def service(shared_server, tmp_path_factory):
    """The base of a demo of its own, for what HTTP does not let one ask."""
    home = copy_home(shared_server.home, tmp_path_factory.mktemp("simulated") / "home")
    with open_use_cases(open_base(Home(home))) as opened:
        yield opened


def test_on_a_real_base_what_is_found_is_what_deciding_for_everybody_finds(service, pending):
    base, live = service.base, service.releases
    draft = ReleaseDraft(include=tuple(pending[:3]), exclude=("complaint-open",))
    releases = live.compiled(), CompiledRelease.compile(
        draft_release(draft, base.curation, base.levers.current(), base.ontology.schema), base.ontology.schema,
        base.ontology.labels(), zone=base.description.base.zone)
    made = service.simulations.simulate([draft], Channel.PHONE, seed=7, author="eve", progress=lambda _: None)
    counted = {(way["move"], *((way[side] or {}).get("action_id") for side in ("before", "after"))):
               way["customers"]["value"] for way in made["simulations"][0]["transitions"]}
    assert counted == dict(moved_by_hand(base, live, releases))
    assert 0 < made["simulations"][0]["differing"] < CUSTOMERS


def moved_by_hand(base, live, releases):
    """How many customers make each transition, by deciding for all of them under both releases."""
    request = Request(channel=Channel.PHONE, limit=1)
    keys = [row["key"] for row in base.graph.read("MATCH (c:Customer) RETURN c.customer_key AS key")]
    now = moment_rows({}, base.description.moment, channel=Channel.PHONE, names=live.category_names)
    found = Counter()
    for facts in read_facts(base.graph, base.journal, keys, base.description.moment, moment_rows=now,
                            statuses=[KnowledgeStatus.PROPOSED, KnowledgeStatus.PUBLISHED]).values():
        before, after = (First.of(decide(request, published_to(facts, one), one, decision_id="d"), one)
                         for one in releases)
        if (move := move_between(before, after)) is not Move.SAME:
            found[move, before.action_id, after.action_id] += 1
    return found


def test_an_erased_person_is_in_no_simulation(service):
    shelf = SimulationStore(service.base.home.path / "simulations")
    kept = shelf.all()[0]
    key = next(example for way in kept["transitions"] for example in way["examples"])
    assert shelf.forget(key) >= 1
    assert key not in json.dumps(shelf.all())
    assert shelf.one(kept["simulation_id"])["moves"] == kept["moves"]


def test_an_erased_person_is_no_example_of_what_must_never_be_seen(service):
    draft = ReleaseDraft(exclude=("care-while-spend-holds",))
    made = service.simulations.simulate([draft], Channel.PHONE, seed=7, author="eve", progress=lambda _: None)
    shelf = SimulationStore(service.base.home.path / "simulations")
    kept = shelf.one(made["simulations"][0]["simulation_id"])
    key = kept["harms"]["findings"][0]["examples"][0]
    shelf.forget(key)
    assert key not in json.dumps(shelf.one(kept["simulation_id"]))
    assert shelf.one(kept["simulation_id"])["harms"]["findings"][0]["customers"] > 0


def test_no_draft_or_too_many_are_refused(service):
    with pytest.raises(InvalidInput, match="1 to 10"):
        service.simulations.simulate([], Channel.PHONE, seed=7, author="eve", progress=print)
    with pytest.raises(NotFound, match="no simulation"):
        SimulationStore(service.base.home.path / "nowhere").one("sim-1")
