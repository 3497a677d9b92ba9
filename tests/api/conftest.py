"""A running service that the tests of the API share."""

from contextlib import ExitStack

import pytest

from tests.homes import copy_home


@pytest.fixture(scope="session")
def shared_server(demo_home, serve_home, tmp_path_factory):
    """`zhike serve` over a copy of the demo's base for all tests that leave its release and its knowledge alone.

    Each test takes customers of its own where it records something.
    """
    home = copy_home(demo_home, tmp_path_factory.mktemp("shared") / "home")
    with serve_home(home) as server:
        yield server


@pytest.fixture(scope="session")
def http(shared_server):
    """Clients by the holder of the key: ``http("agent")``; ``http(None)`` sends no key."""
    with ExitStack() as clients:
        yield lambda holder="agent": clients.enter_context(shared_server.client(holder))


@pytest.fixture
def agent(http):
    return http("agent")


@pytest.fixture
def manager(http):
    return http("manager")


@pytest.fixture(scope="session")
def published(http):
    """The published knowledge items, by id."""
    page = http("agent").get("/v1/knowledge", params={"status": "published", "limit": 500}).json()
    return {item["id"]: item for item in page["items"]}
