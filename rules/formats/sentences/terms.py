"""The names of the ontology as a sentence writes them: by label where it is clear, else by notation in quotes."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ontology.schema import FactType, Property, Schema
from ontology.vocabulary import ActionFamily, FactName, KnowledgeStatus, Level
from rules.formats.sentences.words import CUSTOMER, is_plain


def quoted(text: str) -> str:
    r"""The text in quotes, on one line.

    >>> print(quoted('say "hi"\n'))
    "say \"hi\"\n"
    """
    return json.dumps(text, ensure_ascii=False)


def unquoted(text: str) -> str:
    """The text that stands in the quotes; raises ``ValueError`` where an escape is none."""
    return str(json.loads(text, strict=False))


@dataclass(frozen=True, slots=True)
class TermNames:
    """The labels of some notations in one language."""

    labels: Mapping[str, str]
    language: str

    def said(self, notation: str) -> str:
        """The label, if no other notation shares it and it cannot be misread; else the notation in quotes."""
        label = self.labels.get(notation)
        is_clear = label is not None and Counter(self.labels.values())[label] == 1 and is_plain(label, self.language)
        return str(label) if is_clear else quoted(notation)

    def called(self, notation: str) -> str:
        """The label where it stands alone; the notation where another shares the label or has it as its own."""
        label = self.labels.get(notation, notation)
        is_clear = self.meant(label) == notation and (label == notation or label not in self.labels)
        return label if is_clear else notation

    def meant(self, label: str) -> str | None:
        """The one notation of a label; ``None`` where there is none, or more than one."""
        found = [notation for notation, known in self.labels.items() if known == label]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Terms:
    """The names that sentences in one language take from the ontology."""

    schema: Schema
    language: str

    def facts(self) -> TermNames:
        """The fact types."""
        return self._names((fact.name, fact.labels.say(self.language)) for fact in self.schema.facts.values())

    def properties(self, fact: str) -> TermNames:
        """The properties of a fact type; none where it is unknown."""
        known = self.schema.facts.get(fact)
        return self._names((prop.name, prop.labels.say(self.language))
                           for prop in (known.properties.values() if known else ()))

    def values(self, known: Property) -> TermNames:
        """The choices of a property; none where any value may stand."""
        return self._vocabulary(known.vocabulary or known.name, known.choices)

    def families(self) -> TermNames:
        """The action families."""
        return self._vocabulary("action_family", ActionFamily)

    def levels(self) -> TermNames:
        """The levels of rules."""
        return self._vocabulary("level", Level)

    def statuses(self) -> TermNames:
        """The stages in the life of a rule."""
        return self._vocabulary("knowledge_status", KnowledgeStatus)

    def property(self, fact: str, name: str) -> Property | None:
        """The property of a fact type; ``None`` where either is unknown."""
        known: FactType | None = self.schema.facts.get(fact)
        return known.properties.get(name) if known else None

    def owner(self, alias: str) -> str:
        """An alias before what it owns.

        >>> from ontology.schema import load_schema
        >>> Terms(load_schema(), "en").owner("c"), Terms(load_schema(), "zh").owner("customer")
        ("c's", '客户的')
        """
        if self.language != "zh":
            return f"{alias}'s"
        return f"{CUSTOMER.zh}的" if alias == FactName.CUSTOMER else f"{alias} 的"

    def alias(self, owner: str) -> str:
        """The alias that an owner speaks of."""
        spelt = owner.removesuffix("的").rstrip() if self.language == "zh" else owner.removesuffix("'s")
        return FactName.CUSTOMER.value if spelt == CUSTOMER.zh else spelt

    def _vocabulary(self, vocabulary: str, notations: Iterable[str]) -> TermNames:
        return self._names((name, self.schema.label(vocabulary, name).say(self.language)) for name in notations)

    def _names(self, pairs: Iterable[tuple[str, str]]) -> TermNames:
        return TermNames({str(notation): label for notation, label in pairs}, self.language)
