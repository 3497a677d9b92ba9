"""An approval is of what was read, an import overwrites nobody, items retire: by call, on pages, in a terminal."""

import re

import httpx
import pytest

from api.use_cases.knowledge.publishing import Confirmed
from kb.curation.listing import ItemQuery
from kb.errors import ChangedMeanwhile, Conflict, InvalidInput
from kb.model.knowledge import KnowledgeItem
from kb.model.pattern import Run
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus, PatternKind, Standing

FORM = {"hx-request": "true"}


@pytest.fixture
def item_of(service):
    def make(item_id, **changes):
        kind = service.base.ontology.schema.kinds[PatternKind.SEGMENT]
        values = {"kind": kind, "pattern_kind": PatternKind.SEGMENT, "status": KnowledgeStatus.PROPOSED,
                  "statement": Text(zh="常客爱买牛奶", en="regulars buy milk"), "strength": 0.5, "valid_from": 0,
                  "recorded_at": 0, "author": "run-1", "run_id": "run-1"} | changes
        return KnowledgeItem(id=item_id, **values)

    return make


@pytest.fixture
def mined(service, item_of):
    """One mined item that waits, one that is live."""
    run = Run(run_id="run-1", as_of=0, seed=7, started_at=0, finished_at=1, code_version="x", datasets=(),
              parameters={}, plan=())
    service.base.curation.propose([item_of("seg-wait"), item_of("seg-live")], run=run)
    service.base.curation.approve("seg-live", "li")
    service.publishing.publish("eve")
    return service


def contradict(service, item_of):
    service.base.curation.propose([item_of("seg-live", standing=Standing.CONTRADICTED)])


def test_an_import_over_a_mined_item_leaves_author_statement_and_run_as_they_are(mined):
    text = mined.linked.written("text/turtle")
    assert "seg-live" in text
    brought = text.replace("seg-live", "seg-wait").replace("regulars buy milk", "buy more milk")
    told = mined.linked.take_in(brought, "mallory")
    assert told["proposed"] == []
    assert [(one["id"], one["why"]["en"]) for one in told["kept"]] == [("seg-wait", "was mined here, by run-1")]
    item = mined.reviewing.item("seg-wait")["item"]
    assert (item["author"], item["statement"]["en"], item["run_id"]) == ("run-1", "regulars buy milk", "run-1")


def test_a_proposal_that_was_imported_again_is_not_approved_unread(mined):
    text = mined.linked.written("text/turtle").replace("seg-live", "told-1")
    mined.linked.take_in(text, "wang")
    read = mined.reviewing.item("told-1")["digest"]
    mined.linked.take_in(text, "wang")
    assert mined.reviewing.item("told-1")["digest"] == read, "the same twice is the same"
    mined.linked.take_in(text.replace("regulars buy milk", "regulars pay double"), "wang")
    with pytest.raises(ChangedMeanwhile, match="now it says: regulars pay double"):
        mined.reviewing.review("told-1", "approve", "", "li", read=read)
    with pytest.raises(InvalidInput, match="an approval names the digest"):
        mined.reviewing.review("told-1", "approve", "", "li")


def test_an_experience_that_somebody_else_told_is_not_taken_over(service):
    first = service.reviewing.propose_experience("雨天少人来", "few come when it rains", 0.5, "wang")
    with pytest.raises(Conflict, match="was proposed by 'wang'"):
        service.reviewing.propose_experience("雨天少人来", "few come when it rains", 0.9, "li")
    again = service.reviewing.propose_experience("雨天少人来", "few come when it rains", 0.6, "wang")
    assert again["id"] == first["id"]
    assert service.reviewing.item(first["id"])["item"]["author"] == "wang"


