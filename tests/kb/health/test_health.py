"""Every check sees what is really broken, and nothing else is said of it."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pyarrow as pa
import pytest

from kb.graph.port import Statement
from kb.graph.state import put_state
from kb.health.registry import CHECKS
from kb.journal.events import Shadow
from kb.model.codec import to_json
from kb.model.rates import Rate, Rates, RatesMode, RatesPolicy, RateSubject
from kb.rates.states import RatesStates
from kb.tables.catalog import read_catalog
from tests.kb.health.conftest import AS_OF


def broken(context, *texts, **parameters):
    context.graph.write([Statement(text, parameters) for text in texts])


def broken_journal(context, *texts):
    with closing(sqlite3.connect(context.journal)) as db, db:
        for text in texts:
            db.execute(text)


def test_a_sound_base_has_no_finding_and_everything_was_looked_at(context, found):
    assert found() == {}
    looked_at = {check.name: check.look(context).looked_at for check in CHECKS}
    assert looked_at == {"rules": 1, "releases": 1, "pointers": 3, "links": 1, "runs": 1, "decisions": 2, "outcomes": 1,
                         "journal": 4, "records": 4, "levers": 0, "rates": 0,
                         "schema": len(context.schema.nodes) + len(context.schema.relations),
                         "shapes": 1, "snapshots": 1, "facts": 1}


def test_checks_say_what_holds_and_what_to_do_in_both_languages():
    assert all(text.zh and text.en for check in CHECKS for text in (check.says, check.remedy))
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_a_rule_on_an_item_that_is_gone_is_found_with_the_release_that_names_it(context, found):
    broken(context, "MATCH (i:KnowledgeItem {id: 'tea-cup'}) DETACH DELETE i")
    assert found() == {"rules": ["rule-tea -> tea-cup"], "releases": ["1 -> KnowledgeItem tea-cup"]}


def test_a_rule_that_is_not_joined_to_its_item_is_found(context, found):
    """Approving the item would not approve the rule."""
    broken(context, "MATCH (:Rule)-[r:RESTS_ON]->(:KnowledgeItem) DELETE r")
    assert found() == {"rules": ["rule-tea -> tea-cup"]}


@pytest.mark.parametrize(("table", "key"), [("Rule", "rule-tea"), ("Action", "cross_sell")])
def test_a_release_that_names_what_is_gone_is_found(context, found, table, key):
    broken(context, f"MATCH (n:{table} {{id: '{key}'}}) DETACH DELETE n")
    assert found() == {"releases": [f"1 -> {table} {key}"]}


@pytest.mark.parametrize(("name", "value", "finding"), [
    ("live_release", "7", "live_release -> 7"), ("holds", "HOLDS_C", "holds -> HOLDS_C"),
    ("release_history", '[{"number": 1}, {"number": 4}]', "release_history -> 4"),
])
def test_a_pointer_to_nothing_is_found(context, found, name, value, finding):
    broken(context, "MATCH (s:State {name: $name}) SET s.value = $value", name=name, value=value)
    assert found() == {"pointers": [finding]}


def test_a_link_to_an_item_that_says_nothing_is_found(context, found):
    broken(context, "CREATE (:KnowledgeItem {id: 'ghost'})")
    context.graph.bulk_load("HOLDS_B", pa.table({"from": ["c1", "c1"], "to": ["ghost", "tea-cup"]}))
    assert found() == {"links": ["HOLDS_B: 1 x ghost"]}


@pytest.fixture
def rates(context):
    """State 1 of the rates is in use: a survey assumed to be taken up by a fifth, measured by a quarter."""
    states = RatesStates(context.graph, now=lambda: 2_000)
    states.set_policy(RatesPolicy(mode=RatesMode.PROPOSE), "li")
    rate = Rate(subject=RateSubject.ACTION, id="survey", prior=0.2, showings=10.0, takings=4.0, measured=0.25,
                value=0.25, accepted=4, converted=0, rejected=0, ignored=6)
    made = states.add(lambda number: Rates(number=number, as_of=AS_OF, made_at=2_000, by="li", release=1, journal="j",
                                           upto=4, policy=states.policy(), rates=(rate,)))
    states.use(made.number, "li")
    return made


def rewrite(context, changed):
    """Write another state under its number, past the one who keeps them."""
    context.graph.write([put_state(f"rates:{changed.number}", to_json(changed))])


def test_rates_that_are_in_use_and_sound_are_looked_at(context, rates, found):
    assert found() == {}
    assert next(check for check in CHECKS if check.name == "rates").look(context).looked_at == rates.number


@pytest.mark.parametrize("named", ["7", "one"])
def test_rates_in_use_that_are_not_there_are_found(context, rates, found, named):
    broken(context, "MATCH (s:State {name: 'live_rates'}) SET s.value = $value", value=named)
    assert (found(), rates.number) == ({"rates": [f"live_rates -> {named}"]}, 1)


def test_rates_that_are_not_what_was_learned_are_found(context, rates, found):
    rewrite(context, replace(rates, by="eve"))
    assert found() == {"rates": [f"rates 1: {replace(rates, by='eve').digest}"]}


def test_rates_that_cannot_be_read_are_found(context, rates, found):
    context.graph.write([put_state("rates:1", '{"number": 1}')])
    assert (found(), rates.number) == ({"rates": ["live_rates -> 1"]}, 1)


@pytest.mark.parametrize(("value", "says"), [(0.9, "0.9 > 0.4"), (0.01, "0.01 < 0.1")])
def test_a_rate_beyond_the_bounds_of_its_policy_is_found(context, rates, found, value, says):
    rewrite(context, replace(rates, rates=(replace(rates.rates[0], value=value),)))
    assert found()["rates"][1:] == [f"action survey: {says}"]


def test_rates_that_are_in_use_while_learning_is_off_are_found(context, rates, found):
    RatesStates(context.graph, now=lambda: 2_000).set_policy(RatesPolicy(), "li")
    assert found() == {}  # that has taken them out of use
    context.graph.write([put_state("live_rates", str(rates.number))])
    assert found() == {"rates": ["rates 1: off"]}


def test_an_item_of_a_run_that_is_gone_is_found(context, found):
    broken(context, "MATCH (r:Run) DETACH DELETE r")
    assert found() == {"runs": ["tea-cup -> run-1"]}


def test_decisions_of_a_release_that_is_gone_are_found_with_the_pointers_to_it(context, found):
    broken(context, "MATCH (r:Release) DETACH DELETE r")
    assert found() == {"decisions": ["2 x release 1"],
                       "pointers": ["live_release -> 1", "release_history -> 1"]}


def test_an_outcome_without_its_decision_is_found_and_the_number_that_is_missing(context, found):
    broken_journal(context, "DELETE FROM decisions WHERE decision_id = 'd1'")
    assert found() == {"outcomes": ["d1"], "journal": ["1"]}


def test_an_outcome_of_a_decision_that_another_service_made_is_sound(context, found):
    broken_journal(context, "UPDATE outcomes SET decision_id = 'elsewhere'")
    broken(context, "CREATE (:Decision {decision_id: 'elsewhere'})")
    assert found() == {}


@pytest.mark.parametrize(("statement", "finding"), [
    ("DELETE FROM outcomes", "3"),
    ("DELETE FROM notes", "4"),
    ("UPDATE counter SET last = 9", "5 - 9"),
    ("UPDATE counter SET last = 3", "2 x 4"),
    ("INSERT INTO removed VALUES (2)", "2 x 2"),
])
def test_numbers_that_are_missing_or_used_twice_are_found(context, found, statement, finding):
    broken_journal(context, statement)
    assert found() == {"journal": [finding]}


def test_the_numbers_of_an_erased_person_are_no_gap(journal, found):
    journal.erase("c2")
    assert found() == {}


def test_a_shadow_that_is_not_kept_takes_no_number(journal, found, decision_of):
    """Beside one that is there already, or beside a decision that was erased."""
    shadow = Shadow(beside=journal.decision("d1"), decision=decision_of("s1"))
    for _ in range(2):
        journal.append_shadows([shadow])
    journal.append_shadows([Shadow(beside=decision_of("erased"), decision=decision_of("s2"))])
    assert journal.last_sequence() == 5
    assert found() == {}


def test_an_item_that_does_not_fit_its_shape_is_found(context, found):
    body = _body(context).replace('"lift":2.0', '"lift":-2.0')
    broken(context, "MATCH (i:KnowledgeItem) SET i.body = $body", body=body)
    [wrong] = found()["shapes"]
    assert wrong.startswith("tea-cup: measures.lift")


def test_more_items_than_a_batch_are_all_looked_at(context):
    body = _body(context)
    rows = [{"id": f"i{n:03}", "body": body.replace("tea-cup", f"i{n:03}")} for n in range(450)]
    rows[449]["body"] = rows[449]["body"].replace('"strength":0.5', '"strength":1.5')
    broken(context, "UNWIND $rows AS r CREATE (:KnowledgeItem {id: r.id, body: r.body, run_id: 'run-1'})", rows=rows)
    seen = next(check for check in CHECKS if check.name == "shapes").look(context)
    assert seen.looked_at == 451
    assert [wrong.split(":")[0] for wrong in seen.wrong] == ["i449"]


def test_a_snapshot_with_other_bytes_is_found(context, found):
    path = _snapshot(context)
    (context.home.path / path).write_bytes(b"other")
    [wrong] = found()["snapshots"]
    assert wrong.startswith(f"{path}: sha256:")


def test_a_snapshot_that_is_gone_is_found(context, found):
    path = _snapshot(context)
    (context.home.path / path).unlink()
    assert found() == {"snapshots": [f"{path}: -"]}


def test_facts_that_are_older_than_the_graph_are_found(context, found):
    broken(context, "MATCH (s:State {name: 'facts_as_of'}) SET s.value = '1800000000'")
    assert found() == {"facts": ["graph: 1800000000, facts: 1700000000"]}


def test_facts_that_are_older_than_the_base_are_found(context, found):
    """An import that was cut off before the facts were computed anew."""
    said = (context.home.path / "base.json").read_text(encoding="utf-8")
    (context.home.path / "base.json").write_text(said.replace("1700000000", "1800000000"), encoding="utf-8")
    assert found() == {"facts": ["base: 1800000000, facts: 1700000000"]}


def test_a_fact_table_that_is_gone_is_found(context, found):
    (context.home.facts_path / "customer.parquet").unlink()
    assert found() == {"facts": ["customer.parquet"]}


def _body(context):
    return context.graph.read("MATCH (i:KnowledgeItem {id: 'tea-cup'}) RETURN i.body AS body")[0]["body"]


def _snapshot(context):
    return read_catalog(context.home.path).contributions[0].tables["customers"].path
