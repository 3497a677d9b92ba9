"""Namespaces of a test server: emptied, dropped, copied."""

from collections.abc import Iterator
from contextlib import contextmanager

from neo4j import GraphDatabase, Session

from ontology.schema import Schema, load_schema
from tests.neo4j.server import Neo4jServer

_OWN_LABEL = "Storage"


@contextmanager
def _session(server: Neo4jServer) -> Iterator[Session]:
    with GraphDatabase.driver(server.url, auth=(server.user, server.password),
                              notifications_min_severity="OFF") as driver, driver.session() as session:
        yield session


def empty(server: Neo4jServer, namespace: str) -> None:
    """Delete all nodes of a namespace; what was declared stays."""
    with _session(server) as session:
        _empty(session, namespace)


def drop(server: Neo4jServer, namespace: str) -> None:
    """Delete all nodes of a namespace and all that was declared in it."""
    with _session(server) as session:
        _empty(session, namespace)
        found = session.run("SHOW CONSTRAINTS YIELD name WHERE name STARTS WITH $start RETURN name",
                            start=f"{namespace}.").value("name")
        for name in found:
            session.run(f"DROP CONSTRAINT `{name}` IF EXISTS").consume()


def drop_all(server: Neo4jServer, start: str) -> None:
    """Drop every namespace whose name begins with ``start``."""
    with _session(server) as session:
        found = session.run("SHOW CONSTRAINTS YIELD name WHERE name STARTS WITH $start RETURN name",
                            start=start).value("name")
    for name in sorted({constraint.partition(".")[0] for constraint in found}):
        drop(server, name)


def copy(server: Neo4jServer, source: str, target: str, schema: Schema | None = None) -> None:
    """Every node and relationship of one namespace again in another, in which nothing was declared yet."""
    told = schema or load_schema()
    keys = {node.name: node.key for node in told.nodes} | {_OWN_LABEL: "id"}
    with _session(server) as session:
        for label, key in keys.items():
            session.run(f"CREATE CONSTRAINT `{target}.{label}.{key}` IF NOT EXISTS FOR (n:`{target}.{label}`)"
                        f" REQUIRE n.`{key}` IS UNIQUE").consume()
            session.run(f"MATCH (n:`{source}.{label}`) CALL {{ WITH n CREATE (m:`{target}.{label}`)"
                        f" SET m = properties(n) }} IN TRANSACTIONS OF 10000 ROWS").consume()
        for link in told.relations:
            for stored in (link.name, f"{link.name}~2"):
                session.run(
                    f"MATCH (a:`{source}.{link.source}`)-[r:`{source}.{stored}`]->(b)"
                    f" CALL {{ WITH a, r, b MATCH (c:`{target}.{link.source}` {{{keys[link.source]}:"
                    f" a.{keys[link.source]}}}) MATCH (d:`{target}.{link.target}` {{{keys[link.target]}:"
                    f" b.{keys[link.target]}}}) CREATE (c)-[s:`{target}.{stored}`]->(d) SET s = properties(r) }}"
                    f" IN TRANSACTIONS OF 10000 ROWS").consume()


def _empty(session: Session, namespace: str) -> None:
    labels = "|".join(f"`{namespace}.{name}`" for name in (*(node.name for node in load_schema().nodes), _OWN_LABEL))
    for what, delete in ((f"(:{labels})-[x]->()", "DELETE"), (f"(x:{labels})", "DETACH DELETE")):  # first what is many
        session.run(f"MATCH {what} CALL {{ WITH x {delete} x }} IN TRANSACTIONS OF 10000 ROWS").consume()
