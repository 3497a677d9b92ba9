"""Calls about rules: listed, compared with their drafts, judged, checked; out to a file and in again."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Body, Query, Response

from api.dependencies import Anybody, Manager, RulesDep
from api.routes.answers.base import PlainAnswer
from api.routes.answers.rules import (
    AdoptedRulesAnswer,
    FindingsAnswer,
    RuleDetailAnswer,
    RulesAnswer,
    RulesImportAnswer,
)
from api.routes.schemas import ReviewRequest, RulesQuery
from kb.errors import InvalidInput
from ontology.text import Text

router = APIRouter(prefix="/v1/rules", tags=["rules"])

_MOST_BYTES = 5_000_000
_TOO_LONG = Text(zh="文件有 {given:,} 字节，最多 {most:,} 字节",
                 en="the file has {given:,} bytes, {most:,} are allowed")
_IN_PARTS = Text(zh="请分几次导入", en="bring it in parts")
_FILE = "application/octet-stream"
_CONTENT = {_FILE: {"schema": {"type": "string", "format": "binary"}}}
_BROUGHT = {"requestBody": {"required": True, "content": _CONTENT}}
_WRITTEN: dict[int | str, dict[str, Any]] = {200: {"content": _CONTENT}}
FileName = Annotated[str, Query(min_length=1, max_length=500, examples=["rules.xlsx"],
                                description="of the file; its ending tells the form: .xlsx, .csv, .txt or .toml")]


@router.get("", response_model=RulesAnswer)
def list_rules(rules: RulesDep, _: Anybody, asked: Annotated[RulesQuery, Query()]) -> PlainAnswer:
    """List the rules by id, each with the draft of it that waits for a verdict."""
    return PlainAnswer(rules.listed(asked.status, asked.q, cursor=asked.cursor, limit=asked.limit))


@router.post("/adopted", status_code=201)
def adopt_rules(rules: RulesDep, who: Manager) -> AdoptedRulesAnswer:
    """Approve the shipped hand-written rules, as far as they are new here; the next release has them."""
    return AdoptedRulesAnswer(adopted=rules.adopt_shipped(who.name))


@router.get("/findings", response_model=FindingsAnswer)
def findings(rules: RulesDep, _: Anybody) -> PlainAnswer:
    """What is wrong, or looks wrong, with the rules as approved, and with every draft in place; errors first."""
    return PlainAnswer({"findings": rules.findings()})


@router.get("/file", response_class=Response, responses=_WRITTEN)
def export(rules: RulesDep, _: Anybody, name: FileName, language: Literal["zh", "en"] = "zh") -> Response:
    """Write the rules as a file; the header `X-Zhike-Waiting` names those of which a changed draft was left out."""
    written, told = rules.exported(name, language)
    return Response(written, media_type=_FILE, headers={
        "X-Zhike-Rules": str(told["rules"]), "X-Zhike-Waiting": quote(",".join(told["waiting"]), safe=",")})


@router.post("/imports", status_code=201, openapi_extra=_BROUGHT, response_model=RulesImportAnswer)
def take_in(rules: RulesDep, who: Manager, name: FileName,
            body: Annotated[bytes, Body(media_type=_FILE)]) -> PlainAnswer:
    """Bring rules in from a file: what is new or changed becomes a draft of the caller, all of it or nothing."""
    if len(body) > _MOST_BYTES:
        raise InvalidInput(_TOO_LONG.fill(given=len(body), most=_MOST_BYTES), hint=_IN_PARTS)
    return PlainAnswer(rules.take_in(body, name, who.name, who.approver), 201)


@router.get("/{rule_id:path}", response_model=RuleDetailAnswer)
def rule(rule_id: str, rules: RulesDep, _: Anybody) -> PlainAnswer:
    """One rule; the draft of it line by line beside what is approved; the `digest` that a verdict names."""
    return PlainAnswer(rules.one(rule_id))


@router.post("/{rule_id:path}/review", response_model=RuleDetailAnswer)
def review(rule_id: str, body: ReviewRequest, rules: RulesDep, who: Manager) -> PlainAnswer:
    """Approve or reject the draft of a rule, or retire what is approved; an approval names what was read."""
    return PlainAnswer(rules.review(rule_id, body.verdict, body.reason, who.name, read=body.digest))
