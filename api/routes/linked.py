"""Calls that speak in linked data: SPARQL, Turtle brought in, the report of the shapes."""

from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Body, Request, Response

from api.cancellation import Waited
from api.dependencies import Anybody, LinkedDep, Manager
from api.routes.answers.base import PlainAnswer
from api.routes.answers.knowledge import KnowledgeImportAnswer, ShapesAnswer
from kb.errors import InvalidInput, QueryRefused
from ontology.linked.sparql_query import CSV, JSON_RESULTS
from ontology.text import Text

router = APIRouter(prefix="/v1", tags=["linked data"])

_QUERY, _FORM, _TURTLE = "application/sparql-query", "application/x-www-form-urlencoded", "text/turtle"
_ASKED = {"requestBody": {"required": True, "content": {
    _QUERY: {"schema": {"type": "string"},
             "example": "SELECT ?item ?said { ?item a zk:KnowledgeItem ; zk:statement ?said } LIMIT 10"},
    _FORM: {"schema": {"type": "object", "required": ["query"], "properties": {"query": {"type": "string"}}}}}}}
_ANSWERED: dict[int | str, dict[str, Any]] = {200: {"content": {
    JSON_RESULTS: {"schema": {"type": "object", "description": "SPARQL 1.1 Query Results in JSON"}},
    CSV: {"schema": {"type": "string"}}, _TURTLE: {"schema": {"type": "string"}}}}}
_REPORTED: dict[int | str, dict[str, Any]] = {200: {"content": {_TURTLE: {"schema": {"type": "string"}}}}}
_BROUGHT = {"requestBody": {"required": True, "content": {_TURTLE: {"schema": {"type": "string"}}}}}


@router.post("/sparql", openapi_extra=_ASKED, response_class=Response, responses=_ANSWERED)
def sparql(request: Request, linked: LinkedDep, _: Anybody,
           body: Annotated[bytes, Body(media_type=_QUERY)]) -> Response:
    """Ask the published knowledge in SPARQL 1.1: read-only, limited in time and size.

    SELECT answers JSON or CSV, ASK JSON, CONSTRUCT and DESCRIBE Turtle, by `Accept`. The ontology is asked with it;
    the prefixes zk, local, prov, schema, skos and rdfs are declared already.
    """
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")]
    told = linked.ask(_query_of(request, body), accepted)
    return Response(told.body, media_type=told.media_type)


@router.post("/knowledge/imports", status_code=201, openapi_extra=_BROUGHT, response_model=KnowledgeImportAnswer)
def take_in(linked: LinkedDep, who: Manager, body: Annotated[bytes, Body(media_type=_TURTLE)],
            waited: Waited) -> PlainAnswer:
    """Bring knowledge and words in from Turtle: items are proposed by the caller, all of it or nothing.

    A document has 5 MB and a minute at most; when the caller goes before it is read, nothing is stored.
    """
    return PlainAnswer(linked.take_in(_text(body), who.name, waited), 201)


@router.get("/shapes/report", response_model=ShapesAnswer, responses=_REPORTED)
def shapes_report(request: Request, linked: LinkedDep, _: Manager) -> Response:
    """Hold the whole base against its SHACL shapes; JSON, or a SHACL report in Turtle by `Accept`."""
    if _TURTLE in request.headers.get("accept", ""):
        return Response(linked.validate_as_turtle(), media_type=_TURTLE)
    return PlainAnswer(linked.validate())


def _query_of(request: Request, body: bytes) -> str:
    """The query, by the SPARQL 1.1 Protocol: the body itself, or the form field `query`.

    Raises:
        QueryRefused: For an update, a choice of dataset, or a body of another kind.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    fields = parse_qs(_text(body), max_num_fields=100) if given == _FORM else {}
    for name in ("update", "default-graph-uri", "named-graph-uri", "using-graph-uri", "using-named-graph-uri"):
        if name in fields or name in request.query_params:
            msg = Text(zh=f"不接受 {name!r}：只能查询已发布的内容",
                       en=f"{name!r} is not taken: what is published is asked as it is")
            raise QueryRefused(msg, hint=Text(zh="请只发送 `query`", en="send `query` alone"))
    if given == _QUERY:
        return _text(body)
    if len(fields.get("query", ())) != 1:
        msg = Text(zh=f"应以 {_QUERY} 或 {_FORM} 的 `query` 字段给出一个查询；得到的是 {given or '（未说明类型）'}",
                   en=f"expected one query as {_QUERY}, or as the field `query` of {_FORM}; got {given or 'no type'}")
        raise QueryRefused(msg, hint=Text.same(f"curl -H 'Content-Type: {_QUERY}' --data-binary @query.rq"))
    return fields["query"][0]


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as fault:
        msg = Text(zh="正文不是 UTF-8", en="the body is not UTF-8")
        raise InvalidInput(msg) from fault
