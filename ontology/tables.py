"""Graph tables: stored nodes and relationships, as the ontology describes them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from rdflib import RDFS, Graph
from rdflib.term import Node

from ontology.facts import TYPES, FactType, PropertyType
from ontology.terms import ZK, listed, local_name, name_of, range_of


class ColumnType(StrEnum):
    """The type of a stored column, by its name in Cypher DDL."""

    STRING = "STRING"
    INT64 = "INT64"
    DOUBLE = "DOUBLE"
    BOOL = "BOOL"


_COLUMN_TYPES = {PropertyType.NUMBER: ColumnType.DOUBLE, PropertyType.INTEGER: ColumnType.INT64,
                 PropertyType.STRING: ColumnType.STRING, PropertyType.BOOLEAN: ColumnType.BOOL}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTable:
    """A stored node; ``columns`` starts with the key."""

    name: str
    key: str
    columns: Mapping[str, ColumnType]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelTable:
    """A stored relationship from one node table to another."""

    name: str
    source: str
    target: str
    columns: Mapping[str, ColumnType]


def node_tables(graph: Graph, facts: Mapping[str, FactType]) -> Iterator[NodeTable]:
    """The stored nodes: classes with a key."""
    for term, key in graph.subject_objects(ZK.key):
        yield NodeTable(name=local_name(term), key=name_of(graph, key),
                        columns=_column(graph, key) | _columns(graph, term, facts))


def rel_tables(graph: Graph, facts: Mapping[str, FactType]) -> Iterator[RelTable]:
    """The stored relationships: object properties with one table, or with twins that take turns."""
    for term, table in graph.subject_objects(ZK.table):
        source, target = graph.value(term, RDFS.domain), range_of(graph, term)
        if source is None:
            msg = f"the ontology gives no domain for {local_name(term)}; add rdfs:domain"
            raise LookupError(msg)
        yield RelTable(name=str(table), source=local_name(source), target=local_name(target),
                       columns=_columns(graph, term, facts))


def _columns(graph: Graph, term: Node, facts: Mapping[str, FactType]) -> dict[str, ColumnType]:
    columns: dict[str, ColumnType] = {}
    for prop in listed(graph, term, ZK.columns):
        columns |= _column(graph, prop)
    carried = graph.value(term, ZK.carries)
    told = graph.value(term, ZK.target_property)
    if carried:
        fact = facts[name_of(graph, carried)]
        columns |= {prop.name: _COLUMN_TYPES[prop.type] for prop in fact.properties.values()}
    if told:
        del columns[name_of(graph, told)]
    return columns


def _column(graph: Graph, prop: Node) -> dict[str, ColumnType]:
    return {name_of(graph, prop): _COLUMN_TYPES[TYPES[range_of(graph, prop)]]}
