"""The knowledge map as JSON, JSON-LD and Turtle says the same of the same person."""

import pytest
import rdflib
from rdflib.compare import isomorphic


@pytest.fixture(scope="module")
def shown(http):
    def ask(media_type):
        answer = http("agent").get("/v1/customers/7/knowledge-map", headers={"Accept": media_type})
        assert answer.status_code == 200
        assert answer.headers["content-type"].split(";")[0] == media_type
        return answer.text

    return ask


@pytest.fixture(scope="module")
def graphs(shown):
    """Parsed with literals by value: a validation elsewhere in the process leaves rdflib comparing their spelling."""
    rdflib.NORMALIZE_LITERALS = True
    return {kind: rdflib.Graph().parse(data=shown(media), format=kind)
            for kind, media in (("json-ld", "application/ld+json"), ("turtle", "text/turtle"))}


def test_json_ld_and_turtle_parse_into_the_same_graph(graphs):
    assert len(graphs["json-ld"]) > 20
    assert isomorphic(graphs["json-ld"], graphs["turtle"])


def test_the_linked_data_has_labels_in_chinese_and_english(graphs):
    languages = {node.language for node in graphs["turtle"].objects() if isinstance(node, rdflib.Literal)}
    assert {"zh", "en"} <= languages


def test_every_entry_of_the_map_is_read_in_both_languages_and_has_its_evidence(http):
    told = http("agent").get("/v1/customers/7/knowledge-map").json()
    assert told["customer"]["customer_id"] == "7"
    for kind in ("information", "operational", "hidden"):
        assert told[kind]
        for entry in told[kind]:
            assert entry["label"]["zh"]
            assert entry["label"]["en"]
            assert entry["evidence"]


def test_a_map_of_an_earlier_day_tells_nothing_that_was_found_out_later(http):
    asked = {"as_of": "2017-06-01T00:00:00Z"}
    told = http("agent").get("/v1/customers/7/knowledge-map", params=asked).json()
    assert told["as_of"] == asked["as_of"]
    assert told["information"]
    assert told["hidden"] == []
