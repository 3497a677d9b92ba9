"""A service of this process over real HTTP, so that a test can look at both sides of the wire."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn

from api.app import build_app
from api.composition import UseCases
from api.peer_wait import Waiting
from api.security.keys import AccessKeys
from api.startup import bind
from ontology.vocabulary import Role
from tests.documented import documented_client


@contextmanager
def answering(service: UseCases, home: Path, waiting: Waiting | None = None) -> Iterator[httpx.Client]:
    """A client of the service with an agent's key; ``waiting`` in place of the places that calls wait in."""
    access = AccessKeys(home / "access.db")
    key = access.issue("agent", Role.AGENT)
    app = build_app(service, access)
    app.state.waiting = waiting or app.state.waiting
    listener = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        with documented_client(base_url="http://{}:{}".format(*listener.getsockname()[:2]), timeout=120,
                          headers={"Authorization": f"Bearer {key}"}) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(60)
        listener.close()
