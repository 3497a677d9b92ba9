"""Knowledge to judge, and the curation of a real graph."""

import pytest

from kb.curation.curation import Curation
from kb.model.action import Action, ContactPolicy
from kb.model.condition import Op, Test
from kb.model.knowledge import KnowledgeItem
from kb.model.pattern import Dataset, Refusal, Run
from kb.model.rule import Recommend, Rule
from ontology.text import Text
from ontology.vocabulary import (
    ActionFamily,
    Channel,
    KnowledgeKind,
    KnowledgeStatus,
    PatternKind,
    Purpose,
)

DIGEST = "sha256:" + "a" * 64


class Clock:
    """A clock that a test moves by hand."""

    def __init__(self):
        self.time = 1_000

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def curation(graph, clock):
    return Curation(graph, clock)


@pytest.fixture
def item_of():
    def make(item_id="assoc-1", **changes):
        values = {
            "kind": KnowledgeKind.HIDDEN, "pattern_kind": PatternKind.ASSOCIATION, "status": KnowledgeStatus.PROPOSED,
            "statement": Text(zh=f"买牛奶的人也买面包（{item_id}）", en=f"Who buys Milk buys bread ({item_id})"),
            "strength": 0.5, "subject": "MILK->BREAD",
            "measures": {"support": 0.1, "confidence": 0.4, "lift": 2.0, "later_support": 0.1, "later_confidence": 0.4,
                         "later_lift": 1.9, "q_value": 0.001},
            "antecedent": ("MILK",), "consequent": ("BREAD",), "valid_from": 500, "recorded_at": 1_000,
            "run_id": "run-1", "datasets": (Dataset(name="order_lines", digest=DIGEST),), "author": "run-1",
        } | changes
        return KnowledgeItem(id=item_id, **values)

    return make


@pytest.fixture
def rule_of():
    def make(rule_id="rule-1", rests_on=("assoc-1",), **changes):
        values = {
            "name": Text(zh="规则", en="rule"), "when": Test(property="order_count", op=Op.GE, operand=1),
            "then": Recommend(action="cross_sell", arguments={"category": "BREAD"}), "author": "run-1",
        } | changes
        return Rule(id=rule_id, rests_on=rests_on, **values)

    return make


@pytest.fixture
def run():
    return Run(run_id="run-1", as_of=900, seed=7, started_at=950, finished_at=960, code_version="0.1.0",
               datasets=(Dataset(name="order_lines", digest=DIGEST),), parameters={"min_support": 0.01},
               plan=(Text(zh="计划", en="plan"),))


@pytest.fixture
def refusal_of():
    def make(item_id="assoc-9"):
        return Refusal(item_id=item_id, pattern_kind=PatternKind.ASSOCIATION, subject="X->Y",
                       statement=Text(zh="无", en="none"), reason=Text(zh="后期不成立", en="did not hold later"),
                       measures={"later_lift": 0.9})

    return make


@pytest.fixture
def catalogue():
    action = Action(id="cross_sell", name=Text(zh="交叉销售", en="cross-sell"), family=ActionFamily.CROSS_SELL,
                    purpose=Purpose.MARKETING, value=2.0, cost=0.1, prior=0.05,
                    contents={Channel.PHONE: Text(zh="试试{category}", en="try {category}")}, parameters=("category",))
    return ((action,), ContactPolicy())
