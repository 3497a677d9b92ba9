"""What no longer holds comes into the review with what changed: by call, on pages, in a terminal."""

import re
from dataclasses import replace

import httpx
import pytest

from kb.curation.listing import ItemQuery
from kb.errors import ChangedMeanwhile, Conflict, InvalidInput
from ontology.vocabulary import KnowledgeStatus
from tests.api.curating.conftest import FELL

FORM = {"hx-request": "true"}
LAPSED = ItemQuery(is_lapsed=True)


@pytest.fixture
def lapsed(service, tell):
    """An offer in use that two runs, a month apart, have refused."""
    tell(0)
    service.base.curation.approve("offer-melons", "li")
    tell(30, refused=FELL)
    tell(60, refused=FELL)
    return service


def test_the_review_tells_what_changed_with_the_interval(lapsed):
    listed = lapsed.reviewing.inbox(LAPSED, "", 10)
    [found] = listed["found"]
    change = found["item"]["change"]
    assert (change["then"]["value"], change["now"]["value"]) == (0.4, 0.1)
    assert change["now"]["low"] < 0.1 < change["now"]["high"] < change["then"]["low"]
    assert "the rate is too low" in change["reason"]["en"]
    assert listed["lapsed"] == 1
    assert lapsed.describing.describe()["pending"] >= 1


def test_one_run_that_refuses_it_brings_nothing_into_the_review(service, tell):
    tell(0)
    service.base.curation.approve("offer-melons", "li")
    told = tell(30, refused=FELL)
    assert (told["item"]["change"], told["item"]["valid_to"]) == (None, None)
    assert service.reviewing.items(LAPSED)["items"] == []


def test_kept_with_a_reason_it_is_asked_about_no_more(lapsed, tell):
    digest = lapsed.reviewing.item("offer-melons")["digest"]
    with pytest.raises(InvalidInput, match="without a reason"):
        lapsed.reviewing.review("offer-melons", "keep", " ", "li", read=digest)
    with pytest.raises(ChangedMeanwhile):
        lapsed.reviewing.review("offer-melons", "keep", "summer comes", "li", read="read-old")
    pending = lapsed.describing.describe()["pending"]
    kept = lapsed.reviewing.review("offer-melons", "keep", "summer comes", "li", read=digest)
    assert kept["lapses"][-1]["decision"]["reason"] == "summer comes"
    assert lapsed.describing.describe()["pending"] == pending - 1
    assert tell(90, refused=FELL)["item"]["lapses"][-1]["decision"]["verdict"] == "keep"


def test_who_waits_is_asked_again_after_the_next_run_that_does_not_find_it(lapsed, tell):
    pending = lapsed.describing.describe()["pending"]
    lapsed.reviewing.review("offer-melons", "wait", "", "li")
    assert lapsed.describing.describe()["pending"] == pending - 1
    told = tell(90, refused=FELL | {"later_rate": 0.05})["item"]
    assert told["lapses"][-1]["decision"] is None
    assert told["change"]["now"]["value"] == 0.05
    assert lapsed.describing.describe()["pending"] == pending


def test_found_again_it_leaves_the_review(lapsed, tell):
    told = tell(90)
    assert (told["item"]["valid_to"], told["item"]["change"]) == (None, None)
    assert [lapse["until"] is None for lapse in told["item"]["lapses"]] == [False]
    assert lapsed.reviewing.items(LAPSED)["items"] == []
    with pytest.raises(Conflict, match="has not ceased to hold"):
        lapsed.reviewing.review("offer-melons", "keep", "because", "li")


def test_the_series_is_told_by_call_and_in_a_terminal(lapsed, home, zhike, ending):
    told = lapsed.reviewing.item("offer-melons")["measurements"]
    assert [one["verdict"] for one in told] == ["confirmed", "failed", "failed"]
    assert [one["strength"] for one in told] == [0.8, None, None]
    ending.close()
    shown = zhike(home.path, "knowledge", "show", "offer-melons").stdout
    assert re.search(r"strength now \S+%: measured 400 days ago, half for every 180 days since", shown)
    assert re.search(r"later_rate 40% \(\S+ to \S+\) when judged, later_rate 10% \(\S+ to \S+\) as of", shown)
    assert shown.count("failed") == 2
    listed = zhike(home.path, "knowledge", "list", "--lapsed").stdout
    assert "offer-melons" in listed
    assert "in use and ended by runs: 1" in listed
    kept = zhike(home.path, "knowledge", "keep", "offer-melons", "--reason", "summer comes", "--by", "li")
    assert "offer-melons is kept in use" in kept.stdout, kept.stderr
    assert "li: keep summer comes" in zhike(home.path, "knowledge", "show", "offer-melons").stdout


@pytest.mark.parametrize(("language", "words"), [
    ("zh", {"queue": "不再成立", "then": "审核时", "chart": "每次挖掘测得的可信程度", "one": "只测量过一次",
            "keep": "继续使用"}),
    ("en", {"queue": "No longer holds", "then": "when judged", "chart": "Strength as each run measured it",
            "one": "It was measured once", "keep": "Kept in use"})])
def test_the_pages_draw_the_series_and_take_the_decision(  # noqa: PLR0913, PLR0917 - fixtures
        lapsed, home, serve_home, ending, language, words):
    lapsed.base.curation.propose([replace(lapsed.base.curation.item("offer-melons").item, id="offer-once",
                                          status=KnowledgeStatus.PROPOSED, lapses=(), valid_to=None, approver=None,
                                          missed=None, missed_since=None)])
    ending.close()
    with serve_home(home.path) as server, httpx.Client(
            base_url=server.url, headers={"accept": "text/html"}, timeout=60,
            cookies={"zhike_key": server.keys["manager"], "zhike_language": language}) as reader:
        queue = reader.get("/knowledge/lapsed").text
        assert all(word in queue for word in (words["queue"], words["then"], "offer-melons", 'value="wait"'))
        page = reader.get("/knowledge/offer-melons").text
        assert words["chart"] in page
        assert re.search(r"<svg[^>]*role=\"img\"[^>]*>\s*<title[^>]*>[^<]+</title>\s*<desc", page)
        assert page.count('<path class="missed"') == 2
        assert words["one"] in reader.get("/knowledge/offer-once").text
        digest = re.search(r'name="digest" value="([^"]+)"', page)[1]
        said = {"verdict": "keep", "reason": "夏天再看", "digest": digest}
        assert words["keep"] in reader.post("/knowledge/offer-melons/review", data=said, headers=FORM).text
