"""One request about one customer under one release: what every step of a decision looks at."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from kb.model.decision import Firing
from kb.model.facts import Facts
from kb.model.ids import RuleId
from kb.model.rule import Rule
from ontology.vocabulary import FactName, Signal
from rules.decision.calendar import Calendar
from rules.decision.compiled_release import CompiledRelease
from rules.decision.request import Request
from rules.interpreter import Conclusions, Trace, explain, fired_ids, trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointers:
    """The categories that the moment speaks of."""

    in_cart: frozenset[str]
    looked_at: frozenset[str]

    @classmethod
    def of(cls, facts: Facts) -> "Pointers":
        """What the ``moment`` rows of ``facts`` speak of."""
        named = [(row.values["signal"], str(row.values["category"]))
                 for row in facts.related.get(FactName.MOMENT.value, ()) if "category" in row.values]
        return cls(in_cart=frozenset(category for signal, category in named if signal == Signal.CART),
                   looked_at=frozenset(category for signal, category in named if signal != Signal.CART))


class RuleResults(Protocol):
    """What a reading says of a customer: the rules that fire, and everything they conclude."""

    @property
    def rule_ids(self) -> frozenset[RuleId]:
        """The rules that fire."""
    @property
    def conclusions(self) -> Conclusions:
        """(kind, value) pairs."""
    @property
    def readings(self) -> tuple[str, ...]:
        """The readings that say so, the one that decided first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What the Python reading found."""

    rule_ids: frozenset[RuleId]
    conclusions: Conclusions
    readings: tuple[str, ...] = ("python",)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionContext:
    """One request about one customer under one release, and what its rules say.

    Args:
        facts: Prepared (``CompiledRelease.prepare``).
        found: By whichever reading answered.
    """

    request: Request
    facts: Facts
    compiled: CompiledRelease
    found: RuleResults
    pointers: Pointers

    @classmethod
    def of(cls, request: Request, facts: Facts, compiled: CompiledRelease,
           found: RuleResults | None = None) -> "DecisionContext":
        """The context, its facts prepared; without ``found`` the rules are read here."""
        prepared = compiled.prepare(facts)
        if found is None:
            rule_ids, conclusions = fired_ids(compiled.ruleset, prepared)
            found = _Read(rule_ids=rule_ids, conclusions=conclusions)
        return cls(request=request, facts=prepared, compiled=compiled, found=found, pointers=Pointers.of(prepared))

    @property
    def calendar(self) -> Calendar:
        """The moment on the base's calendar."""
        return Calendar(as_of=self.facts.as_of, zone=self.compiled.zone)

    def fires(self, rule: Rule) -> bool:
        """Whether the rule fires."""
        return rule.id in self.found.rule_ids

    def explain(self, rule: Rule) -> Firing:
        """What a rule that fires read, and the arguments it binds."""
        return explain(self.compiled.ruleset, self.facts, (rule.id,), self.found.conclusions).firings[0]

    def trace(self, rule: Rule) -> Trace:
        """How the rule stands, test by test."""
        return trace(rule, self.compiled.reads_of[rule.id].narrow(self.facts), self.found.conclusions)

    def is_known(self, properties: Iterable[str]) -> bool:
        """Whether one of these properties of the customer has a value."""
        return any(name in self.facts.customer for name in properties)
