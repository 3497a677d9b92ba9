"""The engine may die, hang or be overrun; the answer is right all the same."""

import os
import signal
import sys
import threading
import time

import pytest

from kb.errors import InvalidRule
from kb.model.condition import And, Exists, Op, Ref, Test, none_of
from kb.model.facts import Facts, Row
from kb.model.rule import Require, Rule
from kb.supervision import STUCK_AFTER
from ontology.schema import load_schema
from ontology.text import Text
from rules.engine import trial
from rules.engine.pool import ENGINE, PYTHON, EnginePool
from rules.interpreter import compile_rules, fire

SCHEMA = load_schema()


def rule_of(name, when):
    return Rule(id=name, name=Text.same(name), when=when, then=Require(family="care"), author="test")


TEA = Test(property="category", op=Op.EQ, operand="TEA")
RULES = compile_rules([
    rule_of("adult", Test(property="age", op=Op.GE, operand=18)),
    rule_of("tea", Exists(fact="purchase", alias="p", where=TEA)),
    rule_of("no tea", none_of("purchase", "p", TEA)),
    rule_of("favourite", Exists(fact="purchase", alias="p", where=Test(
        property="category", op=Op.EQ, operand=Ref(alias="customer", property="preferred_category")))),
    rule_of("uncomplained", Exists(fact="purchase", alias="p", where=none_of("interaction", "i", Test(
        property="category", op=Op.EQ, operand=Ref(alias="p", property="category"))))),
], SCHEMA)
FACTS = Facts(customer_key="c", as_of=0, customer={"age": 30, "preferred_category": "TEA"}, related={
    "purchase": (Row(key="TEA", values={"category": "TEA"}), Row(key="JAM", values={"category": "JAM"})),
    "interaction": (Row(key="1", values={"category": "TEA"}),)})
FIRED = {"adult", "tea", "favourite", "uncomplained"}


@pytest.fixture
def pool():
    with EnginePool(RULES, workers=2, deadline=5.0) as opened:
        yield opened


