"""The OpenAPI document tells every answer whole, and the tests' clients hold the answers to it."""

import httpx
import pytest
from pydantic import ValidationError

from api.app import build_app
from tests.documented import hold_to_document

DOCUMENT = build_app(None, None).openapi()
SCHEMAS = DOCUMENT["components"]["schemas"]
ANSWERS = {f"{method.upper()} {path}": content for path, operations in DOCUMENT["paths"].items()
           for method, operation in operations.items() for status, told in operation["responses"].items()
           for content in [told.get("content", {})] if status in {"200", "201", "202"}}
NOT_JSON = {
    "POST /v1/sparql": "results are of the W3C's forms, by `Accept`",
    "GET /v1/rules/file": "a file of the form that is asked for",
    "GET /metrics": "the text format of Prometheus",
}
OPEN = {
    "ItemAnswer.details": "each kind of pattern has its own",
    "MappedItemAnswer.details": "the same, on the map",
    "RunBodyAnswer.parameters": "each miner has its own",
    "TriedDraftAnswer.policy": "the parts of a contact policy that somebody gave",
}
"""Members that may hold any JSON, and why."""


@pytest.mark.parametrize("call", ANSWERS)
def test_every_call_answers_a_named_model_or_says_of_which_form_it_is(call):
    content = ANSWERS[call]
    if call in NOT_JSON:
        assert content.keys()
        assert "application/json" not in content
    else:
        name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert SCHEMAS[name]["description"]


def parts_of(schema):
    """A schema and the schemas inside it."""
    yield schema
    inside = (*schema.get("properties", {}).values(), *schema.get("anyOf", ()), *schema.get("oneOf", ()),
              *schema.get("prefixItems", ()), schema.get("items"), schema.get("additionalProperties"))
    for part in inside:
        if isinstance(part, dict):
            yield from parts_of(part)


def reached():
    """The names of the models that some answer is made of."""
    found, ahead = set(), [content["application/json"]["schema"] for content in ANSWERS.values()
                           if "application/json" in content]
    while ahead:
        names = {part["$ref"].rpartition("/")[2] for schema in ahead for part in parts_of(schema) if "$ref" in part}
        ahead = [SCHEMAS[name] for name in names - found]
        found |= names
    return found


def is_free(schema):
    """Whether anything may stand there."""
    says_something = schema.keys() - {"title", "description", "default"}
    is_object = schema.get("type") == "object" and not schema.get("properties")
    return not says_something or (is_object and schema.get("additionalProperties", True) is True) or (
        schema.get("$ref", "").endswith("/JsonValue"))


def test_no_part_of_an_answer_is_free_but_those_that_are_told():
    free = {f"{name}.{member}" for name in reached() - {"JsonValue"}
            for member, schema in SCHEMAS[name].get("properties", {}).items() if any(map(is_free, parts_of(schema)))}
    assert free == OPEN.keys()


def test_every_model_of_an_answer_is_described_and_takes_no_other_member():
    models = {name: SCHEMAS[name] for name in reached() if SCHEMAS[name].get("type") == "object"}
    assert {name for name, schema in models.items() if schema.get("additionalProperties") is not False} == set()
    assert {name for name, schema in models.items() if not schema.get("description")} == set()


def answer(status, body, path="/v1/outcomes", method="POST"):
    return httpx.Response(status, json=body, request=httpx.Request(method, f"http://zhike{path}"))


OUTCOME = {"decision_id": "d-1", "action_id": "survey", "outcome": "accepted", "at": "2018-01-01T00:00:00Z",
           "author": "wang", "recorded": True}


def test_an_answer_as_it_is_told_passes():
    hold_to_document(answer(200, OUTCOME))


@pytest.mark.parametrize("body", [
    OUTCOME | {"surprise": 1}, OUTCOME | {"recorded": 1}, OUTCOME | {"outcome": "pondered"},
    {name: value for name, value in OUTCOME.items() if name != "at"}],
    ids=["a member more", "another type", "no term of the vocabulary", "a member less"])
def test_an_answer_that_the_document_does_not_tell_fails(body):
    with pytest.raises(ValidationError):
        hold_to_document(answer(200, body))


def test_a_status_or_a_call_that_the_document_does_not_tell_fails():
    for other in (answer(201, OUTCOME), answer(200, {}, "/v1/unheard-of")):
        with pytest.raises(AssertionError):
            hold_to_document(other)
