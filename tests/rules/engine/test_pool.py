"""The engine may die, hang or be overrun; the answer is right all the same."""

import os
import signal
import sys
import threading
import time
from dataclasses import replace

import pytest

from kb.errors import InvalidRule
from kb.model.condition import And, Concluded, Exists, Op, Ref, Test, none_of
from kb.model.facts import Facts, Row
from kb.model.rule import Conclude, Require, Rule
from kb.supervision import STUCK_AFTER
from ontology.schema import load_schema
from ontology.text import Text
from rules.engine import pool as pool_module
from rules.engine import trial
from rules.engine.pool import ENGINE, PYTHON, Counters, EnginePool
from rules.engine.trial import MOST_TOGETHER
from rules.interpreter import compile_rules, fire, fired_ids

SCHEMA = load_schema()


def rule_of(name, when, then=None):
    return Rule(id=name, name=Text.same(name), when=when, then=then or Require(family="care"), author="test")


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


def shifted(numbered):
    return *numbered[1:], numbered[0]


@pytest.fixture
def misread(pool):
    """The engine's program altered: each rule that fires is told as another."""
    program = pool._served[RULES.fingerprint].program
    wrong = replace(program, numbered=shifted(program.numbered))
    object.__setattr__(pool._served[RULES.fingerprint], "program", wrong)
    [number] = [number for number, rule_id in enumerate(program.numbered) if rule_id not in FIRED]
    return set(wrong.numbered) - {wrong.numbered[number]}


def test_a_wrong_answer_of_the_engine_is_not_served_but_counted_and_told(pool, misread, caplog):
    answer = pool.fire(RULES, FACTS)
    assert misread != FIRED
    assert (answer.rule_ids, answer.engine, answer.readings) == (FIRED, PYTHON, (PYTHON,))
    assert pool.counters.disagreed == 1
    assert "readings differ" in caplog.text


def test_a_wrong_python_reading_is_served_counted_and_told_for_nobody_knows_which_of_the_two_is_right(
        pool, monkeypatch, caplog):
    monkeypatch.setattr(pool_module, "fired_ids", lambda *_: (frozenset({"adult"}), frozenset()))
    answer = pool.fire(RULES, FACTS)
    assert (answer.rule_ids, answer.readings) == ({"adult"}, (PYTHON,))
    assert pool.counters.disagreed == 1
    assert "readings differ" in caplog.text


class Blind(frozenset):
    """Ids that equal any others: a check that finds nothing."""

    __hash__ = frozenset.__hash__

    def __eq__(self, other):
        return True


def test_where_the_check_finds_nothing_it_is_the_answer_of_the_engine_that_is_served(pool, misread, monkeypatch):
    """So a rule that the worker does not tell of cannot be in an answer that names the engine, and the reverse."""
    monkeypatch.setattr(pool_module, "fired_ids", lambda *_: (Blind(FIRED), Blind()))
    answer = pool.fire(RULES, FACTS)
    assert (set(answer.rule_ids), answer.readings) == (misread, (ENGINE, PYTHON))
    assert pool.counters.engine == 1


def test_python_is_asked_after_the_engine_has_answered(pool, monkeypatch):
    order = []
    right = pool_module.WorkerProcess.ask_many

    def asked(self, *told, **more):
        yield from right(self, *told, **more)
        order.append(ENGINE)

    monkeypatch.setattr(pool_module.WorkerProcess, "ask_many", asked)
    monkeypatch.setattr(pool_module, "fired_ids", lambda *told: (order.append(PYTHON), fired_ids(*told))[1])
    pool.fire(RULES, FACTS)
    assert order == [ENGINE, PYTHON]


CONCLUDING = compile_rules([
    rule_of("young", Test(property="age", op=Op.LT, operand=35), Conclude(kind="age", value="young")),
    rule_of("young with tea", And(parts=(Concluded(kind="age", value="young"),
                                         Exists(fact="purchase", alias="p", where=TEA)))),
], SCHEMA)


def test_conclusions_come_from_the_engine_too(monkeypatch):
    monkeypatch.setattr(pool_module, "fired_ids", lambda *_: (Blind(), Blind()))
    with EnginePool(CONCLUDING, workers=1, deadline=5.0) as pool:
        answer = pool.fire(CONCLUDING, FACTS)
    assert (answer.rule_ids, answer.conclusions) == ({"young", "young with tea"}, {("age", "young")})
    assert answer.engine == ENGINE


