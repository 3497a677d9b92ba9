"""Whatever is sent, the answer is a result or a problem document that says what was expected."""

import json

import pytest

DECISIONS = "/v1/decisions"


def is_problem(answer, status):
    """Every fault is ``application/problem+json`` with title, status and detail."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(("method", "path"), [
    ("POST", DECISIONS), ("GET", "/v1/decisions/d-1"), ("POST", "/v1/outcomes"), ("POST", "/v1/interactions"),
    ("GET", "/v1/customers/1/knowledge-map"), ("GET", "/v1/customers/1/why-not"), ("GET", "/v1/knowledge"),
    ("POST", "/v1/knowledge/x/review"), ("GET", "/v1/releases"), ("POST", "/v1/releases"), ("POST", "/v1/runs"),
    ("GET", "/v1/refusals"), ("GET", "/v1/customers")])
def test_nothing_under_v1_is_told_without_a_key(http, method, path):
    problem = is_problem(http(None).request(method, path, json={}), 401)
    assert "key" in problem["detail"]


def test_a_key_that_nobody_holds_is_no_key(http):
    answer = http(None).get("/v1/knowledge", headers={"Authorization": "Bearer zk_manager_guess"})
    is_problem(answer, 401)


@pytest.mark.parametrize("holder", ["agent", "system"])
@pytest.mark.parametrize(("path", "body"), [
    ("/v1/releases", None), ("/v1/runs", {}), ("/v1/releases/1/rollback", None),
    ("/v1/knowledge/x/review", {"verdict": "approve"}),
    ("/v1/knowledge", {"statement_zh": "一", "statement_en": "one"})])
def test_what_managers_do_needs_a_managers_key(http, holder, path, body):
    problem = is_problem(http(holder).post(path, json=body), 403)
    assert "manager" in problem["detail"]


@pytest.mark.parametrize(("path", "body"), [
    (DECISIONS, {"customer_ids": ["1"], "chanel": "phone"}),
    ("/v1/outcomes", {"decision_id": "d", "action_id": "a", "outcome": "shown", "note": "x"}),
    ("/v1/interactions", {"interaction_id": "i", "customer_id": "1", "kind": "complaint", "mood": "angry"})])
def test_a_misspelt_member_is_refused_and_named(agent, path, body):
    problem = is_problem(agent.post(path, json=body), 422)
    assert problem["errors"][0]["at"].split("/")[-1] in body


@pytest.mark.parametrize("body", [
    {}, {"customer_ids": []}, {"customer_ids": "1"}, {"customer_ids": [1]}, {"customer_ids": [None]}, [], "x", None,
    {"customer_ids": ["1"], "limit": 0}, {"customer_ids": ["1"], "limit": 21},
    {"customer_ids": ["1"], "channel": "pigeon"}, {"customer_ids": ["1"], "context": []},
    {"customer_ids": ["1"], "context": {"direction": "sideways"}}, {"customer_ids": ["1"], "context": {"cart": 7}},
    {"customer_ids": ["1"], "include": ["secrets"]},
    {"customer_ids": [str(number) for number in range(1_001)]}])
def test_a_decision_request_of_another_shape_is_invalid(agent, body):
    is_problem(agent.post(DECISIONS, json=body), 422)


@pytest.mark.parametrize("text", [b"", b"{", b"{'customer_ids': ['1']}", b"\xff\xfe", b"[" * 50_000])
def test_what_is_no_json_is_invalid(agent, text):
    answer = agent.post(DECISIONS, content=text, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    is_problem(answer, answer.status_code)


STRANGE = ["", "0", "no-such", "客户一号", "'; DROP TABLE customers --", "*", "..", "a/b", "x" * 5_000, "\u0000", "🛒",
           "1 ", "é", "e\u0301"]


@pytest.mark.parametrize("name", STRANGE)
def test_an_unknown_customer_is_not_found_however_strange_the_name(agent, name):
    is_problem(agent.post(DECISIONS, json={"customer_ids": [name]}), 404)


def test_half_a_character_is_no_name_of_anybody(agent):
    """A lone surrogate can be written in JSON and in no file."""
    said = b'{"customer_ids": ["\\ud800"]}'
    answer = agent.post(DECISIONS, content=said, headers={"Content-Type": "application/json"})
    assert answer.status_code in {404, 422}, answer.text
    is_problem(answer, answer.status_code)


def test_one_unknown_customer_among_known_ones_has_a_fault_of_its_own(agent):
    """And the others have their answers."""
    answer = agent.post(DECISIONS, json={"customer_ids": ["1", "nobody-here", "7"]}).json()
    assert [decision["customer_id"] for decision in answer["decisions"]] == ["1", "7"]
    [fault] = answer["faults"]
    assert (fault["customer_id"], fault["kind"]) == ("nobody-here", "NotFound")
    assert "nobody-here" in fault["detail"]


@pytest.mark.parametrize("path", [
    "/v1/customers/nobody-here/knowledge-map", "/v1/customers/nobody-here/why-not?action_id=cross_sell",
    "/v1/customers/1/why-not?action_id=win_a_car", "/v1/decisions/d-nobody", "/v1/knowledge/item-nobody",
    "/v1/segments/item-nobody/customers", "/v1/nothing", "/nothing"])
def test_what_does_not_exist_is_not_found(agent, path):
    is_problem(agent.get(path), 404)


@pytest.mark.parametrize(("path", "body"), [
    ("/v1/decisions/d-nobody/replay", None), ("/v1/customers/nobody-here/notes", {"text": "hm"}),
    ("/v1/interactions", {"interaction_id": "i-1", "customer_id": "nobody-here", "kind": "complaint"}),
    ("/v1/outcomes", {"decision_id": "客户", "action_id": "a", "outcome": "shown"})])
def test_what_is_posted_about_nobody_is_not_found(agent, path, body):
    is_problem(agent.post(path, json=body), 404)


def test_no_earlier_release_of_that_number_is_not_found(manager):
    is_problem(manager.post("/v1/releases/99/rollback"), 404)
    is_problem(manager.post("/v1/releases/one/rollback"), 422)


def test_a_method_that_a_path_does_not_know_is_a_problem_too(agent):
    is_problem(agent.delete("/v1/releases"), 405)


@pytest.mark.parametrize("asked", [
    {"status": "loved"}, {"kind": "horoscope"}, {"limit": 0}, {"limit": 501}, {"colour": "red"}, {"cursor": "?"}])
def test_a_listing_that_is_asked_for_wrongly_is_invalid(agent, asked):
    is_problem(agent.get("/v1/knowledge", params=asked), 422)


@pytest.mark.parametrize("as_of", ["yesterday", "2018-13-01", "99999999999999999999", "-1"])
def test_a_moment_that_is_none_is_invalid(agent, as_of):
    is_problem(agent.get("/v1/customers/1/knowledge-map", params={"as_of": as_of}), 422)


@pytest.mark.parametrize("changed", [
    {"at": 10**30}, {"at": -1}, {"at": "now"}, {"score": "NaN"}, {"channel": "pigeon"}, {"kind": "love_letter"},
    {"interaction_id": ""}, {"text": "x" * 2_001}, {"amount": "much"}])
def test_an_interaction_with_an_impossible_value_is_invalid(agent, changed):
    body = {"interaction_id": "i-2", "customer_id": "1", "kind": "complaint", **changed}
    is_problem(agent.post("/v1/interactions", json=body), 422)


def test_numbers_that_are_none_are_invalid(agent):
    """Python's JSON writes NaN and Infinity; they are no numbers."""
    body = json.dumps({"interaction_id": "i-3", "customer_id": "1", "kind": "survey", "score": float("inf")})
    is_problem(agent.post("/v1/interactions", content=body, headers={"Content-Type": "application/json"}), 422)


def test_an_id_that_was_given_to_another_contact_is_a_conflict(agent):
    complaint = {"interaction_id": "i-4", "customer_id": "2", "kind": "enquiry"}
    assert agent.post("/v1/interactions", json=complaint).status_code == 200
    is_problem(agent.post("/v1/interactions", json={**complaint, "customer_id": "3"}), 409)


def test_a_text_in_any_script_is_kept_as_it_is(agent):
    """A note shows on the map at once, unreviewed, with its author."""
    said = "客户说：“送货很慢” 🙁 <script>alert(1)</script>"
    assert agent.post("/v1/customers/4/notes", json={"text": said}).status_code == 200
    shown = agent.get("/v1/customers/4/knowledge-map").text
    assert json.dumps(said, ensure_ascii=False)[1:-1] in shown


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/knowledge"])
@pytest.mark.parametrize("limit", ["-1", "0", "1000000", "many"])
def test_a_listing_of_an_impossible_length_is_refused(agent, path, limit):
    answer = agent.get(path, params={"limit": limit})
    assert answer.status_code == 422
    assert "limit" in answer.json()["detail"]
