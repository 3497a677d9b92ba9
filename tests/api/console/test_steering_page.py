"""The page Steering over HTTP: managers change, agents read."""

import re

import pytest

FORM = {"hx-request": "true"}
FAMILIES = ["cross_sell", "retention", "service_recovery", "win_back", "care", "campaign", "greeting", "survey",
            "fallback"]


def weights(**changed):
    """A form that was opened while all families stood at 1."""
    return {"family": FAMILIES, "shown": ["1"] * len(FAMILIES),
            "weight": [changed.get(family, "1") for family in FAMILIES]}


def test_an_agent_reads_the_page_and_may_change_nothing(visit):
    agent = visit("agent")
    page = agent.get("/steering").text
    assert "a knowledge manager changes it" in page
    assert "At most 5 contacts of any kind in 7 days" in page
    assert '<form method="post" action="/steering' not in page
    for path, form in (("levers", weights(care="2")), ("challenger", {"release": 1}), ("challenger/end", {})):
        assert agent.post(f"/steering/{path}", data=form, headers=FORM).status_code == 403


def test_a_manager_sets_a_weight_and_the_page_says_who_and_why(visit):
    manager = visit("manager")
    sent = weights(survey="1.5") | {"reason": "listen <more>"}
    page = manager.post("/steering/levers", data=sent, headers=FORM, follow_redirects=True).text
    row = re.search(r"<tr><td>[^<]+</td><td>manager</td><td>Survey → 1.5</td><td>listen &lt;more&gt;</td></tr>", page)
    assert row
    assert page.count("<td>manager</td>") == 1
    assert "Some weights are not live yet" in page
    assert "Some weights are not live yet" in manager.get("/releases").text


def test_a_manager_lets_a_tenth_of_the_answers_be_drawn_and_no_more_than_a_fifth(visit):
    manager = visit("manager")
    drawn = {"drawn": ["0"] * len(FAMILIES), "percent": ["7" if family == "survey" else "0" for family in FAMILIES]}
    page = manager.post("/steering/levers", data=weights() | drawn, headers=FORM, follow_redirects=True).text
    assert "<td>Survey · Drawn → 7%</td>" in page
    again = re.findall(r'name="percent"[^>]+value="([^"]+)"', page)
    shown = re.findall(r'name="drawn" value="([^"]+)"', page)
    same = weights() | {"drawn": shown, "percent": again}
    assert manager.post("/steering/levers", data=same, headers=FORM, follow_redirects=True).text == page
    most = weights() | {"drawn": shown, "percent": ["21"] * len(FAMILIES)}
    assert manager.post("/steering/levers", data=most, headers=FORM).status_code == 422


@pytest.mark.parametrize("form", [weights(survey="much"), weights(care="-1"),
                                  {"family": ["luck"], "weight": ["1"], "shown": ["1"]}])
def test_weights_that_cannot_be_are_refused_in_place(visit, form):
    answer = visit("manager").post("/steering/levers", data=form, headers=FORM)
    assert answer.status_code == 422
    assert 'class="problem"' in answer.text


def test_saving_the_weights_that_stand_changes_nothing(visit):
    manager = visit("manager")
    before = manager.get("/steering").text
    standing = re.findall(r'name="weight"[^>]+value="([^"]+)"', before)
    sent = {"family": FAMILIES, "weight": standing, "shown": standing, "reason": "again"}
    assert manager.post("/steering/levers", data=sent, headers=FORM, follow_redirects=True).text == before


def test_a_form_leaves_alone_what_somebody_else_set_after_it_was_opened(visit):
    first, second = visit("manager"), visit("second-manager", "zh")
    first.post("/steering/levers", data=weights(welcome="1", win_back="2"), headers=FORM)
    late = weights(cross_sell="1.25")
    assert second.post("/steering/levers", data=late, headers=FORM).status_code == 303
    assert [float(value) for value in re.findall(r'id="weight-(?:cross_sell|win_back)"[^>]+value="([^"]+)"',
                                                 first.get("/steering").text)] == [1.25, 2.0]
    refused = second.post("/steering/levers", data=weights(win_back="3"), headers=FORM)
    assert refused.status_code == 409
    assert "别人把" in refused.text


def test_a_release_kept_aside_challenges_the_live_one_until_it_is_stopped(visit):
    manager = visit("second-manager")
    manager.post("/steering/levers", data=weights(care="3"), headers=FORM)
    shown = re.search(r'name="digest" value="([^"]+)"', manager.get("/releases").text)[1]
    aside = manager.post("/releases/aside", data={"digest": shown}, headers=FORM, follow_redirects=True).text
    assert "The new release is kept aside" in aside
    number = re.search(r'<option value="(\d+)"', manager.get("/steering").text)[1]
    started = manager.post("/steering/challenger", data={"release": number, "mode": "share", "percent": "20"},
                           headers=FORM, follow_redirects=True).text
    assert f"Release {number} decides for 20% of the customers" in started
    assert "running" in started
    assert "too few to tell" in started
    twice = manager.post("/steering/challenger", data={"release": number}, headers=FORM)
    assert twice.status_code == 409
    stopped = manager.post("/steering/challenger/end", headers=FORM, follow_redirects=True).text
    assert "stopped by second-manager" in stopped
    assert "Stop it" not in stopped
