"""Homes of bases on the engine that ZHIKE_GRAPH names: made, opened and copied with their graphs."""

import os
import secrets
import shutil
from pathlib import Path
from typing import Any

from api.open_base import OpenBase, graph_of
from api.settings import Settings
from kb.graph.address import place_of
from kb.graph.port import Graph
from kb.home import Base, Home
from ontology.schema import load_schema
from tests.neo4j import namespaces
from tests.neo4j.server import Neo4jServer


def is_on_server() -> bool:
    """Whether the tests' bases keep their graphs on a server."""
    return os.environ.get("ZHIKE_GRAPH", "").startswith(("bolt", "neo4j"))


def give_each_home_a_namespace() -> None:
    """Let each home of the run have a namespace of its own on the server of ZHIKE_GRAPH."""
    if is_on_server() and "?" not in os.environ["ZHIKE_GRAPH"]:
        os.environ["ZHIKE_GRAPH"] += f"?namespace=run-{secrets.token_hex(4)}-{{home}}"


def forget_namespaces() -> None:
    """Drop all that the homes of the run left on the server."""
    if is_on_server():
        namespaces.drop_all(server_of_settings(), place_of(Settings().graph, Path()).namespace.rpartition("-")[0])


def server_of_settings() -> Neo4jServer:
    """The server of ZHIKE_TEST_NEO4J or of ZHIKE_GRAPH."""
    url = os.environ.get("ZHIKE_TEST_NEO4J") or os.environ["ZHIKE_GRAPH"]
    access = Settings().graph_access()
    return Neo4jServer(url=url.partition("?")[0], user=access.user, password=access.password)


def make_home(path: Path, **said: Any) -> Home:
    """A new base in ``path``; ``said`` is what it says of itself, but for its graph."""
    home = Home(path)
    home.create(Base(graph=Settings().graph, **said))
    return home


def open_base(home: Home) -> OpenBase:
    """The base in ``home``, with the password of the environment where its graph is on a server."""
    return OpenBase(home, Settings().graph_access())


def open_graph(home: Home) -> Graph:
    """The graph of the base in ``home`` alone: nothing follows into it that was not there."""
    return graph_of(home, home.base().graph, load_schema(*home.extensions), Settings().graph_access())


def copy_home(source: Path, target: Path) -> Path:
    """A copy of a base that can be written to: the folder and, where it is on a server, the graph."""
    shutil.copytree(source, target)
    url = Home(target).base().graph
    before, after = place_of(url, source), place_of(url, target)
    if not before.is_embedded:
        namespaces.copy(server_of_settings(), before.namespace, after.namespace)
    return target


def take_in_file(rules, path, author, approver=None):
    """Bring the rules of a file in."""
    return rules.take_in(path.read_bytes(), str(path), author, approver)


def export_file(rules, path, language):
    """Write rules into a file, and tell what was written."""
    content, told = rules.exported(str(path), language)
    path.write_bytes(content)
    return told
