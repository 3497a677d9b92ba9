"""Words for the values of the data, brought as SKOS concepts."""

import pytest

from ontology.linked.concepts import faults_of_concepts, merge_words, words_in
from ontology.linked.reading import parse_document
from ontology.schema import schema_of
from ontology.text import Text

HEAD = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix zk: <https://w3id.org/zhike#> .
<urn:x:regions> a skos:ConceptScheme ; skos:notation "region" .
"""
NORTH = ('<urn:x:n> a skos:Concept ; skos:inScheme <urn:x:regions> ; skos:notation "N" ; '
         'skos:prefLabel "北区"@zh , "north"@en .')


def test_words_are_found_by_property_and_value():
    document = parse_document(HEAD + NORTH)
    assert faults_of_concepts(document) == ()
    assert words_in(document) == {"region": {"N": Text(zh="北区", en="north")}}


def test_the_words_that_the_ontology_has_itself_are_left_alone():
    document = parse_document(HEAD + 'zk:channel.phone a skos:Concept ; skos:prefLabel "x"@en .')
    assert (faults_of_concepts(document), words_in(document)) == ((), {})


@pytest.mark.parametrize(("text", "path", "said"), [
    (NORTH.replace(' , "north"@en', ""), "prefLabel", "in English"),
    (NORTH.replace('"north"@en', '"north"@en , "nord"@en'), "prefLabel", "in English"),
    (NORTH.replace('skos:notation "N" ;', ""), "notation", "name the value"),
    (NORTH.replace("skos:inScheme <urn:x:regions> ;", ""), "inScheme", "one scheme"),
    (NORTH.replace("urn:x:regions", "urn:x:other"), "inScheme", "names a property"),
])
def test_a_concept_without_what_it_needs_is_named(text, path, said):
    faults = faults_of_concepts(parse_document(HEAD + text))
    assert {fault.iri for fault in faults} == {"urn:x:n"}
    assert any(said in fault.message and fault.path == path for fault in faults)


def test_what_was_kept_stays_and_what_is_told_again_is_told_anew():
    first = merge_words(None, {"region": {"N": Text.same("north"), "S": Text.same("south")}})
    second = merge_words(first, {"region": {"N": Text.same("the north")}, "category": {"MILK": Text(zh="奶", en="m")}})
    schema = schema_of(second)
    assert [schema.label("region", value).en for value in ("N", "S")] == ["the north", "south"]
    assert schema.label("category", "MILK").zh == "奶"
