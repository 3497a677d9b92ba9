"""The sentence form of rules: a controlled language that a knowledge manager writes and the product reads again.

::

    Rule "second-complaint".
    Name: zh "再次投诉"; en "A second complaint".
    Author: "service desk".
    If days since the last order is at most 90
      and there are at least 2 rows of interaction where (kind of interaction is complaint and days ago is below 30)
      and there is purchase called c where (there is no contact called d where (category is c's category))
    then recommend "service_recovery" with "category" = c's category.
    Example "no complaint" does not fire: customer (days since the last order = 3); purchase (category = "TEA").

The same in Chinese, with the words of ``words.py``. There is one form for each construct, so a sentence is read in one
way only: *and* and *or* are not mixed without brackets; facts, properties and the values of vocabularies go by their
labels, or by their notations in quotes where a label is shared or holds a word of the language; every other text
stands in quotes, with the escapes of JSON. ``rules.explain`` tells the same conditions more freely, for reading.
"""

from kb.model.condition import Condition
from kb.model.rule import Rule
from ontology.schema import Schema
from rules.formats.sentences.grammar import parsed
from rules.formats.sentences.read import SentenceReader
from rules.formats.sentences.terms import Terms
from rules.formats.sentences.tokens import trees
from rules.formats.sentences.write import SentenceWriter

__all__ = ["condition_from_sentence", "condition_to_sentence", "from_sentence", "rules_from_sentences", "to_sentence"]


def to_sentence(rule: Rule, schema: Schema, language: str) -> str:
    """The rule in the sentence form; ``language`` is ``zh`` or ``en``."""
    return SentenceWriter(terms=Terms(schema, language)).rule(rule)


def from_sentence(text: str, schema: Schema, language: str) -> Rule:
    """The one rule that a text in the sentence form says.

    Raises:
        InvalidRule: It says something else; the message names line, column, what was found and what was expected.
    """
    return SentenceReader(terms=Terms(schema, language)).rule(parsed(text, "rule", language))


def rules_from_sentences(text: str, schema: Schema, language: str) -> tuple[Rule, ...]:
    """The rules that a text in the sentence form says, one after another.

    Raises:
        InvalidRule: As ``from_sentence``.
    """
    return tuple(map(SentenceReader(terms=Terms(schema, language)).rule, trees(parsed(text, "rules", language))))


def condition_to_sentence(condition: Condition, schema: Schema, language: str) -> str:
    """A condition in the sentence form.

    >>> from kb.model.condition import Known, Not
    >>> from ontology.schema import load_schema
    >>> condition_to_sentence(Not(part=Known(property="recency_days")), load_schema(), "en")
    'not (days since the last order is known)'
    """
    return SentenceWriter(terms=Terms(schema, language)).condition(condition)


def condition_from_sentence(text: str, schema: Schema, language: str) -> Condition:
    """The condition that a text in the sentence form says.

    >>> from ontology.schema import load_schema
    >>> condition_from_sentence("年龄 介于 30 与 39", load_schema(), "zh")
    Test(property='age', op=<Op.BETWEEN: 'between'>, operand=(30, 39), quantile=None)

    Raises:
        InvalidRule: As ``from_sentence``.
    """
    return SentenceReader(terms=Terms(schema, language)).condition(parsed(text, "condition", language))
