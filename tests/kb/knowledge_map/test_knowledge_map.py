"""The knowledge map of one customer on a real graph and journal."""

import json

import pyarrow as pa
import pytest

from kb.errors import NotFound
from kb.facts.fact_cache import FactCache
from kb.facts.load import Scores, load_knowledge_links
from kb.facts.moment import Moment
from kb.graph.double_buffer import POINTER, TWINS, DoubleBuffer, on_table
from kb.graph.port import Statement
from kb.graph.state import Edition, changed, put_state
from kb.journal.events import Interaction, Note
from kb.journal.store import Journal
from kb.knowledge_map import knowledge_map, rehearse_map
from kb.knowledge_map.entry import ValueWords
from kb.model.codec import to_json
from kb.model.knowledge import KnowledgeItem
from kb.model.pattern import Dataset
from kb.tables.run_scores import scores_table
from ontology.rdf import knowledge_map_to_jsonld, to_turtle
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import InteractionKind, KnowledgeKind, KnowledgeStatus, PatternKind

DAY = 86_400
MOMENT = Moment(as_of=1_514_808_000, zone="Asia/Shanghai")
LABELS = {"MILK": Text(zh="牛奶", en="milk"), "BREAD": Text(zh="面包", en="bread")}
DIGEST = "sha256:" + "a" * 64


def item(item_id, kind, pattern_kind, status=KnowledgeStatus.PUBLISHED, **more):
    return KnowledgeItem(
        id=item_id, kind=kind, pattern_kind=pattern_kind, status=status, strength=0.5,
        statement=Text(zh=f"陈述 {item_id}", en=f"statement {item_id}"), valid_from=0, recorded_at=0, run_id="run-1",
        datasets=(Dataset(name="order_lines", digest=DIGEST),), author="run-1", **more)


HIDDEN, OPERATIONAL = KnowledgeKind.HIDDEN, KnowledgeKind.OPERATIONAL
LAPSED = {"outcome": "lapsed", "outcome_words": {"zh": "流失", "en": "lapsing"}}
ITEMS = (
    item("next", HIDDEN, PatternKind.ASSOCIATION, consequent=("BREAD",), measures={"take_rate": 0.3, "lift": 2.0}),
    item("group", OPERATIONAL, PatternKind.SEGMENT, details={"name": {"zh": "常客", "en": "regulars"}}),
    item("churn", HIDDEN, PatternKind.CHURN_MODEL, details=LAPSED),
    item("gap", HIDDEN, PatternKind.CHURN_FACTOR, details=LAPSED | {"label": {"zh": "沉默", "en": "silence"}}),
    item("other", HIDDEN, PatternKind.CHURN_FACTOR, details={"outcome": "silent", "label": {"zh": "无关", "en": "no"}}),
    item("draft", HIDDEN, PatternKind.ASSOCIATION, KnowledgeStatus.PROPOSED, consequent=("MILK",)),
    item("late", HIDDEN, PatternKind.ASSOCIATION, consequent=("MILK",), measures={"take_rate": 0.1}),
)


@pytest.fixture
def journal(tmp_path):
    opened = Journal(tmp_path / "journal.db")
    yield opened
    opened.close()


@pytest.fixture
def filled(graph):
    graph.bulk_load("Customer", pa.table({
        "customer_key": ["c1", "c2"], "external_id": ["42", "43"], "name": ["王芳", None], "age": [35, None],
        "consent_email": [True, None], "preferred_category": ["MILK", None], "monetary_total": [1234.5, None],
        "discount_share": [0.25, None], "preferred_weekday": [6, None]}))
    graph.bulk_load("Category", pa.table({"name": ["MILK", "BREAD"]}))
    graph.bulk_load("PURCHASED", pa.table({"from": ["c1"], "to": ["MILK"], "orders_365d": [7], "spend_365d": [70.0],
                                           "last_days_ago": [3]}))
    graph.bulk_load("KnowledgeItem", pa.table({
        "id": [i.id for i in ITEMS], "pattern_kind": [i.pattern_kind.value for i in ITEMS],
        "status": [i.status.value for i in ITEMS], "body": [to_json(i) for i in ITEMS]}))
    graph.write([
        Statement("CREATE (:Rule {id: 'rule-next', status: 'published', action: 'cross_sell'})"),
        Statement("MATCH (r:Rule {id: 'rule-next'}), (i:KnowledgeItem {id: 'next'}) CREATE (r)-[:RESTS_ON]->(i)"),
    ])
    early = {name: {"c1": 0.5} for name in ("next", "group", "churn", "gap", "other", "draft")}
    buffer = DoubleBuffer(graph)
    load_knowledge_links(buffer, Scores(rows=scores_table(early), as_of=MOMENT.as_of - 10 * DAY, now=MOMENT.as_of))
    load_knowledge_links(
        buffer, Scores(rows=scores_table(early | {"late": {"c1": 0.5}}), as_of=MOMENT.as_of - DAY, now=MOMENT.as_of))
    return graph


