"""What the rules of a release can read at all, so that a decision keeps no more of a customer than it used."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from kb.model.condition import And, Condition, Exists, Known, Not, Op, Or, Ref, Test, Unknown
from kb.model.facts import Facts, Row
from kb.model.rule import Recommend, Rule
from ontology.vocabulary import Channel, FactName

_CUSTOMER = FactName.CUSTOMER.value
_TOP = {_CUSTOMER: _CUSTOMER}
_POLICY_CUSTOMER = frozenset({"consent_marketing", "preferred_channel", *(f"consent_{name}" for name in Channel)})
_WHOLE = (FactName.CONTACT.value, FactName.MOMENT.value)
"""Contact policy, expiry and context read these, whatever the rules test."""

_TOLD = {FactName.KNOWLEDGE.value: frozenset({"item", "score", "run_id"})}
"""What the evidence of a decision tells of a row, whatever the rules test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReads:
    """What is read of the rows of one fact type.

    Args:
        properties: Read by some test.
        selector: A property and the only values of it that some test accepts; a row with another value makes no
            test true or unknown. ``None`` where no such property exists.
    """

    properties: frozenset[str]
    selector: tuple[str, frozenset[object]] | None

    def keep(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        """The rows that a test may accept, with the properties that are read."""
        return tuple(replace(row, values={name: value for name, value in row.values.items()
                                          if name in self.properties})
                     for row in self.select(rows))

    def select(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        """The rows that a test may accept."""
        if self.selector is None:
            return tuple(rows)
        name, accepted = self.selector
        return tuple(row for row in rows if name not in row.values or row.values[name] in accepted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Customer properties, and per fact type what is read of its rows."""

    customer: frozenset[str]
    related: Mapping[str, RowReads]

    @classmethod
    def of(cls, rules: Iterable[Rule], *, also: Iterable[str] = ()) -> "Reads":
        """What the conditions of ``rules`` and the arguments of their actions read, and customer properties besides."""
        places = [place for rule in rules for place in (*_places(rule.when, _TOP, _CUSTOMER), *_arguments(rule))]
        names: dict[str, set[str]] = {}
        tests: dict[str, list[Exists]] = {}
        for fact, place in places:
            if isinstance(place, Exists):
                tests.setdefault(fact, []).append(place)
            else:
                names.setdefault(fact, set()).add(place)
        return cls(customer=frozenset(names.get(_CUSTOMER, ())).union(also),
                   related={fact: RowReads(properties=frozenset(names.get(fact, ())) | _TOLD.get(fact, frozenset()),
                                           selector=_selector(found))
                            for fact, found in tests.items()})

    def keep(self, facts: Facts) -> Facts:
        """``facts`` without what no rule and no policy reads."""
        wanted = self.customer | _POLICY_CUSTOMER
        related = {fact: self.related[fact].keep(rows) if fact not in _WHOLE else rows
                   for fact, rows in facts.related.items() if fact in self.related or fact in _WHOLE}
        return replace(facts, related=related,
                       customer={name: value for name, value in facts.customer.items() if name in wanted})

    def narrow(self, facts: Facts) -> Facts:
        """``facts`` with the rows that matter alone: what is traced over them is the same, and sooner told."""
        return replace(facts, related={fact: read.select(facts.related.get(fact, ()))
                                       for fact, read in self.related.items()})


def _arguments(rule: Rule) -> Iterator[tuple[str, str]]:
    """(fact type, property) for each argument that is read from a fact."""
    facts = _TOP | {place.alias: fact for fact, place in _places(rule.when, _TOP, _CUSTOMER)
                    if isinstance(place, Exists)}
    if isinstance(rule.then, Recommend):
        for argument in rule.then.arguments.values():
            if isinstance(argument, Ref):
                yield facts[argument.alias], argument.property


def _places(condition: Condition, aliases: Mapping[str, str], scope: str) -> Iterator[tuple[str, str | Exists]]:
    """(fact type, property) for each value that is read, and (fact type, test) for each test of related rows."""
    match condition:
        case Test(property=name, operand=operand):
            yield scope, name
            if isinstance(operand, Ref):
                yield aliases[operand.alias], operand.property
        case Known(property=name) | Unknown(property=name):
            yield scope, name
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _places(part, aliases, scope)
        case Not(part=part):
            yield from _places(part, aliases, scope)
        case Exists(fact=fact, alias=alias, where=where):
            yield fact, condition
            yield from _places(where, {**aliases, alias: fact}, fact)


def _selector(tests: Iterable[Exists]) -> tuple[str, frozenset[object]] | None:
    """The first property, by name, of which every test accepts constants only."""
    accepted = [dict(_constants(test.where)) for test in tests]
    shared = sorted(set.intersection(*map(set, accepted)))
    return (shared[0], frozenset().union(*(one[shared[0]] for one in accepted))) if shared else None


def _constants(condition: Condition) -> Iterator[tuple[str, frozenset[object]]]:
    match condition:
        case Test(property=name, op=Op.EQ, operand=str() as wanted):
            yield name, frozenset({wanted})
        case Test(property=name, op=Op.IN, operand=tuple() as wanted):
            yield name, frozenset(wanted)
        case And(parts=parts):
            for part in parts:
                yield from _constants(part)
