"""A release that shows customers what must never be seen is not published, unless somebody says why."""

import httpx
import pytest

from api.use_cases.knowledge.publishing import Confirmed
from kb.errors import Conflict, InvalidRule
from kb.experiments.challenge import ChallengeMode
from ontology.vocabulary import ActionFamily
from rules.decision.compiled_release import CompiledRelease

OWN = """
[[harm]]
id = "no-welcome-at-once"
says = { zh = "三天内就致欢迎", en = "a welcome within three days" }
seen = { families = ["greeting"] }
when = { property = "joined_days_ago", op = "<=", value = 3 }
"""
REASON = "the welcome of this week is a promise"


@pytest.fixture
def strict(service):
    """The service with a row of the base's own, which twenty of the forty would meet."""
    service.harms.take_in(OWN.encode(), "own.toml", "wang")
    return service


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_a_publish_with_a_finding_is_refused_and_nothing_is_changed(strict):
    with pytest.raises(Conflict) as refused:
        strict.publishing.publish("eve")
    told = refused.value
    assert "a welcome within three days: 'Welcome a new customer' for 20 customers, by new-customer" in told.message
    assert "三天内就致欢迎：“欢迎新客户”，20 位客户（new-customer）" in told.message_text.zh
    assert ("accept_harm" in told.hint, "理由" in told.hint_text.zh) == (True, True)
    assert [release["number"] for release in strict.publishing.listed()] == [2, 1]


@pytest.mark.parametrize("aside", [False, True])
def test_it_is_published_where_a_reason_is_given_and_the_release_keeps_it(strict, aside):
    strict.steering.set_levers({ActionFamily.SURVEY: 50.0}, "li")
    with pytest.raises(Conflict, match="must never be seen"):
        strict.publishing.publish("eve", aside=aside, confirmed=Confirmed(accept_harm="  "))
    made = strict.publishing.publish("eve", aside=aside, confirmed=Confirmed(accept_harm=REASON))
    kept = strict.base.curation.release(made["number"])
    assert (kept.accepted_harm.by, kept.accepted_harm.reason) == ("eve", REASON)
    (finding,) = kept.accepted_harm.findings
    assert (finding.harm_id, finding.action_id, finding.customers) == ("no-welcome-at-once", "greeting", 20)
    assert finding.examples == ()  # a release names no customer
    assert strict.publishing.listed()[0]["accepted_harm"] == REASON


def test_an_earlier_release_that_would_harm_customers_of_today_is_not_served_again(strict):
    with pytest.raises(Conflict, match="a welcome within three days: 'Welcome a new customer' for 20 customers"):
        strict.publishing.rollback(2, "eve")
    assert strict.base.curation.live_number() == 1
    assert strict.harms.of_release(2)["findings"][0]["customers"] == 20


def test_it_is_served_again_where_a_reason_is_given_which_the_history_keeps(strict):
    made = strict.publishing.rollback(2, "eve", Confirmed(accept_harm=REASON))
    assert (made["number"], made["live"], made["accepted_harm"]) == (2, True, None)  # a release never changes
    *before, act = strict.publishing.history()
    assert (act["act"], act["number"], act["accepted_harm"]) == ("rolled back", 2, REASON)
    assert {one["accepted_harm"] for one in before} == {None}
    (finding,) = strict.base.curation.history()[-1]["accepted_harm"]["findings"]
    assert (finding["harm_id"], finding["examples"]) == ("no-welcome-at-once", [])


def test_a_release_that_would_harm_decides_for_no_share_of_the_customers_without_a_reason(strict):
    """In shadow it is served to nobody, so nobody is harmed."""
    with pytest.raises(Conflict, match="a welcome within three days"):
        strict.challenging.start(2, ChallengeMode.SHARE, 0.5, "li")
    begun = strict.challenging.start(2, ChallengeMode.SHARE, 0.5, "li", accept_harm=REASON)
    assert (begun["running"], begun["accepted_harm"]) == (True, REASON)
    assert strict.base.challenges.latest().accepted_harm.findings[0].customers == 20
    strict.challenging.stop("li")
    assert strict.challenging.start(2, ChallengeMode.SHADOW, 0.0, "li")["accepted_harm"] is None


