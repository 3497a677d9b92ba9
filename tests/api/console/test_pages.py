"""The pages over HTTP, served by a real service over the demo's base."""

import re
from html import unescape

import pytest

PAGES = ["/login", "/", "/?q=12", "/?q=nobody-at-all", "/worth-opening", "/customers/1",
         "/customers/1/actions?channel=email&direction=outbound&cart=BEEF", "/customers/1/why-not?action_id=cross_sell",
         "/knowledge", "/knowledge?status=published&kind=association", "/knowledge?status=retired&q=nothing",
         "/knowledge/refused", "/knowledge/lapsed", "/releases", "/findings", "/simulations", "/steering",
         "/impact", "/impact/log", "/runs", "/rates", "/rates/rules",
         "/customers/1?as_of=2017-06-30&known_at=2026-01-01", "/no-such-page"]
WHOLE_PAGES = [path for path in PAGES if path != "/worth-opening" and "actions?" not in path and path != "/impact/log"
               and "why-not" not in path]
FORM = {"hx-request": "true"}


def interaction_id(page):
    return re.search(r'name="interaction_id" value="([^"]+)"', page)[1]


def card_names(page):
    return re.findall(r'name="before" value="([^"]*)"', page)


def first_link(page, start):
    return re.search(rf'href="({start}[^"]+)"', page)[1]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_renders_in_both_languages(visit, path, language):
    answer = visit("manager", language).get(path)
    assert answer.status_code == (404 if path == "/no-such-page" else 200), answer.text
    if path in WHOLE_PAGES:
        assert f'<html lang="{"zh-Hans" if language == "zh" else "en"}">' in answer.text


@pytest.mark.parametrize("path", WHOLE_PAGES)
def test_every_page_tells_the_moment_and_the_release(visit, path):
    page = visit().get(path).text
    assert "Data as of" in page
    assert "2017-12-31" in page
    assert "Release" in page


def test_a_page_lets_nothing_run_but_its_own_files(visit):
    policy = visit().get("/customers/1").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_past_day_shows_the_map_of_then_without_recommendations_and_what_is_not_known(visit):
    page = visit("agent").get("/customers/1?as_of=2017-06-30&known_at=2026-01-01").text
    assert "This is how things stood on 2017-06-30, as known on 2026-01-01" in page
    assert "carry no history" in page
    assert "Recommended actions" not in page
    assert visit("agent").get("/customers/1?as_of=yesterday").status_code == 422


def test_the_last_day_as_known_today_is_now(visit):
    assert "Recommended actions" in visit("agent").get("/customers/1?as_of=2017-12-31&known_at=2999-01-01").text


def test_the_runs_tell_what_came_of_them_and_what_was_left_out(visit):
    page = visit("manager").get("/runs").text
    assert re.search(r"[0-9]+ items and [0-9]+ draft rules proposed, [0-9]+ patterns refused", page)
    assert "What was run, and what was left out" in page
    assert 'hx-trigger="every 2s"' not in page


def test_the_language_that_was_asked_for_is_kept(visit):
    client = visit("agent", "en")
    assert "查找客户" in client.get("/?lang=zh").text
    assert "查找客户" in client.get("/").text


def test_who_is_not_signed_in_is_asked_for_the_key(visit):
    assert visit(None).get("/customers/1").headers["location"] == "/login"


def test_a_key_that_nobody_holds_is_refused_in_words(visit):
    answer = visit(None).post("/login", data={"key": "zk_agent_guess"})
    assert answer.status_code == 401
    assert "Nobody holds this key" in answer.text


def test_a_key_opens_the_console_and_signing_out_closes_it(visit, demo_server):
    client = visit(None)
    entered = client.post("/login", data={"key": demo_server.keys["agent"]})
    assert {"HttpOnly", "SameSite=strict"} <= set(entered.headers["set-cookie"].split("; "))
    assert client.get("/").status_code == 200
    client.post("/logout")
    assert client.get("/").status_code == 303


