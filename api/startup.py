"""From settings to the use cases of an open base, and from these to a server."""

import gc
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from api.app import build_app, guarded
from api.base_creation import make_base
from api.cancellation import Stop
from api.composition import UseCases, open_use_cases
from api.open_base import OpenBase
from api.security.keys import AccessKeys, owner_name
from api.server import Server, bind, end_at_once, is_loopback, url_of
from api.settings import Settings
from api.signals import Stopped, stopped_by_signals
from kb.home import Base, Home, write_owner_only
from kb.ingestion.mapping.toml_file import load_mapping
from ontology.vocabulary import Role

_REACHABLE = ("others can reach this address, and what they send and are told is not encrypted: let a proxy with TLS"
              " stand before it, or leave ZHIKE_HOST out")


@contextmanager
def open_service(settings: Settings) -> Iterator[UseCases]:
    """The use cases over the base of ``ZHIKE_HOME``, which is locked meanwhile.

    Raises:
        NotFound: If there is no base.
        BaseLocked: If another process holds it.
    """
    home = Home(settings.home)
    settings.check_base(home.base())
    with home.own():
        home.service_path.unlink(missing_ok=True)  # of a service that was killed: nobody answers there
        base = OpenBase(home, settings.graph_access(), settings.memory_allowed(), settings.limits_of_files())
        with open_use_cases(base, engine_workers=settings.engine_workers,
                            engine_share=settings.engine_share) as use_cases:
            yield use_cases


def create_for(settings: Settings, mapping: str) -> None:
    """Make the base that a mapping describes, unless there is one, as ``make_base`` does.

    Raises:
        Conflict: If the graph belongs to a base with another secret than the one given.
    """
    home = Home(settings.home)
    if not home.exists():
        said = load_mapping(mapping).base
        make_base(home, Base(name=said.name, zone=said.zone, currency=said.currency, graph=settings.graph), settings)


def access_of(home: Home) -> AccessKeys:
    """The keys of a base.

    Raises:
        NotFound: If there is no base.
    """
    home.base()
    return AccessKeys(home.access_path)


def first_keys(home: Home) -> dict[str, str]:
    """Keys made now, by name, if the base has none; else nothing, because keys are shown once."""
    access = access_of(home)
    return access.issue_first() if access.is_empty() else {}


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until stopped; the address is announced once the port is bound."""
    home = Home(settings.home)
    with open_service(settings) as service, bind(settings.host, settings.port) as listener:
        for name, key in first_keys(home).items():
            announce(f"key of {name}: {key}")
        serve_on(listener, service, home, announce)


def serve_on(listener: socket.socket, service: UseCases, home: Home, announce: Callable[[str], None]) -> None:
    """Serve an open service on a bound socket until stopped; that a signal does so is as it should be."""
    url = url_of(listener)
    access = access_of(home)
    stop = Stop()
    server = Server(guarded(build_app(service, access), access, stop), stop)
    key = access.issue(owner_name(), Role.MANAGER)
    try:
        with stopped_by_signals():
            write_owner_only(home.service_path, json.dumps({"url": url, "key": key}).encode())
            service.start()
            with settled(service):
                if not is_loopback(listener):
                    announce(_REACHABLE)
                announce(f"Zhike listens on {url}")
                server.run(sockets=[listener])
    except Stopped:
        return
    finally:
        home.service_path.unlink(missing_ok=True)
    if server.has_calls:
        end_at_once()


@contextmanager
def settled(service: UseCases) -> Iterator[None]:
    """With what the first answers need made ready, and the collector passing over all that stays for good.

    A full collection looks at everything, the ontology and every module, and nobody is answered meanwhile.
    """
    service.health.readiness()  # compiles the live release
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()  # what is never collected, libraries report as leaked when the process ends
