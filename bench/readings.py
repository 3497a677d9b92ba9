"""Each reading beside zen-engine on the same rules and customers, answers compared: p50, p99, rate and ratio.

Each customer counts with the best of some rounds, which a busy machine spoils least. The ratio is that of the medians;
that of the tables, which are asked once for all, is of their time for one of these customers.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from math import inf
from random import Random
from statistics import quantiles
from typing import Any

import zen

from kb.model.condition import And, Condition, Exists, Op, Test, none_of
from kb.model.facts import Facts, Row
from kb.model.ids import CustomerKey, RuleId
from kb.model.rule import Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily
from rules.conformance import traced_firing
from rules.conformance.readings import open_readings
from rules.engine.encoding import Encoder
from rules.engine.process import WorkerProcess
from rules.engine.program import compile_program
from rules.engine.trial import SECONDS, plain, request
from rules.interpreter import RuleSet, compile_rules, fire, fired_ids

SIZES = ((100, 20), (100, 50), (1_000, 20), (1_000, 50))
CUSTOMERS = 200
ROUNDS = 5
WARMING = 20
CHECKED = 20
CATEGORIES = 200
_MILLISECONDS = 1e3
_MEDIAN, _LATE = 49, 98

Fired = frozenset[str]


def main() -> None:
    print(f"{'rules x facts':>14} {'reading':<22}{'p50 ms':>9}{'p99 ms':>9}{'a second':>10}{'x zen':>8}")
    for rules, facts in SIZES:
        _measure(rules, facts)


def _measure(count: int, facts: int) -> None:
    chance = Random(7)  # noqa: S311  # test data, not secrets
    rules = [_rule(number, chance) for number in range(count)]
    ruleset = compile_rules(rules, load_schema())
    people = [_customer(number, facts, chance) for number in range(CUSTOMERS)]
    decision, inputs = _decision(rules), {one.customer_key: _input(one) for one in people}
    worker, ask = _engine(ruleset)
    readings: dict[str, Callable[[Facts], Fired]] = {
        "zen-engine": lambda one: _of_zen(decision.evaluate(inputs[one.customer_key])),
        "durable_rules": ask,
        "Python": lambda one: fired_ids(ruleset, one)[0],
        "Python with why": lambda one: fire(ruleset, one).rule_ids,
    }
    try:
        taken, answers = _timed(readings, people)
    finally:
        worker.kill()
    cuts = {name: quantiles(times, n=100) for name, times in taken.items()}
    peer = cuts["zen-engine"][_MEDIAN]
    for name, times in taken.items():
        median, late = cuts[name][_MEDIAN], cuts[name][_LATE]
        _print(f"{count:,} x {facts}", name, f"{median * _MILLISECONDS:.3f}", f"{late * _MILLISECONDS:.3f}",
               len(times) / sum(times), peer / median)
    rate, answers["tables"] = _tables(ruleset, people)
    _print(f"{count:,} x {facts}", f"tables, {len(people)} at once", "", "", rate, peer * rate)
    assert all(found == answers["zen-engine"] for found in answers.values())
    _check_reasons(ruleset, people)


def _check_reasons(ruleset: RuleSet, people: Sequence[Facts]) -> None:
    """What is told with a firing is what its trace tells."""
    for one in people[:CHECKED]:
        fired = fire(ruleset, one)
        assert all(firing == traced_firing(ruleset.rules[firing.rule_id], one, fired.conclusions)
                   for firing in fired.firings)


def _print(size: str, name: str, median: str, late: str, rate: float, ratio: float) -> None:  # noqa: PLR0913, PLR0917  # a row
    print(f"{size:>14} {name:<22}{median:>9}{late:>9}{rate:>10,.0f}{ratio:>8.2f}")


def _timed(readings: Mapping[str, Callable[[Facts], Fired]], people: Sequence[Facts]) -> tuple[
        dict[str, list[float]], dict[str, list[Fired]]]:
    """The best seconds for each customer, and the answers; readings take turns, so that the machine is alike to all."""
    taken = {name: [inf] * len(people) for name in readings}
    answers: dict[str, list[Fired]] = {}
    for _ in range(ROUNDS):
        for name, read in readings.items():
            for one in people[:WARMING]:
                read(one)
            answers[name] = []
            for place, one in enumerate(people):
                begun = time.perf_counter()
                answers[name].append(read(one))
                taken[name][place] = min(time.perf_counter() - begun, taken[name][place])
    return taken, answers


def _engine(ruleset: RuleSet) -> tuple[WorkerProcess, Callable[[Facts], Fired]]:
    """durable_rules over its pipe, facts written anew for each call, without the check that follows when it serves."""
    program = compile_program(ruleset)
    encoder, worker = Encoder.of(program), WorkerProcess()
    worker.load(ruleset.fingerprint, plain(program), seconds=SECONDS)

    def ask(one: Facts) -> Fired:
        answer = worker.ask(request(ruleset.fingerprint, [encoder.message(one)]), seconds=SECONDS)
        return program.said(answer["fired"])[0]

    return worker, ask


def _tables(ruleset: RuleSet, people: Sequence[Facts]) -> tuple[float, list[Fired]]:
    with open_readings() as readings:
        tables = next(reading for reading in readings if reading.name == "tables")
        begun = time.perf_counter()
        found = [said[0] for said in tables.read(ruleset, people) if said is not None]
        return len(people) / (time.perf_counter() - begun), found


def _rule(number: int, chance: Random) -> Rule:
    """Tests of the customer beside rows that are, or are not, there: what both engines can say."""
    bought = And(parts=(_test("category", Op.EQ, f"C{chance.randrange(CATEGORIES)}"),
                        _test("orders_90d", Op.GE, chance.randrange(1, 5))))
    missing = And(parts=(_test("category", Op.EQ, f"C{chance.randrange(CATEGORIES)}"),
                         _test("last_days_ago", Op.LT, chance.randrange(90))))
    when = (_test("age", Op.BETWEEN, (18, chance.randrange(30, 90))),
            _test("monetary_90d", Op.GT, chance.randrange(1_000)),
            Exists(fact="purchase", alias="p", where=bought), none_of("purchase", "q", missing))
    kept = when[number % 3:] if number % 2 else when[:number % 3 + 2]
    name = f"r{number}"
    return Rule(id=RuleId(name), name=Text.same(name), when=And(parts=tuple(kept)), author="bench",
                then=Require(family=ActionFamily.CARE))


def _test(name: str, op: Op, operand: str | int | tuple[int, int]) -> Test:
    return Test(property=name, op=op, operand=operand)


def _customer(number: int, facts: int, chance: Random) -> Facts:
    rows = tuple(Row(key=str(key), values={
        "category": f"C{chance.randrange(CATEGORIES)}", "orders_90d": chance.randrange(9),
        "last_days_ago": chance.randrange(365)}) for key in range(facts - 1))
    return Facts(customer_key=CustomerKey(f"c{number}"), as_of=0, related={"purchase": rows},
                 customer={"age": chance.randrange(18, 90), "monetary_90d": chance.randrange(2_000)})


def _input(one: Facts) -> dict[str, Any]:
    return {**one.customer, "purchase": [dict(row.values) for row in one.related["purchase"]]}


def _of_zen(answer: dict[str, Any]) -> Fired:
    return frozenset(name for name, fires in answer["result"].items() if fires is True)


def _decision(rules: Sequence[Rule]) -> Any:
    """The same rules as one expression node."""
    ends = [{"id": name, "name": name, "type": f"{name}Node", "position": {"x": 0, "y": 0}}
            for name in ("input", "output")]
    expressions = [{"id": rule.id, "key": rule.id, "value": _expression(rule.when)} for rule in rules]
    node = {"id": "rules", "name": "rules", "type": "expressionNode", "position": {"x": 0, "y": 0},
            "content": {"expressions": expressions}}
    edges = [{"id": f"{source}-{target}", "type": "edge", "sourceId": source, "targetId": target}
             for source, target in (("input", "rules"), ("rules", "output"))]
    return zen.ZenEngine().create_decision(json.dumps({"nodes": [*ends, node], "edges": edges}))


def _expression(condition: Condition, here: str = "") -> str:
    match condition:
        case And(parts=parts):
            return " and ".join(_expression(part, here) for part in parts)
        case Exists(fact=fact, where=where, at_least=least):
            return f"{'some' if least else 'none'}({fact}, {_expression(where, '#.')})"
        case Test(property=name, op=Op.BETWEEN, operand=(low, high)):
            return f"{here}{name} >= {low} and {here}{name} <= {high}"
        case Test(property=name, op=op, operand=operand):
            return f"{here}{name} {'==' if op is Op.EQ else op} {json.dumps(operand)}"
    msg = f"no expression for {condition}"
    raise TypeError(msg)


if __name__ == "__main__":
    main()