def words(_):
    return ValueWords(load_schema(), LABELS)


@pytest.fixture
def map_of(filled, journal):
    def ask(key="c1"):
        return knowledge_map(filled, journal, key, words, MOMENT)

    return ask


def by_id(entries):
    return {entry["id"]: entry for entry in entries}


def test_a_map_has_the_customer_the_moment_three_kinds_and_links(map_of):
    shown = map_of()
    assert list(shown) == ["customer", "as_of", "known_at", "information", "operational", "hidden", "links", "gaps",
                           "release"]
    assert (shown["known_at"], shown["gaps"], shown["release"]) == (None, [], None)
    assert (shown["customer"], shown["as_of"]) == ({"customer_id": "42", "name": "王芳"}, "2018-01-01T12:00:00Z")


def test_information_is_what_was_told(map_of):
    told = by_id(map_of()["information"])
    assert set(told) == {"customer.name", "customer.age", "customer.consent_email"}
    assert told["customer.age"] | {"evidence": None} == {
        "id": "customer.age", "label": {"zh": "年龄", "en": "age"},
        "statement": {"zh": "年龄：35 岁", "en": "age: 35 years"}, "value": 35, "unit": "years", "evidence": None}
    assert told["customer.consent_email"]["statement"]["zh"].endswith("：是")


@pytest.mark.parametrize(("name", "zh"), [
    ("customer.monetary_total", "累计消费：1,234.50"), ("customer.discount_share", "折扣消费占比：25%"),
    ("customer.preferred_category", "偏好品类：牛奶"), ("customer.preferred_weekday", "常购星期：星期六"),
    ("purchase.MILK", "近一年 7 个订单，消费 70，最近一次在 3 天前"), ("item.group", "陈述 group"),
])
def test_operational_knowledge_is_told_in_words_with_its_formula_or_source(map_of, name, zh):
    told = by_id(map_of()["operational"])[name]
    assert told["statement"]["zh"] == zh
    assert told["evidence"]["zh"]
    assert told["evidence"]["en"]


def test_a_value_that_is_a_word_is_told_in_both_languages(map_of):
    told = by_id(map_of()["operational"])["customer.preferred_category"]
    assert (told["value"], told["value_text"]) == ("MILK", {"zh": "牛奶", "en": "milk"})


def test_hidden_knowledge_names_what_comes_how_sure_and_since_when(map_of):
    hidden = by_id(map_of()["hidden"])
    assert list(hidden) == ["item.churn", "item.gap", "item.other", "item.next", "item.late"]
    told = hidden["item.next"]
    assert told["label"] == {"zh": "接下来可能购买：面包", "en": "next purchase: bread"}
    assert (told["score"], told["age_days"], told["since"]) == (0.5, 10, "2017-12-22T12:00:00Z")
    assert told["item"]["measures"] == {"take_rate": 0.3, "lift": 2.0}
    assert told["evidence"]["datasets"] == [{"name": "order_lines", "digest": DIGEST}]


def test_a_churn_probability_names_the_factors_of_its_own_outcome(map_of):
    told = by_id(map_of()["hidden"])["item.churn"]
    assert (told["label"]["zh"], told["value"], told["unit"]) == ("可能会流失", 0.5, "share")
    assert told["evidence"]["factors"] == ["item.gap"]
    assert told["evidence"]["en"].endswith("pushed by: silence")


def test_what_nobody_reviewed_is_not_on_the_map(map_of):
    assert "item.draft" not in by_id(map_of()["hidden"])


def test_links_lead_from_the_item_to_rule_action_run_and_data(map_of):
    links = [(link["source"], link["target"], link["kind"]) for link in map_of()["links"]]
    assert {("item.next", "rule-next", "applied_by"), ("rule-next", "cross_sell", "recommends"),
            ("item.next", "run-1", "mined_by"), ("run-1", DIGEST, "used"),
            ("item.gap", "item.churn", "pushes")} <= set(links)
    assert len(links) == len(set(links))


