"""Where the ontology says that a person is named, and which stored records tell of one customer alone."""

from collections.abc import Iterator, Mapping

from ontology.schema import RelTable, Schema
from ontology.terms import ZK, local_name, name_of, ontology_graph

_CUSTOMER = "Customer"


def columns_that_name() -> Mapping[str, str]:
    """Column of a canonical table -> whose external id its values are: ``Customer`` or ``Staff``.

    >>> columns_that_name()["account"], columns_that_name()["handled_by"]
    ('Customer', 'Staff')
    """
    graph = ontology_graph()
    return {name_of(graph, term): local_name(whom) for term, whom in graph.subject_objects(ZK.names)}


def tables_that_tell_of_one() -> frozenset[str]:
    """The node tables whose every record tells of one customer, and goes when that customer is erased."""
    return frozenset(local_name(term) for term in ontology_graph().subjects(ZK.tells_of, ZK.Customer))


def ways_to_what_tells(schema: Schema) -> Iterator[str]:
    """Cypher patterns from a customer ``c`` to each record ``n`` that tells of that customer, the farthest first.

    >>> from ontology.schema import load_schema
    >>> ways = list(ways_to_what_tells(load_schema()))
    >>> "-[:HAD]->(n:Interaction)" in ways, ways[0]
    (True, '<-[:DECIDED_FOR]-(:Decision)<-[:CAME_OF]-(n:Outcome)')
    """
    yield from reversed(list(_ways(schema, _CUSTOMER, "", {_CUSTOMER})))


def _ways(schema: Schema, table: str, way: str, seen: set[str]) -> Iterator[str]:
    personal = tables_that_tell_of_one()
    steps = [(step, other) for relation in schema.relations for step, other in _steps(relation, table)
             if other in personal - seen]
    yield from (f"{way}{step}(n:{other})" for step, other in steps)
    for step, other in steps:
        yield from _ways(schema, other, f"{way}{step}(:{other})", {*seen, other})


def _steps(relation: RelTable, table: str) -> Iterator[tuple[str, str]]:
    """How a relationship leads away from a table, and where to."""
    if relation.source == table:
        yield f"-[:{relation.name}]->", relation.target
    if relation.target == table:
        yield f"<-[:{relation.name}]-", relation.source
