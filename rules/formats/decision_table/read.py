"""The rows of a decision table to rules."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from lark import Token, Tree

from kb.errors import InvalidRule
from kb.model.condition import And, Condition
from kb.model.figures import CustomerProduct
from kb.model.ids import ActionId, ItemId, RuleId
from kb.model.rule import Conclude, Effect, Recommend, Require, Rule
from kb.suggestion import did_you_mean
from ontology.schema import Property, Schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily, KnowledgeStatus, Level
from rules.condition.walk import CUSTOMER
from rules.formats.decision_table.cells import condition_of, text_of
from rules.formats.decision_table.headings import EFFECTS, HEADINGS, REQUIRED, TESTED, EffectKind, Heading
from rules.formats.sentences.grammar import parsed
from rules.formats.sentences.read import SentenceReader
from rules.formats.sentences.terms import TermNames, Terms
from rules.formats.sentences.tokens import trees

Head = Heading | Property


def from_rows(rows: Sequence[Sequence[str]], schema: Schema, *, source: str) -> tuple[Rule, ...]:
    """The rules of a table whose first row has the headings; they tell the language. Empty rows say nothing.

    Raises:
        InvalidRule: A heading or a cell cannot be read; the message names the source, the row and the column.
    """
    filled = [(line, [cell.strip() for cell in row]) for line, row in enumerate(rows, 1) if any(map(str.strip, row))]
    if not filled:
        return ()
    headings, terms = filled[0][1], Terms(schema, _language(filled[0][1]))
    heads = _heads(headings, terms, source)
    return tuple(_Row(terms=terms, place=f"{source}, row {line}", headings=headings, heads=heads, cells=cells).rule()
                 for line, cells in filled[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """The cells of one rule under their heads; messages begin with ``place``."""

    terms: Terms
    place: str
    headings: Sequence[str]
    heads: Sequence[Head]
    cells: Sequence[str]

    def rule(self) -> Rule:
        reader = SentenceReader(terms=self.terms)
        when = self._when(reader)
        return Rule(
            id=RuleId(self._required(Heading.ID)), when=when, then=self._effect(reader, when),
            name=Text(zh=self._required(Heading.NAME_ZH), en=self._required(Heading.NAME_EN)),
            level=Level(self._named(Heading.LEVEL, self.terms.levels()) or Level.APPLICABILITY),
            propensity=self._number(Heading.PROPENSITY), own_propensity=self._product(reader, Heading.OWN_PROPENSITY),
            value=self._number(Heading.VALUE), own_value=self._product(reader, Heading.OWN_VALUE),
            sentence=self._sentence(),
            rests_on=tuple(map(ItemId, self._texts(Heading.RESTS_ON))),
            valid_from=self._instant(Heading.VALID_FROM), valid_to=self._instant(Heading.VALID_TO),
            status=KnowledgeStatus(self._named(Heading.STATUS, self.terms.statuses()) or KnowledgeStatus.PROPOSED),
            author=self._text(Heading.AUTHOR),
            examples=tuple(map(reader.example, trees(self._parsed(Heading.EXAMPLES, "examples")))))

    def _when(self, reader: SentenceReader) -> Condition:
        """One condition as it is; more of them joined by *and*."""
        parts = list(self._tests())
        if self._cell(Heading.FURTHER):
            with self._at(Heading.FURTHER):
                parts += reader.parts(parsed(self._cell(Heading.FURTHER), "parts", self.terms.language))
        if not parts:
            msg = f"{self.place}: no condition is given"
            raise InvalidRule(msg, hint=f"fill a column of tests or {self._heading(Heading.FURTHER)!r}")
        return parts[0] if len(parts) == 1 else And(parts=tuple(parts))

    def _tests(self) -> Iterator[Condition]:
        for head, cell in zip(self.heads, self.cells, strict=False):
            if isinstance(head, Property) and cell:
                with self._at(head):
                    yield condition_of(cell, head, self.terms)

    def _effect(self, reader: SentenceReader, when: Condition) -> Effect:
        language = self.terms.language
        names = TermNames({kind: words.say(language) for kind, words in EFFECTS.items()}, language)
        kind = self._named(Heading.EFFECT, names)
        match kind:
            case EffectKind.RECOMMEND:
                given = self._cell(Heading.ARGUMENTS)
                with self._at(Heading.ARGUMENTS):
                    arguments = reader.arguments(parsed(given, "arguments", self.terms.language), when) if given else {}
                return Recommend(action=ActionId(self._required(Heading.TARGET)), arguments=arguments)
            case EffectKind.CONCLUDE:
                return Conclude(kind=self._required(Heading.TARGET), value=self._required(Heading.ARGUMENTS))
            case EffectKind.ADMIT_FAMILY:
                self._required(Heading.TARGET)
                return Require(family=ActionFamily(str(self._named(Heading.TARGET, self.terms.families()))))
            case EffectKind.ADMIT_ACTION:
                return Require(action=ActionId(self._required(Heading.TARGET)))
        msg = f"{self.place}: no {self._heading(Heading.EFFECT)} is given"
        raise InvalidRule(msg, hint=f"write one of {', '.join(names.labels.values())}")

    def _product(self, reader: SentenceReader, column: Heading) -> CustomerProduct | None:
        with self._at(column):
            cell = self._cell(column)
            return reader.product(parsed(cell, "product", self.terms.language)) if cell else None

    def _sentence(self) -> Text | None:
        if not (self._cell(Heading.BECAUSE_ZH) or self._cell(Heading.BECAUSE_EN)):
            return None
        return Text(zh=self._text(Heading.BECAUSE_ZH), en=self._text(Heading.BECAUSE_EN))

    def _parsed(self, column: Heading, start: str) -> Tree[Token]:
        with self._at(column):
            return parsed(self._cell(column), start, self.terms.language)

    def _named(self, column: Heading, names: TermNames) -> str | None:
        """The notation of a label, or of a notation in quotes; ``None`` where the cell is empty."""
        given = self._text(column)
        found = given if given in names.labels else names.meant(given)
        if found is None and given:
            msg = f"{self.place}, {self._heading(column)}: unknown name {given!r}"
            raise InvalidRule(msg, hint=did_you_mean(given, names.labels.values()))
        return found

    def _number(self, column: Heading) -> float | None:
        cell = self._cell(column)
        try:
            return float(cell) if cell else None
        except ValueError as fault:
            msg = f"{self.place}, {self._heading(column)}: {cell!r} is no number"
            raise InvalidRule(msg, hint="write digits, with a point before the decimals") from fault

    def _instant(self, column: Heading) -> int | None:
        cell = self._cell(column)
        try:
            given = datetime.fromisoformat(cell) if cell else None
        except ValueError as fault:
            msg = f"{self.place}, {self._heading(column)}: {cell!r} is no instant"
            raise InvalidRule(msg, hint="write it like 2018-01-01T00:00:00Z") from fault
        return None if given is None else int((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp())

    def _required(self, column: Heading) -> str:
        if not self._cell(column):
            msg = f"{self.place}: no {self._heading(column)} is given"
            raise InvalidRule(msg, hint='write "" for an empty text')
        return self._text(column)

    def _text(self, column: Heading) -> str:
        with self._at(column):
            return text_of(self._cell(column))

    def _texts(self, column: Heading) -> list[str]:
        """The texts of a cell with a line for each."""
        with self._at(column):
            return [text_of(line.strip()) for line in self._cell(column).split("\n") if line.strip()]

    def _cell(self, column: Heading) -> str:
        return next((cell for head, cell in zip(self.heads, self.cells, strict=False) if head == column), "")

    def _heading(self, head: Head) -> str:
        return next((heading for known, heading in zip(self.heads, self.headings, strict=True) if known == head),
                    str(head))

    @contextmanager
    def _at(self, head: Head) -> Iterator[None]:
        """Tell row and column of what is refused."""
        try:
            yield
        except InvalidRule as fault:
            msg = f"{self.place}, {self._heading(head)}: {fault.message}"
            raise InvalidRule(msg, hint=fault.hint) from fault


def _language(headings: Sequence[str]) -> str:
    return "zh" if HEADINGS[Heading.ID].zh in headings else "en"


def _heads(headings: Sequence[str], terms: Terms, source: str) -> list[Head]:
    """What each column holds.

    Raises:
        InvalidRule: A heading is unknown or stands twice, or a column that each rule needs is missing.
    """
    fixed = {words.say(terms.language): column for column, words in HEADINGS.items()}
    named: Mapping[str, Head] = {**fixed, **_tested(terms)}
    for heading in headings:
        if heading not in named or headings.count(heading) > 1:
            msg = f"{source}: {'two columns are' if heading in named else 'no rule has a column'} called {heading!r}"
            raise InvalidRule(msg, hint=did_you_mean(heading, named))
    missing = [HEADINGS[column].say(terms.language) for column in REQUIRED if column not in map(named.get, headings)]
    if missing:
        msg = f"{source}: the first row has no column {', '.join(missing)}"
        raise InvalidRule(msg, hint="export some rules to see the columns of a table")
    return [named[heading] for heading in headings]


def _tested(terms: Terms) -> dict[str, Head]:
    """The headings of the properties of the customer: by label, and by notation."""
    names = terms.properties(CUSTOMER)
    known = terms.schema.facts[CUSTOMER].properties
    return {TESTED.say(terms.language).format(name=said): prop
            for prop in known.values() for said in (names.said(prop.name), f'"{prop.name}"', prop.name)}