def test_a_release_is_compiled_once_from_trying_it_out_to_serving_it(service, monkeypatch):
    made, compile_release = [], CompiledRelease.compile

    def counting(release, *words, **options):
        made.append(release.number)
        return compile_release(release, *words, **options)

    monkeypatch.setattr(CompiledRelease, "compile", counting)
    service.publishing.publish("eve")
    assert service.releases.compiled().release == service.base.curation.release(3)
    assert made == [3]


def test_a_release_without_a_finding_keeps_no_reason(service):
    made = service.publishing.publish("eve", confirmed=Confirmed(accept_harm=REASON))
    assert made["accepted_harm"] is None


def test_what_would_be_found_is_told_before_with_customers_as_examples(strict):
    told = strict.harms.of_next()
    (finding,) = told["findings"]
    assert (told["customers"], finding["customers"], len(finding["examples"])) == (40, 20, 3)
    assert all(int(customer) % 2 for customer in finding["examples"])


def test_the_rows_of_a_base_stand_beside_the_shipped_ones_until_others_take_their_place(strict):
    listed = strict.harms.listed()
    assert [row["id"] for row in listed["rows"] if not row["shipped"]] == ["no-welcome-at-once"]
    assert sum(row["shipped"] for row in listed["rows"]) > 5
    strict.harms.take_in(b"", "none.toml", "li")
    history = strict.harms.listed()["history"]
    assert [(change["by"], change["rows"]) for change in history] == [("wang", ["no-welcome-at-once"]), ("li", [])]
    assert strict.publishing.publish("eve")["number"] == 3


def test_rows_of_which_one_is_wrong_change_nothing(strict):
    with pytest.raises(InvalidRule, match="unknown action 'gift'"):
        strict.harms.take_in(OWN.replace("families", "actions").replace("greeting", "gift").encode(), "own.toml", "li")
    assert len(strict.harms.listed()["history"]) == 1


def test_the_commands_bring_rows_in_look_for_them_and_take_a_reason(home, zhike, own):
    def told(*arguments, code=0):
        done = zhike(home.path, *arguments)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    assert "no-welcome-at-once" in told("harms", "import", str(own), "--by", "wang")
    assert "never" in told("harms", "list")
    assert "1 findings for 40 customers" in told("harms", "check", code=1)
    assert "--accept-harm" in told("publish", "--by", "eve", code=1)
    assert "release 3 is live" in told("publish", "--by", "eve", "--accept-harm", REASON)
    assert "1 findings for 40 customers" in told("harms", "check", "--release", "1", code=1)
    assert "a welcome within three days" in told("rollback", "1", "--by", "eve", code=1)
    assert "release 1 is live" in told("rollback", "1", "--by", "eve", "--accept-harm", REASON)


def test_the_calls_and_the_pages_say_it_in_both_languages_and_take_the_reason(server, own):
    with server.client("manager") as manager, server.client("agent") as agent:
        body = {"params": {"name": "own.toml"}, "content": own.read_bytes(),
                "headers": {"Content-Type": "application/octet-stream"}}
        assert agent.put("/v1/harms", **body).status_code == 403
        manager.put("/v1/harms", **body).raise_for_status()
        assert agent.get("/v1/harms/check").json()["findings"][0]["customers"] == 20
        refused = manager.post("/v1/releases")
        assert (refused.status_code, "a welcome within three days" in refused.json()["detail"]) == (409, True)
        assert manager.post("/v1/releases", json={"accept_harm": " "}).status_code == 422
        for language, says in (("zh", "三天内就致欢迎"), ("en", "a welcome within three days")):
            with httpx.Client(base_url=server.url, headers={"accept": "text/html"}, timeout=60, cookies={
                    "zhike_key": server.keys["manager"], "zhike_language": language}) as reader:
                assert says in reader.get("/harms").text
                assert all('name="accept_harm"' in reader.get(path).text for path in ("/releases", "/releases/2"))
        made = manager.post("/v1/releases", json={"accept_harm": REASON}).json()
        assert (made["number"], made["accepted_harm"]) == (3, REASON)
        assert manager.post("/v1/releases/2/rollback").status_code == 409
        assert manager.get("/v1/harms/check", params={"release": 2}).json()["release"] == 2
        manager.post("/v1/releases/2/rollback", json={"accept_harm": REASON}).raise_for_status()
        assert manager.get("/v1/releases").json()["history"][-1]["accepted_harm"] == REASON
