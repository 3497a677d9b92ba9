"""Rules compiled for the Python reading."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kb.model.canonical import digest
from kb.model.condition import Scalar
from kb.model.decision import Firing
from kb.model.facts import Facts, Row
from kb.model.ids import Digest, RuleId
from kb.model.rule import Conclude, Rule
from ontology.schema import Schema
from rules.condition.strata import stratify
from rules.condition.values import recency
from rules.interpreter.generated import CodeWriter
from rules.interpreter.kleene import Conclusions
from rules.interpreter.reasons import ReasonWriter

Values: TypeAlias = Mapping[str, Scalar]
Rows: TypeAlias = Mapping[str, tuple[Row, ...]]
Index: TypeAlias = dict[Scalar, list[Row]]


class Indexes(dict[int, Index]):
    """The rows of a customer by the values of properties that rules ask for, each index made when it is needed."""

    __slots__ = ("_related", "_wanted")

    def __init__(self, wanted: Sequence[tuple[str, str]], related: Rows) -> None:
        super().__init__()
        self._wanted, self._related = wanted, related

    def __missing__(self, number: int) -> Index:
        fact, name = self._wanted[number]
        index: Index = {}
        for row in self._related.get(fact, ()):
            value = row.values.get(name)
            if value is not None:
                index.setdefault(value, []).append(row)
        self[number] = index
        return index


Stratum: TypeAlias = Callable[[Values, Rows, Indexes, Conclusions], list[RuleId]]
Reason: TypeAlias = Callable[..., Firing]
"""See ``rules.interpreter.reasons``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """Compiled rules; equal content gives an equal fingerprint.

    Args:
        rules: By id, in the order of the ids.
        strata: Ids in the order of evaluation.
        schema: The ontology's fact types, for the words of explanations.
        fingerprint: Digest of what decides: conditions, effects and effective dates.
        concludes: What each concluding rule adds.
        dated: The rules that are in effect at some instants only.
    """

    rules: Mapping[RuleId, Rule]
    strata: tuple[tuple[RuleId, ...], ...]
    schema: Schema = field(repr=False, compare=False)
    fingerprint: Digest
    concludes: Mapping[RuleId, tuple[str, str]]
    dated: frozenset[RuleId]
    indexes: tuple[tuple[str, str], ...] = field(repr=False, compare=False)
    functions: tuple[Stratum, ...] = field(repr=False, compare=False)
    reasons: Mapping[RuleId, Reason] = field(repr=False, compare=False)


def compile_rules(rules: Iterable[Rule], schema: Schema) -> RuleSet:
    """The rules as one function for each stratum.

    Args:
        rules: Checked by ``rules.lint``; ids are unique.
        schema: The ontology's fact types.

    Raises:
        InvalidRule: Conclusions depend on themselves.
    """
    strata = stratify(rules)
    ordered = sorted((rule for stratum in strata for rule in stratum), key=lambda rule: rule.id)
    writer = CodeWriter()
    reasons = ReasonWriter(writer)
    sources = [*(writer.stratum(f"s{number}", stratum) for number, stratum in enumerate(strata)),
               *(reasons.function(f"w{number}", rule) for number, rule in enumerate(ordered))]
    made = _made([*writer.functions, *sources])
    return RuleSet(
        rules={rule.id: rule for rule in ordered},
        strata=tuple(tuple(rule.id for rule in stratum) for stratum in strata),
        schema=schema,
        fingerprint=digest([(rule.id, rule.when, rule.then, rule.valid_from, rule.valid_to) for rule in ordered]),
        concludes={rule.id: (rule.then.kind, rule.then.value) for rule in ordered if isinstance(rule.then, Conclude)},
        dated=frozenset(rule.id for rule in ordered if rule.is_dated),
        indexes=tuple(writer.indexes),
        functions=tuple(made[f"s{number}"] for number in range(len(strata))),
        reasons={rule.id: made[f"w{number}"] for number, rule in enumerate(ordered)},
    )


def fired_ids(ruleset: RuleSet, facts: Facts) -> tuple[frozenset[RuleId], Conclusions]:
    """Which rules fire, and what they conclude: the fast reading, without explanations."""
    fired, conclusions = fired_of(ruleset, facts, Indexes(ruleset.indexes, facts.related))
    return frozenset(fired), conclusions


def fired_of(ruleset: RuleSet, facts: Facts, indexes: Indexes) -> tuple[list[RuleId], Conclusions]:
    """As ``fired_ids``, stratum by stratum, with indexes over the rows that the caller goes on to use."""
    fired: list[RuleId] = []
    conclusions: Conclusions = frozenset()
    for stratum in ruleset.functions:
        new = stratum(facts.customer, facts.related, indexes, conclusions)
        if ruleset.dated:
            new = [rule for rule in new if rule not in ruleset.dated or ruleset.rules[rule].is_in_effect(facts.as_of)]
        fired += new
        conclusions |= {ruleset.concludes[rule] for rule in new if rule in ruleset.concludes}
    return fired, conclusions


def _made(sources: Iterable[str]) -> Mapping[str, Callable[..., Any]]:
    """The functions by name."""
    namespace: dict[str, Any] = {"Firing": Firing, "recency": recency}
    code = compile("\n".join(sources), "<rules>", "exec")
    exec(code, namespace)  # noqa: S102  # rules.interpreter wrote every word of it; constants are repr'd
    return namespace
