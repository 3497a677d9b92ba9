"""A hundred mixed rules over a million customers with ten related rows each, beside the Python reading on a sample."""

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

import duckdb
import ibis

from kb.facts.rows import to_facts
from kb.model.condition import And, Concluded, Condition, Exists, Known, Not, Op, Or, Ref, Test, none_of
from kb.model.facts import Facts
from kb.model.ids import RuleId
from kb.model.rule import Conclude, Effect, Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily
from rules.batch import Source, TableRules, compile_tables
from rules.interpreter import RuleSet, compile_rules, fired_ids
from rules.lint import check_rules

CUSTOMERS = 1_000_000
SAMPLE_BELOW = "c01"  # keys are spread evenly: one customer in 256
AS_OF = 1_700_000_000
MEMORY = "1500MB"
THREADS = 2
_KILOBYTES_IN_GIGABYTE = 1024**2
_PERSONS = "CREATE TABLE person AS SELECT i, 'c' || md5(i::VARCHAR) AS customer_key FROM range(?) t(i)"
_SQL = {
    "customer": """SELECT customer_key, CASE WHEN hash(i, 1) % 5 > 0 THEN (18 + hash(i, 2) % 70)::BIGINT END AS age,
        CASE WHEN hash(i, 3) % 4 > 0 THEN 'CITY ' || hash(i, 4) % 20 END AS city,
        hash(i, 5) % 100000 / 100.0 AS monetary_90d, (hash(i, 6) % 400)::BIGINT AS recency_days,
        'CATEGORY ' || hash(i, 7) % 30 AS preferred_category
        FROM person""",
    "purchase": """SELECT customer_key, 'CATEGORY ' || (hash(i, j, 1) % 5 + 5 * j) AS _key, _key AS category,
        (hash(i, j, 2) % 12)::BIGINT AS orders_90d, hash(i, j, 3) % 50000 / 100.0 AS spend_90d,
        CASE WHEN hash(i, j, 4) % 9 > 0 THEN (hash(i, j, 5) % 365)::BIGINT END AS last_days_ago
        FROM person, range(6) r(j)""",
    "interaction": """SELECT customer_key, j::VARCHAR AS _key, (hash(i, j, 7) % 365)::BIGINT AS days_ago,
        CASE WHEN hash(i, j, 6) % 3 > 0 THEN 'complaint' ELSE 'visit' END AS kind,
        CASE WHEN hash(i, j, 8) % 3 > 0 THEN j = 1 END AS resolved, 'CATEGORY ' || hash(i, j, 9) % 30 AS category
        FROM person, range(2) r(j)""",
    "contact": """SELECT customer_key, 'campaign ' || hash(i, 8) % 20 AS _key, _key AS campaign_id,
        (hash(i, 9) % 90)::BIGINT AS days_ago, hash(i, 10) % 2 = 0 AS open
        FROM person""",
    "knowledge": """SELECT customer_key, 'item ' || hash(i, 11) % 40 AS _key, _key AS item,
        hash(i, 12) % 1000 / 1000.0 AS score
        FROM person""",
}


def main() -> None:
    schema = load_schema()
    rules = tuple(_rules(Random(7)))  # noqa: S311  # test data, not secrets
    check_rules(rules, schema, {})
    ruleset = compile_rules(rules, schema)
    with tempfile.TemporaryDirectory() as folder:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as writer:  # its memory is not ours
            writer.submit(write, Path(folder), CUSTOMERS).result()
        connection = ibis.duckdb.connect(threads=THREADS, memory_limit=MEMORY, temp_directory=folder)
        connection.raw_sql("SET enable_progress_bar = false")
        source = {name: connection.read_parquet(Path(folder) / f"{name}.parquet") for name in _SQL}
        compiled = compile_tables(ruleset, schema)
        _whole(compiled, source)
        _sample(ruleset, compiled, {name: table.filter(table.customer_key < SAMPLE_BELOW)
                                    for name, table in source.items()})


def write(folder: Path, count: int) -> None:
    """The fact tables, sorted by customer as a refresh leaves them."""
    with duckdb.connect(config={"memory_limit": MEMORY, "threads": THREADS, "temp_directory": str(folder)}) as made:
        made.execute("SET enable_progress_bar = false")
        made.execute(_PERSONS, [count])
        for name, sql in _SQL.items():
            made.execute(f"COPY ({sql} ORDER BY customer_key) TO '{folder / name}.parquet'")


