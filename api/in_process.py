"""The application answering in this process, as a server would without a network."""

from collections.abc import Mapping

import httpx
from anyio.from_thread import BlockingPortal
from starlette.types import ASGIApp, Receive, Scope, Send

from api.cancellation import Attention, Progress, Stop
from api.security.keys import Principal, owner_name
from ontology.vocabulary import Role


class InProcess(httpx.BaseTransport):
    """A transport to an application of this process.

    Whoever can open the base owns its folder: no key is asked for. A request says who acts in its extensions: ``by``,
    without which it is the owner of the folder, and ``approver``.

    Args:
        app: What answers, in a thread of its own, so that this one can be interrupted.
        portal: To that thread.
        say: Where progress goes.
    """

    def __init__(self, app: ASGIApp, portal: BlockingPortal, say: Progress) -> None:
        self._app, self._portal, self._say = app, portal, say

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer; who interrupts it lets long work stop at its next step."""
        attention = Attention(Stop(), self._say)
        state = {"principal": _principal(request.extensions), "attention": attention, "progress": attention}
        try:
            return self._portal.start_task_soon(self._answer, request, state).result()
        except BaseException:
            attention.lose()
            raise

    async def _answer(self, request: httpx.Request, state: Mapping[str, object]) -> httpx.Response:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await self._app({**scope, "state": {**state}}, receive, send)

        answer = await httpx.ASGITransport(app=app).handle_async_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


def _principal(told: Mapping[str, str | None]) -> Principal:
    return Principal(name=told.get("by") or owner_name(), role=Role.MANAGER, approver=told.get("approver"))
