"""A row of the harm table about one card: what it refers to of card and knowledge becomes a constant."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from kb.model.condition import ALWAYS, And, Condition, Exists, Known, Not, Op, Or, Ref, Scalar, Test, walk, with_parts
from kb.model.knowledge import KnowledgeItem
from ontology.vocabulary import FactName
from rules.condition.walk import CUSTOMER, refs

ACTION = "action"
"""What a row calls the card: ``$action.category`` is its argument ``category``."""

MEASURE = "measure"
"""What a row calls the measures of the item that a knowledge row is of: ``$measure.later_rate``."""

NEVER = Or(parts=())


def arguments_in(condition: Condition) -> frozenset[str]:
    """The arguments of the card that a row compares with."""
    return frozenset(ref.property for ref in refs(condition) if ref.alias == ACTION)


def about_card(condition: Condition, arguments: Mapping[str, Scalar | Ref]) -> Condition:
    """The condition with the card's arguments in it; one that is read from a fact stays a reference.

    >>> same = Test(property="category", op=Op.EQ, operand=Ref(alias="action", property="category"))
    >>> about_card(same, {"category": "TEA"}).operand
    'TEA'
    """
    match condition:
        case Test(operand=Ref(alias=alias, property=name)) if alias == ACTION:
            given = arguments[name]
            return condition if isinstance(given, Ref) else replace(condition, operand=given)
        case _:
            return with_parts(condition, lambda part: about_card(part, arguments))


def about_items(condition: Condition, items: Iterable[KnowledgeItem]) -> Condition:
    """The condition with measures in it: a knowledge row that is compared with them is one of an item that has them.

    What asks for such a row asks for one of any of these items; where none has the measures there is no such row.
    """
    listed = tuple(items)
    match condition:
        case Exists(fact=FactName.KNOWLEDGE.value, where=where) if _measures_in(where):
            each = tuple(replace(condition, where=_of_item(where, item)) for item in listed
                         if _measures_in(where) <= item.measures.keys())
            return Or(parts=each) if condition.at_least else And(parts=each)
        case _:
            return with_parts(condition, lambda part: about_items(part, listed))


def possible(condition: Condition, *, is_wanted: bool = True) -> Condition:
    """What holds whenever the condition can hold at some moment and for some argument: those tests are left out.

    >>> possible(Not(part=Exists(fact="moment", alias="m", where=ALWAYS)))
    Not(part=Or(parts=()))
    """
    match condition:
        case Exists(fact=FactName.MOMENT.value) | Test(operand=Ref(alias="action")):
            return ALWAYS if is_wanted else NEVER
        case Exists(at_most=most) if most is not None:
            return _possible_count(condition, is_wanted=is_wanted)
        case Not(part=part):
            return Not(part=possible(part, is_wanted=not is_wanted))
        case _:
            return with_parts(condition, lambda part: possible(part, is_wanted=is_wanted))


def can_hold(condition: Condition, empty: Collection[tuple[str, str]], here: str = CUSTOMER) -> bool:
    """Whether it can be true where nobody has a value of the ``empty`` (fact type, property) pairs.

    >>> can_hold(Test(property="age", op=Op.LT, operand=30), {("customer", "age")})
    False
    """
    match condition:
        case Test(property=name) | Known(property=name):
            return (here, name) not in empty
        case And(parts=parts):
            return all(can_hold(part, empty, here) for part in parts)
        case Or(parts=parts):
            return any(can_hold(part, empty, here) for part in parts)
        case Exists(fact=fact, where=where, at_least=least) if least > 0:
            return can_hold(where, empty, fact)
        case _:
            return True


def is_of_the_moment(condition: Condition) -> bool:
    """Whether it reads what the customer is doing now."""
    return any(_is_moment(part) for part in walk(condition))


def named_now(condition: Condition) -> Iterator[str]:
    """The categories that a rule wants to see in the cart, the search or on the page."""
    for part in walk(condition):
        if isinstance(part, Exists) and _is_moment(part) and part.at_least > 0:
            yield from (str(test.operand) for test in walk(part.where) if isinstance(test, Test)
                        and test.property == "category" and test.op is Op.EQ and isinstance(test.operand, str))


def _is_moment(part: Condition) -> bool:
    return isinstance(part, Exists) and part.fact == FactName.MOMENT


def _possible_count(exists: Exists, *, is_wanted: bool) -> Condition:
    """A bounded count whose rows cannot be told apart here: it may come out either way."""
    if possible(exists.where) == exists.where:
        return exists
    return ALWAYS if is_wanted else NEVER


def _measures_in(where: Condition) -> frozenset[str]:
    return frozenset(ref.property for ref in refs(where) if ref.alias == MEASURE)


def _of_item(where: Condition, item: KnowledgeItem) -> Condition:
    own = Test(property="item", op=Op.EQ, operand=str(item.id))
    return And(parts=(own, _measured(where, item.measures)))


def _measured(condition: Condition, measures: Mapping[str, float]) -> Condition:
    match condition:
        case Test(operand=Ref(alias=alias, property=name)) if alias == MEASURE:
            return replace(condition, operand=measures[name])
        case _:
            return with_parts(condition, lambda part: _measured(part, measures))
