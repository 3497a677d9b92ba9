"""Knowledge and words from a Turtle document: checked by the shapes, and proposed by whoever brings them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cattrs import BaseValidationError

from kb.errors import ShapeViolation
from kb.model.codec import from_plain
from kb.model.knowledge import KnowledgeItem
from ontology.extension import Words
from ontology.linked.document import DocumentFault, read_document
from ontology.linked.reading import Named
from ontology.schema import Schema
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus, Standing

_MOST_TOLD = 20
_NOTHING_STORED = Text(zh="没有保存任何内容；请修改文件后重新导入",
                       en="nothing was stored; mend the file and import it again")
_AND_MORE = Text(zh="{said}；另有 {count} 处", en="{said}; and {count} more")
_CATEGORY = "category"
_OF_THE_SENDER = frozenset({"approver", "policy", "reason", "retired_at", "measured", "missed", "missed_since",
                            "lapses"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentContents:
    """What a document brings.

    Args:
        items: As proposals, untested here.
        words: For values of the data: property -> value -> what people call it.
    """

    items: tuple[KnowledgeItem, ...]
    words: Words


def read_turtle(text: str, author: str, schema: Schema, now: int) -> DocumentContents:
    """The items and words of a Turtle document.

    Whatever the document says of their life, items are proposed by ``author``, known from now on and untested: no
    standing policy admits them. Where it does not say since when they are true, they are true from now on.

    Raises:
        ShapeViolation: Naming line, shape, path, value and what was expected, of everything that is wrong.
    """
    document = read_document(text)
    if isinstance(document, DocumentFault):
        raise _refused([document])
    plain = tuple(_proposal(one, author, now) for one in document.items)
    wrong = document.faults(plain)
    if wrong:
        raise _refused(wrong)
    _require_open(document.words, schema)
    if not plain and not document.words:
        msg = Text(zh="文档中没有 zk:KnowledgeItem，也没有自己的 skos:Concept",
                   en="the document holds no zk:KnowledgeItem and no skos:Concept of its own")
        raise ShapeViolation(msg, hint=_NOTHING_STORED)
    return DocumentContents(items=tuple(_item(one) for one in plain), words=document.words)


def _proposal(one: Named, author: str, now: int) -> dict[str, Any]:
    told = {name: value for name, value in one.record.items() if name not in _OF_THE_SENDER}
    return {"id": one.iri.rpartition(":")[2], "valid_from": now, **told, "status": KnowledgeStatus.PROPOSED.value,
            "standing": Standing.UNTESTED.value, "author": author, "recorded_at": now}


def _item(plain: Mapping[str, Any]) -> KnowledgeItem:
    try:
        return from_plain(plain, KnowledgeItem)
    except (BaseValidationError, ValueError) as fault:
        msg = Text(zh=f"KnowledgeItem“{plain['id']}”有一个字段的形式不符：{fault}",
                   en=f"KnowledgeItem '{plain['id']}' has a field of another form than expected: {fault}")
        raise ShapeViolation(msg, hint=_NOTHING_STORED) from fault


def _require_open(words: Words, schema: Schema) -> None:
    """Words are for values of the data; what the ontology lists itself it names itself.

    Raises:
        ShapeViolation: For a scheme that names no property, or one of the ontology's own vocabularies.
    """
    open_ones = {name for fact in schema.facts.values() for name, prop in fact.properties.items()
                 if prop.type == "string" and (prop.vocabulary or name) not in schema.vocabularies} | {_CATEGORY}
    for name in sorted(words.keys() - open_ones):
        msg = Text(zh=f"词表“{name}”不属于任何取值来自数据的属性；已知：{'、'.join(sorted(open_ones))}",
                   en=f"scheme '{name}' is of no property whose values the data brings; known: "
                      f"{', '.join(sorted(open_ones))}")
        raise ShapeViolation(msg, hint=_NOTHING_STORED)


def _refused(wrong: Sequence[DocumentFault]) -> ShapeViolation:
    said, more = "; ".join(map(str, wrong[:_MOST_TOLD])), len(wrong) - _MOST_TOLD
    told = _AND_MORE.fill(said=said, count=more) if more > 0 else Text.same(said)  # it names terms of the standards
    return ShapeViolation(told, hint=_NOTHING_STORED)
