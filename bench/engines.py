"""durable_rules as it serves, one customer alone and fifty together, beside the engine in process and Python alone.

The rules speak of the customer, of rows that are there or not, joined or counted. Wall clock and processor time are of
one customer, the worker's among the latter; each way takes its turn in each round, and the median round is told with
the least. *The engine in process* is given messages that are written already: no pipe, no check, nothing but it.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import median

import orjson

from kb.model.condition import And, Condition, Exists, Op, Ref, Test, none_of
from kb.model.facts import Facts, Row
from kb.model.ids import CustomerKey, RuleId
from kb.model.rule import Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily
from rules.engine.encoding import Encoder
from rules.engine.pool import EnginePool
from rules.engine.program import compile_program
from rules.engine.trial import MOST_TOGETHER, plain
from rules.engine.worker import Loaded
from rules.interpreter import RuleSet, compile_rules, fired_ids

SIZES = ((100, 20), (1_000, 50))
CUSTOMERS, ROUNDS = 100, 9
CATEGORIES = 14
_ELSE, _COMPLAINTS = 1, 4  # of a customer's facts: the customer, and what they said
_MILLISECONDS = 1e3
_ENGINE, _PYTHON = "the engine in process", "Python alone"

Way = Callable[[], Sequence[frozenset[RuleId]]]


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of one customer in each round."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def main() -> None:
    print(f"{'rules x facts':>14} {'':<26}{'wall ms':>9}{'least':>8}{'processor':>11}{'x engine':>10}{'x Python':>10}")
    for count, facts in SIZES:
        _measure(count, facts)


def _measure(count: int, facts: int) -> None:
    chance = Random(7)  # noqa: S311  # test data, not secrets
    ruleset = compile_rules([_rule(number, chance) for number in range(count)], load_schema())
    people = [_customer(number, facts, chance) for number in range(CUSTOMERS)]
    with EnginePool(ruleset, workers=1, deadline=10.0) as pool:
        taken = _timed(_ways(pool, ruleset, people), pool.pids)
        assert pool.counters.engine == 2 * (ROUNDS + 1) * CUSTOMERS, pool.counters
    walls = {name: median(one.wall) for name, one in taken.items()}
    for name, one in taken.items():
        print(f"{f'{count:,} x {facts}':>14} {name:<26}{walls[name] * _MILLISECONDS:>9.3f}"
              f"{min(one.wall) * _MILLISECONDS:>8.3f}{median(one.processor) * _MILLISECONDS:>11.3f}"
              f"{walls[name] / walls[_ENGINE]:>10.2f}{walls[name] / walls[_PYTHON]:>10.1f}")


def _ways(pool: EnginePool, ruleset: RuleSet, people: Sequence[Facts]) -> Mapping[str, Way]:
    program = compile_program(ruleset)
    loaded, encoder = Loaded.of(orjson.loads(orjson.dumps(plain(program)))), Encoder.of(program)
    messages = [encoder.message(one) for one in people]
    groups = [people[first:first + MOST_TOGETHER] for first in range(0, len(people), MOST_TOGETHER)]
    return {
        _ENGINE: lambda: [program.said(loaded.fire(told.now, told.customer, told.rows))[0] for told in messages],
        _PYTHON: lambda: [fired_ids(ruleset, one)[0] for one in people],
        "served, alone": lambda: [pool.fire(ruleset, one).rule_ids for one in people],
        f"served, {MOST_TOGETHER} together": lambda: [
            answer.rule_ids for group in groups for answer in pool.fire_all(ruleset, group)],
    }


def _timed(ways: Mapping[str, Way], pids: Sequence[int]) -> Mapping[str, Taken]:
    """What each way took, after a round that is not counted; all of them answer alike."""
    taken = {name: Taken() for name in ways}
    [expected] = {tuple(way()) for way in ways.values()}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            begun, busy = time.perf_counter(), _processor(pids)
            assert tuple(way()) == expected
            taken[name].wall.append((time.perf_counter() - begun) / CUSTOMERS)
            taken[name].processor.append((_processor(pids) - busy) / CUSTOMERS)
    return taken


def _processor(pids: Sequence[int]) -> float:
    """Processor seconds of this process and of others, by Linux's clock of each (clock_getcpuclockid)."""
    return time.process_time() + sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


def _rule(number: int, chance: Random) -> Rule:
    """A rule of one of six shapes, in turn."""
    enough, lately = chance.randrange(1, 9), chance.randrange(90)
    bought = And(parts=(_of_category(chance), _test("orders_90d", Op.GE, enough)))
    missing = And(parts=(_of_category(chance), _test("last_days_ago", Op.LT, lately)))
    favourite = And(parts=(_test("category", Op.EQ, Ref(alias="customer", property="preferred_category")),
                           _test("orders_90d", Op.GE, enough)))
    unhappy = And(parts=(_test("category", Op.EQ, Ref(alias="p", property="category")),
                         _test("kind", Op.EQ, "complaint"), _test("days_ago", Op.LT, lately)))
    shapes: tuple[Condition, ...] = (
        And(parts=(_test("age", Op.BETWEEN, (18, 30 + lately)), _test("monetary_90d", Op.GT, 10 * lately))),
        _purchase(bought),
        And(parts=(_purchase(bought), none_of("purchase", "q", missing))),
        _purchase(favourite),
        _purchase(And(parts=(_of_category(chance), none_of("interaction", "i", unhappy)))),
        And(parts=(_test("age", Op.GE, lately), _purchase(_test("orders_90d", Op.GE, enough), at_least=2))),
    )
    name = f"r{number}"
    return Rule(id=RuleId(name), name=Text.same(name), when=shapes[number % len(shapes)], author="bench",
                then=Require(family=ActionFamily.CARE))


def _purchase(where: Condition, *, at_least: int = 1) -> Exists:
    return Exists(fact="purchase", alias="p", where=where, at_least=at_least)


def _of_category(chance: Random) -> Test:
    return _test("category", Op.EQ, _category(chance))


def _category(chance: Random) -> str:
    return f"C{chance.randrange(CATEGORIES)}"


def _test(name: str, op: Op, operand: str | int | tuple[int, int] | Ref) -> Test:
    return Test(property=name, op=op, operand=operand)


def _customer(number: int, facts: int, chance: Random) -> Facts:
    bought = tuple(Row(key=str(key), values={
        "category": _category(chance), "orders_90d": chance.randrange(9), "last_days_ago": chance.randrange(365)})
        for key in range(facts - _COMPLAINTS - _ELSE))
    said = tuple(Row(key=str(key), days_ago=chance.randrange(200), values={
        "category": _category(chance), "kind": chance.choice(["complaint", "enquiry"])}) for key in range(_COMPLAINTS))
    return Facts(customer_key=CustomerKey(f"c{number}"), as_of=0, related={"purchase": bought, "interaction": said},
                 customer={"age": chance.randrange(18, 90), "monetary_90d": chance.randrange(2_000),
                           "preferred_category": _category(chance)})


if __name__ == "__main__":
    main()
