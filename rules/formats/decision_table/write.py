"""Rules to the rows of a decision table."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kb.model.condition import And, Condition, Known, Test, Unknown
from kb.model.figures import CustomerProduct
from kb.model.quantile import as_written
from kb.model.rule import Conclude, Recommend, Rule
from ontology.schema import Schema
from rules.condition.walk import CUSTOMER
from rules.formats.decision_table import headings
from rules.formats.decision_table.cells import is_simple, shielded, test_cell, text_cell
from rules.formats.decision_table.headings import AFTER_TESTS, BEFORE_TESTS, HEADINGS, EffectKind, Heading
from rules.formats.sentences.terms import Terms
from rules.formats.sentences.write import SentenceWriter, instant, number


def to_rows(rules: Sequence[Rule], schema: Schema, language: str) -> list[list[str]]:
    """The headings, and a row of cells for each rule; an empty cell says nothing."""
    terms = Terms(schema, language)
    rules = [replace(rule, when=as_written(rule.when)) for rule in rules]
    tested = _tested(rules, terms)
    names = terms.properties(CUSTOMER)
    heads = [HEADINGS[column].say(language) for column in BEFORE_TESTS]
    heads += [headings.TESTED.say(language).format(name=names.said(name)) for name in tested]
    heads += [HEADINGS[column].say(language) for column in AFTER_TESTS]
    return [heads, *(_row(rule, tested, terms) for rule in rules)]


def _row(rule: Rule, tested: Sequence[str], terms: Terms) -> list[str]:
    tests, further = _split(rule.when, tested, terms)
    cells = _cells(rule, terms) | {Heading.FURTHER: _further(further, rule, terms)}
    return [*(cells[column] for column in BEFORE_TESTS), *(tests.get(name, "") for name in tested),
            *(cells[column] for column in AFTER_TESTS)]


def _cells(rule: Rule, terms: Terms) -> dict[Heading, str]:
    writer = SentenceWriter(terms=terms)
    kind, target, arguments = _effect(rule, terms)
    sentence = rule.sentence
    return {
        Heading.ID: text_cell(rule.id),
        Heading.NAME_ZH: text_cell(rule.name.zh), Heading.NAME_EN: text_cell(rule.name.en),
        Heading.EFFECT: headings.EFFECTS[kind].say(terms.language), Heading.TARGET: target,
        Heading.ARGUMENTS: shielded(arguments),
        Heading.LEVEL: terms.levels().called(rule.level),
        Heading.PROPENSITY: "" if rule.propensity is None else number(rule.propensity),
        Heading.OWN_PROPENSITY: _product(rule.own_propensity, writer),
        Heading.VALUE: "" if rule.value is None else number(rule.value),
        Heading.OWN_VALUE: _product(rule.own_value, writer),
        Heading.BECAUSE_ZH: "" if sentence is None else text_cell(sentence.zh),
        Heading.BECAUSE_EN: "" if sentence is None else text_cell(sentence.en),
        Heading.VALID_FROM: "" if rule.valid_from is None else instant(rule.valid_from),
        Heading.VALID_TO: "" if rule.valid_to is None else instant(rule.valid_to),
        Heading.STATUS: terms.statuses().called(rule.status), Heading.AUTHOR: text_cell(rule.author),
        Heading.RESTS_ON: "\n".join(map(text_cell, rule.rests_on)),
        Heading.EXAMPLES: shielded("\n".join(map(writer.example, rule.examples))),
    }


def _product(product: CustomerProduct | None, writer: SentenceWriter) -> str:
    return "" if product is None else shielded(writer.product(product))


def _effect(rule: Rule, terms: Terms) -> tuple[EffectKind, str, str]:
    """Kind, target and arguments; what a conclusion is stands where an action has its arguments."""
    match rule.then:
        case Recommend(action=action, arguments=arguments):
            return EffectKind.RECOMMEND, text_cell(action), SentenceWriter(terms=terms).arguments(arguments, rule.when)
        case Conclude(kind=kind, value=value):
            return EffectKind.CONCLUDE, text_cell(kind), text_cell(value)
        case required if required.family is not None:
            return EffectKind.ADMIT_FAMILY, terms.families().called(required.family), ""
        case required:
            return EffectKind.ADMIT_ACTION, text_cell(str(required.action)), ""


def _further(parts: Sequence[Condition] | None, rule: Rule, terms: Terms) -> str:
    writer = SentenceWriter(terms=terms)
    if parts is None:
        return shielded(writer.part(rule.when))
    return shielded(f" {writer.word('_AND')} ".join(map(writer.part, parts)))


def _split(when: Condition, tested: Sequence[str], terms: Terms) -> tuple[dict[str, str], Sequence[Condition] | None]:
    """The cells of the leading tests that stand in the order of the columns, and the parts that follow them.

    A row of one cell, or of one further condition, is that condition; a row of more is their *and*. So an *and* of
    one part or of none stands whole in the column for further conditions (``None``).
    """
    parts = _joined(when)
    if parts is None:
        return {}, None
    cells: dict[str, str] = {}
    last = -1
    for place, part in enumerate(parts):
        name = _simple(part, terms)
        if name is None or name not in tested or tested.index(name) <= last:
            return cells, parts[place:]
        last = tested.index(name)
        cells[name] = test_cell(part, terms.schema.facts[CUSTOMER].properties[name], terms)
    return cells, ()


def _joined(when: Condition) -> tuple[Condition, ...] | None:
    match when:
        case And(parts=(_, _, *_)):
            return when.parts
        case Test() | Known() | Unknown():
            return (when,)
        case _:
            return None


def _tested(rules: Sequence[Rule], terms: Terms) -> list[str]:
    """The properties that get a column, so ordered that most rules can be laid out along them."""
    order: list[str] = []
    for rule in rules:
        last = -1
        for name in _leading(rule, terms):
            if name not in order:
                order.insert(last + 1, name)
            if order.index(name) <= last:
                break
            last = order.index(name)
    return order


def _leading(rule: Rule, terms: Terms) -> Iterator[str]:
    for part in _joined(rule.when) or ():
        name = _simple(part, terms)
        if name is None:
            return
        yield name


def _simple(part: Condition, terms: Terms) -> str | None:
    """The property of a simple test; ``None`` for what needs a sentence."""
    return part.property if isinstance(part, Test | Known | Unknown) and is_simple(part, terms) else None