def test_an_agent_does_not_see_the_managers_pages_and_is_told_why(visit):
    client = visit("agent")
    for path in ("/knowledge", "/releases", "/simulations", "/runs"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "Your role does not allow this" in answer.text
    assert 'href="/releases"' not in client.get("/").text


def test_a_system_has_no_pages(visit):
    assert visit("system").get("/").status_code == 403


def test_the_faults_of_the_api_stay_problem_documents(visit):
    answer = visit().get("/v1/no-such-call")
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unknown_customer_is_told_on_a_page(visit):
    answer = visit().get("/customers/nobody-at-all")
    assert answer.status_code == 404
    assert "unknown customer" in answer.text


@pytest.mark.parametrize("path", ["/login", "/logout", "/outcomes", "/customers/1/interactions", "/customers/1/notes",
                                  "/releases", "/releases/aside", "/releases/1/rollback",
                                  "/simulations", "/steering/levers", "/steering/challenger",
                                  "/steering/challenger/end", "/runs", "/runs/any/cancel",
                                  "/knowledge/any/review", "/rules/any/review"])
def test_another_site_cannot_make_a_browser_act(visit, path):
    answer = visit().post(path, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


def test_a_fault_of_a_form_is_shown_in_place(visit):
    answer = visit().post("/customers/1/notes", data={"text": ""}, headers=FORM)
    assert answer.status_code == 422
    assert answer.headers["hx-retarget"] == "#notice"
    assert "<html" not in answer.text


def test_from_a_card_one_walks_to_the_rule_the_pattern_the_run_and_the_data(visit):
    client = visit("agent")
    customer = next(path for path in re.findall(r'href="(/customers/[^"]+)"', client.get("/worth-opening").text)
                    if "/knowledge/" in client.get(f"{path}/actions").text)
    cards = client.get(f"{customer}/actions").text
    assert re.search(r"<code>rule-[a-z_]+-[0-9a-f]+</code>", cards)
    item = client.get(first_link(cards, "/knowledge/")).text
    assert re.search(r"<code>run-[0-9a-f]+</code>", item)
    assert re.search(r'<code class="digest">sha256:[0-9a-f]{64}</code>', item)


def test_a_complaint_changes_the_cards_and_says_so(visit):
    client = visit("agent")
    page = client.get("/customers/7").text
    before = card_names(page)
    complaint = {"interaction_id": interaction_id(page), "kind": "complaint", "by": "phone", "topic": "delivery",
                 "text": "late again", "before": before, "channel": "phone"}
    answer = client.post("/customers/7/interactions", data=complaint, headers=FORM).text
    assert "Recorded: Complaint" in answer
    added = [name for name in card_names(answer) if name not in before]
    assert added
    assert f"<b>New</b> {', '.join(added)}" in answer
    assert 'id="knowledge-map"' in answer
    assert interaction_id(answer) != interaction_id(page)


def test_the_same_form_sent_twice_records_one_contact(visit):
    client = visit("agent")
    page = client.get("/customers/8").text
    sent = {"interaction_id": interaction_id(page), "kind": "enquiry", "by": "store"}
    for _ in range(2):
        assert client.post("/customers/8/interactions", data=sent, headers=FORM).status_code == 200
    assert client.get("/customers/8").text.count('id="entry-interaction.') == 1


def test_a_note_stands_on_the_map_at_once_marked_unreviewed(visit):
    client = visit("agent")
    answer = client.post("/customers/9/notes", data={"text": "prefers mornings <b>"}, headers=FORM).text
    assert "prefers mornings &lt;b&gt;" in answer
    assert "unreviewed" in answer


def test_an_outcome_is_recorded_and_a_contradiction_is_shown(visit):
    client = visit("agent")
    cards = client.get("/customers/11/actions").text
    told = dict(re.findall(r'name="(decision_id|action_id)" value="([^"]+)"', cards))
    assert "Recorded: Accepted" in client.post("/outcomes", data=told | {"outcome": "accepted"}, headers=FORM).text
    again = client.post("/outcomes", data=told | {"outcome": "rejected"}, headers=FORM)
    assert again.status_code == 409
    assert "contradicts" in again.text


def outcomes_of(client, page):
    """The decision that a page shows: its actions, and what came of them."""
    decision = re.search(r'name="decision_id" value="([^"]+)"', page)[1]
    stored = client.get(f"/v1/decisions/{decision}", headers={"accept": "application/json"}).json()
    return [action["action_id"] for action in stored["actions"]], [
        (told["action_id"], told["outcome"], told["author"]) for told in stored["outcomes"]]


@pytest.mark.parametrize("path", ["/customers/12", "/customers/12/actions?channel=web"])
def test_each_card_on_a_page_is_recorded_as_shown_once_and_nobody_is_made_its_author(visit, path):
    client = visit("agent")
    page = client.get(path).text
    actions, outcomes = outcomes_of(client, page)
    assert outcomes == [(action, "shown", "console") for action in actions]
    told = dict(re.findall(r'name="(decision_id|action_id)" value="([^"]+)"', page))
    client.post("/outcomes", data=told | {"outcome": "shown"}, headers=FORM)
    assert outcomes_of(client, page)[1] == outcomes


def test_a_page_that_is_opened_ten_times_is_no_contact_and_shows_what_it_showed(visit):
    client = visit("agent")
    pages = [client.get("/customers/13/actions").text for _ in range(10)]
    assert len({tuple(re.findall(r'data-action="([^"]+)"', page)) for page in pages}) == 1


def digest_of(client, path):
    """What the forms of a page say that it has shown."""
    return re.search(r'name="digest" value="([^"]+)"', client.get(path).text)[1]


def test_a_rejection_without_a_reason_is_refused(visit):
    client = visit("manager")
    item = first_link(client.get("/knowledge").text, "/knowledge/[a-z_]+-")
    answer = client.post(f"{item}/review", data={"verdict": "reject", "digest": digest_of(client, item)}, headers=FORM)
    assert answer.status_code in {409, 422}
    assert 'class="problem"' in answer.text


@pytest.mark.parametrize(("language", "words"), [("zh", "拒绝需要说明理由"),
                                                 ("en", "cannot be rejected without a reason")])
def test_a_refusal_is_said_in_the_language_of_the_page(visit, language, words):
    client = visit("manager", language)
    item = first_link(client.get("/knowledge").text, "/knowledge/[a-z_]+-")
    said = {"verdict": "reject", "digest": digest_of(client, item)}
    assert words in client.post(f"{item}/review", data=said, headers=FORM).text


@pytest.mark.parametrize(("language", "words"), [("zh", "'yesterday' 的写法不对，应为日期，例如 2018-01-31"),
                                                 ("en", "'yesterday' is not written as a day such as 2018-01-31")])
def test_what_cannot_be_read_of_a_request_is_said_in_plain_words(visit, language, words):
    """No pattern of the machine and no English on a Chinese page."""
    said = unescape(visit("agent", language).get("/customers/1?as_of=yesterday").text)
    assert f"as_of: {words}" in said
    assert "pattern" not in said


def test_what_is_not_found_is_said_in_the_language_of_the_page(visit):
    said = unescape(visit("agent", "zh").get("/customers/nobody-of-that-name").text)
    assert "没有客户" in said
    assert "unknown customer" not in said


def test_what_one_manager_approves_another_publishes_and_may_roll_back(visit):
    manager, second = visit("manager"), visit("second-manager")
    item = first_link(manager.get("/knowledge").text, "/knowledge/[a-z_]+-")
    said = {"verdict": "approve", "reason": "plausible", "digest": digest_of(manager, item)}
    approved = manager.post(f"{item}/review", data=said, headers=FORM).text
    assert "Approved" in approved
    assert item in second.get("/releases").text
    shown = {"digest": digest_of(second, "/releases")}
    published = second.post("/releases", data=shown, headers=FORM, follow_redirects=True).text
    assert "Release 2 is live" in published
    assert "Published" in second.get(item).text
    shown = {"digest": digest_of(second, "/releases/1")}
    assert "Release 1 is live again" in second.post("/releases/1/rollback", data=shown, follow_redirects=True).text
