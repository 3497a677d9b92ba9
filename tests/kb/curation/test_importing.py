"""Knowledge brought in as Turtle is proposed and nothing more; what does not fit is named, and nothing is stored."""

from dataclasses import replace

import pytest

from kb.curation.approval import ApprovalPolicy, Clause
from kb.curation.importing import read_turtle
from kb.errors import ShapeViolation
from kb.model.codec import to_plain
from kb.model.pattern import Period, Population
from ontology.linked.publishing import Publication
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus, PatternKind, Standing

SCHEMA = load_schema()
HEAD = """@prefix zk: <https://w3id.org/zhike#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix i: <urn:zhike:KnowledgeItem:> .
"""
OWN = HEAD + """i:tea a zk:KnowledgeItem ;
    zk:kind zk:knowledge_kind.information ;
    zk:pattern_kind zk:pattern_kind.note ;
    zk:statement "老客户喜欢喝茶"@zh , "Old customers like tea"@en ;
    zk:strength 0.4 .
"""
REGION = """<urn:x:r> a skos:ConceptScheme ; skos:notation "region" .
<urn:x:n> a skos:Concept ; skos:inScheme <urn:x:r> ; skos:notation "N" ; skos:prefLabel "北区"@zh , "north"@en .
"""


def read(text):
    return read_turtle(text, "wang", SCHEMA, 77)


def turtle_of(*items):
    return Publication(release=None, items=[to_plain(item) for item in items], runs=[]).to_turtle()


def own(**changes):
    text = OWN.replace("knowledge_kind.information", f"knowledge_kind.{SCHEMA.kinds[PatternKind.NOTE]}")
    for before, after in changes.items():
        text = text.replace(*{"strength": ("0.4", after), "english": (' , "Old customers like tea"@en', after),
                              "kind": ("zk:pattern_kind.note", after), "more": ("zk:strength 0.4", after)}[before])
    return text


def test_a_hand_written_item_is_a_proposal_of_who_brings_it():
    [item] = read(own()).items
    assert (item.id, item.author, item.status, item.standing) == (
        "tea", "wang", KnowledgeStatus.PROPOSED, Standing.UNTESTED)
    assert (item.strength, item.recorded_at, item.valid_from) == (0.4, 77, 77)


def test_exported_knowledge_keeps_what_it_says_and_loses_its_verdict(item_of):
    population = Population(what=Text.same("orders"), level="order", period=Period(start=1, end=2), size=3)
    live = item_of(status=KnowledgeStatus.PUBLISHED, approver="li", policy="p", reason="r", population=population,
                   later_population=population, details={"a": [1, 2]}, valid_to=900, retired_at=None)
    [item] = read(turtle_of(live)).items
    assert item == replace(live, status=KnowledgeStatus.PROPOSED, standing=Standing.UNTESTED, author="wang",
                           approver=None, policy=None, reason=None, recorded_at=77)


def test_no_standing_policy_admits_what_was_brought_in(curation, item_of):
    curation.propose(read(turtle_of(item_of())).items)
    policy = ApprovalPolicy(name="all", set_by="li", clauses=(Clause(pattern_kind=PatternKind.ASSOCIATION),))
    assert curation.apply_policy(policy) == ()


def test_words_come_with_it():
    assert read(own() + REGION).words == {"region": {"N": Text(zh="北区", en="north")}}


@pytest.mark.parametrize(("text", "parts"), [
    (own(strength="1.5"), ("line 8", "KnowledgeItem", "urn:zhike:KnowledgeItem:tea", "strength", "[0, 1]", "1.5")),
    (own(strength='"much"'), ("line 8", "strength", "[0, 1]", "much")),
    (own(english=""), ("line 7", "statement", "in Chinese (zh) and in English (en)")),
    (own(kind="zk:pattern_kind.gossip"), ("line 6", "pattern_kind", "kind of pattern", "gossip")),
    (own(kind="zk:pattern_kind.association"), ("kind",)),
    (own(more="zk:strength 0.4 ; zk:measures [ zk:measure_name 'support' ; zk:measure_value 7 ]"),
     ("line 8", "measures.support", "[0, 1]", "7")),
    (own(more="zk:strength 0.4 ; zk:datasets [ zk:dataset_name 't' ; zk:digest 'md5:1' ]"),
     ("digest", "64 hex digits")),
    (own(more="zk:strength 0.4 ; zk:valid_to 'tomorrow'"), ("valid_to", "epoch seconds", "tomorrow")),
    (own(more="zk:strength 0.4 ; zk:valid_from 9 ; zk:valid_to 8"), ("valid_from", "must not lie after valid_to")),
    (own(more="zk:strength 0.4 ; zk:colour 'blue'"), ("line 8", "colour", "no property")),
    (own(more="zk:strength 0.4 , 0.5"), ("line 8", "strength", "2 values")),
    (own() + REGION.replace(' , "north"@en', ""), ("line 10", "Term", "urn:x:n", "prefLabel", "English")),
    (own() + REGION.replace('"region"', '"channel"'), ("scheme 'channel'", "region")),
    (own() + REGION.replace('"region"', '"reigon"'), ("scheme 'reigon'", "region")),
    (own() + "nonsense", ("line 9", "is no Turtle")),
    (HEAD, ("holds no",)),
])
def test_a_refusal_names_line_shape_path_value_and_message(text, parts):
    with pytest.raises(ShapeViolation) as fault:
        read(text)
    assert all(part in fault.value.message for part in parts), fault.value.message
    assert "nothing was stored" in fault.value.hint


def test_everything_that_is_wrong_is_named_at_once():
    second = own(strength="7").replace("i:tea", "i:coffee").removeprefix(HEAD)
    with pytest.raises(ShapeViolation) as fault:
        read(own(english="") + second)
    assert {"KnowledgeItem:tea", "KnowledgeItem:coffee"} == {
        name for name in ("KnowledgeItem:tea", "KnowledgeItem:coffee") if name in fault.value.message}
