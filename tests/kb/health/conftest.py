"""A small sound base with something for every check to look at."""

import json
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kb.curation.curation import Curation
from kb.graph.port import Statement
from kb.health.check import CheckContext
from kb.health.registry import CHECKS
from kb.home import Base, Home
from kb.journal.events import Note
from kb.journal.store import Journal
from kb.model.action import Action, ContactPolicy
from kb.model.condition import Op, Test
from kb.model.decision import Outcome
from kb.model.knowledge import KnowledgeItem
from kb.model.pattern import Dataset, Run
from kb.model.rule import Recommend, Rule
from kb.tables.catalog import Catalog, Contribution, file_snapshot, write_catalog
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, KnowledgeKind, KnowledgeStatus, OutcomeKind, PatternKind, Purpose

AS_OF = 1_700_000_000
DATA = (Dataset(name="order_lines", digest="sha256:" + "a" * 64),)
ITEM = KnowledgeItem(
    id="tea-cup", kind=KnowledgeKind.HIDDEN, pattern_kind=PatternKind.ASSOCIATION, status=KnowledgeStatus.PROPOSED,
    statement=Text(zh="买茶的人也买杯", en="who buys tea buys a cup"), strength=0.5, subject="TEA->CUP",
    measures={"support": 0.1, "confidence": 0.4, "lift": 2.0}, antecedent=("TEA",), consequent=("CUP",),
    valid_from=500, recorded_at=1_000, run_id="run-1", datasets=DATA, author="run-1")
RULE = Rule(id="rule-tea", name=Text(zh="规则", en="rule"), author="run-1", rests_on=("tea-cup",),
            when=Test(property="order_count", op=Op.GE, operand=1),
            then=Recommend(action="cross_sell", arguments={"category": "CUP"}))
ACTION = Action(id="cross_sell", name=Text(zh="交叉销售", en="cross-sell"), family=ActionFamily.CROSS_SELL,
                purpose=Purpose.MARKETING, value=2.0, cost=0.1, prior=0.05, parameters=("category",),
                contents={Channel.PHONE: Text(zh="试试{category}", en="try {category}")})
RUN = Run(run_id="run-1", as_of=900, seed=7, started_at=950, finished_at=960, code_version="0.1.0", datasets=DATA,
          parameters={}, plan=(Text(zh="计划", en="plan"),))


def fill_home(home):
    """A snapshot under its digest, and fact tables of the base's moment."""
    home.create(Base(name=Text(zh="小店", en="shop"), zone="Asia/Shanghai", currency="CNY", as_of=AS_OF))
    home.facts_path.mkdir()
    for path in (home.path / "fresh.parquet", home.facts_path / "customer.parquet"):
        pq.write_table(pa.table({"customer_key": ["c1"]}), path)
    snapshot = file_snapshot(home.path, "snapshots/customers", home.path / "fresh.parquet", 1)
    given = Contribution(mapping="shop", tables={"customers": snapshot}, quarantine={}, attributes=(), categories=(),
                         last_instant=AS_OF)
    write_catalog(home.path, Catalog(zone="Asia/Shanghai", currency="CNY", contributions=(given,)))
    (home.facts_path / "facts.json").write_text(json.dumps(
        {"moment": {"as_of": AS_OF, "zone": "Asia/Shanghai"}, "rows": {"customer": 1}, "coverage": {}}))


def fill_graph(graph):
    """A published rule on an item that holds for a customer."""
    curation = Curation(graph, now=lambda: 2_000)
    curation.propose([ITEM], [RULE], run=RUN)
    curation.approve("tea-cup", "li")
    curation.publish("zhao", (ACTION,), ContactPolicy(), check=lambda _: None)
    graph.bulk_load("Customer", pa.table({"customer_key": ["c1"]}))
    graph.bulk_load("HOLDS_A", pa.table({"from": ["c1"], "to": ["tea-cup"], "score": [0.5]}))
    graph.write([Statement("CREATE (:State {name: 'facts_as_of', value: $value})", {"value": str(AS_OF)}),
                 Statement("CREATE (:State {name: 'holds', value: 'HOLDS_A'})")])


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "base")
    fill_home(made)
    return made


@pytest.fixture
def journal(home, decision_of):
    with closing(Journal(home.journal_path)) as opened:
        opened.append_decisions([decision_of("d1"), decision_of("d2", "c2")])
        opened.record_outcome(Outcome(decision_id="d1", action_id="cross_sell", outcome=OutcomeKind.SHOWN, at=5,
                                      author="li"))
        opened.add_note(Note(note_id="n1", customer_key="c2", text="备注", author="li", at=7))
        yield opened


@pytest.fixture
def context(home, journal, graph):
    """The base; its graph is on either engine."""
    fill_graph(graph)
    assert journal.last_sequence() == 4
    return CheckContext(home=home, graph=graph, schema=load_schema(), journal=home.journal_path)


@pytest.fixture
def found(context):
    """What every check says is wrong, by the check's name; checks that find nothing are left out."""
    def look():
        seen = {check.name: check.look(context).wrong for check in CHECKS}
        return {name: list(wrong) for name, wrong in seen.items() if wrong}

    return look