def test_an_item_that_no_longer_holds_is_found_retired_with_a_reason_and_gone_after_publishing(mined, item_of):
    contradict(mined, item_of)
    listed = mined.reviewing.items(ItemQuery(standing=Standing.CONTRADICTED))
    assert ([item["id"] for item in listed["items"]], listed["doubtful"]) == (["seg-live"], {"contradicted": 1})
    with pytest.raises(InvalidInput, match="cannot be retired without a reason"):
        mined.reviewing.review("seg-live", "retire", "  ", "li")
    assert mined.reviewing.review("seg-live", "retire", "no longer true", "li")["reason"] == "no longer true (li)"
    planned = mined.publishing.next()
    assert [one["id"] for one in planned["changes"]["items"]["removed"]] == ["seg-live"]
    assert mined.publishing.publish("eve", confirmed=Confirmed(digest=planned["digest"]))["items"] == 0


def test_the_commands_list_by_standing_and_retire(mined, item_of, home, zhike, ending):
    contradict(mined, item_of)
    ending.close()
    listed = zhike(home.path, "knowledge", "list", "--standing", "contradicted").stdout
    assert "seg-live" in listed
    assert "in use and not confirmed by the last run: 1 contradicted" in listed
    assert zhike(home.path, "knowledge", "retire", "seg-live", "--by", "li").returncode == 2, "a reason is asked for"
    done = zhike(home.path, "knowledge", "retire", "seg-live", "--reason", "不再成立", "--by", "li")
    assert "seg-live is retired; next: zhike publish" in done.stdout, done.stderr
    unread = zhike(home.path, "knowledge", "approve", "seg-wait", "--by", "li")
    assert (unread.returncode, "--digest" in unread.stderr) == (1, True)


@pytest.mark.parametrize(("language", "words"), [
    ("zh", {"doubtful": "没有测到成立", "changed": "审核没有生效", "retired": "已停用", "reason": "停用需要说明理由"}),
    ("en", {"doubtful": "not confirmed by the last run", "changed": "your verdict was not taken",
            "retired": "Retired; it goes", "reason": "cannot be retired without a reason"})])
def test_the_pages_list_by_standing_retire_and_take_verdicts_on_what_was_read(  # noqa: PLR0913, PLR0917 - fixtures
        mined, item_of, home, serve_home, ending, language, words):
    contradict(mined, item_of)
    mined.linked.take_in(mined.linked.written("text/turtle").replace("seg-live", "told-1"), "wang")
    again = mined.linked.written("text/turtle").replace("seg-live", "told-1").replace("regulars buy milk", "rewritten")
    ending.close()
    with serve_home(home.path) as server, httpx.Client(
            base_url=server.url, headers={"accept": "text/html"}, timeout=60,
            cookies={"zhike_key": server.keys["manager"], "zhike_language": language}) as reader:
        def digest_of(path):
            return re.search(r'name="digest" value="([^"]+)"', reader.get(path).text)[1]

        assert words["doubtful"] in reader.get("/knowledge").text
        listed = reader.get("/knowledge?status=published&standing=contradicted").text
        assert "seg-live" in listed
        assert 'value="retire"' in listed
        assert "seg-live" not in reader.get("/knowledge?status=published&standing=holds").text
        said = {"verdict": "retire", "digest": digest_of("/knowledge/seg-live")}
        assert words["reason"] in reader.post("/knowledge/seg-live/review", data=said, headers=FORM).text
        done = reader.post("/knowledge/seg-live/review", data=said | {"reason": "旧"}, headers=FORM)
        assert words["retired"] in done.text
        read = {"verdict": "approve", "digest": digest_of("/knowledge/told-1")}
        with server.client("manager") as manager:
            kept = manager.post("/v1/knowledge/imports", content=again.encode(),
                                headers={"content-type": "text/turtle"}).json()["kept"]
        assert [one["id"] for one in kept] == ["told-1"], "proposed by somebody else"
        late = reader.post("/knowledge/told-1/review", data=read | {"digest": "read-old"}, headers=FORM)
        assert (late.status_code, words["changed"] in late.text, read["digest"] in late.text) == (409, True, True)
        assert reader.post("/knowledge/told-1/review", data=read, headers=FORM).status_code == 200
