"""Rules compiled for the Python reading."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kb.model.canonical import digest
from kb.model.condition import Condition, Exists, Scalar
from kb.model.facts import Facts, Row
from kb.model.ids import Digest, RuleId
from kb.model.rule import Conclude, Rule
from ontology.schema import Schema
from rules.evaluate.kleene import Conclusions
from rules.evaluate.source import Writer
from rules.evaluate.values import DAYS_AGO, values_of
from rules.strata import stratify
from rules.tree import properties_in, refs, walk

Values: TypeAlias = Mapping[str, Scalar]
Table: TypeAlias = list[Values]
Index: TypeAlias = dict[Scalar, Table]
Stratum: TypeAlias = Callable[[Values, list[Table], list[Index], Conclusions, int], list[RuleId]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """Compiled rules; equal content gives an equal fingerprint.

    Args:
        rules: By id, in the order of the ids.
        strata: Ids in the order of evaluation.
        schema: The ontology's fact types, for the words of explanations.
        fingerprint: Digest of what decides: conditions, effects and effective dates.
        concludes: What each concluding rule adds.
    """

    rules: Mapping[RuleId, Rule]
    strata: tuple[tuple[RuleId, ...], ...]
    schema: Schema = field(repr=False, compare=False)
    fingerprint: Digest
    concludes: Mapping[RuleId, tuple[str, str]]
    tables: tuple[str, ...] = field(repr=False, compare=False)
    dated: frozenset[str] = field(repr=False, compare=False)
    indexes: tuple[tuple[str, str], ...] = field(repr=False, compare=False)
    functions: tuple[Stratum, ...] = field(repr=False, compare=False)


def compile_rules(rules: Iterable[Rule], schema: Schema) -> RuleSet:
    """The rules as one function for each stratum.

    Args:
        rules: Checked by ``rules.check``; ids are unique.
        schema: The ontology's fact types.

    Raises:
        InvalidRule: Conclusions depend on themselves.
    """
    strata = stratify(rules)
    ordered = sorted((rule for stratum in strata for rule in stratum), key=lambda rule: rule.id)
    writer = Writer()
    sources = [writer.stratum(f"s{number}", stratum) for number, stratum in enumerate(strata)]
    return RuleSet(
        rules={rule.id: rule for rule in ordered},
        strata=tuple(tuple(rule.id for rule in stratum) for stratum in strata),
        schema=schema,
        fingerprint=digest([(rule.id, rule.when, rule.then, rule.valid_from, rule.valid_to) for rule in ordered]),
        concludes={rule.id: (rule.then.kind, rule.then.value) for rule in ordered if isinstance(rule.then, Conclude)},
        tables=tuple(writer.facts),
        dated=frozenset(fact for rule in ordered for fact in _dated(rule.when)),
        indexes=tuple(writer.indexes),
        functions=_functions([*writer.functions, *sources], len(sources)),
    )


def fired_ids(ruleset: RuleSet, facts: Facts) -> tuple[frozenset[RuleId], Conclusions]:
    """Which rules fire, and what they conclude: the fast reading, without explanations."""
    tables = {fact: _values(ruleset, facts, fact) for fact in {*ruleset.tables, *(f for f, _ in ruleset.indexes)}}
    rows = [tables[fact] for fact in ruleset.tables]
    indexes = [_index(tables[fact], name) for fact, name in ruleset.indexes]
    fired: list[RuleId] = []
    conclusions: Conclusions = frozenset()
    for stratum in ruleset.functions:
        new = stratum(facts.customer, rows, indexes, conclusions, facts.as_of)
        fired += new
        conclusions |= {ruleset.concludes[rule] for rule in new if rule in ruleset.concludes}
    return frozenset(fired), conclusions


def _values(ruleset: RuleSet, facts: Facts, fact: str) -> Table:
    rows: tuple[Row, ...] = facts.related.get(fact, ())
    return [values_of(row) for row in rows] if fact in ruleset.dated else [row.values for row in rows]


def _index(table: Table, name: str) -> Index:
    index: Index = {}
    for values in table:
        value = values.get(name)
        if value is not None:
            index.setdefault(value, []).append(values)
    return index


def _dated(condition: Condition) -> set[str]:
    """The fact types of which ``condition`` may read how many days ago a row was."""
    exists = [node for node in walk(condition) if isinstance(node, Exists)]
    fact_of = {node.alias: node.fact for node in exists}
    own = {node.fact for node in exists if DAYS_AGO in properties_in(node.where)}
    return own | {fact_of[ref.alias] for ref in refs(condition) if ref.property == DAYS_AGO and ref.alias in fact_of}


def _functions(sources: Iterable[str], strata: int) -> tuple[Stratum, ...]:
    namespace: dict[str, Any] = {}
    code = compile("\n".join(sources), "<rules>", "exec")
    exec(code, namespace)  # noqa: S102  # rules.evaluate.source wrote every word of it; constants are repr'd
    return tuple(namespace[f"s{number}"] for number in range(strata))
