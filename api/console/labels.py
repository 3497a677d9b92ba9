"""What the ontology and the data call things, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from api.console.figures import figure
from api.console.words import Language
from kb.knowledge_map.entry import ValueWords

_CURRENCY = "currency"


def term(words: ValueWords, vocabulary: str, notation: str, language: Language) -> str:
    """The label of a vocabulary's term, of a fact's property or of a name of the data.

    >>> from ontology.schema import load_schema
    >>> term(ValueWords(load_schema(), {}), "channel", "phone", "zh")
    '电话'
    """
    return words.term(vocabulary, notation).say(language).replace("_", " ")


def read_value(words: ValueWords, read: Mapping[str, Any], language: Language) -> str:
    """The value that a rule read of a fact, as the fact's property is told."""
    properties = words.schema.facts[read["fact"]].properties
    prop = properties.get(read["property"])
    return str(read["value"]) if prop is None else words.value(prop, read["value"]).say(language)


def spoken_value(words: ValueWords, entry: Mapping[str, Any], currency: str, language: Language) -> str:
    """The value of a map's entry: in its own words where it has them, else with its unit.

    Money is in the base's currency.

    >>> from ontology.schema import load_schema
    >>> known = ValueWords(load_schema(), {})
    >>> spoken_value(known, {"value": "BEEF", "value_text": {"zh": "牛肉", "en": "Beef"}}, "USD", "zh")
    '牛肉'
    >>> spoken_value(known, {"value": 12.5, "unit": "currency"}, "USD", "en")
    '12.50 USD'
    >>> band = {"value": "500–900", "value_text": {"zh": "500–900", "en": "500–900"}, "unit": "currency"}
    >>> spoken_value(known, band, "USD", "zh")
    '500–900 USD'
    """
    value, unit = entry["value"], entry.get("unit")
    if "value_text" in entry:
        said = str(entry["value_text"][language])
    elif isinstance(value, int | float) and not isinstance(value, bool):
        said = words.number(value, unit).say(language)
    else:
        said = figure(value, language)
    return f"{said} {currency}" if unit == _CURRENCY else said


def says_more(entry: Mapping[str, Any], language: Language) -> bool:
    """Whether an entry's statement tells more than its label and its value.

    >>> age = {"label": {"en": "age"}, "statement": {"en": "age: 30 years"}, "value": 30}
    >>> says_more(age, "en"), says_more({**age, "statement": {"en": "said on the phone"}}, "en")
    (False, True)
    """
    return "value" not in entry or not str(entry["statement"][language]).startswith(str(entry["label"][language]))
