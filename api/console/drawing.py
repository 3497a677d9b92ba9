"""The knowledge map as a drawing: the customer in the middle, what was told and inferred left, what was observed right.

Positions are computed here, so that the same map is always drawn alike and no box covers another.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from unicodedata import east_asian_width

from api.console.words import Language, word
from ontology.vocabulary import KnowledgeKind

Element = dict[str, Any]
Speak = Callable[[Mapping[str, Any]], str]
_PITCH = 35
_GAP = 26
_HUB_X = 140
_LEAF_X = 332
_BOX_HOLDS = 60  # two lines of Latin letters
_MOST: Mapping[str, int] = {KnowledgeKind.INFORMATION: 7, KnowledgeKind.HIDDEN: 7, KnowledgeKind.OPERATIONAL: 15}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Branch:
    kind: str
    side: int
    top: float
    leaves: Sequence[Mapping[str, Any]]
    left_out: int

    @property
    def height(self) -> float:
        return _PITCH * (len(self.leaves) + (self.left_out > 0))


def elements(knowledge_map: Mapping[str, Any], name: str, speak: Speak, language: Language) -> list[Element]:
    """Nodes with positions, and edges, as Cytoscape.js takes them.

    Args:
        knowledge_map: As the service gives it: entries of three kinds, and links between entries.
        name: What stands in the middle.
        speak: The value of an entry in words.
        language: Of the labels.
    """
    branches = _branches(knowledge_map)
    middle: Element = {"data": {"id": "customer", "label": name}, "classes": "customer", "position": {"x": 0, "y": 0}}
    drawn = [middle, *(element for branch in branches for element in _branch(branch, speak, language))]
    shown = {element["data"]["id"] for element in drawn}
    return drawn + [_edge(link["source"], link["target"], "link") for link in knowledge_map["links"]
                    if {link["source"], link["target"]} <= shown]


def _branches(knowledge_map: Mapping[str, Any]) -> tuple[_Branch, ...]:
    information, hidden, operational = (
        _branch_of(kind, side, knowledge_map[kind])
        for kind, side in ((KnowledgeKind.INFORMATION, -1), (KnowledgeKind.HIDDEN, -1), (KnowledgeKind.OPERATIONAL, 1)))
    left = information.height + _GAP + hidden.height
    return (_at(information, -left / 2), _at(hidden, -left / 2 + information.height + _GAP),
            _at(operational, -operational.height / 2))


def _branch_of(kind: str, side: int, entries: Sequence[Mapping[str, Any]]) -> _Branch:
    """The entries that are drawn: the first of each label, because its like would only repeat it."""
    first = {entry["label"]["en"]: entry for entry in reversed(entries) if "value" not in entry}
    leaves = [entry for entry in entries if first.get(entry["label"]["en"], entry) is entry][:_MOST[kind]]
    return _Branch(kind=kind, side=side, top=0, leaves=leaves, left_out=len(entries) - len(leaves))


def _at(branch: _Branch, top: float) -> _Branch:
    return replace(branch, top=top)


def _branch(branch: _Branch, speak: Speak, language: Language) -> Iterable[Element]:
    hub = f"hub-{branch.kind}"
    yield _node(hub, word(f"map.{branch.kind}", language), f"hub {branch.kind}",
                branch.side * _HUB_X, branch.top + branch.height / 2)
    yield _edge("customer", hub, branch.kind)
    labels = [(leaf["id"], _label(leaf, speak, language)) for leaf in branch.leaves]
    if branch.left_out:
        labels.append((f"more-{branch.kind}", word("map.more", language, n=branch.left_out)))
    for place, (name, label) in enumerate(labels):
        yield _node(name, label, f"leaf {branch.kind}", branch.side * _LEAF_X, branch.top + _PITCH * (place + 0.5))
        yield _edge(hub, name, branch.kind)


def _label(entry: Mapping[str, Any], speak: Speak, language: Language) -> str:
    label = str(entry["label"][language])
    value = f"{word('layout.colon', language)}{speak(entry)}" if "value" in entry else ""
    return _shortened(label[:1].upper() + label[1:], _BOX_HOLDS - _width(value)) + value


def _shortened(text: str, width: int) -> str:
    """The text, or as much of it as is no wider than ``width`` Latin letters, with an ellipsis."""
    if _width(text) <= width:
        return text
    fitting = next(n for n in range(len(text), -1, -1) if _width(text[:n]) < width)
    return text[:fitting].rstrip() + "…"


def _width(text: str) -> int:
    """Width in Latin letters; a wide character counts twice.

    >>> _width("age"), _width("年龄")
    (3, 4)
    """
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _node(name: str, label: str, classes: str, x: float, y: float) -> Element:
    return {"data": {"id": name, "label": label}, "classes": classes, "position": {"x": x, "y": y}}


def _edge(source: str, target: str, classes: str) -> Element:
    return {"data": {"id": f"{source}>{target}", "source": source, "target": target}, "classes": classes}
