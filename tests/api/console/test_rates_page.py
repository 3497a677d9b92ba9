"""The page Learning from outcomes over HTTP: managers change, agents read."""

import re

import pytest

FORM = {"hx-request": "true"}
AT_ONCE = {"mode": "propose", "prior_weight": "50", "window_days": "0", "half_life_days": "180", "least_factor": "0.5",
           "most_factor": "2"}


@pytest.fixture
def taught(visit):
    """A manager whose policy settles each decision at once, and a page of cards of which the first was accepted."""
    manager = visit("manager")
    cards = manager.get("/customers/14/actions").text
    told = dict(re.findall(r'name="(decision_id|action_id)" value="([^"]+)"', cards))
    manager.post("/outcomes", data=told | {"outcome": "accepted"}, headers=FORM)
    manager.post("/rates/policy", data=AT_ONCE, headers=FORM, follow_redirects=True)
    yield manager
    manager.post("/rates/policy", data=AT_ONCE | {"mode": "off"}, headers=FORM)


def test_an_agent_reads_what_was_learned_and_may_change_nothing(visit):
    agent = visit("agent")
    assert "Off: nothing is learned" in agent.get("/rates").text
    assert 'method="post" action="/rates' not in agent.get("/rates").text
    for path, form in (("policy", AT_ONCE), ("learn", {}), ("1/use", {})):
        assert agent.post(f"/rates/{path}", data=form, headers=FORM).status_code == 403


def test_a_manager_learns_takes_a_state_and_sees_the_card_say_what_moved(taught):
    page = taught.post("/rates/learn", headers=FORM, follow_redirects=True).text
    number = re.search(r'<h2 id="state-title">Rates (\d+)</h2>', page)[1]
    assert "Take it" in page
    assert "In use" in taught.post(f"/rates/{number}/use", headers=FORM, follow_redirects=True).text
    assert "moved by outcomes" in taught.get("/customers/14/actions").text + taught.get("/customers/15/actions").text
    assert "What came of each rule" in taught.get("/rates/rules").text


def test_a_policy_out_of_bounds_is_refused_in_place(visit):
    answer = visit("manager").post("/rates/policy", data=AT_ONCE | {"most_factor": "0.5"}, headers=FORM)
    assert answer.status_code == 422
    assert 'class="problem"' in answer.text
