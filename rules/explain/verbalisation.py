"""A speaker of conditions: words for values from the ontology and the data's labels, word order from the phrases."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kb.model.condition import And, Concluded, Condition, Exists, Known, Not, Op, Or, Ref, Scalar, Test, Unknown
from kb.model.quantile import standing
from kb.model.rule import Conclude, Effect, Recommend, Rule
from ontology.quantities import CURRENCY_LABEL, NO, YES, money, quantity
from ontology.schema import Property, PropertyType, Schema
from ontology.text import Text
from ontology.vocabulary import Unit
from rules.condition.operators import OPERATORS, Shape
from rules.condition.walk import CUSTOMER, conjuncts
from rules.explain import phrases
from rules.explain.phrases import joined, listed

_FOUND_DECIMALS = 4
_WINDOW = re.compile(r"orders_(\d+)d|orders_all")
_GAP = re.compile("(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
"""A space between two Chinese characters: the phrases put one before numbers."""


def sentence(said: Condition | Rule, schema: Schema, labels: Mapping[str, Text]) -> Text:
    """A condition or a whole rule as a sentence in both languages.

    Args:
        said: What to say. A test of a row outside its ``Exists`` is told with that row's labels.
        schema: Labels of fact types, properties and vocabularies.
        labels: Words for values that come from the data: categories, knowledge items, actions.

    >>> from ontology.schema import load_schema
    >>> complaint = And(parts=(Test(property="kind", op=Op.EQ, operand="complaint"),
    ...                        Test(property="days_ago", op=Op.LT, operand=30)))
    >>> sentence(Exists(fact="interaction", alias="c", where=complaint, at_least=0, at_most=0), load_schema(), {})
    Text(zh='近 30 天没有投诉记录', en='no complaint on record in the last 30 days')
    """
    speaker = _Speaker(schema=schema, labels=labels)
    if isinstance(said, Rule):
        text = phrases.RULE.fill(condition=speaker.say(said.when), effect=speaker.effect(said.then))
    else:
        text = speaker.say(said)
    return close_gaps(text)


def close_gaps(text: Text) -> Text:
    """The text without the spaces that phrases put before a value which then begins with a Chinese character.

    >>> close_gaps(Text(zh="从 否 变为 是，共 3 天", en="from no to yes")).zh
    '从否变为是，共 3 天'
    """
    return Text(zh=_GAP.sub("", text.zh), en=text.en)


def value_words(fact: str, name: str, value: Scalar, schema: Schema, labels: Mapping[str, Text]) -> Text:
    """One value of the property ``name`` as sentences tell it, with its unit and all its digits.

    >>> from ontology.schema import load_schema
    >>> value_words("customer", "recency_days", 31, load_schema(), {})
    Text(zh='31 天', en='31 days')
    """
    speaker = _Speaker(schema=schema, labels=labels, fact=fact)
    return speaker.value(speaker.known(name), value)


def found_value(value: Scalar) -> Scalar:
    """What a customer's value is told as beside a bound: four decimals, so that it is not told as the bound it misses.

    >>> found_value(0.899631), found_value(31), found_value("web")
    (0.8996, 31, 'web')
    """
    return round(value, _FOUND_DECIMALS) if isinstance(value, float) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Speaker:
    """Says conditions whose tests read ``fact``; ``facts`` tells the fact type of each alias in scope."""

    schema: Schema
    labels: Mapping[str, Text]
    fact: str = CUSTOMER
    facts: Mapping[str, str] = field(default_factory=lambda: {CUSTOMER: CUSTOMER})

    def say(self, condition: Condition) -> Text:
        match condition:
            case Test():
                return self._test(condition)
            case Known(property=name):
                return phrases.IS_KNOWN.fill(name=self.known(name).labels)
            case Unknown(property=name):
                return phrases.IS_UNKNOWN.fill(name=self.known(name).labels)
            case And(parts=parts):
                return joined([self._inside(part, Or) for part in parts], phrases.AND) if parts else phrases.ALWAYS
            case Or(parts=(Test(property=name, op=Op.EQ, operand=bool()) as test, Unknown(property=again))) \
                    if name == again:
                return joined([self._test(test), phrases.OR_UNKNOWN], Text.same(""))
            case Or(parts=parts):
                return joined([self._inside(part, And) for part in parts], phrases.OR) if parts else phrases.NEVER
            case Not(part=part):
                return self._denied(part)
            case Concluded(kind=kind, value=value):
                return phrases.CONCLUDED.fill(kind=self._word(kind), value=self._word(value))
            case Exists():
                return self._rows(condition)

    def effect(self, effect: Effect) -> Text:
        match effect:
            case Recommend(action=action):
                return phrases.RECOMMEND.fill(action=self._word(action))
            case Conclude(kind=kind, value=value):
                return phrases.CONCLUDE.fill(kind=self._word(kind), value=self._word(value))
            case _ if effect.family is not None:
                return phrases.REQUIRE.fill(target=self.schema.label("action_family", effect.family))
            case _:
                return phrases.REQUIRE.fill(target=self._word(str(effect.action)))

    def _inside(self, part: Condition, bracketed: type[And | Or]) -> Text:
        said = self.say(part)
        needs_brackets = isinstance(part, bracketed) and len(part.parts) > 1
        return phrases.BRACKETED.fill(words=said) if needs_brackets else said

    def _denied(self, part: Condition) -> Text:
        match part:
            case Concluded(kind=kind, value=value):
                return phrases.NOT_CONCLUDED.fill(kind=self._word(kind), value=self._word(value))
            case Exists(at_least=1, at_most=None):
                return self.say(replace(part, at_least=0, at_most=0))
            case Exists(at_least=0, at_most=0):
                return self.say(replace(part, at_least=1, at_most=None))
            case _:
                return phrases.NOT.fill(words=self.say(part))

    def _test(self, test: Test) -> Text:
        known, row = self.known(test.property), OPERATORS[test.op]
        match row.shape, test.operand:
            case _, Ref(alias=alias, property=name):
                other = replace(self, fact=self.facts.get(alias, alias))
                value = phrases.OF_OTHER.fill(fact=other.fact_label(), name=other.known(name).labels)
                return row.phrase.fill(name=known.labels, value=value)
            case _, bool() as flag:
                is_yes = flag is (test.op is Op.EQ)
                return (phrases.IS_TRUE if is_yes else phrases.IS_FALSE).fill(name=known.labels)
            case Shape.RANGE, (low, high):
                return row.phrase.fill(name=known.labels, low=self.value(known, low), high=self.value(known, high))
            case _, tuple() as members:
                said = [self.value(known, member) for member in members]
                return row.phrase.fill(name=known.labels, value=listed(said))
            case _, value:
                told = row.phrase.fill(name=known.labels, value=self.value(known, value))
                return self._standing(test, told)

    def _standing(self, test: Test, said: Text) -> Text:
        """The test with where its constant stands in the base, if it is a quantile and somebody has counted."""
        quantile = test.quantile
        where = None if quantile is None else standing(quantile, self.known(quantile.of or test.property).labels)
        return said if where is None else phrases.WHERE.fill(words=said, tests=where)

    def _rows(self, exists: Exists) -> Text:
        frame = phrases.FRAMES[exists.fact]
        inside = replace(self, fact=exists.fact, facts={**self.facts, exists.alias: exists.fact})
        parts = conjuncts(exists.where)
        named = next((part for part in parts if isinstance(part, Test) and part.property == frame.names
                      and part.op in {Op.EQ, Op.IN} and not isinstance(part.operand, Ref)), None)
        dated = next((part for part in parts if _days(part) is not None), None)
        told = (named, dated, *(part for part in parts if named and _reads(part, frame.implied)))
        rest = [inside.say(part) for part in parts if not any(part is one for one in told)]
        words = _framed(frame, exists).fill(what=inside.subject(named), when=_when(dated), count=_count(exists))
        return phrases.WHERE.fill(words=words, tests=joined(rest, phrases.AND)) if rest else words

    def subject(self, named: Test | None) -> Text:
        """What the value of the naming test calls the rows, or else their fact type."""
        if named is None:
            return self.fact_label()
        known = self.known(named.property)
        values = named.operand if isinstance(named.operand, tuple) else (named.operand,)
        return listed([self.value(known, value) for value in values if not isinstance(value, Ref)])

    def fact_label(self) -> Text:
        known = self.schema.facts.get(self.fact)
        return known.labels if known else Text.same(self.fact)

    def known(self, name: str) -> Property:
        """The property of the fact in scope; of another fact type where a row's test is told alone."""
        facts = (self.schema.facts[self.fact], *self.schema.facts.values()) if self.fact in self.schema.facts else ()
        found = next((fact.properties[name] for fact in facts if name in fact.properties), None)
        return found or Property(name=name, type=PropertyType.STRING, labels=Text.same(name))

    def value(self, known: Property, value: Scalar) -> Text:
        if isinstance(value, str):
            return self.schema.labels.get(f"{known.vocabulary or known.name}.{value}") or self._word(value)
        if isinstance(value, bool):
            return YES if value else NO
        currency = self.labels.get(CURRENCY_LABEL) if known.unit == Unit.CURRENCY else None
        if currency is not None:
            return money(value, currency.en, exact=True)
        return quantity(value, known.unit, self.schema.label("unit", str(known.unit)), exact=True)

    def _word(self, word: str) -> Text:
        return self.labels.get(word) or Text.same(word)


def _reads(part: Condition, name: str | None) -> bool:
    return isinstance(part, Test) and part.property == name


def _framed(frame: phrases.Phrasing, exists: Exists) -> Text:
    if (exists.at_least, exists.at_most) == (1, None):
        return frame.some
    return frame.none if exists.at_most == 0 else frame.many


def _count(exists: Exists) -> Text:
    least, most = exists.at_least, exists.at_most
    if most is None:
        return phrases.AT_LEAST.fill(least=least)
    if least == most:
        return phrases.EXACTLY.fill(least=least)
    return (phrases.FROM_TO if least else phrases.AT_MOST).fill(least=least, most=most)


def _days(part: Condition) -> int | None:
    """The window in days that a test says, 0 for all time; ``None`` where it says no window."""
    match part:
        case Test(property="days_ago", op=Op.LT, operand=int(days)):
            return days
        case Test(property=name, op=Op.GE, operand=1) if found := _WINDOW.fullmatch(name):
            return int(found[1] or 0)
    return None


def _when(dated: Condition | None) -> Text:
    days = None if dated is None else _days(dated)
    if not days:
        return Text.same("")
    said = phrases.DAYS.fill(days=days)
    return Text(zh=said.zh, en=f" {said.en}")
