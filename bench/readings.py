"""Each reading beside zen-engine on the same rules and customers, answers compared: p50, p99, rate and ratio."""

import json
import time
from collections.abc import Callable, Sequence
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
from rules.engine.encode import Encoder
from rules.engine.process import WorkerProcess
from rules.engine.program import compile_program
from rules.engine.trial import SECONDS, plain, request
from rules.evaluate import RuleSet, compile_rules, fire, fired_ids
from rules.proof.readings import open_readings

SIZES = ((100, 20), (100, 50), (1_000, 20), (1_000, 50))
CUSTOMERS = 200
CATEGORIES = 200
_MILLISECONDS = 1e3

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
    rates, answers = {}, {}
    try:
        for name, read in readings.items():
            taken, answers[name] = _timed(read, people)
            rates[name] = len(taken) / sum(taken)
            cuts = quantiles(taken, n=100)
            _print(f"{count:,} x {facts}", name, f"{cuts[49] * _MILLISECONDS:.3f}", f"{cuts[98] * _MILLISECONDS:.3f}",
                   rates[name], rates["zen-engine"])
    finally:
        worker.kill()
    rates["tables"], answers["tables"] = _tables(ruleset, people)
    _print(f"{count:,} x {facts}", f"tables, {len(people)} at once", "", "", rates["tables"], rates["zen-engine"])
    assert all(found == answers["zen-engine"] for found in answers.values())


def _print(size: str, name: str, median: str, late: str, rate: float, peer: float) -> None:  # noqa: PLR0913, PLR0917  # a row
    print(f"{size:>14} {name:<22}{median:>9}{late:>9}{rate:>10,.0f}{rate / peer:>8.2f}")


def _timed(read: Callable[[Facts], Fired], people: Sequence[Facts]) -> tuple[list[float], list[Fired]]:
    for one in people[:20]:
        read(one)
    taken, found = [], []
    for one in people:
        begun = time.perf_counter()
        found.append(read(one))
        taken.append(time.perf_counter() - begun)
    return taken, found


def _engine(ruleset: RuleSet) -> tuple[WorkerProcess, Callable[[Facts], Fired]]:
    """durable_rules over its pipe, facts written anew for each call, without the check that follows when it serves."""
    program = compile_program(ruleset)
    encoder, worker = Encoder.of(program), WorkerProcess()
    worker.load(ruleset.fingerprint, plain(program), seconds=SECONDS)

    def ask(one: Facts) -> Fired:
        answer = worker.ask(request(ruleset.fingerprint, encoder.message(one)), seconds=SECONDS)
        return frozenset(program.numbered[int(number)] for number in answer["fired"])

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
