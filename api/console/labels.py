"""What the ontology calls things, in the reader's language."""

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
