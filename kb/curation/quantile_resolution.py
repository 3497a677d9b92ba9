"""Rules whose constants are quantiles, with the constants of one base in them.

This happens when a release is made, or drafted, and the release keeps the constants: the engine, the other readings,
the sentences and a replay years later all read plain numbers. In the store, in files and on the desk of whoever edits
it a rule stays as it was written.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

from kb.facts.distribution import Distributions
from kb.knowledge_map.entry import ValueWords
from kb.model.condition import Test
from kb.model.quantile import quantiles_in, rewritten, standing
from kb.model.rule import Rule
from ontology.schema import Property, PropertyType, Schema, load_schema
from ontology.text import Text

_WITH = Text(zh="{value}（{standing}）", en="{value} ({standing})")


def resolved(rule: Rule, found: Distributions, schema: Schema | None = None) -> Rule:
    """The rule with the base's constants, in its condition and in the ``{property op}`` places of its sentence.

    A constant of which the base knows too little stays as it was written.
    """
    when = rewritten(rule.when, lambda test, fact: _resolved(test, fact, found))
    if rule.sentence is None:
        return replace(rule, when=when)
    text = rule.sentence
    for place, words in _places(replace(rule, when=when), schema or load_schema()):
        text = Text(zh=text.zh.replace(place, words.zh), en=text.en.replace(place, words.en))
    return replace(rule, when=when, sentence=text)


def _resolved(test: Test, fact: str, found: Distributions) -> Test:
    quantile = test.quantile
    assert quantile is not None  # noqa: S101  # those without one are not rewritten
    mark = found.mark(fact, quantile.of or test.property, quantile.at)
    if mark is None:
        return test
    written = test.operand if quantile.written is None else quantile.written
    assert isinstance(written, int | float)  # noqa: S101  # no other has a quantile, ``rules.lint.condition``
    value = math.ceil(mark.value) if isinstance(written, int) else float(mark.value)  # a count stays a count
    return replace(test, operand=value, quantile=replace(quantile, written=written, share=mark.share))


def _places(rule: Rule, schema: Schema) -> Iterator[tuple[str, Text]]:
    for test, quantile in quantiles_in(rule.when):
        known, words = _property(schema, test.property), ValueWords(schema, {})
        assert isinstance(test.operand, int | float)  # noqa: S101  # as above
        value = words.number(test.operand, known.unit)
        where = standing(quantile, _property(schema, quantile.of or test.property).labels)
        if where is not None:
            value = _WITH.fill(value=value, standing=where)
        yield f"{{{test.property} {test.op.value}}}", value


def _property(schema: Schema, name: str) -> Property:
    """The property of that name of the first fact type that has it: a sentence does not say which row it reads."""
    found = next((fact.properties[name] for fact in schema.facts.values() if name in fact.properties), None)
    return found or Property(name=name, type=PropertyType.NUMBER, labels=Text.same(name))
