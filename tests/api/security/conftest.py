"""A real `zhike serve` over a small shop, and ways to speak to it that no polite client has."""

import socket
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.bases.corner_shop import make_shop
from tests.homes import copy_home


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """The shop's base with release 1 live. Read only: tests which write take ``shop_copy``."""
    return make_shop(tmp_path_factory.mktemp("shop-at-the-edge"))


@pytest.fixture
def shop_copy(shop, tmp_path):
    """A copy of the shop's base that one test may write to."""
    return copy_home(shop, tmp_path / "home")


@pytest.fixture(scope="module")
def shop_server(shop, serve_home, tmp_path_factory):
    """`zhike serve` over a copy of the shop's base, for the tests of one module."""
    with serve_home(copy_home(shop, tmp_path_factory.mktemp("served-shop") / "home")) as server:
        yield server


@pytest.fixture(scope="module")
def manager(shop_server):
    with shop_server.client("manager") as client:
        yield client


@pytest.fixture(scope="module")
def agent(shop_server):
    with shop_server.client("agent") as client:
        yield client


@contextmanager
def connected(server):
    """A bare connection to a service."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        yield connection


@pytest.fixture(scope="session")
def connect():
    return connected


def resident_bytes(process, name):
    """``VmRSS`` or ``VmHWM`` of a process."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024


@pytest.fixture(scope="session")
def memory_of():
    return resident_bytes


def head(path, length, *, key=None, more=()):
    """The head of a POST of JSON that promises ``length`` bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: zhike", "Content-Type: application/json", f"Content-Length: {length}",
             *more, *([] if key is None else [f"Authorization: Bearer {key}"])]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.fixture(scope="session")
def head_of():
    return head
