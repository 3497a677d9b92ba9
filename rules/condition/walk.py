"""Walks over the tree of a condition."""

from collections.abc import Iterator

from kb.model.condition import And, Concluded, Condition, Exists, Known, Not, Op, Or, Ref, Test, Unknown


def walk(condition: Condition) -> Iterator[Condition]:
    """Every node of the tree, parents before children, left to right."""
    yield condition
    match condition:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from walk(part)
        case Not(part=part) | Exists(where=part):
            yield from walk(part)
        case _:
            return


def refs(condition: Condition) -> Iterator[Ref]:
    """Every reference to an enclosing fact, from the left.

    >>> same = Test(property="category", op="=", operand=Ref(alias="customer", property="preferred_category"))
    >>> [ref.property for ref in refs(Not(part=same))]
    ['preferred_category']
    """
    return (node.operand for node in walk(condition) if isinstance(node, Test) and isinstance(node.operand, Ref))


def properties_in(condition: Condition) -> frozenset[str]:
    """The names of the properties that the tests of ``condition`` read, of whatever fact, references apart."""
    return frozenset(node.property for node in walk(condition) if isinstance(node, Test | Known | Unknown))


def kinds_in(condition: Condition) -> frozenset[str]:
    """The kinds of conclusion that ``condition`` tests.

    >>> sorted(kinds_in(Not(part=Concluded(kind="at_risk", value="yes"))))
    ['at_risk']
    """
    return frozenset(node.kind for node in walk(condition) if isinstance(node, Concluded))


def demanded(where: Condition) -> tuple[str, str] | None:
    """A property and the one text that every row which makes ``where`` true has for it; an index can find those.

    >>> demanded(And(parts=(Test(property="orders_90d", op=Op.GE, operand=1),
    ...                     Test(property="category", op=Op.EQ, operand="TEA"))))
    ('category', 'TEA')
    """
    parts = where.parts if isinstance(where, And) else (where,)
    return next(((part.property, part.operand) for part in parts
                 if isinstance(part, Test) and part.op is Op.EQ and isinstance(part.operand, str)), None)


def outermost(condition: Condition) -> tuple[Exists, ...]:
    """The ``Exists`` that stand in no other, from the left."""
    return tuple(node for node in outside(condition) if isinstance(node, Exists))


def outside(condition: Condition) -> Iterator[Condition]:
    """The nodes that stand in no ``Exists``, parents before children, left to right."""
    yield condition
    match condition:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from outside(part)
        case Not(part=part):
            yield from outside(part)
        case _:
            return


def aliases_in(condition: Condition) -> frozenset[str]:
    """The aliases that ``condition`` gives to rows."""
    return frozenset(node.alias for node in walk(condition) if isinstance(node, Exists))


def sought_aliases(condition: Condition) -> frozenset[str]:
    """The aliases that may stand for a row when ``condition`` holds: of what exists, and not under a *not*."""
    match condition:
        case Exists(alias=alias, where=where, at_least=least) if least > 0:
            return sought_aliases(where) | {alias}
        case And(parts=parts) | Or(parts=parts):
            return frozenset(alias for part in parts for alias in sought_aliases(part))
        case _:
            return frozenset()
