"""What a firing must tell, by definition: it is read off the trace of its rule."""

from collections.abc import Iterator, Mapping, Sequence

from kb.model.condition import And, Exists, Known, Not, Or, Ref, Scalar, Test, Unknown
from kb.model.decision import FactRead, Firing
from kb.model.facts import Facts
from kb.model.ids import RuleId
from kb.model.rule import Recommend, Rule
from rules.condition.values import values_of
from rules.condition.walk import CUSTOMER
from rules.interpreter import Conclusions, RuleSet, Trace, fire, trace


def traced_firing(rule: Rule, facts: Facts, conclusions: Conclusions) -> Firing:
    """The firing of a rule that fires: the values that its true tests read, each once, and its arguments."""
    found = trace(rule, facts, conclusions, nearest=0)
    return Firing(rule_id=rule.id, reads=tuple(dict.fromkeys(_reads(found))), arguments=_arguments(rule, found, facts))


def misexplained(ruleset: RuleSet, people: Sequence[Facts]) -> Iterator[tuple[Facts, RuleId]]:
    """The firings that the closures explain otherwise."""
    for facts in people:
        fired = fire(ruleset, facts)
        for firing in fired.firings:
            if firing != traced_firing(ruleset.rules[firing.rule_id], facts, fired.conclusions):
                yield facts, firing.rule_id


def _reads(found: Trace, *, wanted: bool = True) -> Iterator[FactRead]:
    """The values that made ``found`` have the truth ``wanted``, in the order of the condition."""
    if found.truth is not wanted:
        return
    match found.condition:
        case Test(property=name, operand=operand):
            yield FactRead(fact=found.fact, key=found.key, property=name, value=found.value)
            if isinstance(operand, Ref) and operand.alias == CUSTOMER and not isinstance(found.compared, tuple):
                yield FactRead(fact=CUSTOMER, key="", property=operand.property, value=found.compared)
        case Known(property=name) | Unknown(property=name):
            yield FactRead(fact=found.fact, key=found.key, property=name, value=found.value)
        case And() | Or():
            for child in found.children:
                yield from _reads(child, wanted=wanted)
        case Not():
            yield from _reads(found.children[0], wanted=not wanted)
        case Exists() if found.matched:
            for child in found.children:
                yield from _reads(child)


def _arguments(rule: Rule, found: Trace, facts: Facts) -> Mapping[str, Scalar]:
    """The arguments with every ``Ref`` read from the first row that matched; one without a value is left out."""
    if not isinstance(rule.then, Recommend):
        return {}
    bound = {CUSTOMER: facts.customer, **_first_matches(found, facts)}
    given = {name: bound.get(value.alias, {}).get(value.property) if isinstance(value, Ref) else value
             for name, value in rule.then.arguments.items()}
    return {name: value for name, value in given.items() if value is not None}


def _first_matches(found: Trace, facts: Facts) -> dict[str, Mapping[str, Scalar]]:
    """For each alias that matched, the values of its first row; of nested ones, within the first row outside."""
    matches: dict[str, Mapping[str, Scalar]] = {}
    for part in _holding(found):
        if isinstance(part.condition, Exists) and part.matched and part.children:
            key = part.children[0].key
            row = next(row for row in facts.related[part.condition.fact] if row.key == key)
            matches.setdefault(part.condition.alias, values_of(row))
    return matches


def _holding(found: Trace) -> Iterator[Trace]:
    """The parts that hold, without what stands under a negation."""
    if found.truth is not True or isinstance(found.condition, Not):
        return
    yield found
    inner = found.children[:1] if isinstance(found.condition, Exists) else found.children
    for child in inner:
        yield from _holding(child)
