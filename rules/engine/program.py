"""A rule set put together for the engine.

The engine decides in two passes. First *which tests of related rows hold*: each distinct ``Exists`` of all rules is a
rule of its own over the customer's rows, so that one with many matches is not multiplied by another. Then, stratum by
stratum, the rules themselves over one fact, the customer with what the passes before concluded as properties. Negation
of an ``Exists`` is thus the absence of a property; the gate is needed only for a ``not exists`` that joins another row.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TypeAlias, TypeVar

from kb.model.condition import Concluded, Condition, Exists, Op, Ref, Scalar
from kb.model.ids import RuleId
from kb.model.rule import Rule
from rules.condition.normal_form import (
    Alternative,
    Compared,
    Counted,
    Membership,
    Present,
    Settled,
    row_alternatives,
    rule_alternatives,
)
from rules.condition.walk import renamed
from rules.engine.json_values import CUSTOMER
from rules.engine.patterns import MOST_PATTERNS, EnginePattern, Members, Sheet, column, is_join, patterns_of
from rules.interpreter import Conclusions, RuleSet

MOST_PROPERTIES = 150
"""Customer properties to one of the engine's rule sets; it takes at most 200 in one fact."""

COMPUTED = "~"
"""First character of what is no property of the ontology: found rows, counts, conclusions."""

