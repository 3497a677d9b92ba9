"""The terms of the code and the terms of the ontology are the same terms."""

import inspect
import re
from enum import StrEnum

import pytest
from rdflib import OWL, RDF, SKOS

from ontology import vocabulary
from ontology.schema import load_schema
from ontology.terms import ZK, labels_of, ontology_graph

ENUMS = [enum for _, enum in inspect.getmembers(vocabulary, inspect.isclass)
         if issubclass(enum, StrEnum) and enum is not StrEnum]
NAMED_BY_MINERS = "measure_name"  # an open list: a new measure costs a line in the ontology and none in the code


def scheme_name(enum):
    return re.sub("(?<!^)(?=[A-Z])", "_", enum.__name__).lower()


@pytest.mark.parametrize("enum", ENUMS, ids=scheme_name)
def test_the_values_of_an_enum_are_the_concepts_of_its_scheme(enum):
    assert load_schema().vocabularies[scheme_name(enum)] == tuple(sorted(enum))


def test_every_scheme_of_the_ontology_is_an_enum_of_the_code():
    assert set(load_schema().vocabularies) - {NAMED_BY_MINERS} == {scheme_name(enum) for enum in ENUMS}


def test_every_term_has_a_label_in_chinese_and_in_english():
    graph = ontology_graph()
    kinds = (OWL.Class, OWL.DatatypeProperty, OWL.ObjectProperty, OWL.AnnotationProperty, SKOS.Concept,
             SKOS.ConceptScheme, OWL.Ontology)
    labels = [labels_of(graph, term) for kind in kinds for term in graph.subjects(RDF.type, kind)]

    assert len(labels) > 300
    assert all(label.zh and label.en for label in labels)


def test_a_term_without_both_labels_is_named():
    graph = ontology_graph()

    with pytest.raises(LookupError, match="nothing needs a label in Chinese and one in English"):
        labels_of(graph, ZK["nothing"])


def test_no_term_has_two_labels_in_one_language():
    graph = ontology_graph()
    said = [(term, label.language) for term, label in graph.subject_objects(SKOS.prefLabel)]

    assert len(said) == len(set(said))


def test_the_labels_of_one_vocabulary_tell_its_terms_apart():
    schema = load_schema()

    for scheme, notations in schema.vocabularies.items():
        for language in ("zh", "en"):
            told = [schema.label(scheme, notation).say(language) for notation in notations]
            assert len(told) == len(set(told)), scheme
