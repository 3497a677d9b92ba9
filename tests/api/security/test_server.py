"""The socket that the service listens on, and what comes of what it accepts."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.server import bind


async def nodelay_of_an_accepted_connection(listener):
    """The option ``TCP_NODELAY`` of the first connection that a server of asyncio accepts on ``listener``."""
    accepted = asyncio.get_running_loop().create_future()

    def remember(_, writer):
        accepted.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with await asyncio.start_server(remember, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
        try:
            return await asyncio.wait_for(accepted, 30)
        finally:
            writer.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_answer_on_a_kept_connection_leaves_at_once(host):
    """With Nagle's algorithm on, the second part of an answer waits 40 ms for the client's acknowledgement."""
    with bind(host, 0) as listener, ThreadPoolExecutor(1) as beside:  # in this thread a browser's loop may run
        assert beside.submit(lambda: asyncio.run(nodelay_of_an_accepted_connection(listener))).result()
