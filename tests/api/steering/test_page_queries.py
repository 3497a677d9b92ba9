"""What a page asks of the graph: counted, bounded, and no more of it where more is shown."""

import threading
from collections import Counter
from contextlib import ExitStack

import httpx
import pytest
import uvicorn

from api.app import build_app
from api.composition import open_use_cases
from api.console import assets
from api.security.keys import AccessKeys
from kb.home import Home
from kb.model.condition import Op, Quantile, Test
from kb.model.ids import ItemId
from kb.model.knowledge import KnowledgeItem
from kb.model.rule import Recommend, Rule
from ontology.text import Text
from ontology.vocabulary import KnowledgeKind, KnowledgeStatus, PatternKind, Role
from rules.packs import pack
from tests.homes import copy_home, open_base
from tests.overheard import overhearing

MOST_QUERIES = 20
LOOKS = 600  # a twentieth of a second apart
PAGES = ["/", "/?q=12", "/worth-opening", "/knowledge", "/knowledge?status=published", "/knowledge?q=nothing",
         "/knowledge/refused", "/releases", "/findings", "/simulations", "/steering", "/impact", "/runs",
         "/knowledge/item-0", "/rules", "/releases/1"]
CUSTOMER_PAGES = ["/customers/1", "/customers/1/actions", "/customers/1/why-not?action_id=survey"]


def item_of(number, **changes):
    return KnowledgeItem(**{
        "id": ItemId(f"item-{number}"), "kind": KnowledgeKind.HIDDEN, "pattern_kind": PatternKind.ASSOCIATION,
        "status": KnowledgeStatus.PROPOSED, "statement": Text(zh=f"第 {number} 条", en=f"statement {number}"),
        "strength": 0.5, "valid_from": 500, "recorded_at": 1_000, "author": "run-1"} | changes)


def rule_of(number):
    return Rule(id=f"rule-{number}", name=Text(zh="规则", en="rule"), author="run-1", rests_on=(f"item-{number}",),
                when=Test(property="order_count", op=Op.GE, operand=5 + number), then=Recommend(action="survey"))


class Opened:
    """A service in this process, a manager's browser, and its base."""

    def __init__(self, home):
        self.base = open_base(home)
        self._ending = ExitStack()
        self.service = self._ending.enter_context(open_use_cases(self.base))
        access = AccessKeys(home.access_path)
        self._server = uvicorn.Server(uvicorn.Config(build_app(self.service, access), port=0, log_level="error"))
        self._running = threading.Thread(target=self._server.run, daemon=True)
        self._running.start()
        self.client = httpx.Client(base_url=self._address(), headers={"accept": "text/html"}, timeout=60, cookies={
            "zhike_key": access.issue("overheard", Role.MANAGER), "zhike_language": "en"})

    def _address(self):
        pause = threading.Event()
        for _ in range(LOOKS):
            if self._server.started:
                return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"
            pause.wait(0.05)
        msg = "the server did not start"
        raise AssertionError(msg)

    def close(self):
        self.client.close()
        self._server.should_exit = True
        self._running.join(30)
        self._ending.close()

    def propose(self, numbers):
        self.base.curation.propose([item_of(number) for number in numbers], [rule_of(number) for number in numbers])

    def asked(self, path):
        """What the graph is asked for a page that was opened before."""
        self.client.get(path)
        with overhearing(self.base.graph) as asked:
            answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return asked


@pytest.fixture
def opened(home):
    made = Opened(home)
    made.propose([0])
    yield made
    made.close()


@pytest.mark.parametrize("path", PAGES + CUSTOMER_PAGES)
def test_a_page_asks_few_questions_and_no_more_where_there_is_more_to_show(opened, path):
    """The inbox asked 107 times for 25 items."""
    few = opened.asked(path)
    opened.propose(range(1, 60))
    many = opened.asked(path)

    assert len(few) <= MOST_QUERIES, Counter(few)
    assert len(many) <= len(few), Counter(many) - Counter(few)


def test_more_releases_ask_no_more_questions(opened):
    before = {path: len(opened.asked(path)) for path in ("/releases", "/steering")}
    for number in range(3):
        opened.propose([100 + number])
        opened.base.curation.approve(f"item-{100 + number}", "li")
        opened.service.publishing.publish("eve")
    assert {path: len(opened.asked(path)) for path in before} == before


def test_more_drafts_of_rules_ask_no_more_questions_also_where_their_constants_are_quantiles(opened):
    def draft(number):
        return Rule(id=f"draft-{number}", name=Text(zh="草稿", en="draft"), author="wang",
                    when=Test(property="recency_days", op=Op.GE, operand=14, quantile=Quantile(at=0.5)),
                    then=Recommend(action="survey"))

    opened.base.curation.save_rules([draft(0)])
    one = opened.asked("/rules")
    opened.base.curation.save_rules([draft(number) for number in range(1, 12)])
    assert len(opened.asked("/rules")) == len(one) <= MOST_QUERIES
    assert opened.client.get("/rules").text.count("draft-11") > 0


def test_approved_items_are_all_shown_in_one_question(opened):
    opened.propose(range(1, 60))
    before = opened.asked("/releases")
    for number in range(1, 60):
        opened.base.curation.approve(f"item-{number}", "li")
    assert len(opened.asked("/releases")) == len(before)
    assert "statement 42" in opened.client.get("/releases").text


def test_the_inbox_shows_the_rule_of_each_item_and_none_where_there_is_none(opened):
    opened.propose(range(1, 20))
    opened.base.curation.propose([item_of(50)])
    page = opened.client.get("/knowledge").text
    assert page.count("is at least") == 20
    assert "orders is at least 24" in page


@pytest.mark.parametrize("path", PAGES + CUSTOMER_PAGES)
def test_what_the_base_says_of_itself_is_asked_once_a_page(opened, path):
    counted = Counter(opened.asked(path))
    assert counted["MATCH (c:Customer) RETURN count(c) AS customers"] <= 1
    assert [text for text, times in counted.items() if "i.status AS status, count(*)" in text and times > 2] == []


def test_the_packs_are_parsed_once(opened):
    opened.propose(range(1, 30))
    opened.client.get("/knowledge")
    parsed = pack._loaded.cache_info().misses
    for path in ("/knowledge", "/findings", "/steering", "/knowledge/item-0"):
        opened.client.get(path)
    assert pack._loaded.cache_info().misses == parsed


def test_a_static_file_is_read_once_and_anew_when_it_was_built_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    (tmp_path / "of-the-test.css").write_text("a {}")
    first = assets.versioned("of-the-test.css")
    read = assets._mark.cache_info().misses
    assert assets.versioned("of-the-test.css") == first
    assert assets._mark.cache_info().misses == read
    (tmp_path / "of-the-test.css").write_text("b { color: red }")
    assert assets.versioned("of-the-test.css") != first
    (tmp_path / "of-the-test.css").unlink()
    assert assets.versioned("of-the-test.css").endswith("missing")


def test_the_secret_is_read_when_the_base_is_opened_and_not_for_each_customer(made, tmp_path):
    home = Home(copy_home(made.path, tmp_path / "home"))
    opened = Opened(home)
    secret = (home.path / "secret").read_bytes()
    (home.path / "secret").unlink()
    try:
        answers = [opened.client.get(path).status_code for path in CUSTOMER_PAGES]
        assert len(opened.service.deciding.decide(["1", "2", "3"], "phone", {})["decisions"]) == 3
    finally:
        (home.path / "secret").write_bytes(secret)
        opened.close()
    assert answers == [200, 200, 200]
