"""A Turtle document that somebody brings: the items and the words in it, what is wrong with them, and in which line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ontology.extension import Words
from ontology.linked.concepts import ConceptFault, faults_of_concepts, words_in
from ontology.linked.reading import Named, ReadingFault, items_in, line_of, parse_document
from ontology.validation import find_faults


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFault:
    """One thing that is wrong.

    Args:
        shape: ``KnowledgeItem`` or ``Term``; empty where the text cannot be parsed.
        iri: Of what it was said.
        line: In the text, from 1; ``None`` where that is not known.
    """

    shape: str
    iri: str
    path: str
    value: object
    message: str
    line: int | None

    def __str__(self) -> str:
        place = "" if self.line is None else f"line {self.line}: "
        given = "" if self.value is None else f", got {self.value!r}"
        return place + " ".join(part for part in (self.shape, self.iri, self.path, self.message) if part) + given


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeDocument:
    """What a text says; ``words`` is empty where ``concept_faults`` is not."""

    text: str
    items: tuple[Named, ...]
    concept_faults: tuple[ConceptFault, ...]
    words: Words

    def faults(self, completed: tuple[Mapping[str, Any], ...]) -> tuple[DocumentFault, ...]:
        """What does not fit: of the items as they were ``completed``, in their order, and of the words."""
        wrong = find_faults(completed, "KnowledgeItem") if completed else ()
        return (
            *(self._fault("KnowledgeItem", self.items[one.position].iri, one.path, one.value, one.message)
              for one in wrong),
            *(self._fault("Term", one.iri, one.path, one.value, one.message) for one in self.concept_faults),
        )

    def _fault(self, shape: str, iri: str, path: str, value: object, message: str) -> DocumentFault:
        return DocumentFault(shape=shape, iri=iri, path=path, value=value, message=message,
                             line=line_of(self.text, iri, path))


def read_document(text: str) -> KnowledgeDocument | DocumentFault:
    """The document, or what keeps it from being read."""
    try:
        graph = parse_document(text)
        items = items_in(graph)
    except ReadingFault as fault:
        line = fault.line or (line_of(text, fault.subject, fault.path) if fault.subject else None)
        return DocumentFault(shape="KnowledgeItem" if fault.subject else "", iri=fault.subject, path=fault.path,
                             value=fault.value, message=fault.message, line=line)
    wrong = faults_of_concepts(graph)
    return KnowledgeDocument(text=text, items=items, concept_faults=wrong, words={} if wrong else words_in(graph))
