"""The shapes of relationships as bounds of columns, for tables that are too long to be validated row by row."""

from collections.abc import Iterator
from dataclasses import dataclass

from rdflib import RDF, SH
from rdflib.term import Literal, Node

from ontology.terms import ZK, name_of, ontology_graph, shapes_graph


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnBounds:
    """What every row must have in one column.

    Args:
        required: A value at all.
        low: Smallest allowed value; ``None`` is no bound.
        high: Greatest allowed value; ``None`` is no bound.
        not_above: Another column of the row that must not be smaller, where both are known.
        message: What was expected, in words.
    """

    column: str
    required: bool
    low: float | None
    high: float | None
    not_above: str | None
    message: str


def column_bounds(table: str) -> tuple[ColumnBounds, ...]:
    """The bounds of a relationship table's columns, sorted by column; none where no shape speaks of it.

    >>> [(b.column, b.low, b.high) for b in column_bounds("HOLDS_A") if b.high is not None]
    [('score', 0.0, 1.0)]
    """
    found = (bounds for relation in ontology_graph().subjects(ZK.table, Literal(table))
             for shape in shapes_graph().subjects(ZK.concerns, relation)
             if (shape, RDF.type, SH.NodeShape) in shapes_graph() for bounds in _bounds_in(shape))
    return tuple(sorted(found, key=lambda bounds: bounds.column))


def _bounds_in(shape: Node) -> Iterator[ColumnBounds]:
    shapes = shapes_graph()
    for part in shapes.objects(shape, SH.property):
        other = shapes.value(part, SH.lessThanOrEquals)
        yield ColumnBounds(
            column=name_of(ontology_graph(), _path(part)), required=(part, SH.minCount, None) in shapes,
            low=_number(shapes.value(part, SH.minInclusive)), high=_number(shapes.value(part, SH.maxInclusive)),
            not_above=None if other is None else name_of(ontology_graph(), other),
            message=str(shapes.value(part, SH.message)))


def _path(part: Node) -> Node:
    path = shapes_graph().value(part, SH.path)
    if path is None:
        msg = "a property shape of a relationship lacks its path"
        raise LookupError(msg)
    return path


def _number(value: Node | None) -> float | None:
    return None if value is None else float(str(value))
