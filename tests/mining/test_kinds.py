"""A pattern kind is a row for the miners, a row for everybody else, and a term of the ontology."""

import re

import orjson
import pytest

from api.console.render import environment
from kb.facts.moment import Moment
from kb.knowledge_map.entry import ValueWords
from kb.knowledge_map.knowledge_entries import entries_from, knowledge_entries
from kb.model.codec import to_json
from kb.model.condition import Op, Test
from kb.model.pattern import Pattern, Period, Population
from kb.model.pattern_kinds import PATTERN_KINDS, PatternKindTraits
from kb.model.rule import Recommend
from mining.kinds import MINED_KINDS, Draft, MinedKind, RuleTemplate
from mining.promote import Promotion, draft_rule, promote
from ontology import terms
from ontology.schema import load_schema, schema_of
from ontology.text import Text
from ontology.vocabulary import KnowledgeKind, PatternKind

DAY = 86_400
CONCEPT = """
zk:pattern_kind.rising_spend a skos:Concept ; skos:inScheme zk:PatternKind ; skos:notation "rising_spend" ;
    skos:prefLabel "消费上升"@zh , "rising spend"@en ; zk:yields zk:knowledge_kind.operational .
"""


def forget_the_ontology():
    terms.ontology_graph.cache_clear()
    schema_of.cache_clear()


@pytest.fixture
def rising(monkeypatch, tmp_path):
    """The made-up kind, added where a new kind is added: the vocabulary with its term, and the two rows."""
    (tmp_path / "zhike.ttl").write_text(terms.ONTOLOGY.read_text(encoding="utf-8") + CONCEPT, encoding="utf-8")
    monkeypatch.setattr(terms, "ONTOLOGY", tmp_path / "zhike.ttl")
    kind = str.__new__(PatternKind, "rising_spend")
    kind._name_, kind._value_ = "RISING_SPEND", "rising_spend"
    monkeypatch.setitem(PatternKind._value2member_map_, kind.value, kind)
    monkeypatch.setitem(PATTERN_KINDS, kind, PatternKindTraits(
        title=Text(zh="消费上升：{name}", en="spends more: {name}"), named_by="where"))
    monkeypatch.setitem(MINED_KINDS, kind, MinedKind(
        statement=Text(zh="{where}：消费上升 {share}。", en="{where}: spend rises by {share}."),
        strength=lambda pattern: pattern.measures["share"],
        rule=RuleTemplate(name=Text.same("rising"), sentence=Text(zh="消费上升 {share}。", en="Spends {share} more."),
                       draft=lambda pattern, _: Draft(when=pattern.condition, then=Recommend(action="care")))))
    forget_the_ontology()
    yield kind
    forget_the_ontology()


@pytest.fixture
def pattern(rising):
    return Pattern(kind=rising, subject="bread", measures={"share": 0.25}, condition=Test(
        property="monetary_30d", op=Op.GE, operand=9.0), details={"where": Text(zh="面包", en="bread")},
        population=Population(what=Text.same("all"), level="customer", period=Period(start=0, end=1), size=1))


def test_money_expected_of_a_customer_is_told_with_its_interval(pattern):
    run = Promotion(schema=load_schema(), categories={}, run_id="run-1", as_of=DAY, now=DAY, datasets=())
    item = promote(pattern, run)
    link = {"score": 0.9, "since": 0, "run_id": "run-1", "as_of": DAY, "amount": 412.5, "amount_low": 180.0,
            "amount_high": 700.0}
    entries = entries_from([{"body": to_json(item), "status": "published", **link}])
    [entry] = knowledge_entries(entries, KnowledgeKind.OPERATIONAL, Moment(as_of=DAY, zone="UTC"),
                                ValueWords(load_schema(), {}), {})
    assert (entry["value"], entry["unit"], entry["interval"]) == (412.5, "currency", {"low": 180.0, "high": 700.0})
    assert entry["value_text"]["en"] == "412.50 (90% interval 180 to 700)"
    assert (entry["score"], entry["scored_by"]["run_id"]) == (0.9, "run-1")


def test_each_kind_has_its_row_and_all_but_a_persons_note_are_mined():
    assert set(PATTERN_KINDS) == set(PatternKind) == set(load_schema().kinds)
    assert set(PatternKind) - set(MINED_KINDS) == {PatternKind.NOTE}


def test_a_made_up_kind_goes_through_promotion_map_and_page_by_its_rows_alone(pattern):
    run = Promotion(schema=load_schema(), categories={}, run_id="run-1", as_of=DAY, now=DAY, datasets=())
    item, rule = promote(pattern, run), draft_rule(pattern, run)
    assert (item.kind, item.strength, item.statement.en) == ("operational", 0.25, "bread: spend rises by 25%.")
    assert (rule.rests_on, rule.sentence.en) == ((item.id,), "Spends 25% more.")

    words = ValueWords(run.schema, {})
    entries = entries_from([{"body": to_json(item), "status": "published", "score": 1.0, "since": 0, "run_id": None,
                             "as_of": None}])
    [entry] = knowledge_entries(entries, KnowledgeKind.OPERATIONAL, Moment(as_of=DAY, zone="UTC"), words, {})
    assert entry["label"] == {"zh": "消费上升：面包", "en": "spends more: bread"}

    shown = {"words": words, "base": {"currency": "CNY", "zone": "UTC"}, "lang": "en", "customer_id": "1"}
    page = environment().get_template("_map.html").render(shown | {"map": {
        "information": [], "operational": [entry], "hidden": [], "gaps": []}, "drawing": []})
    assert "spends more: bread" in page
    measured = {"effective_strength": item.strength, "measured_days_ago": 0}
    marks = environment().get_template("_marks.html").render(shown | {"item": orjson.loads(to_json(item)) | measured})
    assert "Rising spend" in marks


_NUMBER = re.compile(r"\{(?:later_|take_|base_)\w+\}|\{(?:members|share|days|more|less)\}|\d+%?")


@pytest.mark.parametrize("kind", [kind for kind in MINED_KINDS if kind is not PatternKind.BELIEF])
def test_a_sentence_is_short_enough_to_be_kept_in_mind(kind):
    """Managers: at most 35 words and four numbers; agents: 25 and two. Bounds and names bring words of their own."""
    mined = MINED_KINDS[kind]
    statement = mined.statement.en + (mined.taken.en if mined.taken else "")
    bounds = 2 if "{bounds}" in statement else 0
    assert len(statement.split()) <= 35
    assert len(_NUMBER.findall(statement)) + bounds <= 4
    if mined.rule is not None:
        assert len(mined.rule.sentence.en.split()) <= 25
        assert len(_NUMBER.findall(mined.rule.sentence.en)) <= 2
