"""What stands before the application: who calls, and how much they say, is known before anything reads it.

Everything here waits in the event loop: a sender who is slow, or who has no key, holds neither a thread nor memory.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from functools import partial

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.cancellation import Attention, Stop
from api.console.faults import fault_page, is_page
from api.console.render import language_of
from api.routes.problems import problem
from api.security.keys import AccessKeys, key_of
from api.security.request_limits import RequestLimits, RequestRefusal, fault_of_body, fault_of_head, too_large
from kb.errors import Unauthenticated
from ontology.text import Text

_HEADERS = {
    b"content-security-policy": b"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
                                b" frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"cache-control": b"no-store",
}
_WITHOUT_BODY = {"GET", "HEAD", "OPTIONS"}
_WITHOUT_KEY = ("/login", "/logout", "/static/", "/healthz", "/readyz", "/metrics", "/openapi.json")
_ALIVE = "/healthz"
_LARGE_BYTES = 50_000  # what takes a millisecond to look through is looked through beside the loop
_LINGERING_SECONDS = 5.0
_LOOKING_AT_ONCE = 4
_SLOW = RequestRefusal(status=408, hint=Text(zh="再发一次", en="send it again"), message=Text(
    zh="请求正文没有在规定的时间内到齐", en="the body did not come in time"))
_STOPPING = RequestRefusal(status=503, hint=Text(zh="稍后再试", en="try again in a moment"), message=Text(
    zh="服务正在停止", en="the service is being stopped"))


class _CallerGone(Exception):
    """The connection ended before the request did."""


class _Refused(Exception):
    """A request goes no further."""

    def __init__(self, refusal: RequestRefusal) -> None:
        self.refusal = refusal


class Guard:
    """The outermost ASGI application: headers for every answer, the key first, bodies within limits, and the stop.

    Args:
        app: What answers.
        access: The keys.
        stop: Whether the service was asked to stop.
        limits: What one request may have.
    """

    def __init__(self, app: ASGIApp, access: AccessKeys, stop: Stop, limits: RequestLimits) -> None:
        self._app, self._access, self._stop, self._limits = app, access, stop, limits
        self._looking = CapacityLimiter(_LOOKING_AT_ONCE)  # a lookup does not wait for those who decide

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or say why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["app"] = self._app  # pages of faults ask it for the service
        answer = partial(_send_with_headers, send)
        request = Request(scope, receive)
        try:
            body = await self._admit(request)
        except _Refused as fault:
            await _turn_away(request, _refused(request, fault.refusal), answer)
        except Unauthenticated as fault:
            await _turn_away(request, _unauthenticated(request, fault), answer)
        except _CallerGone:
            return
        else:
            await self._serve(scope, receive, answer, body)

    async def _admit(self, request: Request) -> bytes | None:
        """The body; ``None`` where none is read. Who calls stays in the request's state.

        Raises:
            _Refused: For a request that says too much, too slowly, or after the stop.
            Unauthenticated: For a call that needs a key, before its body is looked at.
            _CallerGone: If the sender ends it.
        """
        path, scope = request.url.path, request.scope
        if self._stop.is_requested and path != _ALIVE:
            raise _Refused(_STOPPING)
        target = scope.get("raw_path", b"") + scope["query_string"]
        if (fault := fault_of_head(self._limits, target, scope["headers"])) is not None:
            raise _Refused(fault)
        has_body = request.method not in _WITHOUT_BODY
        if not path.startswith(_WITHOUT_KEY):
            await self._identify(request, is_needed=has_body or path.startswith("/v1/"))
        return await self._read(request) if has_body else None

    async def _identify(self, request: Request, *, is_needed: bool) -> None:
        """Note who calls; a page that is read without a key says itself where to sign in."""
        try:
            key = key_of(request)
            request.state.principal = await to_thread.run_sync(self._access.holder, key, limiter=self._looking)
        except Unauthenticated:
            if is_needed:
                raise

    async def _read(self, request: Request) -> bytes:
        most = self._limits.most_bytes(request.url.path)
        said = request.headers.get("content-length", "")
        if said.isdecimal() and int(said) > most:
            raise _Refused(too_large(most))
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                body = await _whole(request.receive, most)
        except TimeoutError as fault:
            raise _Refused(_SLOW) from fault
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        look = partial(fault_of_body, self._limits, kind, body)
        found = await to_thread.run_sync(look, limiter=self._looking) if len(body) > _LARGE_BYTES else look()
        if found is not None:
            raise _Refused(found)
        return body

    async def _serve(self, scope: Scope, receive: Receive, send: Send, body: bytes | None) -> None:
        """Let the application answer, and notice meanwhile when the caller goes."""
        attention = Attention(self._stop)
        scope.setdefault("state", {})["attention"] = attention
        left = asyncio.create_task(_leaving(receive, attention))
        messages: list[Message] = [{"type": "http.request", "body": body or b"", "more_body": False}]

        async def replay() -> Message:
            return messages.pop() if messages else await asyncio.shield(left)

        try:
            await self._app(scope, replay, send)
        finally:
            left.cancel()


async def _whole(receive: Receive, most: int) -> bytes:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _CallerGone
        parts.append(message.get("body", b""))
        size, more = size + len(parts[-1]), message.get("more_body", False)
        if size > most:
            raise _Refused(too_large(most))
    return b"".join(parts)


async def _leaving(receive: Receive, attention: Attention) -> Message:
    """What says that the caller has gone; whatever else still comes is passed over."""
    while (message := await receive())["type"] != "http.disconnect":
        pass
    attention.lose()
    return message


async def _turn_away(request: Request, answer: Response, send: Send) -> None:
    """Answer, and let the sender of a body go on for a moment: who is cut off while sending may not read the answer."""
    is_sending = "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"
    if not is_sending:
        await answer(request.scope, request.receive, send)
        return
    headers = [*answer.raw_headers, (b"connection", b"close")]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    with suppress(TimeoutError, _CallerGone):
        async with asyncio.timeout(_LINGERING_SECONDS):
            while (message := await request.receive())["type"] == "http.request" and message.get("more_body", False):
                pass
    await send({"type": "http.response.body", "body": b""})


def _refused(request: Request, refusal: RequestRefusal) -> Response:
    if is_page(request):
        language = language_of(request)
        return fault_page(request, refusal.status, refusal.message.say(language), refusal.hint.say(language))
    return problem(refusal.status, detail=refusal.message.en, hint=refusal.hint.en, kind="Refused")


def _unauthenticated(request: Request, fault: Unauthenticated) -> Response:
    if is_page(request):
        return fault_page(request, 401, fault.message, fault.hint)
    return problem(401, detail=fault.message, hint=fault.hint, kind=type(fault).__name__)


async def _send_with_headers(send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        given: Iterable[tuple[bytes, bytes]] = message.get("headers", ())
        named = {name.lower() for name, _ in given}
        missing = [(name, value) for name, value in _HEADERS.items() if name not in named]
        message = {**message, "headers": [*given, *missing]}
    await send(message)
