"""Which attributes of a person are protected: what the ontology says, and the words by which it knows the others."""

import re
from dataclasses import dataclass
from functools import lru_cache

from rdflib import RDF, SKOS

from ontology.terms import ZK, labels_of, ontology_graph
from ontology.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedGround:
    """What nobody may be treated differently for without a good reason.

    Args:
        labels: What people call it.
        is_special: Whether it may be held at all only with a stated reason: faith, health and the like.
        words: Matches the names of attributes that tell of it.
    """

    labels: Text
    is_special: bool
    words: re.Pattern[str]


def grounds_of(name: str, labels: Text) -> tuple[ProtectedGround, ...]:
    """The protected grounds that an attribute tells of, by the words of its name and its labels.

    >>> [ground.labels.en for ground in grounds_of("birth_year", Text(zh="年份", en="year"))]
    ['age']
    >>> [ground.labels.en for ground in grounds_of("agent", Text(zh="坐席", en="usage of an agent"))]
    []
    """
    said = f"{name.replace('_', ' ')} | {labels.en} | {labels.zh}".lower()
    return tuple(ground for ground in _grounds() if ground.words.search(said))


@lru_cache(maxsize=1)
def _grounds() -> tuple[ProtectedGround, ...]:
    graph = ontology_graph()
    terms = sorted(graph.subjects(RDF.type, ZK.ProtectedGround), key=str)
    return tuple(ProtectedGround(
        labels=labels_of(graph, term), is_special=graph.value(term, ZK.special) is not None,
        words=re.compile("|".join(_pattern(word) for word in sorted(map(str, graph.objects(term, SKOS.hiddenLabel))))))
        for term in terms)


def _pattern(word: str) -> str:
    """A whole word, but for letters where a ``*`` stands; Chinese has no spaces between words."""
    if not word.isascii():
        return re.escape(word)
    return rf"(?<![a-z]){re.escape(word).replace(re.escape('*'), '[a-z]*')}(?![a-z])"