def _whole(compiled: TableRules, source: Source) -> None:
    print(f"{len(compiled.columns)} rules x {CUSTOMERS:,} customers, 10 related rows each, {THREADS} threads")
    asked = {"writing the SELECT": lambda: ibis.to_sql(compiled.fired(source, as_of=AS_OF)),
             "counts": lambda: compiled.counts(source, as_of=AS_OF),
             "funnels": lambda: compiled.funnels(source, as_of=AS_OF)}
    for name, ask in asked.items():
        begun, busy = time.perf_counter(), time.process_time()
        ask()
        print(f"{name:24}{time.perf_counter() - begun:9.2f} s, processor {time.process_time() - busy:6.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KILOBYTES_IN_GIGABYTE
    print(f"{'peak memory':24}{peak:9.2f} GB")


def _sample(ruleset: RuleSet, compiled: TableRules, source: Source) -> None:
    people = list(_people(source))
    begun = time.perf_counter()
    expected = {facts.customer_key: fired_ids(ruleset, facts)[0] for facts in people}
    python = len(people) / (time.perf_counter() - begun)
    fired = compiled.fired(source, as_of=AS_OF).to_pyarrow().to_pylist()
    assert {row["customer_key"]: {rule for rule in ruleset.rules if row[rule]} for row in fired} == expected
    firings = sum(map(len, expected.values()))
    print(f"{'Python reading':24}{python:9,.0f} customers/s: {CUSTOMERS / python:.1f} s for all, one core")
    print(f"equal on the sample: {len(people):,} customers, {firings:,} firings")


def _people(source: Source) -> Iterator[Facts]:
    rows: dict[str, dict[str, list[dict[str, object]]]] = {}
    for name, table in source.items():
        for record in table.to_pyarrow().to_pylist():
            rows.setdefault(record["customer_key"], {}).setdefault(name, []).append(record)
    for key, own in rows.items():
        yield to_facts(key, own.pop("customer")[0], own, (), as_of=AS_OF)


def _rules(chance: Random) -> Iterator[Rule]:
    """A hundred: of the customer alone, of related rows, of both joined, and on conclusions of the others."""
    made = [make for make, often in ((_of_customer, 20), (_of_purchases, 40), (_of_contacts, 15), (_counted, 10),
                                     (_joined, 5)) for _ in range(often)]
    for number, make in enumerate(made):
        then: Effect = Conclude(kind="group", value=str(number)) if number % 9 == 0 else _care()
        yield _rule(number, make(chance), then)
    for number in range(10):
        glad = Not(part=Concluded(kind="group", value=str(9 * number)))
        yield _rule(len(made) + number, And(parts=(glad, _of_purchases(chance))), _care())


def _rule(number: int, when: Condition, then: Effect) -> Rule:
    name = f"rule-{number:03}"
    return Rule(id=RuleId(name), name=Text.same(name), when=when, then=then, author="bench")


def _care() -> Require:
    return Require(family=ActionFamily.CARE)


def _test(name: str, op: Op, operand: object) -> Test:
    return Test(property=name, op=op, operand=operand)  # type: ignore[arg-type]  # of the property's own type


def _is_category(chance: Random) -> Test:
    return _test("category", Op.EQ, f"CATEGORY {chance.randrange(30)}")


def _of_customer(chance: Random) -> Condition:
    return And(parts=(
        Or(parts=(_test("age", Op.BETWEEN, (20, chance.randrange(30, 80))), Not(part=Known(property="age")))),
        _test("monetary_90d", Op.GE, chance.randrange(1000)), _test("recency_days", Op.LT, chance.randrange(400)),
        Not(part=_test("city", Op.IN, tuple(f"CITY {chance.randrange(20)}" for _ in range(3))))))


def _of_purchases(chance: Random) -> Condition:
    bought = And(parts=(_is_category(chance), _test("orders_90d", Op.GE, chance.randrange(1, 6))))
    other = And(parts=(_is_category(chance), Not(part=_test("last_days_ago", Op.GT, 90))))
    return And(parts=(Exists(fact="purchase", alias="p", where=bought), none_of("purchase", "q", other)))


def _of_contacts(chance: Random) -> Condition:
    item = _test("item", Op.EQ, f"item {chance.randrange(40)}")
    invited = And(parts=(_test("campaign_id", Op.EQ, f"campaign {chance.randrange(20)}"), _test("open", Op.EQ, True)))
    known = Exists(fact="knowledge", alias="k", where=And(parts=(item, _test("score", Op.GT, 0.2))))
    return And(parts=(Or(parts=(known, Exists(fact="contact", alias="c", where=invited))),
                      none_of("interaction", "i", _test("days_ago", Op.LT, chance.randrange(60)))))


def _counted(chance: Random) -> Condition:
    where = _test("spend_90d", Op.GT, chance.randrange(400))
    return Exists(fact="purchase", alias="p", where=where, at_least=2, at_most=chance.randrange(3, 7))


def _joined(chance: Random) -> Condition:
    spent = _test("spend_90d", Op.GT, chance.randrange(300))
    favourite = _test("category", Op.EQ, Ref(alias="customer", property="preferred_category"))
    trouble = And(parts=(_test("category", Op.EQ, Ref(alias="p", property="category")),
                         _test("days_ago", Op.LT, Ref(alias="p", property="last_days_ago"))))
    inner = Exists(fact="interaction", alias="i", where=trouble)
    return Exists(fact="purchase", alias="p", where=And(parts=(spent, Or(parts=(favourite, inner)))))


if __name__ == "__main__":
    main()
