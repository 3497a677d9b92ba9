"""Walks over the tree of a condition."""

from collections.abc import Iterator

from kb.model.condition import And, Concluded, Condition, Exists, Known, Not, Or, Ref, Test, Unknown


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