def until(is_so, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_the_engine_answers_and_the_python_reading_agrees(pool):
    answer = pool.fire(RULES, FACTS)
    assert (answer.rule_ids, answer.engine) == (FIRED, ENGINE)
    assert pool.counters.engine == 1


def test_one_customer_leaves_nothing_behind_for_the_next(pool):
    nobody = Facts(customer_key="d", as_of=0, customer={})
    for _ in range(20):
        assert pool.fire(RULES, FACTS).rule_ids == FIRED
        assert pool.fire(RULES, nobody).rule_ids == {"no tea"}
    assert pool.counters.engine == 40


def test_a_killed_worker_costs_no_answer_and_is_replaced(pool):
    killed = pool.pids
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert [pool.fire(RULES, FACTS).rule_ids for _ in range(2)] == [FIRED, FIRED]
    until(lambda: pool.counters.replaced == pool.counters.lost == 2)
    assert not set(pool.pids) & set(killed)
    assert pool.fire(RULES, FACTS).engine == ENGINE


def test_a_worker_that_hangs_is_replaced_after_the_deadline(pool):
    stopped = pool.pids
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    answer = pool.fire(RULES, FACTS, deadline=0.05)
    assert (answer.rule_ids, answer.engine) == (FIRED, PYTHON)
    assert pool.counters.late == 1
    until(lambda: pool.counters.replaced == 1)
    assert len(set(pool.pids) & set(stopped)) == 1
    assert pool.fire(RULES, FACTS).engine == ENGINE


def test_workers_that_do_not_come_up_are_tried_after_longer_and_longer_pauses_and_told(pool, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    for pid in pool.pids:
        os.kill(pid, signal.SIGKILL)
    assert [pool.fire(RULES, FACTS).engine for _ in range(2)] == [PYTHON, PYTHON]
    until(lambda: pool.health().faults >= STUCK_AFTER)
    health = pool.health()
    monkeypatch.undo()
    until(lambda: pool.counters.replaced == 2)

    assert "ended before it had taken the rules" in health.trouble.en
    assert pool.health().faults == 0
    assert pool.fire(RULES, FACTS).engine == ENGINE


def test_a_worker_that_did_not_come_up_at_first_comes_up_later(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with EnginePool(workers=1, deadline=5.0) as pool:
        assert pool.pids == ()
        monkeypatch.undo()
        until(lambda: len(pool.pids) == 1)
        pool.load(RULES)
        until(lambda: pool.fire(RULES, FACTS).engine == ENGINE)


def test_closing_lets_nobody_read_from_a_descriptor_that_is_somebody_elses_by_now():
    pool = EnginePool(RULES, workers=1, deadline=5.0)
    for pid in pool.pids:
        os.kill(pid, signal.SIGSTOP)
    answers = []
    asking = threading.Thread(target=lambda: answers.append(pool.fire(RULES, FACTS, deadline=600.0)))
    asking.start()
    until(pool._idle.empty)
    [worker] = pool._all
    pool.close()
    asking.join(20.0)

    assert [answer.engine for answer in answers] == [PYTHON]
    assert pool.counters.lost == 1
    assert worker._process.stdout.closed


def test_where_every_worker_is_busy_python_answers(pool):
    taken = [pool._idle.get(), pool._idle.get()]
    assert pool.fire(RULES, FACTS, deadline=0.01).engine == PYTHON
    assert pool.counters.busy == 1
    for worker in taken:
        pool._idle.put(worker)


def test_without_workers_python_answers_at_once():
    with EnginePool(RULES, workers=0, deadline=5.0) as pool:
        answer = pool.fire(RULES, FACTS)
    assert (answer.rule_ids, answer.engine, pool.counters.busy) == (FIRED, PYTHON, 1)


def test_a_disagreement_is_counted_and_the_python_reading_served(pool, caplog):
    compiled = pool._served[RULES.fingerprint]
    object.__setattr__(compiled.program, "numbered", (*compiled.program.numbered[1:], compiled.program.numbered[0]))
    answer = pool.fire(RULES, FACTS)
    assert (answer.rule_ids, answer.engine) == (FIRED, PYTHON)
    assert pool.counters.disagreed == 1
    assert "readings differ" in caplog.text


def test_only_rows_that_some_pattern_may_match_count_towards_the_limit():
    rules = compile_rules([RULES.rules["tea"]], SCHEMA)
    many = {f"{number}": {"category": "JAM"} for number in range(500)}
    crowd = tuple(Row(key=key, values=values) for key, values in many.items())
    with EnginePool(rules, workers=1, deadline=5.0) as pool:
        jam = Facts(customer_key="c", as_of=0, customer={}, related={"purchase": crowd})
        assert pool.fire(rules, jam).engine == ENGINE
        tea = Facts(customer_key="c", as_of=0, customer={}, related={
            "purchase": tuple(Row(key=row.key, values={"category": "TEA"}) for row in crowd[:201])})
        assert (pool.fire(rules, tea).engine, pool.counters.too_many_facts) == (PYTHON, 1)


def test_a_value_that_the_engine_cannot_hold_is_answered_in_python(pool):
    odd = Facts(customer_key="c", as_of=0, customer={"age": 10**16, "preferred_category": "T" * 2001})
    answer = pool.fire(RULES, odd)
    assert (answer.rule_ids, answer.engine, pool.counters.outside) == (fire(RULES, odd).rule_ids, PYTHON, 1)


def test_a_rule_set_that_was_not_loaded_or_was_forgotten_is_answered_in_python(pool):
    pool.forget(RULES.fingerprint)
    assert (pool.fire(RULES, FACTS).engine, pool.counters.not_loaded) == (PYTHON, 1)


def test_a_new_rule_set_is_loaded_beside_the_old(pool):
    new = compile_rules([rule_of("old enough", Test(property="age", op=Op.GE, operand=30))], SCHEMA)
    pool.load(new)
    assert [pool.fire(rules, FACTS).engine for rules in (RULES, new, RULES, new)] == [ENGINE] * 4


def test_a_rule_set_that_fails_its_trial_is_refused(monkeypatch):
    monkeypatch.setattr(trial, "MEMORY_BYTES", 1024 * 1024)
    with pytest.raises(InvalidRule, match="the rule engine cannot take these rules"):
        EnginePool(RULES, workers=1)


def test_rules_beyond_one_of_the_engines_rule_sets_are_spread_over_several():
    rules = compile_rules([rule_of(f"r{number}", And(parts=(
        Test(property="age", op=Op.GT, operand=number % 100),
        Exists(fact="purchase", alias="p", where=Test(property="category", op=Op.EQ, operand=f"C{number}")))))
        for number in range(700)], SCHEMA)
    some = Facts(customer_key="c", as_of=0, customer={"age": 50}, related={
        "purchase": tuple(Row(key=f"{number}", values={"category": f"C{number}"}) for number in range(0, 700, 4))})
    with EnginePool(rules, workers=1, deadline=5.0) as pool:
        answer = pool.fire(rules, some)
    assert answer.engine == ENGINE
    assert answer.rule_ids == {f"r{number}" for number in range(0, 700, 4) if number % 100 < 50}
