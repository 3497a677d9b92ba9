"""What we knew on a day, over HTTP: the map, the listing and the releases of a past."""

import pytest

DAY = {"as_of": "2017-06-01"}


@pytest.fixture(scope="module")
def asked(http):
    def ask(path, **params):
        answer = http("agent").get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


def values(shown):
    return {entry["id"]: entry["value"] for entry in shown["operational"] if "value" in entry}


def test_a_map_of_a_day_has_the_indicators_of_its_end_and_says_what_is_not_known(asked):
    then, now = (asked("/v1/customers/7/knowledge-map", **day) for day in (DAY, {}))
    assert (then["as_of"], then["known_at"]) == ("2017-06-02T03:59:59Z", "2017-06-02T03:59:59Z")
    assert 0 < values(then)["customer.order_count"] < values(now)["customer.order_count"]
    assert {gap["part"] for gap in then["gaps"]} == {"attributes", "runs", "release"}
    assert (now["gaps"], now["known_at"], now["release"]) == ([], None, 1)


def test_a_moment_that_is_not_past_is_now(asked):
    assert asked("/v1/customers/7/knowledge-map", as_of="2099-01-01") == asked("/v1/customers/7/knowledge-map")


def test_knowledge_is_listed_as_it_was_known(asked):
    before = asked("/v1/knowledge", **DAY)
    assert (before["items"], before["known_at"]) == ([], "2017-06-02T03:59:59Z")
    assert asked("/v1/knowledge", **DAY, known_at="2099-01-01")["items"] == []  # true only from the run's moment on
    assert asked("/v1/knowledge", known_at="2099-01-01")["items"] == asked("/v1/knowledge")["items"]


def test_releases_are_those_of_then_and_the_history_says_who_served_which_from_when(asked):
    assert asked("/v1/releases", **DAY)["releases"] == []
    now = asked("/v1/releases")
    assert now["releases"][0]["live"]
    assert now["history"][0].keys() == {"number", "by", "at", "act", "accepted_harm"}


@pytest.mark.parametrize("path", ["/v1/customers/7/knowledge-map", "/v1/knowledge", "/v1/releases"])
def test_what_is_no_instant_is_refused(http, path):
    answer = http("agent").get(path, params={"as_of": "last summer"})
    assert (answer.status_code, "last summer" in answer.json()["detail"]) == (422, True)
