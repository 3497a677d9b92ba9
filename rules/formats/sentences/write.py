"""Rules to sentences of the controlled language."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

from kb.model.condition import ALWAYS, And, Concluded, Condition, Exists, Known, Not, Or, Ref, Scalar, Test, Unknown
from kb.model.figures import SCORE, CustomerFigure, CustomerProduct
from kb.model.quantile import as_written
from kb.model.rule import Conclude, Effect, Example, Recommend, Rule
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus, Level
from rules.condition.operators import OPERATORS, Shape
from rules.condition.walk import CUSTOMER, facts_of
from rules.formats.sentences.terms import TermNames, Terms, quoted
from rules.formats.sentences.words import WORDS

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceWriter:
    """Writes conditions whose tests read ``fact``; ``facts`` tells the fact type of each alias."""

    terms: Terms
    fact: str = CUSTOMER
    facts: Mapping[str, str] = field(default_factory=lambda: {CUSTOMER: CUSTOMER})

    def rule(self, rule: Rule) -> str:
        """A whole rule, a line for each thing that is said of it."""
        rule = replace(rule, when=as_written(rule.when))
        lines = [
            f"{self.word('_RULE')} {quoted(rule.id)}{self._dot()}",
            self._line("_NAME", self._bilingual(rule.name)), self._line("_AUTHOR", quoted(rule.author)),
            f"{self.word('_IF')} {self._laid_out(rule.when)}",
            f"{self.effect(rule.then, rule.when)}{self._dot()}",
            *self._more(rule), *map(self.example, rule.examples)]
        return "\n".join(lines) + "\n"

    def condition(self, condition: Condition) -> str:
        """A condition, on one line."""
        match condition:
            case And(parts=(_, _, *_)):
                return f" {self.word('_AND')} ".join(map(self.part, condition.parts))
            case Or(parts=(_, _, *_)):
                return f" {self.word('_OR')} ".join(map(self.part, condition.parts))
            case _:
                return self.part(condition)

    def part(self, condition: Condition) -> str:
        """A condition that may be joined with others by *and*: in brackets where it has parts of its own."""
        match condition:
            case And(parts=(_, _, *_)) | Or(parts=(_, _, *_)):
                return self._bracketed(self.condition(condition))
            case And(parts=parts):
                return self._wrapped("_ALL", parts[0]) if parts else self.word("_ALWAYS")
            case Or(parts=parts):
                return self._wrapped("_ANY", parts[0]) if parts else self.word("_NEVER")
            case Not(part=part):
                return self._wrapped("_NOT", part)
            case Known(property=name):
                return f"{self.property(name)} {self.word('_KNOWN')}"
            case Unknown(property=name):
                return f"{self.property(name)} {self.word('_UNKNOWN')}"
            case Concluded(kind=kind, value=value):
                return f"{self.word('_CONCLUDED')} {quoted(kind)} {self.word('EQ')} {quoted(value)}"
            case Test():
                return f"{self.property(condition.property)} {self._compared(condition)}"
            case Exists():
                return self._rows(condition)

    def effect(self, effect: Effect, when: Condition) -> str:
        """What a rule does; ``when`` tells the rows that its arguments are read from."""
        match effect:
            case Recommend(action=action, arguments=given):
                said = f"{self.word('_RECOMMEND')} {quoted(action)}"
                return f"{said} {self.word('_WITH')} {self.arguments(given, when)}" if given else said
            case Conclude(kind=kind, value=value):
                return f"{self.word('_CONCLUDE')} {quoted(kind)} {self.word('EQ')} {quoted(value)}"
            case _ if effect.family is not None:
                return f"{self.word('_ADMIT_FAMILY')} {self.terms.families().said(effect.family)}"
            case _:
                return f"{self.word('_ADMIT_ACTION')} {quoted(str(effect.action))}"

    def arguments(self, given: Mapping[str, Scalar | Ref], when: Condition) -> str:
        """The arguments of an action."""
        inside = replace(self, facts=facts_of(when))
        return self._list(f"{quoted(name)} = {inside.operand(None, value)}" for name, value in given.items())

    def product(self, product: CustomerProduct) -> str:
        """A share of numbers of the customer."""
        share = [] if product.share == 1.0 else [number(product.share)]
        return " * ".join([*share, *map(self._figure, product.figures)])

    def example(self, example: Example) -> str:
        """An example, on one line."""
        given = [self._row(CUSTOMER, example.customer)] if example.customer else []
        for fact, rows in example.related.items():
            given += [self._row(fact, row) for row in rows] or [
                f"{self.word('_WITHOUT')} {self.terms.facts().said(fact)}"]
        given += [f"{self.word('_CONCLUSION')} {quoted(kind)} = {quoted(value)}" for kind, value in example.conclusions]
        fires = self.word("FIRES" if example.fires else "FIRES_NOT")
        said = f"{self.word('_EXAMPLE')} {quoted(example.name)} {fires}"
        return f"{said}{self._colon()}{self._list(given)}{self._dot()}" if given else f"{said}{self._dot()}"

    def word(self, terminal: str) -> str:
        """The word of a terminal."""
        return WORDS[terminal].say(self.terms.language)

    def _figure(self, figure: CustomerFigure) -> str:
        if figure.item is None:
            return self.property(figure.property)
        return f"{self.word('_SCORE' if figure.property == SCORE else '_AMOUNT')} {quoted(figure.item)}"

    def _more(self, rule: Rule) -> Iterator[str]:
        """The lines of what differs from its default."""
        terms = self.terms
        said = {
            "_LEVEL": None if rule.level is Level.APPLICABILITY else terms.levels().said(rule.level),
            "_PROPENSITY": _if_any(rule.propensity, number),
            "_OWN_PROPENSITY": _if_any(rule.own_propensity, self.product),
            "_VALUE": _if_any(rule.value, number),
            "_OWN_VALUE": _if_any(rule.own_value, self.product),
            "_BECAUSE": _if_any(rule.sentence, self._bilingual),
            "_RESTS_ON": self._list(map(quoted, rule.rests_on)) or None,
            "_VALID_FROM": _if_any(rule.valid_from, instant),
            "_VALID_TO": _if_any(rule.valid_to, instant),
            "_STATUS": None if rule.status is KnowledgeStatus.PROPOSED else terms.statuses().said(rule.status),
        }
        return (self._line(terminal, words) for terminal, words in said.items() if words is not None)

    def _laid_out(self, when: Condition) -> str:
        """A condition with each of its outermost parts on a line of its own."""
        match when:
            case And(parts=(_, _, *_)):
                return f"\n  {self.word('_AND')} ".join(map(self.part, when.parts))
            case Or(parts=(_, _, *_)):
                return f"\n  {self.word('_OR')} ".join(map(self.part, when.parts))
            case _:
                return self.part(when)

    def _compared(self, test: Test) -> str:
        word = self.word(test.op.name)
        match OPERATORS[test.op].shape, test.operand:
            case Shape.RANGE, (low, high):
                return f"{word} {_constant(low)} {self.word('_AND_HIGH')} {_constant(high)}"
            case _, tuple() as members:
                return self._of(word, self._list(self.operand(test.property, member) for member in members))
            case _, operand:
                return f"{word} {self.operand(test.property, operand)}{self._quantile(test)}"

    def _quantile(self, test: Test) -> str:
        """What the constant is a quantile of; nothing where it is a constant alone."""
        if test.quantile is None:
            return ""
        said = f" {self.word('_QUANTILE')} {number(test.quantile.at)}"
        of = test.quantile.of
        return said if of is None else f"{said} {self.word('_RANKED')} {self.property(of)}"

    def _rows(self, exists: Exists) -> str:
        said = f"{self._count(exists)} {self.terms.facts().said(exists.fact)}"
        if exists.alias != exists.fact:
            said += f" {self.word('_CALLED')} {exists.alias}"
        if exists.where == ALWAYS:
            return said
        inside = replace(self, fact=exists.fact, facts={**self.facts, exists.alias: exists.fact})
        return self._of(f"{said} {self.word('_WHERE')}", inside.condition(exists.where))

    def _count(self, exists: Exists) -> str:
        match exists.at_least, exists.at_most:
            case 1, None:
                return self.word("SOME")
            case 0, 0:
                return self.word("NONE")
            case least, None:
                said = f"{self.word('_AT_LEAST')} {least}"
            case 0, most:
                said = f"{self.word('_AT_MOST')} {most}"
            case least, most:
                said = f"{least} {self.word('_TO')} {most}"
        return f"{self.word('_MANY')} {said} {self.word('_ROWS')}"

    def operand(self, name: str | None, value: Scalar | Ref | tuple[Scalar, ...]) -> str:
        """A value as the property called ``name`` has it; of no property where it is ``None``."""
        match value:
            case Ref(alias=alias, property=other):
                return f"{self.terms.owner(alias)} {self.terms.properties(self.facts.get(alias, alias)).said(other)}"
            case bool():
                return self.word("YES" if value else "NO")
            case str():
                return self._choices(name).said(value)
            case _:
                return _constant(value)

    def _choices(self, name: str | None) -> TermNames:
        known = None if name is None else self.terms.property(self.fact, name)
        return self.terms.values(known) if known else TermNames({}, self.terms.language)

    def _row(self, fact: str, values: Mapping[str, Scalar]) -> str:
        inside = replace(self, fact=fact)
        told = (f"{inside.property(name)} = {inside.operand(name, value)}" for name, value in values.items())
        return self._of(self.terms.facts().said(fact), self._list(told))

    def property(self, name: str) -> str:
        """A property of the fact in scope."""
        return self.terms.properties(self.fact).said(name)

    def _wrapped(self, terminal: str, part: Condition) -> str:
        return self._of(self.word(terminal), self.condition(part))

    def _bilingual(self, text: Text) -> str:
        return self._list([f"{self.word('_ZH')} {quoted(text.zh)}", f"{self.word('_EN')} {quoted(text.en)}"])

    def _line(self, terminal: str, said: str) -> str:
        return f"{self.word(terminal)}{self._colon()}{said}{self._dot()}"

    def _of(self, head: str, said: str) -> str:
        return f"{head}{'' if self.terms.language == 'zh' else ' '}{self._bracketed(said)}"

    def _bracketed(self, said: str) -> str:
        return f"（{said}）" if self.terms.language == "zh" else f"({said})"

    def _list(self, parts: Iterable[str]) -> str:
        return ("；" if self.terms.language == "zh" else "; ").join(parts)

    def _colon(self) -> str:
        return "：" if self.terms.language == "zh" else ": "

    def _dot(self) -> str:
        return "。" if self.terms.language == "zh" else "."


def number(value: float) -> str:
    """The shortest digits that read as this number, with a point where it is a float.

    >>> number(3), number(3.0), number(1e-9)
    ('3', '3.0', '1e-09')
    """
    return repr(value)


def instant(epoch_seconds: int) -> str:
    """An instant as ISO 8601 in UTC.

    >>> instant(1514764800)
    '2018-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(epoch_seconds, tz=UTC).isoformat().replace("+00:00", "Z")


def _constant(value: object) -> str:
    return quoted(value) if isinstance(value, str) else repr(value)


def _if_any(value: Value | None, say: Callable[[Value], str]) -> str | None:
    return None if value is None else say(value)