Said: TypeAlias = tuple[frozenset[RuleId], Conclusions]
"""The rules that fire for a customer, and what they conclude."""

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramStage:
    """One of the engine's rule sets.

    Args:
        text: Its rules as the engine's JSON.
        reads: The properties of the customer that it reads.
        is_joined: Whether its rules speak of more than one fact each.
    """

    text: str
    reads: tuple[str, ...]
    is_joined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Loadable:
    """What a worker needs.

    Args:
        rows: The engine's rule sets of the first pass; a rule is called by the property that it concludes.
        strata: Those of the second pass; a rule is called by its number. After ``#`` stands the alternative.
        concludes: The property that a rule, by its number, adds for higher strata.
        spans: From when to when a rule is in effect, where it says so.
    """

    rows: tuple[ProgramStage, ...]
    strata: tuple[tuple[ProgramStage, ...], ...]
    concludes: Mapping[str, str]
    spans: Mapping[str, tuple[int | None, int | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A rule set for the engine.

    Args:
        ruleset: The same rules for the Python reading.
        loadable: The part that goes to the workers.
        numbered: The id of each rule number.
        counts: Number properties of the customer that are counted before the engine.
        members: Computed properties per fact type: (name, property, choice).
        patterns: Per fact type, the tests that a row must pass for some pattern.
        columns: Per fact type, the properties that the engine reads.
    """

    ruleset: RuleSet
    loadable: Loadable
    numbered: tuple[RuleId, ...]
    counts: tuple[tuple[str, Exists], ...]
    members: Mapping[str, tuple[tuple[str, str, frozenset[Scalar]], ...]]
    patterns: Mapping[str, tuple[EnginePattern, ...]]
    columns: Mapping[str, frozenset[str]]

    def said(self, numbers: Iterable[str]) -> Said:
        """What a worker's answer means: the numbers of the rules that fire."""
        rule_ids = [self.numbered[int(number)] for number in numbers]
        concludes = self.ruleset.concludes
        return frozenset(rule_ids), frozenset([concludes[rule_id] for rule_id in rule_ids if rule_id in concludes])


def compile_program(ruleset: RuleSet) -> Program:
    """The rules of ``ruleset`` for the engine.

    Raises:
        InvalidRule: A rule leaves the subset; the message says where.
    """
    numbered = tuple(ruleset.rules)
    number = {rule_id: index for index, rule_id in enumerate(numbered)}
    writer = _Writer(conclusions={pair: f"{COMPUTED}k{index}" for index, pair in
                                  enumerate(sorted(set(ruleset.concludes.values())))})
    strata = tuple(tuple(writer.stages([(number[rule_id], ruleset.rules[rule_id]) for rule_id in stratum]))
                   for stratum in ruleset.strata)
    rows = tuple(writer.row_stages())
    return Program(
        ruleset=ruleset,
        loadable=Loadable(
            rows=rows, strata=strata,
            concludes={str(number[rule_id]): column(writer.conclusions[pair])
                       for rule_id, pair in ruleset.concludes.items()},
            spans={str(number[rule.id]): (rule.valid_from, rule.valid_to) for rule in ruleset.rules.values()
                   if rule.is_dated}),
        numbered=numbered, counts=tuple((name, exists) for exists, name in writer.counts.items()),
        members=_by_fact((fact, (name, prop, choice)) for (fact, prop, choice), name in writer.members.names.items()),
        patterns=_by_fact((pattern.fact, replace(pattern, literals=pattern.own)) for pattern in writer.seen
                          if pattern.fact != CUSTOMER),
        columns={fact: frozenset(names) for fact, names in _by_fact(_columns(writer.seen)).items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    """Writes sheets and gives names to what is decided before a rule."""

    conclusions: Mapping[tuple[str, str], str]
    members: Members = field(default_factory=Members)
    found: dict[Exists, str] = field(default_factory=dict)
    counts: dict[Exists, str] = field(default_factory=dict)
    seen: list[EnginePattern] = field(default_factory=list)

    def stages(self, rules: Iterable[tuple[int, Rule]]) -> Iterator[ProgramStage]:
        """The second pass over the rules of one stratum."""
        written = [(f"{number}#{index}", (pattern,)) for number, rule in rules
                   for index, pattern in enumerate(self._customer_patterns(rule.when))]
        self.seen.extend(pattern for _, patterns in written for pattern in patterns)
        return self._sheets(written, is_joined=False)

    def row_stages(self) -> Iterator[ProgramStage]:
        """The first pass, over everything that the second asks for; what joins facts apart from what does not."""
        written = [(f"{column(name)}#{index}", patterns_of(alternative))
                   for exists, name in self.found.items()
                   for index, alternative in enumerate(row_alternatives(exists))]
        self.seen.extend(pattern for _, patterns in written for pattern in patterns)
        for is_joined in (False, True):
            yield from self._sheets([rule for rule in written if (len(rule[1]) > 1) is is_joined], is_joined=is_joined)

    def _sheets(self, rules: Iterable[tuple[str, tuple[EnginePattern, ...]]], *,
                is_joined: bool) -> Iterator[ProgramStage]:
        """The rules on as many sheets as the engine's limits ask for."""
        sheet, reads = Sheet(self.members), set[str]()
        for name, patterns in rules:
            names = {read for pattern in patterns if pattern.fact == CUSTOMER for read in self._read(pattern)}
            with_gate = len(patterns) + 1
            if sheet.patterns + with_gate > MOST_PATTERNS or len(reads | names) > MOST_PROPERTIES:
                yield ProgramStage(text=sheet.text(), reads=tuple(sorted(reads)), is_joined=is_joined)
                sheet, reads = Sheet(self.members), set()
            sheet.add(name, patterns)
            reads |= names
        if sheet.rules:
            yield ProgramStage(text=sheet.text(), reads=tuple(sorted(reads)), is_joined=is_joined)

    def _customer_patterns(self, when: Condition) -> Iterator[EnginePattern]:
        for alternative in rule_alternatives(when):
            literals = self._settled(alternative)
            if literals is not None:
                yield EnginePattern(alias=CUSTOMER, fact=CUSTOMER, literals=literals)

    def _settled(self, alternative: Alternative) -> tuple[Compared | Membership | Present, ...] | None:
        """The alternative as tests of the customer; ``None`` where it asks for what no rule concludes."""
        literals: list[Compared | Membership | Present] = []
        for literal in alternative:
            match literal:
                case Counted(exists=exists):
                    literals += self._counted(exists)
                case Settled(conclusion=Concluded(kind=kind, value=value), wanted=wanted):
                    name = self.conclusions.get((kind, value))
                    if name is not None:
                        literals.append(Present(CUSTOMER, name, wanted))
                    elif wanted:
                        return None
                case Compared() | Membership() | Present():
                    literals.append(literal)
        return tuple(literals)

    def _counted(self, exists: Exists) -> Iterator[Compared | Present]:
        named = with_plain_aliases(exists)
        if exists.is_sought:
            sought = replace(named, at_least=1, at_most=None)
            name = self.found.setdefault(sought, f"{COMPUTED}e{len(self.found)}")
            yield Present(CUSTOMER, name, exists.at_least == 1)
            return
        counted = replace(named, at_least=0, at_most=None)
        name = self.counts.setdefault(counted, f"{COMPUTED}n{len(self.counts)}")
        if exists.at_least > 0:
            yield Compared(CUSTOMER, name, Op.GE, exists.at_least)
        if exists.at_most is not None:
            yield Compared(CUSTOMER, name, Op.LE, exists.at_most)

    def _read(self, pattern: EnginePattern) -> Iterator[str]:
        for literal in pattern.literals:
            if isinstance(literal, Membership):
                yield self.members.name(CUSTOMER, literal)
            else:
                yield column(literal.property)
            if isinstance(literal, Compared) and isinstance(literal.operand, Ref):
                yield column(literal.operand.property)


def with_plain_aliases(exists: Exists) -> Exists:
    """The same condition with rows called ``a0``, ``a1`` ... in the order of the text, so that equal ones are equal.

    >>> from kb.model.condition import ALWAYS
    >>> with_plain_aliases(Exists(fact="interaction", alias="visit", where=ALWAYS)).alias
    'a0'
    """
    numbers = count()
    named = renamed(exists, lambda _: f"a{next(numbers)}")
    assert isinstance(named, Exists)  # as it was  # noqa: S101
    return named


def _by_fact(entries: Iterable[tuple[str, Entry]]) -> dict[str, tuple[Entry, ...]]:
    grouped: dict[str, dict[Entry, None]] = {}
    for fact, entry in entries:
        grouped.setdefault(fact, {})[entry] = None
    return {fact: tuple(found) for fact, found in grouped.items()}


def _columns(patterns: Iterable[EnginePattern]) -> Iterator[tuple[str, str]]:
    """(fact type, property) for what the engine reads of the facts themselves; what is computed is left out."""
    for pattern in patterns:
        for literal in pattern.literals:
            names = [] if isinstance(literal, Membership) else [literal.property]
            if isinstance(literal, Compared) and isinstance(literal.operand, Ref) and not is_join(literal):
                names.append(literal.operand.property)
            yield from ((pattern.fact, name) for name in names if not name.startswith(COMPUTED))