NOBODY = Facts(customer_key="d", as_of=0, customer={})
CROWD = tuple(Facts(customer_key=f"c{number}", as_of=0, customer={"age": number % 40}, related=FACTS.related)
              for number in range(2 * MOST_TOGETHER + 7))


def test_those_who_are_asked_about_together_are_answered_as_each_alone(pool):
    assert pool.fire_all(RULES, CROWD) == tuple(pool.fire(RULES, facts) for facts in CROWD)
    assert pool.fire_all(RULES, ()) == ()
    assert pool.counters.engine == 2 * len(CROWD)


def test_those_who_are_asked_about_together_go_in_messages_of_bounded_size(pool, monkeypatch):
    sizes, right = [], pool_module.WorkerProcess.ask_many
    monkeypatch.setattr(pool_module.WorkerProcess, "ask_many", lambda self, told, count, **more: (
        sizes.append(len(told["people"])), right(self, told, count, **more))[1])
    pool.fire_all(RULES, CROWD)
    assert sizes == [MOST_TOGETHER, MOST_TOGETHER, 7]


def test_one_who_must_not_reach_the_engine_does_not_keep_the_others_from_it(pool):
    odd = Facts(customer_key="odd", as_of=0, customer={"age": 10**16})
    answers = pool.fire_all(RULES, [FACTS, odd, NOBODY])
    assert [answer.rule_ids for answer in answers] == [FIRED, {"adult", "no tea"}, {"no tea"}]
    assert [answer.engine for answer in answers] == [ENGINE, PYTHON, ENGINE]
    assert (pool.counters.engine, pool.counters.outside) == (2, 1)


def test_a_worker_that_breaks_in_the_middle_of_a_message_leaves_all_of_it_to_python_and_is_replaced(pool, monkeypatch):
    broken, right = [], pool_module.WorkerProcess.ask_many

    def ends(self, told, count, **more):
        for number, answer in enumerate(right(self, told, count, **more)):
            if number == 10 and not broken:
                broken.append(self.pid)
                os.kill(self.pid, signal.SIGKILL)
                self._process.wait()
                self._unread.clear()
            yield answer

    monkeypatch.setattr(pool_module.WorkerProcess, "ask_many", ends)
    few = CROWD[:MOST_TOGETHER]
    answers = pool.fire_all(RULES, few)
    assert [answer.rule_ids for answer in answers] == [fire(RULES, facts).rule_ids for facts in few]
    assert {answer.engine for answer in answers} == {PYTHON}
    assert pool.counters.lost == MOST_TOGETHER
    until(lambda: pool.counters.replaced == 1)
    assert broken[0] not in pool.pids
    assert {answer.engine for answer in pool.fire_all(RULES, few)} == {ENGINE}


@pytest.mark.parametrize("answer", [b"no JSON\n", b"{}\n", b'{"fired":["99"]}\n', b'{"fired":["x"]}\n'])
def test_an_answer_that_makes_no_sense_is_a_fault_of_the_worker(pool, answer):
    for worker in pool._all:
        worker._unread += answer
    assert (pool.fire(RULES, FACTS).rule_ids, pool.counters.lost) == (FIRED, 1)
    until(lambda: pool.counters.replaced == 1)


def test_where_a_share_is_drawn_for_the_engine_python_decides_the_rest():
    with EnginePool(RULES, workers=1, share=0.25, deadline=5.0, seed=7) as pool:
        answers = pool.fire_all(RULES, CROWD)
        counters = pool.counters
    assert [answer.rule_ids for answer in answers] == [fire(RULES, facts).rule_ids for facts in CROWD]
    by_engine = [answer.readings for answer in answers].count((ENGINE, PYTHON))
    assert (by_engine, len(CROWD) - by_engine) == (counters.engine, counters.not_sampled)
    assert 0.1 < by_engine / len(CROWD) < 0.4


def test_an_engine_that_only_tries_rule_sets_has_no_process_and_refuses_what_fails(monkeypatch):
    with EnginePool(RULES, workers=2, share=0.0) as pool:
        assert (pool.fire(RULES, FACTS).readings, pool.pids, pool.health()) == ((PYTHON,), (), None)
        assert pool.counters == Counters(not_sampled=1)
    monkeypatch.setattr(trial, "MEMORY_BYTES", 1024 * 1024)
    with pytest.raises(InvalidRule, match="the rule engine cannot take these rules"):
        EnginePool(RULES, share=0.0)


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
