"""Who calls, and how much they say, is known before anything reads it: measured on the process, over real HTTP."""

import json
from contextlib import ExitStack

import httpx
import pytest

DECISIONS = "/v1/decisions"
MEGABYTE = 1_000_000
ALLOWED_GROWTH = 64 * MEGABYTE
JSON = {"Content-Type": "application/json"}


def is_problem(answer, status):
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert len(answer.content) < 10_000
    return answer.json()


def chunks(size):
    """A body whose length nobody was told."""
    for _ in range(size // MEGABYTE):
        yield b" " * MEGABYTE


SENDERS = {
    "nobody, of a length": (None, lambda: {"content": b" " * (60 * MEGABYTE)}, 401),
    "nobody, in chunks": (None, lambda: {"content": chunks(60 * MEGABYTE)}, 401),
    "an agent, of a length": ("agent", lambda: {"content": b" " * (60 * MEGABYTE)}, 413),
    "an agent, in chunks": ("agent", lambda: {"content": chunks(60 * MEGABYTE)}, 413),
}


@pytest.mark.parametrize("name", SENDERS)
def test_a_body_of_60_megabytes_is_refused_and_costs_no_memory(shop_server, memory_of, name):
    holder, body, status = SENDERS[name]
    with shop_server.client("agent") as warm:
        warm.post(DECISIONS, json={"customer_ids": ["m1"]})
    before = memory_of(shop_server.process, "VmHWM")
    with shop_server.client(holder) as client:
        for _ in range(3):
            is_problem(client.post(DECISIONS, headers=JSON, **body()), status)
    assert memory_of(shop_server.process, "VmHWM") - before < ALLOWED_GROWTH


@pytest.mark.parametrize("form", ["urlencoded", "multipart"])
@pytest.mark.parametrize(("path", "signed_in"), [("/runs", False), ("/runs", True), ("/login", False)])
def test_a_form_of_60_megabytes_costs_no_memory_either(shop_server, memory_of, form, path, signed_in):
    said = {"data": {"seed": "7" * (60 * MEGABYTE)}} if form == "urlencoded" else {"files": {
        "seed": ("seed", b"7" * (60 * MEGABYTE))}}
    before = memory_of(shop_server.process, "VmHWM")
    cookies = {"zhike_key": shop_server.keys["manager"]} if signed_in else {}
    with httpx.Client(base_url=shop_server.url, cookies=cookies, timeout=120) as client:
        answer = client.post(path, headers={"Accept": "text/html"}, **said)
    assert answer.status_code == (303 if (path, signed_in) == ("/runs", False) else 413)
    assert memory_of(shop_server.process, "VmHWM") - before < ALLOWED_GROWTH


def test_a_large_form_is_refused_on_a_page_in_the_readers_language(shop_server):
    cookies = {"zhike_key": shop_server.keys["manager"], "zhike_language": "zh"}
    with httpx.Client(base_url=shop_server.url, timeout=60, headers={"Accept": "text/html"}, cookies=cookies) as client:
        answer = client.post("/runs", data={"seed": "7" * (2 * MEGABYTE)})
    assert answer.status_code == 413
    assert "请求正文超过 1,000,000 字节" in answer.text


TOO_MUCH = {
    "levels": (b"[" * 33 + b"]" * 33, "32 levels"),
    "members": (b"[" + b"1," * 60_000 + b"1]", "50,000 members"),
    "a string": (json.dumps({"customer_ids": ["x" * 30_000]}).encode(), "20,000 bytes"),
    "a string that does not end": (b'{"customer_ids": ["' + b'\\"' * 400_000, "20,000 bytes"),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_json_that_says_too_much_is_refused_before_it_is_read(agent, name):
    said, word = TOO_MUCH[name]
    assert word in is_problem(agent.post(DECISIONS, content=said, headers=JSON), 422)["detail"]


def test_a_search_is_kept_with_the_decision_and_therefore_short(agent):
    said = {"customer_ids": ["m1"], "context": {"search": "x" * 201}}
    assert "search" in is_problem(agent.post(DECISIONS, json=said), 422)["detail"]
    assert agent.post(DECISIONS, json={**said, "context": {"search": "x" * 200}}).status_code == 200


HEADS = {
    "a compressed body": ("POST", DECISIONS, {"Content-Encoding": "gzip"}, 415),
    "long parameters": ("GET", "/v1/customers?q=" + "x" * 9_000, {}, 414),
    "long headers": ("GET", "/v1/releases", {"X-Long": "x" * 40_000}, 431),
    "long headers to what needs no key": ("GET", "/healthz", {"X-Long": "x" * 40_000}, 431),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_head_that_says_too_much_or_in_another_coding_is_refused(agent, name):
    method, path, headers, status = HEADS[name]
    is_problem(agent.request(method, path, headers=headers), status)


def test_what_is_no_http_is_a_problem_too(shop_server, connect):
    with connect(shop_server) as connection:
        connection.sendall(b"HELLO\r\n\r\n")
        told = connection.makefile("rb").read()
    assert b"400 Bad Request" in told
    assert b"application/problem+json" in told


def test_while_64_send_their_bodies_slowly_everybody_else_is_answered(shop_server, agent, connect, head_of):
    with ExitStack() as opened:
        for _ in range(64):
            slow = opened.enter_context(connect(shop_server))
            slow.sendall(head_of(DECISIONS, 100_000, key=shop_server.keys["agent"]) + b"{")
        assert agent.post(DECISIONS, json={"customer_ids": ["m1"]}).status_code == 200
        assert agent.get("/healthz").status_code == 200


def test_a_slow_sender_without_a_key_is_told_at_once(shop_server, connect, head_of):
    with connect(shop_server) as connection:
        connection.sendall(head_of(DECISIONS, 100_000) + b"{")
        assert b" 401 " in connection.recv(100)


def test_a_sender_who_waits_to_be_asked_is_refused_without_having_sent(shop_server, connect, head_of):
    """``Expect: 100-continue``: the answer comes in place of the question for the body."""
    with connect(shop_server) as connection:
        connection.sendall(head_of(DECISIONS, 60 * MEGABYTE, key=shop_server.keys["agent"],
                                   more=["Expect: 100-continue"]))
        assert b" 413 " in connection.recv(100)


@pytest.mark.parametrize("name", ["x" * 15_000, "客户" * 3_000])
def test_a_long_id_is_not_told_again_in_full(agent, name):
    assert "unknown customer" in is_problem(agent.post(DECISIONS, json={"customer_ids": [name]}), 404)["detail"]


def test_a_release_beyond_all_numbers_is_invalid(manager):
    is_problem(manager.post("/v1/releases/99999999999999999999999/rollback"), 422)


@pytest.mark.parametrize(("path", "body"), [
    ("/v1/knowledge", {"statement_zh": "一", "statement_en": "one", "strength": "0.5"}),
    ("/v1/knowledge", {"statement_zh": "一", "statement_en": "one", "strength": True}),
    ("/v1/levers", {"levers": {"survey": "1.5"}}),
    ("/v1/interactions", {"interaction_id": "i", "customer_id": "m1", "kind": "survey", "score": "5"}),
    ("/v1/interactions", {"interaction_id": "i", "customer_id": "m1", "kind": "complaint", "resolved": "yes"}),
    ("/v1/interactions", {"interaction_id": "i", "customer_id": "m1", "kind": "complaint", "at": "1700000000"}),
    (DECISIONS, {"customer_ids": ["m1"], "limit": "3"})])
def test_a_text_is_no_number(manager, path, body):
    is_problem(manager.post(path, json=body), 422)


@pytest.mark.parametrize(("path", "body"), [
    ("/v1/customers/m1/notes", {"text": " \n\t"}), ("/v1/customers/m1/notes", {"text": "\u3000\u200b"}),
    ("/v1/interactions", {"interaction_id": "  ", "customer_id": "m1", "kind": "survey"}),
    ("/v1/knowledge", {"statement_zh": " ", "statement_en": "one"})])
def test_what_is_blank_says_nothing(manager, path, body):
    is_problem(manager.post(path, json=body), 422)


@pytest.mark.parametrize("headers", [
    {"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}])
@pytest.mark.parametrize("path", ["/runs", "/login"])
def test_what_another_site_makes_a_browser_post_is_refused(shop_server, path, headers):
    cookies = {"zhike_key": shop_server.keys["manager"]}
    with httpx.Client(base_url=shop_server.url, timeout=60, cookies=cookies) as browser:
        is_problem(browser.post(path, headers=headers), 403)


def test_the_consoles_own_pages_and_programs_may_post(shop_server):
    with httpx.Client(base_url=shop_server.url, timeout=60) as browser:
        for headers in ({}, {"Origin": shop_server.url}, {"Sec-Fetch-Site": "same-origin"}):
            assert browser.post("/logout", headers=headers).status_code == 303
