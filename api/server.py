"""The server: a socket, connections that may not wait for ever, and a stop that stops."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from types import FrameType
from typing import Any

import h11
import orjson
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.cancellation import Stop
from api.signals import SIGNALS, end_at_the_next_signal
from kb.errors import InvalidInput
from ontology.text import Text

HEAD_SECONDS = 10.0
"""How long a client may take for the head of a request, from its first byte or the opening of the connection."""

GRACE_SECONDS = 10.0
"""How long calls that are under way when the service is stopped may take to end."""

_CLOSING_SECONDS = 5.0  # for those to notice that their connection is closed
_TICK_SECONDS = 0.05
_MOST_CONNECTIONS = 400
_log = logging.getLogger("zhike.api")


class Connection(H11Protocol):
    """A connection that is closed when the head of a request does not come in time."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """Wait for the first request, unless too many do."""
        super().connection_made(transport)
        if len(self.connections) > _MOST_CONNECTIONS:
            transport.close()
            return
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; the time for the head runs on while it is not whole."""
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._wait()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time that ran."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Say as a problem document that this is no HTTP; h11 also refuses heads that are too large so."""
        body = orjson.dumps({"type": "about:blank", "title": "Bad request", "status": 400, "detail": msg})
        self._say(h11.Response(status_code=400, reason=b"Bad Request", headers=[
            (b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode()),
            (b"connection", b"close")]), h11.Data(data=body), h11.EndOfMessage())
        self.transport.close()

    def _say(self, *events: Any) -> None:
        for event in events:
            self.transport.write(self.conn.send(event) or b"")

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


class Server(uvicorn.Server):
    """A server that ends within ``GRACE_SECONDS`` of the first signal, and at once at the second.

    Args:
        app: What answers.
        stop: Is asked when the first signal comes, so that long work ends.
    """

    def __init__(self, app: ASGIApp, stop: Stop) -> None:
        super().__init__(uvicorn.Config(app, http=Connection, ws="none", lifespan="off", log_level="warning",
                                        access_log=False))
        self._stop = stop

    @property
    def has_calls(self) -> bool:
        """Whether calls have not ended; once the server has, they are those that cannot be ended."""
        return bool(self.server_state.tasks)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  # as signals call it
        """Stop; at the second signal do not wait for anybody."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self._stop.ask()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals; a shell that starts the service in the background has it ignore SIGINT otherwise."""
        for number in SIGNALS:
            signal.signal(number, self.handle_exit)
        try:
            yield
        finally:
            end_at_the_next_signal()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what listens, let calls end for a while, close their connections, and let them notice."""
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self._until_ended(GRACE_SECONDS)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await self._until_ended(_CLOSING_SECONDS)

    async def _until_ended(self, seconds: float) -> None:
        clock = asyncio.get_running_loop().time
        ends = clock() + seconds
        while self.has_calls and not self.force_exit and clock() < ends:  # noqa: ASYNC110  # a signal ends it too
            await asyncio.sleep(_TICK_SECONDS)  # three things end the wait, a signal among them


def end_at_once() -> None:
    """End the process although calls are under way that cannot be ended: what was acknowledged is on the disk."""
    _log.warning("calls did not end in time; the service ended without them, and nothing acknowledged is lost")
    logging.shutdown()
    os._exit(0)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        InvalidInput: If the address is taken or not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named, asyncio turns Nagle's algorithm off: else each answer on a kept connection waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()  # who reads the announced address at once waits, and is not refused
    except OSError as fault:
        listener.close()
        raise InvalidInput(Text(zh=f"无法在 {host}:{port} 上监听：{fault.strerror}",
                                en=f"cannot listen on {host}:{port}: {fault.strerror}"),
                           hint=Text(zh="ZHIKE_HOST 应是本机的地址；把 ZHIKE_PORT 设为空闲的端口，或设为 0 由系统挑选",
                                     en="set ZHIKE_PORT to a free port, or to 0 for any; ZHIKE_HOST is an address of"
                                        " this machine")) from fault
    return listener


def url_of(listener: socket.socket) -> str:
    """Where a client of this machine finds what listens; every address is that of the machine itself, too."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(listener: socket.socket) -> bool:
    """Whether programs of this machine alone reach what listens."""
    return ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback
