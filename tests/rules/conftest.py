"""A served release of the shipped pack and three mined associations, and customers made by hand."""

from dataclasses import replace

import pytest

from kb.curation.quantile_resolution import resolved
from kb.facts.distribution import Distributions
from kb.model.condition import And, Exists, Op, Or, Test, none_of
from kb.model.facts import Facts, Row
from kb.model.knowledge import KnowledgeItem
from kb.model.pattern import Dataset
from kb.model.release import Release
from kb.model.rule import Recommend, Rule
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import Channel, KnowledgeKind, KnowledgeStatus, PatternKind
from rules.decision.compiled_release import CompiledRelease
from rules.decision.request import Request
from rules.packs.pack import load_pack

AS_OF = 1_514_808_000  # 2018-01-01 12:00 UTC
LABELS = {"PASTA": Text(zh="意大利面", en="pasta"), "SAUCE": Text(zh="意面酱", en="pasta sauce"),
          "CHEESE": Text(zh="奶酪", en="cheese"), "WINE": Text(zh="葡萄酒", en="wine"),
          "BREAD": Text(zh="面包", en="bread")}

DATASETS = (Dataset(name="customers", digest="sha256:11"), Dataset(name="order_lines", digest="sha256:00"))


def association(antecedent, consequent, *, take_rate):
    """The knowledge item and the draft rule of ``antecedent`` -> ``consequent``, as mining promotes them."""
    item = KnowledgeItem(
        id=f"assoc-{antecedent}-{consequent}", kind=KnowledgeKind.HIDDEN, pattern_kind=PatternKind.ASSOCIATION,
        status=KnowledgeStatus.PUBLISHED, strength=0.8, antecedent=(antecedent,), consequent=(consequent,),
        statement=Text(zh=f"买{LABELS[antecedent].zh}的顾客也常买{LABELS[consequent].zh}",
                       en=f"who buys {LABELS[antecedent].en} often buys {LABELS[consequent].en}"),
        measures={"support": 0.02, "confidence": 0.3, "lift": 2.5, "take_rate": take_rate}, valid_from=0, recorded_at=0,
        run_id="run-1", datasets=DATASETS, author="run-1", approver="eve")
    bought = And(parts=(Test(property="category", op=Op.EQ, operand=antecedent),
                        Test(property="orders_90d", op=Op.GE, operand=1)))
    not_yet = And(parts=(Test(property="category", op=Op.EQ, operand=consequent),
                         Test(property="orders_90d", op=Op.GE, operand=1)))
    asked = And(parts=(Test(property="signal", op=Op.IN, operand=("cart", "search", "page")),
                       Test(property="category", op=Op.EQ, operand=antecedent)))
    in_cart = And(parts=(Test(property="signal", op=Op.IN, operand=("cart", "search", "page")),
                         Test(property="category", op=Op.EQ, operand=consequent)))
    when = Or(parts=(
        And(parts=(Exists(fact="purchase", alias="p1", where=bought), none_of("purchase", "q1", not_yet))),
        And(parts=(Exists(fact="moment", alias="m1", where=asked), none_of("moment", "n1", in_cart)))))
    rule = Rule(id=f"rule-{item.id}", name=item.statement, when=when, author="run-1", rests_on=(item.id,),
                propensity=take_rate, then=Recommend(action="cross_sell", arguments={"category": consequent}))
    return item, rule


MINED = (association("PASTA", "SAUCE", take_rate=0.3), association("PASTA", "CHEESE", take_rate=0.2),
         association("PASTA", "WINE", take_rate=0.1), association("BREAD", "CHEESE", take_rate=0.25))


@pytest.fixture(scope="session")
def release():
    pack = load_pack()
    shipped = tuple(resolved(rule, Distributions({})) for rule in pack.rules)
    return Release(
        number=1, published_at=0, publisher="eve", actions=pack.actions, policy=pack.policy,
        rules=tuple(sorted((*shipped, *(rule for _, rule in MINED)), key=lambda rule: rule.id)),
        items=tuple(sorted((item for item, _ in MINED), key=lambda item: item.id)))


@pytest.fixture(scope="session")
def serve(release):
    """Compile the release with some fields replaced."""
    return lambda **changes: CompiledRelease.compile(replace(release, **changes), load_schema(), LABELS)


@pytest.fixture(scope="session")
def compiled(serve):
    return serve()


@pytest.fixture(scope="session")
def customer():
    """Facts from plain values: ``customer(order_count=3, interaction=[{"kind": "complaint", "days_ago": 1}])``."""
    def make(**known):
        related = {name: tuple(_row(name, number, values) for number, values in enumerate(rows))
                   for name, rows in known.items() if isinstance(rows, list)}
        told = {name: value for name, value in known.items() if not isinstance(value, list)}
        return Facts(customer_key="c1", as_of=AS_OF, customer=told, related=related)
    return make


def _row(fact, number, values):
    key = values.get("category") or values.get("campaign_id") or f"{fact}{number}"
    return Row(key=values.get("key", key), days_ago=values.get("days_ago"),
               values={name: value for name, value in values.items() if name != "key"})


@pytest.fixture(scope="session")
def ask():
    """A request by its channel and context: ``ask("phone", cart=["PASTA"])``."""
    return lambda channel="phone", limit=3, **context: Request(channel=Channel(channel), context=context, limit=limit)
