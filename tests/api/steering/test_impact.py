"""What recommending brought, asked of a base with a holdout, decisions and the orders that came after them."""

import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kb.graph.port import Statement
from kb.model.action import Holdout
from kb.tables.canonical import CANONICAL
from kb.tables.catalog import Catalog, Contribution, Snapshot, write_catalog
from ontology.vocabulary import Channel
from rules.packs.pack import load_pack
from tests.api.steering.conftest import AS_OF, PEOPLE

SPRING = Holdout(name="spring", share=0.5)
EVERYBODY = [*PEOPLE, *(str(number) for number in range(40, 400))]
DAY = 86_400
_CREATE = "CREATE (c:Customer {customer_key: $key, external_id: $id, order_count: 30, recency_days: 4})"


def sell(home, lines):
    """Put orders into the base, each of one line: customer, day after the decision, money."""
    schema = CANONICAL["order_lines"].schema.to_pyarrow()
    rows = [{"customer_key": home.customer_key(name), "order_id": f"o{number}", "product_id": "p",
             "ordered_at": AS_OF + days * DAY, "quantity": 1.0, "amount": money}
            for number, (name, days, money) in enumerate(lines)]
    table = pa.Table.from_pylist([{column: row.get(column) for column in schema.names} for row in rows])
    pq.write_table(table.cast(schema), home.path / "lines.parquet")
    snapshot = Snapshot(path="lines.parquet", digest="d", rows=len(rows))
    till = Contribution(mapping="till", tables={"order_lines": snapshot}, quarantine={}, attributes=(), categories=(),
                        last_instant=AS_OF, tells_moment=False)
    write_catalog(home.path, Catalog(zone="UTC", currency="EUR", contributions=(till,)))


@pytest.fixture
def held(service, home):
    """A live release that holds half of 400 customers out and has decided for all; who is held out."""
    service.base.graph.write([Statement(_CREATE, {"key": home.customer_key(name), "id": name})
                              for name in EVERYBODY[len(PEOPLE):]])
    pack = load_pack()
    service.base.curation.publish("eve", pack.actions, replace(pack.policy, holdouts=(SPRING,)),
                                  check=service.releases.try_out)
    answers = [answer for start in range(0, 400, 100)
               for answer in service.deciding.decide(EVERYBODY[start:start + 100], Channel.PHONE, {})["decisions"]]
    return {answer["customer_id"] for answer in answers if answer["holdouts"]}


def steps(report):
    return " / ".join(step["en"] for step in report["next_steps"])


def figures(report):
    [one] = report["controlled"]
    return {figure["measure"]: figure for figure in one["figures"]}


def test_without_decisions_a_control_or_orders_it_says_exactly_what_to_switch_on(service):
    report = service.impact.report()
    assert (report["decisions"], report["controlled"]) == (0, [])
    assert "POST /v1/decisions" in steps(report)
    assert "add a [[holdout]]" in steps(report)
    service.deciding.decide(PEOPLE[:3], Channel.PHONE, {})
    later = steps(service.impact.report())
    assert "POST /v1/outcomes" in later
    assert "import orders with `zhike import`" in later
    assert "POST /v1/decisions" not in later


def test_without_a_control_nothing_is_called_uplift_but_the_missing_of_it(service):
    for answer in service.deciding.decide(PEOPLE, Channel.PHONE, {})["decisions"]:
        service.recording.record_outcome(answer["decision_id"], answer["actions"][0]["action_id"], "converted", "eve")
    report = service.impact.report()
    told = {one["outcome"]: (one["cards"], one["customers"]) for one in report["outcomes"]}
    assert told["converted"] == (40, 40)
    assert "uplift" not in json.dumps(report | {"next_steps": []})
    assert "增量" not in json.dumps(report | {"next_steps": []}, ensure_ascii=False)
    assert "no gain can be called an uplift" in steps(report)


def test_what_came_more_than_from_those_held_out_is_an_uplift_with_its_money(service, home, held):
    offered = [name for name in EVERYBODY if name not in held]
    sell(home, [*((name, 3, 40.0) for name in offered[:150]), *((name, 3, 40.0) for name in sorted(held)[:50]),
                *((name, 9, 99.0) for name in EVERYBODY)])  # nine days later nobody is followed any more
    report = service.impact.report(days=7)
    told = figures(report)
    assert told["purchase"]["recommended"] == {"customers": len(offered), "mean": pytest.approx(150 / len(offered))}
    assert told["purchase"]["control"] == {"customers": len(held), "mean": pytest.approx(50 / len(held))}
    assert told["spend"]["verdict"]["en"] == "uplift: higher because something was recommended"
    gain = report["controlled"][0]["gain"]
    assert gain["money"] == pytest.approx(len(offered) * told["spend"]["difference"])
    assert gain["interval"][0] > 0
    assert gain["verdict"]["en"].startswith("In all ")
    assert " EUR more than without recommending, from " in gain["verdict"]["en"]
    assert report["currency"] == "EUR"
    assert report["controlled"][0]["sample_ratio"]["as_drawn"]
    assert report["orders_until"] == "2018-01-10T12:00:00Z"
    assert "holdout" not in steps(report)


def test_days_that_are_not_over_wait_and_it_says_for_what(service, home, held):
    sell(home, [(EVERYBODY[0], 3, 40.0)])
    report = service.impact.report(days=7)
    assert report["controlled"][0]["waiting"] == 400
    assert figures(report)["spend"]["conclusion"] == "too_few"
    assert "No customer's 7 days are over: orders are known until 2018-01-04T12:00:00Z" in steps(report)
    assert held


def test_who_is_not_asked_about_spoils_the_draw_and_the_verdict_is_withheld(service, home, held):
    for name in sorted(held)[:120]:
        service.base.journal.erase(home.customer_key(name))
    sell(home, [(name, 9, 40.0) for name in EVERYBODY])
    [one] = service.impact.report(days=7)["controlled"]
    assert not one["sample_ratio"]["as_drawn"]
    assert "Something other than the draw decides who is asked about" in one["sample_ratio"]["verdict"]["en"]
    assert {figure["conclusion"] for figure in one["figures"]} == {"withheld"}
    assert {figure["interval"] for figure in one["figures"]} == {None}
    assert one["gain"] is None


def test_whoever_has_a_key_may_read_it_and_the_days_are_bounded(server):
    for holder in ("agent", "system", "manager"):
        assert server.client(holder).get("/v1/impact").json()["days"] == 28
    assert server.client(None).get("/v1/impact").status_code == 401
    assert server.client("agent").get("/v1/impact", params={"days": 0}).status_code == 422


def test_the_command_tells_the_same_in_both_languages(home, zhike, opened):
    assert "add a [[holdout]]" in zhike(home.path, "impact").stdout
    with opened() as service:
        pack = load_pack()
        service.base.curation.publish("eve", pack.actions, replace(pack.policy, holdouts=(SPRING,)),
                                      check=service.releases.try_out)
        service.deciding.decide(PEOPLE, Channel.PHONE, {})
    sell(home, [(name, 9, 40.0) for name in PEOPLE])
    told = zhike(home.path, "impact", "--days", "7").stdout
    assert "held out by 'spring': 50% of customers are offered nothing of marketing" in told
    assert "followed for 7 days; over for " in told
    assert "too few to tell: each side needs 30 customers whose days are over" in told
    assert "对照组“spring”" in zhike(home.path, "impact", "--language", "zh").stdout
    assert json.loads(zhike(home.path, "impact", "--json").stdout)["controlled"][0]["name"] == "spring"
