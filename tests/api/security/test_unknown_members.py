"""What a call does not know is refused and named, with what it knows."""

import importlib
import pkgutil
import re

import httpx
import pytest

import api.routes
from api.app import build_app
from api.security.unknown_members import parameters_of

MODULES = [module for name in pkgutil.iter_modules(api.routes.__path__)
           if hasattr(module := importlib.import_module(f"api.routes.{name.name}"), "router")]

WRONG_PARAMETERS = {
    "/v1/decisions/all?chanel=phone": ("POST", "did you mean 'channel'?"),
    "/v1/decisions/all?Direction=outbound": ("POST", "did you mean 'direction'?"),
    "/v1/decisions/all?direction=inbound&direction=outbound": ("POST", "leave one"),
    "/v1/releases?asof=2020-01-01": ("GET", "did you mean 'as_of'?"),
    "/v1/releases?asid=true": ("POST", "did you mean 'aside'?"),
    "/v1/customers/m1/why-not?action_id=survey&customer_id=m2": ("GET", "known: action_id, channel, direction"),
    "/v1/knowledge?colour=red": ("GET", "known: "),
    "/v1/runs?x=1": ("GET", "leave it out"),
    "/healthz?x=1": ("GET", "leave it out"),
}


@pytest.mark.parametrize("path", WRONG_PARAMETERS)
def test_an_unknown_parameter_is_refused_with_the_known_ones(manager, path):
    method, hint = WRONG_PARAMETERS[path]
    answer = manager.request(method, path)
    assert answer.status_code == 422, answer.text
    assert hint in answer.text


WRONG_MEMBERS = {
    "/v1/decisions": ({"customer_ids": ["m1"], "context": {"Direction": "outbound"}}, "did you mean 'direction'?"),
    "/v1/simulations": ({"drafts": [{"lever": {}}]}, "did you mean 'levers'?"),
    "/v1/runs": ({"seeds": 7}, "did you mean 'seed'?"),
}


@pytest.mark.parametrize("path", WRONG_MEMBERS)
def test_an_unknown_member_is_refused_with_the_known_ones(manager, path):
    body, hint = WRONG_MEMBERS[path]
    answer = manager.post(path, json=body)
    assert answer.status_code == 422, answer.text
    assert hint in answer.json()["detail"]


def test_no_body_of_any_call_may_have_members_that_it_does_not_know(agent):
    """Neither do the parts of one, but for parts of the contact policy, which are looked at where it is made."""
    schemas = agent.get("/openapi.json").json()["components"]["schemas"]
    objects = {name for name, schema in schemas.items() if schema.get("type") == "object"}
    assert {name for name in objects if schemas[name].get("additionalProperties", True) is not False} == set()


def test_a_body_that_nobody_would_read_is_refused(manager):
    answer = manager.post("/v1/decisions/all", json={"channel": "email"})
    assert answer.status_code == 422
    assert "channel" in answer.json()["hint"]


@pytest.mark.parametrize(("path", "form"), [
    ("/runs", {"seeds": "7"}), ("/login", {"key": "x", "next": "/"}),
    ("/customers/m1/notes", {"text": "hm", "by": "x"}),
    ("/outcomes", {"decision_id": "d", "action_id": "a", "outcome": "accepted", "at": "1"}),
    ("/simulations", {"name": "x", "directions": "inbound"})])
def test_a_form_with_an_unknown_field_is_refused(shop_server, path, form):
    with httpx.Client(base_url=shop_server.url, timeout=60, cookies={"zhike_key": shop_server.keys["manager"]},
                      headers={"Accept": "text/html"}) as browser:
        assert browser.post(path, data=form).status_code == 422


def test_a_page_may_be_asked_for_in_a_language_and_for_nothing_else_that_it_does_not_know(shop_server):
    with httpx.Client(base_url=shop_server.url, timeout=60, cookies={"zhike_key": shop_server.keys["manager"]},
                      headers={"Accept": "text/html"}) as browser:
        assert browser.get("/customers/m1?lang=zh&channel=web").status_code == 200
        assert browser.get("/customers/m1?chanel=web").status_code == 422


def test_the_parameters_of_every_call_are_those_of_its_description():
    """They are read from the functions; FastAPI describes them from the same."""
    paths = build_app(None, None).openapi()["paths"]
    routes = [route for module in MODULES for route in module.router.routes]
    assert {plain(route) for route in routes} == paths.keys()
    for route in routes:
        for method in route.methods:
            told = paths[plain(route)][method.lower()].get("parameters", ())
            described = {one["name"] for one in told if one["in"] == "query"}
            assert parameters_of(route.endpoint).keys() - route.param_convertors.keys() == described, route.path


def plain(route):
    """A path as it is described: without the kinds of its parameters."""
    return re.sub(r":\w+}", "}", route.path)
