"""A stop stops, whatever clients do: real processes, real signals."""

import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from api.server import GRACE_SECONDS, HEAD_SECONDS
from kb.home import Home
from tests.homes import open_base

BOUND_SECONDS = 6 * GRACE_SECONDS  # generous: the machine may be busy
SIGNALS = (signal.SIGTERM, signal.SIGINT)
HALF = {
    "a head": b"POST /v1/decisions HTTP/1.1\r\nHost: z",
    "nothing": b"",
}


def ends(server):
    """The exit code of a service that was asked to stop."""
    return server.process.wait(timeout=BOUND_SECONDS)


def is_sound(home):
    """The base opens by itself: nobody holds it, journal and graph are whole."""
    with Home(home).own(), open_base(Home(home)) as base:
        base.journal.ready()
        base.graph.ready()
    assert not Home(home).service_path.exists()


@pytest.mark.parametrize("number", SIGNALS, ids=lambda one: one.name)
def test_half_a_request_keeps_no_service_from_stopping(serve_home, shop_copy, connect, head_of, number):
    with serve_home(shop_copy) as server, ExitStack() as opened:
        half = [*HALF.values(), head_of("/v1/decisions", 1_000, key=server.keys["agent"]) + b"{"]
        for sent in half:
            opened.enter_context(connect(server)).sendall(sent)
        server.process.send_signal(number)
        assert ends(server) == 0
    is_sound(shop_copy)


def test_half_a_head_does_not_wait_for_ever(serve_home, shop_copy, connect):
    """Nor one that comes byte by byte: the time runs from its beginning."""
    with serve_home(shop_copy) as server, connect(server) as connection:
        connection.settimeout(1.0)
        for _ in range(int(BOUND_SECONDS / HEAD_SECONDS * HEAD_SECONDS)):
            try:
                connection.sendall(b"G")
                if not connection.recv(1):
                    return
            except TimeoutError:
                continue
            except OSError:
                return  # closed
        pytest.fail("the connection stayed open")


def turtle(concepts):
    """A document that takes long to check."""
    head = ('@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n'
            '<urn:x:r> a skos:ConceptScheme ; skos:notation "category" .\n')
    return head + "\n".join(
        f'<urn:x:{n}> a skos:Concept ; skos:inScheme <urn:x:r> ; skos:notation "N{n}" ; '
        f'skos:prefLabel "北{n}"@zh , "north {n}"@en .' for n in range(concepts))


def readers_of(server):
    """The processes that read documents for a service."""
    found = []
    for task in Path(f"/proc/{server.process.pid}/task").glob("*/children"):
        for child in task.read_text(encoding="ascii").split():
            command = Path(f"/proc/{child}/cmdline")
            if command.exists() and b"turtle" in command.read_bytes():
                found.append(int(child))
    return found


def importing(server):
    """A thread that brings a long document in, and the answers it gets."""
    answers = []

    def bring():
        with server.client("manager") as client:
            try:
                answers.append(client.post("/v1/knowledge/imports", content=turtle(20_000).encode(),
                                           headers={"Content-Type": "text/turtle"}))
            except httpx.TransportError as fault:
                answers.append(fault)

    thread = threading.Thread(target=bring, daemon=True)
    thread.start()
    return thread, answers


def until(condition):
    """Wait for a condition, within a generous bound."""
    waited = threading.Event()
    for _ in range(int(BOUND_SECONDS * 10)):
        if condition():
            return
        waited.wait(0.1)
    pytest.fail("it did not happen in time")


def test_a_long_import_ends_with_the_service(serve_home, shop_copy):
    with serve_home(shop_copy) as server:
        thread, answers = importing(server)
        until(lambda: readers_of(server))
        server.process.send_signal(signal.SIGTERM)
        assert ends(server) == 0
        thread.join(BOUND_SECONDS)
        assert answers[0].status_code == 503
        assert "being stopped" in answers[0].json()["detail"]
    is_sound(shop_copy)
    assert not Home(shop_copy).vocabulary_path.exists()


def test_a_long_import_ends_when_its_client_goes(shop_server):
    with shop_server.client("manager") as client, pytest.raises(httpx.ReadTimeout):
        client.post("/v1/knowledge/imports", content=turtle(20_000).encode(), timeout=httpx.Timeout(60, read=5),
                    headers={"Content-Type": "text/turtle"})
    until(lambda: not readers_of(shop_server))
    assert not Home(shop_server.home).vocabulary_path.exists()


def test_a_document_is_brought_in_whole_by_its_own_process(shop_server, manager):
    answer = manager.post("/v1/knowledge/imports", content=turtle(3).encode(), headers={"Content-Type": "text/turtle"})
    assert answer.status_code == 201, answer.text
    assert answer.json()["words"] == {"category": 3}
    Home(shop_server.home).vocabulary_path.unlink()


def test_the_second_signal_does_not_wait_and_loses_nothing(serve_home, shop_copy, connect, head_of):
    with serve_home(shop_copy) as server, server.client("agent") as agent, connect(server) as connection:
        connection.sendall(head_of("/v1/decisions", 1_000, key=server.keys["agent"]) + b"{")
        kept = agent.post("/v1/decisions", json={"customer_ids": ["m1"]}).json()["decisions"][0]["decision_id"]
        server.process.send_signal(signal.SIGTERM)
        until(lambda: refuses(server))
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=BOUND_SECONDS) in {0, -signal.SIGTERM}
    with Home(shop_copy).own(), open_base(Home(shop_copy)) as base:
        assert base.journal.decision(kept).decision_id == kept


def refuses(server):
    """Whether the service takes no connections any more."""
    try:
        with server.client("agent") as client:
            client.get("/healthz")
    except httpx.TransportError:
        return True
    return False


def test_a_stop_lets_what_is_under_way_end(serve_home, shop_copy, connect, head_of):
    """The body comes after the signal, and the answer all the same."""
    body = b'{"customer_ids": ["m1"]}'
    with serve_home(shop_copy) as server, connect(server) as connection:
        connection.sendall(head_of("/v1/decisions", len(body), key=server.keys["agent"]) + body[:5])
        with server.client("agent") as agent:
            assert agent.get("/healthz").is_success  # what came before has been taken
        server.process.send_signal(signal.SIGTERM)
        connection.sendall(body[5:])
        assert b" 200 " in connection.recv(100)
        assert ends(server) == 0


def test_a_service_that_a_shell_starts_in_the_background_ends_by_either_signal(shop_copy):
    """There SIGINT is ignored by what the shell starts; the service takes it all the same."""
    zhike = Path(sys.executable).with_name("zhike")
    command = f"trap '' INT; ZHIKE_HOME={shop_copy} ZHIKE_PORT=0 exec {zhike} serve"
    for number in SIGNALS:
        with subprocess.Popen(["/bin/sh", "-c", command], stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
            assert any("listens on" in line for line in process.stderr)
            process.send_signal(number)
            process.communicate(timeout=BOUND_SECONDS)
            assert process.returncode == 0
