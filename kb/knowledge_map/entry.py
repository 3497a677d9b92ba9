"""The form of one entry of the map, and values in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kb.facts.moment import Moment
from kb.model.condition import Scalar
from kb.model.pattern import iso_instant
from ontology.quantities import NO, YES, quantity
from ontology.schema import Property, Schema
from ontology.text import Text

Json = dict[str, Any]
_SAID = Text(zh="{label}：{value}", en="{label}: {value}")


@dataclass(frozen=True, slots=True)
class ValueWords:
    """The ontology's and the data's words for what the facts hold."""

    schema: Schema
    labels: Mapping[str, Text]

    def term(self, vocabulary: str, notation: Scalar) -> Text:
        """What people call a term of a vocabulary, or a name of the data."""
        known = self.schema.labels.get(f"{vocabulary}.{notation}")
        return known or self.labels.get(str(notation)) or Text.same(str(notation))

    def value(self, prop: Property, value: Scalar) -> Text:
        """A value of a property as a person reads it."""
        match value:
            case bool():
                return YES if value else NO
            case str():
                return self.term(prop.vocabulary or prop.name, value)
        return self.number(value, prop.unit)

    def number(self, value: float, unit: str | None) -> Text:
        """A number with its unit."""
        return quantity(value, unit, self.schema.label("unit", str(unit)))


def entry(entry_id: str, label: Text, statement: Text, **more: Any) -> Json:
    """An entry: ``id``, ``label`` and ``statement`` in both languages, then whatever is known of it.

    ``Text`` values become objects with ``zh`` and ``en``; what is ``None`` is left out.
    """
    plain = {name: plain_text(value) if isinstance(value, Text) else value for name, value in more.items()}
    return {"id": entry_id, "label": plain_text(label), "statement": plain_text(statement),
            **{name: value for name, value in plain.items() if value is not None}}


def said(label: Text, value: Text) -> Text:
    """The statement that gives a label its value.

    >>> said(Text(zh="年龄", en="age"), Text.same("30")).zh
    '年龄：30'
    """
    return _SAID.fill(label=label, value=value)


def aged(at: int | None, moment: Moment) -> Json:
    """``since`` and ``age_days`` of what stands since an instant; nothing where that is unknown."""
    return {} if at is None else {"since": iso_instant(at), "age_days": max(0, moment.days_ago(at))}


def measured(at: int | None, moment: Moment) -> Json:
    """``as_of`` and ``age_days`` of what was computed at an instant; nothing where that is unknown."""
    return {} if at is None else {"as_of": iso_instant(at), "age_days": max(0, moment.days_ago(at))}


def evidence(words: Text, **more: Any) -> Json:
    """What an entry rests on: in words, and what a program can follow."""
    return plain_text(words) | {name: value for name, value in more.items() if value is not None}


def plain_text(text: Text) -> Json:
    """A text as a JSON object."""
    return {"zh": text.zh, "en": text.en}
