"""The pages in a real Chromium, in both languages; what it saw is kept in ``tests/artifacts``."""

from pathlib import Path

import pytest

ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"
PAGES = {"login": "/login", "home": "/", "customer": "/customers/1", "inbox": "/knowledge",
         "published": "/knowledge?status=published", "refused": "/knowledge/refused", "releases": "/releases",
         "simulations": "/simulations", "steering": "/steering", "impact": "/impact", "runs": "/runs",
         "past": "/customers/1?as_of=2017-06-30&known_at=2026-01-01"}
LOUD = {"error", "warning"}
pytestmark = pytest.mark.browser


@pytest.fixture
def tab(browser, demo_server):
    """``tab("manager", "zh")`` is a signed-in tab that remembers complaints of the browser and foreign requests."""
    contexts = []

    def open_tab(holder, language, width=1366, height=768):
        context = browser.new_context(viewport={"width": width, "height": height}, base_url=demo_server.url)
        context.add_cookies([{"name": "zhike_key", "value": demo_server.keys[holder], "url": demo_server.url},
                             {"name": "zhike_language", "value": language, "url": demo_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.complaints, page.foreign = [], []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type in LOUD else None)
        page.on("pageerror", lambda fault: page.complaints.append(str(fault)))
        page.on("request", lambda sent: None if sent.url.startswith(demo_server.url) else page.foreign.append(sent.url))
        return page

    yield open_tab
    for context in contexts:
        context.close()


def keep(page, name, *, full_page=False):
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=full_page)


def is_overflowing(page):
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_each_page_opens_without_complaint_and_asks_nobody_else(tab, name, language):
    page = tab("manager", language)
    page.goto(PAGES[name], wait_until="networkidle")
    keep(page, f"{name}-{language}")
    assert page.complaints == []
    assert page.foreign == []
    assert page.get_attribute("html", "lang") == {"zh": "zh-Hans", "en": "en"}[language]
    assert not is_overflowing(page)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_knowledge_item_opens_from_the_inbox(tab, language):
    page = tab("manager", language)
    page.goto("/knowledge")
    page.click(".item h2 a >> nth=0")
    page.wait_for_selector(".knowledge h1")
    keep(page, f"item-{language}", full_page=True)
    assert page.complaints == []


@pytest.mark.parametrize(("width", "height"), [(820, 1180), (1024, 768)])
def test_the_customer_page_fits_a_tablet(tab, width, height):
    page = tab("agent", "zh", width, height)
    page.goto("/customers/1")
    keep(page, f"tablet-{width}")
    assert not is_overflowing(page)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_map_is_drawn_and_a_node_leads_to_its_line(tab, language):
    page = tab("agent", language)
    page.goto("/customers/1")
    assert page.locator(".drawing canvas").count() == 0
    page.click("[data-view=drawing]")
    page.wait_for_selector(".drawing canvas")
    keep(page, f"map-{language}")
    page.evaluate("drawing.nodes('.leaf.information')[0].emit('tap')")
    page.wait_for_selector(".entry.found details[open]")
    assert page.get_attribute("[data-view=list]", "aria-pressed") == "true"
    assert page.complaints == []


def test_a_search_lists_customers_while_typing(tab):
    page = tab("agent", "en")
    page.goto("/")
    page.fill("#q", "12")
    page.wait_for_selector("#found tbody tr")
    assert all(name.startswith("12") for name in page.locator("#found tbody th a").all_inner_texts())
    page.fill("#q", "nobody")
    page.wait_for_selector("#found .empty")
    assert page.complaints == []


def test_why_not_then_a_complaint_then_other_cards(tab):
    page = tab("agent", "zh")
    page.goto("/customers/2")
    page.click("text=为何未推荐")
    page.select_option("#why-action", "service_recovery")
    page.click("#why-not-form button")
    page.wait_for_selector("#why-not .verdict")
    keep(page, "why-not")
    page.keyboard.press("Escape")
    before = page.locator(".card h3").all_inner_texts()
    page.click("text=记录一次联系")
    page.fill("#contact-text", "送货迟到")
    page.click("#contact-form button")
    page.wait_for_selector("#actions .notice")
    keep(page, "after-complaint")
    assert page.locator(".card h3").all_inner_texts() != before
    assert page.locator(".card.family-service_recovery").count() == 1
    assert "投诉" in page.inner_text(".kind.operational")
    assert page.complaints == []


def test_accepting_a_card_says_so_in_its_place(tab):
    page = tab("agent", "en")
    page.goto("/customers/3")
    page.click(".card button[value=accepted] >> nth=0")
    page.wait_for_selector(".card .done")
    assert page.inner_text(".card .done") == "Recorded: Accepted"
    assert page.complaints == []


def test_a_fault_is_shown_on_the_page_where_it_happened(tab):
    page = tab("manager", "en")
    page.goto("/knowledge")
    page.click(".item button[value=reject] >> nth=0")
    page.wait_for_selector("#notice .problem")
    keep(page, "problem")
    page.click("#notice [data-close]")
    assert page.locator("#notice .problem").count() == 0


def test_the_console_works_from_the_keyboard(tab):
    page = tab("agent", "en")
    page.goto("/customers/1")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.focus(".tools details >> nth=1 >> summary")
    page.keyboard.press("Enter")
    assert page.locator("#why-action").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#why-action").is_visible()


def test_approving_and_publishing_ask_first_and_show_what_changed(tab):
    page = tab("manager", "en")
    page.goto("/knowledge")
    pending = page.locator(".item").count()
    page.click(".item button[value=approve] >> nth=0")
    page.wait_for_selector(".item.reviewed")
    assert page.locator(".item").count() == pending
    second = tab("second-manager", "en")
    second.goto("/releases")
    second.on("dialog", lambda asked: asked.accept())
    second.click("form[action='/releases'] button")
    second.wait_for_selector("p.notice")
    keep(second, "published-release")
    assert "is live" in second.inner_text("p.notice")
    assert page.complaints == second.complaints == []


def test_a_manager_tries_a_draft_before_publishing_and_compares(tab):
    page = tab("second-manager", "en")
    page.goto("/releases")
    page.click("a[href='/simulations']")
    for name, weight in (("no surveys", "0"), ("more greetings", "3")):
        page.goto("/simulations")
        page.fill("#lever-survey" if weight == "0" else "#lever-greeting", weight)
        page.fill("#draft-name", name)
        page.locator(".choices input").first.check()
        page.click(".simulate button")
        page.wait_for_selector(".simulation", timeout=120_000)
        assert name in page.inner_text("h1")
        assert page.locator(".funnel li").count() >= 1
    keep(page, "simulation-en", full_page=True)
    assert not is_overflowing(page)
    page.goto("/simulations")
    for box in page.locator("input[name=id]").all():
        box.check()
    page.click("form[action='/simulations/comparison'] button")
    page.wait_for_selector("h1")
    keep(page, "simulations-compared-en")
    assert page.locator("thead th a").all_inner_texts() == ["more greetings", "no surveys"]
    assert page.complaints == []


def test_a_manager_weighs_a_family_and_lets_a_release_kept_aside_challenge_the_live_one(tab):
    page = tab("second-manager", "en")
    page.goto("/steering")
    page.fill("#weight-care", "2.5")
    page.fill("#levers-reason", "a quarter of care")
    page.click("#levers button")
    page.wait_for_selector("#levers table:has-text('a quarter of care')")
    page.goto("/releases")
    page.click("form[action='/releases/aside'] button")
    page.wait_for_selector("p.notice:has-text('kept aside')")
    page.goto("/steering")
    page.select_option("#challenger-mode", "share")
    page.click("form[action='/steering/challenger'] button")
    page.wait_for_selector("#challenger:has-text('decides for 10% of the customers')")
    keep(page, "steering-challenged", full_page=True)
    assert not is_overflowing(page)
    assert page.complaints == []


def test_a_past_day_is_chosen_on_the_map_and_left_again(tab):
    page = tab("agent", "en")
    page.goto("/customers/1")
    page.click(".when summary")
    page.fill("#as-of", "2017-06-30")
    page.click(".when button")
    page.wait_for_selector(".past:has-text('how things stood on 2017-06-30')")
    assert page.locator("#actions").count() == 0
    page.click("a.now")
    page.wait_for_selector("#actions")
    assert page.locator(".past").count() == 0
    assert page.complaints == []


def test_a_manager_begins_a_run_sees_how_far_it_is_and_cancels_it(tab):
    page = tab("manager", "en")
    page.on("dialog", lambda asked: asked.accept())
    page.goto("/runs")
    finished = page.locator(".run .tag.good").count()
    page.fill("#seed", "11")
    page.click("form[action='/runs'] button")
    page.wait_for_selector(".run progress")
    page.click(".run form button")
    page.wait_for_selector(".run .tag.bad:has-text('cancelled')")
    assert page.locator(".run .tag.good").count() == finished
    assert page.locator(".run progress").count() == 0
    assert page.complaints == []
