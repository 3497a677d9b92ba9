"""Rules whose knowledge no longer holds, paused by a manager's policy: in answers and replays, in a terminal."""

import httpx
import pytest

from api.use_cases.knowledge.publishing import Confirmed
from kb.errors import Conflict
from kb.model.condition import ALWAYS
from kb.model.pauses import PauseMode
from kb.model.rule import Recommend, Rule
from ontology.text import Text
from ontology.vocabulary import Channel
from tests.api.curating.conftest import FELL

ODD = "1"


@pytest.fixture
def served(service, tell):
    """A live release in which an offer's rule recommends the survey to everybody, and nothing else does."""
    curation = service.base.curation
    tell(0)
    curation.propose([], [Rule(id="rule-melons", name=Text(zh="瓜类", en="melons"), author="run-0", when=ALWAYS,
                               then=Recommend(action="survey"), rests_on=("offer-melons",))])
    curation.approve("offer-melons", "li")
    for rule in curation.live().rules:
        if isinstance(rule.then, Recommend) and rule.then.action == "survey":
            curation.retire_rule(rule.id, "li", "only the melons speak")
    planned = service.publishing.next()
    service.publishing.publish("eve", confirmed=Confirmed(
        digest=planned["digest"], removes=tuple(one["id"] for one in planned["changes"]["rules"]["removed"]),
        accept_harm="a test"))
    return service


def decided(service):
    return service.deciding.decide([ODD], Channel.PHONE, {})["decisions"][0]


def is_asked(decision):
    return "survey" in {action["action_id"] for action in decision["actions"]}


def end(tell):
    tell(30, refused=FELL)
    tell(60, refused=FELL)


def test_by_default_ended_knowledge_pauses_nothing(served, tell):
    end(tell)
    answer = decided(served)
    assert (is_asked(answer), answer["pauses"]) == (True, None)
    assert [one["rule"] for one in served.pausing.listed()["to_be_paused"]] == ["rule-melons"]
    with pytest.raises(Conflict, match="pausing rules is off"):
        served.pausing.use(1, "li")


def test_paused_it_is_not_recommended_why_not_says_so_and_earlier_answers_replay(served, tell):
    before = decided(served)
    end(tell)
    told = served.pausing.set_mode(PauseMode.PAUSE, "li", "the harvest is over")
    assert (told["in_use"], told["states"][0]["rules"][0]["item"]) == (1, "offer-melons")
    after = decided(served)
    assert (is_asked(before), is_asked(after), after["pauses"]) == (True, False, 1)
    why = served.deciding.why_not(ODD, "survey")
    assert "已暂停" in why["verdict"]["zh"]
    assert "is paused" in why["verdict"]["en"]
    assert why["blocks"][0]["kind"] == "rule_pause"
    for decision in (before, after):
        assert served.deciding.replay(decision["decision_id"])["equal"]


def test_a_proposal_waits_for_a_manager(served, tell):
    end(tell)
    assert served.pausing.set_mode(PauseMode.PROPOSE, "li")["in_use"] is None
    assert is_asked(decided(served))
    assert served.pausing.use(1, "wang")["in_use"]
    assert not is_asked(decided(served))


@pytest.mark.parametrize("lift", ["keep", "found", "off"])
def test_kept_found_again_or_off_the_rule_speaks_again(served, tell, lift):
    end(tell)
    served.pausing.set_mode(PauseMode.PAUSE, "li")
    paused = decided(served)
    assert not is_asked(paused)
    if lift == "keep":
        served.reviewing.review("offer-melons", "keep", "summer comes", "li")
    elif lift == "found":
        tell(90)
        served.pausing.renew("run-90")
    else:
        served.pausing.set_mode(PauseMode.OFF, "li")
    assert is_asked(decided(served))
    assert served.deciding.replay(paused["decision_id"])["equal"]


@pytest.mark.usefixtures("served")
def test_the_commands_and_the_page_set_the_policy_and_take_a_state(tell, home, zhike, serve_home, ending):
    end(tell)
    ending.close()
    assert "policy: off; in use: none" in zhike(home.path, "pauses", "list").stdout
    told = zhike(home.path, "pauses", "policy", "propose", "--reason", "slowly", "--by", "li")
    assert "rule-melons" in told.stdout, told.stderr
    assert "not in use: zhike pauses use 1" in zhike(home.path, "pauses", "show", "1").stdout
    assert "; in use" in zhike(home.path, "pauses", "use", "1", "--by", "wang").stdout
    assert "is paused" in zhike(home.path, "why-not", ODD, "survey").stdout
    with serve_home(home.path) as server, httpx.Client(
            base_url=server.url, headers={"accept": "text/html", "origin": server.url}, timeout=60,
            cookies={"zhike_key": server.keys["manager"], "zhike_language": "zh"}, follow_redirects=True) as reader:
        page = reader.get("/knowledge/lapsed").text
        assert "暂停状态 1：1 条规则。" in page
        assert "使用中。" in page
        page = reader.post("/knowledge/lapsed/policy", data={"mode": "off"}).text
        assert "尚未启用。" in page
