"""What a call does not know is refused and named, so that a misspelt word is not silently ignored."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from fastapi import Request, params
from pydantic import BaseModel
from starlette.requests import HTTPConnection
from starlette.responses import Response

from kb.errors import InvalidInput
from kb.suggestion import nearest
from ontology.text import Text, shortened

_OF_EVERY_PAGE = ("lang",)
_NOTHING = (b"", b"{}", b"null")
_SHOWN = 100
_UNKNOWN = Text(zh="此调用没有参数 {name!r}", en="this call has no parameter {name!r}")
_TWICE = Text(zh="参数 {name!r} 出现了 {times} 次，只能给一次",
              en="the parameter {name!r} was given {times} times; it has one value")
_NO_BODY = Text(zh="此调用不读取请求正文", en="this call takes no body")
_GIVE_PARAMETERS = Text(zh="把所问写成参数：{known}", en="say it as parameters: {known}")
_NEAR = Text(zh="是不是想写 {near!r}？可用的有：{known}", en="did you mean {near!r}? known: {known}")
_KNOWN = Text(zh="可用的有：{known}", en="known: {known}")
_WITHOUT_IT = Text(zh="去掉它", en="leave it out")
_LEAVE_IT_OUT = Text(zh="不带正文再发一次", en="send it without one")


async def refuse_unknown(request: Request) -> None:  # async: it only looks, and need not wait for a thread
    """Refuse parameters that the call does not have, one that is given twice, and a body that nobody would read.

    Raises:
        InvalidInput: Naming what is not known and what is.
    """
    call = request.scope.get("endpoint")
    if not inspect.isfunction(call):
        return  # static files
    known = {name: is_many for name, is_many in parameters_of(call).items() if name not in request.path_params}
    for name in request.query_params:
        if name not in known and not (name in _OF_EVERY_PAGE and not request.url.path.startswith("/v1")):
            raise _unknown(name, known)
        times = len(request.query_params.getlist(name))
        if times > 1 and not known.get(name, False):
            raise InvalidInput(_TWICE.fill(name=name, times=times), hint=Text(zh="只留一个", en="leave one of them"))
    if request.url.path.startswith("/v1") and not _reads_body(call) and await request.body() not in _NOTHING:
        known_too = ", ".join(known)
        raise InvalidInput(_NO_BODY, hint=_GIVE_PARAMETERS.fill(known=known_too) if known else _LEAVE_IT_OUT)


def known_members(call: Callable[..., Any], at: Sequence[str | int]) -> frozenset[str]:
    """What may stand where a member of the body is not known; nothing where that is not a model's.

    Args:
        call: The function of the call.
        at: Where the member is: ``("body", "drafts", 0, "name")``.
    """
    models = [kind for hint in _hints(call).values() for kind in _models_in(hint)]
    known = frozenset(name for model in models for name in model.model_fields)
    for step in at[1:-1]:
        if isinstance(step, int):
            continue
        fields = (model.model_fields[step] for model in models if step in model.model_fields)
        models = [kind for field in fields for kind in _models_in(field.annotation)]
        known = frozenset(name for model in models for name in model.model_fields)
    return known


def _models_in(hint: Any) -> Iterator[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for part in get_args(hint):
        yield from _models_in(part)


def nearest_known(given: str, known: Iterable[str]) -> Text:
    """What to try in place of a name that is not known: the nearest one and all that are.

    >>> nearest_known("chanel", ["limit", "channel"]).en
    "did you mean 'channel'? known: channel, limit"
    >>> nearest_known("x", []).zh
    '去掉它'
    """
    words = sorted(known)
    if not words:
        return _WITHOUT_IT
    near = nearest(given, words)
    return _NEAR.fill(near=near, known=", ".join(words)) if near else _KNOWN.fill(known=", ".join(words))


@cache
def parameters_of(call: Callable[..., Any]) -> Mapping[str, bool]:
    """The query parameters of a call, and whether one may be repeated.

    >>> def listed(item_id: str, request: Request, ids: Annotated[list[str], params.Query(alias="id")], q: str = ""):
    ...     ...
    >>> parameters_of(listed)
    {'item_id': False, 'id': True, 'q': False}
    """
    return dict(one for name, hint in _hints(call).items() for one in _parameters(name, hint))


def _parameters(name: str, hint: Any) -> Iterator[tuple[str, bool]]:
    kind, *said = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    if any(isinstance(one, params.Depends | params.Body) for one in said) or _is_request(kind):
        return
    asked = next((one for one in said if isinstance(one, params.Query)), None)
    models = tuple(_models_in(kind))
    if not models:
        yield (asked and asked.alias) or name, get_origin(kind) is list
    elif asked is not None:  # a model that holds the parameters; without that word it is the body
        yield from ((field.alias or name, get_origin(field.annotation) is list)
                    for model in models for name, field in model.model_fields.items())


def _reads_body(call: Callable[..., Any]) -> bool:
    """Whether a parameter is a model, which is the body where nothing else is said, or is said to be the body."""
    for hint in _hints(call).values():
        said = get_args(hint)
        if any(isinstance(one, params.Body) for one in said):
            return True
        if not any(isinstance(one, params.Query) for one in said) and any(_models_in(hint)):
            return True
    return False


@cache
def _hints(call: Callable[..., Any]) -> Mapping[str, Any]:
    return {name: hint for name, hint in get_type_hints(call, include_extras=True).items() if name != "return"}


def _is_request(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, HTTPConnection | Response)


def _unknown(name: str, known: Mapping[str, bool]) -> InvalidInput:
    return InvalidInput(_UNKNOWN.fill(name=shortened(name, _SHOWN)), hint=nearest_known(name[:_SHOWN], known))
