"""What the ontology calls things, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from api.console.figures import quantity
from api.console.words import Language
from ontology.schema import load_schema

_CURRENCY = "currency"


def term(vocabulary: str, notation: str, language: Language) -> str:
    """The label of a vocabulary's term or of a fact's property; a word from the data is told as it is.

    >>> term("channel", "phone", "zh"), term("customer", "contract_length", "en")
    ('电话', 'contract length')
    """
    return load_schema().label(vocabulary, notation).say(language).replace("_", " ")


def unit_name(unit: str | None, currency: str, language: Language) -> str:
    """The label of a unit; money is in the base's currency.

    >>> unit_name("days", "USD", "zh"), unit_name("currency", "USD", "zh"), unit_name(None, "USD", "zh")
    ('天', 'USD', '')
    """
    if unit is None:
        return ""
    return currency if unit == _CURRENCY else term("unit", unit, language)


def spoken_value(entry: Mapping[str, Any], language: Language, currency: str) -> str:
    """The value of a map's entry: in its own words where it has them, else as a quantity of its unit.

    >>> spoken_value({"value": "BEEF", "value_text": {"zh": "牛肉", "en": "Beef"}}, "zh", "USD")
    '牛肉'
    >>> spoken_value({"value": 12.5, "unit": "currency"}, "en", "USD")
    '12.50 USD'
    """
    unit = entry.get("unit")
    name = unit_name(unit, currency, language)
    if "value_text" in entry:
        return quantity(entry["value_text"][language], None, language, unit_name=name)
    return quantity(entry["value"], unit, language, unit_name=name)


def says_more(entry: Mapping[str, Any], language: Language) -> bool:
    """Whether an entry's statement tells more than its label and its value.

    >>> age = {"label": {"en": "age"}, "statement": {"en": "age: 30 years"}, "value": 30}
    >>> says_more(age, "en"), says_more({**age, "statement": {"en": "said on the phone"}}, "en")
    (False, True)
    """
    return "value" not in entry or not str(entry["statement"][language]).startswith(str(entry["label"][language]))