def test_a_note_shows_at_once_unreviewed_with_its_author(map_of, journal):
    journal.add_note(Note(note_id="n1", customer_key="c1", text="孩子刚上学", author="小李", at=MOMENT.as_of - DAY))
    told = by_id(map_of()["operational"])["note.n1"]
    assert (told["statement"]["zh"], told["unreviewed"], told["author"], told["age_days"]) == (
        "孩子刚上学", True, "小李", 1)


def test_a_posted_complaint_shows_at_once(map_of, journal):
    journal.record_interaction(Interaction(interaction_id="i1", customer_key="c1", kind=InteractionKind.COMPLAINT,
                                           at=MOMENT.as_of, author="小李", topic="配送"))
    told = by_id(map_of()["operational"])["interaction.i1"]
    assert (told["statement"]["zh"], told["age_days"]) == ("投诉，配送，未解决", 0)


def test_a_customer_of_whom_nothing_is_known_has_an_empty_map(map_of):
    shown = map_of("c2")
    assert (shown["information"], shown["operational"], shown["hidden"], shown["links"]) == ([], [], [], [])


def test_a_stranger_is_not_found(map_of):
    with pytest.raises(NotFound, match="c9"):
        map_of("c9")


def test_the_map_is_json_and_linked_data(map_of, journal):
    journal.add_note(Note(note_id="n1", customer_key="c1", text="备注", author="小李", at=MOMENT.as_of))
    shown = map_of()
    assert json.loads(json.dumps(shown)) == shown
    assert "王芳" in to_turtle(knowledge_map_to_jsonld(shown))


class Overheard:
    """A graph that notes how often it is asked, and in which words."""

    def __init__(self, graph):
        self.graph = graph
        self.asked = set()
        self.questions = 0

    def read(self, query, /, **parameters):
        self.questions += 1
        return self.graph.read(query, **parameters)

    def snapshot(self, queries, /, **parameters):
        self.questions += 1
        self.asked.update(queries.values())
        return self.graph.snapshot(queries, **parameters)


@pytest.fixture
def overheard(filled):
    return Overheard(filled)


def test_a_rehearsal_asks_in_the_words_of_the_map_that_follows(overheard, filled, journal):
    """A server that has planned other words has planned nothing."""
    idle = next(table for table in TWINS if table != DoubleBuffer(filled).live())
    rehearse_map(overheard, "c1", idle)
    rehearsed = overheard.asked
    filled.write([put_state(POINTER, idle)])
    overheard.asked = set()
    knowledge_map(overheard, journal, "c1", words, MOMENT)
    assert len(overheard.asked) > 8
    assert {on_table(text, idle) for text in overheard.asked} <= rehearsed


@pytest.fixture
def remembering(overheard, journal):
    """The map of a customer as a service asks for it, with a memory; and how often the graph was asked."""
    memory = FactCache()

    def ask(key):
        before = overheard.questions
        return knowledge_map(overheard, journal, key, words, MOMENT, memory=memory), overheard.questions - before

    return ask


def test_a_map_is_one_question_to_the_graph_whether_the_customer_is_remembered_or_not(remembering, map_of):
    first, stranger, again = remembering("c1"), remembering("c2"), remembering("c1")

    assert [questions for _, questions in (first, stranger, again)] == [2, 1, 1]  # the first asks what stands, too
    assert first[0] == again[0] == map_of("c1")
    assert stranger[0] == map_of("c2")


def test_a_map_of_a_remembered_customer_is_read_anew_once_facts_or_links_have_changed(remembering, filled, map_of):
    before, _ = remembering("c1")
    filled.bulk_load("Customer", pa.table({"customer_key": ["c1"], "age": [36]}))
    filled.write([changed(Edition.FACTS)])
    aged, _ = remembering("c1")
    load_knowledge_links(
        DoubleBuffer(filled), Scores(rows=scores_table({"gap": {"c1": 0.5}}), as_of=MOMENT.as_of, now=MOMENT.as_of))
    judged, _ = remembering("c1")

    assert by_id(before["information"])["customer.age"]["value"] == 35
    assert by_id(aged["information"])["customer.age"]["value"] == 36
    assert judged == map_of("c1") != aged
