"""The page that tells what recommending brought, of a base with a holdout, cards that were drawn, and later orders."""

from dataclasses import replace

import httpx
import pytest

from kb.model.action import Holdout, Levers
from ontology.vocabulary import ActionFamily, Channel
from rules.packs.pack import load_pack
from tests.api.steering.conftest import AS_OF, PEOPLE
from tests.api.steering.test_impact import DAY, sell

SPRING = Holdout(name="spring <one>", share=0.5)
DRAWN = Levers(exploration={ActionFamily.SURVEY: 0.2})


@pytest.fixture
def visit(home, opened, serve_home):
    """A person's browser on a base in which half of forty customers are held out."""
    with opened() as service:
        pack = load_pack()
        service.base.curation.publish("eve", pack.actions, replace(pack.policy, holdouts=(SPRING,)), DRAWN,
                                      check=service.releases.try_out)
        for answer in service.deciding.decide(PEOPLE, Channel.PHONE, {}, 1)["decisions"]:
            service.recording.record_outcome(answer["decision_id"], answer["actions"][0]["action_id"], "converted",
                                             "eve", at=AS_OF + 8 * DAY)
    sell(home, [(name, 9, 40.0) for name in PEOPLE])
    with serve_home(home.path) as server:
        def opened_page(holder, language):
            with httpx.Client(base_url=server.url, headers={"accept": "text/html"}, timeout=60, cookies={
                    "zhike_key": server.keys[holder], "zhike_language": language}) as client:
                whole, log = (client.get(path, params={"days": 7}) for path in ("/impact", "/impact/log"))
                assert whole.status_code == log.status_code == 200
                assert 'hx-get="/impact/log?days=7"' in whole.text
                form = {"days": 7, "family": ["survey", "care"], "weight": ["1.5", ""]}
                drafted = client.post("/impact/draft", data=form, headers={"hx-request": "true"})
                assert (drafted.status_code == 200) is (holder == "manager")
                return whole.text + log.text + (drafted.text if holder == "manager" else "")
        yield opened_page


def test_the_page_tells_an_agent_the_same_as_the_call_in_both_languages(visit):
    english, chinese = visit("agent", "en"), visit("agent", "zh")
    for told in ("Beside no recommendation: &#39;spring &lt;one&gt;&#39; holds out 50%", "Money per customer (EUR)",
                 "too few to tell: each side needs 30 customers whose days are over",
                 "40 decisions for 40 customers", "Beside a relevant card drawn at random",
                 "Ranked by propensity alone"):
        assert told in english
    for told in ("推荐效果", "与不推荐相比", "人均消费（EUR）", "样本太少", "只按可能性排序"):
        assert told in chinese
    assert '<option value="7" selected>' in english


def test_a_manager_estimates_a_draft_on_the_page(visit):
    for language, title in (("en", "Estimate a draft"), ("zh", "推算一个草案")):
        page = visit("manager", language)
        assert f"<h1>{title}</h1>" in page
        assert "× 1.5" in page
    assert 'action="/impact/draft"' not in visit("agent", "en")
