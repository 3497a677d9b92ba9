"""The surface that clients rely on: routes, the OpenAPI document, and what the README tells people to type."""

import re
from pathlib import Path

import pytest
import typer

from api.cli.commands import app

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROMISED = {
    "/v1/decisions": {"post"}, "/v1/decisions/{decision_id}": {"get"}, "/v1/decisions/{decision_id}/replay": {"post"},
    "/v1/customers/{customer_id}/knowledge-map": {"get"}, "/v1/customers/{customer_id}/why-not": {"get"},
    "/v1/cases/{case_id}/resolve": {"post"}, "/v1/cases/{case_id}/reopen": {"post"},
    "/v1/outcomes": {"post"}, "/v1/interactions": {"post"}, "/v1/runs": {"get", "post"},
    "/v1/runs/{run_id}": {"get", "delete"},
    "/v1/segments/{item_id}/customers": {"get"}, "/v1/knowledge": {"get", "post"}, "/v1/knowledge/{item_id}": {"get"},
    "/v1/knowledge/{item_id}/review": {"post"}, "/v1/releases": {"get", "post"},
    "/v1/levers": {"get", "post"}, "/v1/challengers": {"post", "delete"}, "/v1/challengers/report": {"get"},
    "/v1/contact-policy": {"get"}, "/v1/holdouts/report": {"get"}, "/v1/impact": {"get", "post"},
    "/v1/releases/next": {"get"}, "/v1/releases/{number}": {"get"},
    "/v1/rules": {"get"}, "/v1/rules/{rule_id}": {"get"}, "/v1/rules/{rule_id}/review": {"post"},
    "/v1/rules/imports": {"post"}, "/v1/rules/file": {"get"}, "/v1/rules/findings": {"get"},
    "/v1/releases/{number}/rollback": {"post"}, "/v1/simulations": {"get", "post"},
    "/v1/simulations/comparison": {"get"}, "/v1/simulations/{simulation_id}": {"get"},
    "/v1/sparql": {"post"}, "/v1/knowledge/imports": {"post"}, "/v1/shapes/report": {"get"},
    "/v1/imports": {"post"}, "/v1/imports/{import_id}": {"get", "delete"}, "/v1/erasures": {"post"},
    "/v1/archives": {"post"}, "/v1/checkup": {"get"}, "/v1/checkup/mend": {"post"},
    "/v1/moment": {"get", "post"},
    "/healthz": {"get"}, "/readyz": {"get"}, "/metrics": {"get"},
}


@pytest.fixture(scope="module")
def document(http):
    return http(None).get("/openapi.json").json()


@pytest.mark.parametrize(("path", "methods"), PROMISED.items(), ids=PROMISED)
def test_every_promised_call_is_described(document, path, methods):
    assert methods <= document["paths"][path].keys()


def test_the_document_is_openapi_whose_references_lead_somewhere(document):
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Zhike"
    references = set(re.findall(r"'\$ref': '#/components/schemas/([^']+)'", str(document)))
    assert references
    assert references <= document["components"]["schemas"].keys()


def test_every_operation_has_an_id_of_its_own_and_says_what_it_answers(document):
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"] and operation["description"] for operation in operations)
    assert all({"200", "201", "202"} & operation["responses"].keys() for operation in operations)


@pytest.mark.parametrize("body", ["DecisionRequest", "OutcomeRequest", "InteractionRequest"])
def test_the_bodies_that_systems_send_have_examples(document, body):
    properties = document["components"]["schemas"][body]["properties"]
    required = document["components"]["schemas"][body]["required"]
    assert all(properties[name].get("examples") or "$ref" in properties[name] for name in required)


def test_the_example_of_the_decision_call_works_as_it_stands(document, agent):
    properties = document["components"]["schemas"]["DecisionRequest"]["properties"]
    example = {name: told["examples"][0] for name, told in properties.items() if "examples" in told}
    assert agent.post("/v1/decisions", json=example).status_code == 200


def test_calls_say_that_they_need_a_key_and_health_says_that_it_does_not(document, http):
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert document["security"] == [{"key": []}]
    assert http(None).get("/healthz").json() == {"status": "alive"}


def test_a_service_with_a_release_is_ready_and_counts(http):
    ready = http(None).get("/readyz")
    assert ready.status_code == 200
    assert all(part["ready"] for part in ready.json()["parts"].values())
    metrics = http(None).get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")


def commands_of(group, *before):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands_of(command, *before, name)
        else:
            yield (*before, name)


COMMANDS = set(commands_of(typer.main.get_command(app)))


def test_every_command_in_the_readme_is_one():
    groups = "|".join({command[0] for command in COMMANDS if len(command) > 1})
    typed = {tuple(words.split()) for words in re.findall(rf"\bzhike ((?:(?:{groups}) )?[a-z][a-z-]*)", README)}
    assert typed
    assert typed <= COMMANDS


def test_every_make_target_in_the_readme_is_one():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|    )make ([a-z]+)", README)) <= targets


def test_every_path_in_the_readme_is_a_route(document):
    said = {path.rstrip(".`") for path in re.findall(r"(?<![\w.])(?:/v1|/healthz|/readyz|/metrics)[\w/{}.-]*", README)}
    assert said
    assert said <= document["paths"].keys()


def test_every_setting_in_the_readme_is_one():
    from api.settings import Settings

    known = {f"ZHIKE_{name.upper()}" for name in Settings.model_fields} | {"ZHIKE_TEST_NEO4J"}  # that of the tests
    assert set(re.findall(r"ZHIKE_[A-Z0-9_]+", README)) <= known
