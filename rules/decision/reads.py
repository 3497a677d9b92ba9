"""What the rules of a release can read at all, so that a decision keeps no more of a customer than it used."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from kb.model.condition import And, Condition, Exists, Op, Ref, Test, walk
from kb.model.facts import Facts, Row
from kb.model.figures import what_is_read
from kb.model.rule import Recommend, Rule
from ontology.vocabulary import Channel, FactName
from rules.condition.walk import CUSTOMER, facts_of, reads

_POLICY_CUSTOMER = frozenset({"consent_marketing", "preferred_channel", *(f"consent_{name}" for name in Channel)})
_WHOLE = (FactName.CONTACT.value, FactName.MOMENT.value)
"""Contact policy, expiry and context read these, whatever the rules test."""

_TOLD = {FactName.KNOWLEDGE.value: frozenset({"item", "score", "run_id", "goes_with"})}
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
        """What ``rules`` read in conditions, arguments and figures of the customer, and customer properties besides."""
        names: dict[str, set[str]] = {}
        tests: dict[str, list[Exists]] = {}
        for rule in rules:
            conditions = (rule.when, *map(what_is_read, rule.own_figures))
            for fact, name in (*(read for condition in conditions for read in reads(condition)), *_arguments(rule)):
                names.setdefault(fact, set()).add(name)
            for part in (part for condition in conditions for part in walk(condition)):
                if isinstance(part, Exists):
                    tests.setdefault(part.fact, []).append(part)
        return cls(customer=frozenset(names.get(CUSTOMER, ())).union(also),
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
    facts = facts_of(rule.when)
    if isinstance(rule.then, Recommend):
        for argument in rule.then.arguments.values():
            if isinstance(argument, Ref):
                yield facts[argument.alias], argument.property


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
