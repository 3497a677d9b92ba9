"""The map of one customer at an earlier moment: what was true then, as it was known then."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kb.errors import NotFound
from kb.facts.moment import Moment
from kb.facts.past_links import KeptLinks
from kb.facts.point_in_time import facts_then
from kb.facts.table_source import TableSource
from kb.graph.port import Graph, Record
from kb.graph.version import read_version
from kb.journal.events import Note
from kb.journal.store import Journal
from kb.knowledge_map.assemble import PERSON, REVIEWED, assembled, unknown
from kb.knowledge_map.entry import Json, ValueWords, plain_text
from kb.knowledge_map.knowledge_entries import KnowledgeEntry, entry_from, ranked
from kb.knowledge_map.profile_entries import notes_about
from kb.model.codec import to_plain
from kb.model.facts import Facts
from kb.model.ids import CustomerKey
from kb.model.release import Release
from kb.model.rule import Recommend
from ontology.text import Text

if TYPE_CHECKING:  # what is published is worded as the map words it, so curation reads this package
    from kb.curation.curation import Curation

_GAPS = {
    "attributes": Text(zh="客户资料与客户关系不保留历史，按现在的记录显示。",
                       en="What is on file and relations carry no history: they are told as they stand now."),
    "customer": Text(zh="当时尚无该客户的任何记录。", en="By then nothing was on record of this customer."),
    "records": Text(zh="这里没有导入过数据，当时的指标、购买、触达、互动与合约无从计算。",
                    en="No data was imported here, so indicators, purchases, contacts, interactions and contracts of "
                       "then cannot be computed."),
    "runs": Text(zh="当时尚不知任何挖掘任务的结果，或其结果未保留：不知哪些知识适用于该客户。",
                 en="No mining run was known then, or its links were not kept: which knowledge held for this customer "
                    "is not known."),
    "release": Text(zh="当时尚无发布版本。", en="No release was live then."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Where what was known earlier is found.

    Args:
        tables: Opens the canonical tables; raises ``NotFound`` where nothing was imported.
    """

    graph: Graph
    journal: Journal
    curation: "Curation"
    links: KeptLinks
    tables: Callable[[], AbstractContextManager[TableSource]]


def past_map(archive: Archive, customer_key: CustomerKey, words: ValueWords, moment: Moment) -> Json:
    """What was true of a customer at the moment and known by its ``known_at``, in the form of ``knowledge_map``.

    Facts are computed anew from the snapshots; items have the numbers and the status that they had; rules and
    ``release`` are those of the release that was live. ``gaps`` says which parts are not known for that moment:
    ``{part, zh, en}`` with the parts attributes, customer, records, runs and release.

    Raises:
        NotFound: If the graph does not know the customer.
    """
    person = archive.graph.read(PERSON, asked=customer_key)
    if not person:
        raise unknown(customer_key)
    facts = _facts(archive, customer_key, moment)
    links = archive.links.of(customer_key, moment)
    release = archive.curation.live_at(moment.seen_until)
    entries = _held(archive.curation, links or [], moment)
    missing = {"attributes": True, "records": facts is None, "customer": facts is not None and not facts.customer,
               "runs": links is None, "release": release is None}
    return assembled(person[0], facts or Facts(customer_key=customer_key, as_of=moment.as_of, customer={}), entries,
                     _applied(release, entries), notes=_notes(archive, customer_key),
                     words=words, moment=moment,
                     measured_at=moment.as_of, release=None if release is None else release.number,
                     gaps=[_gap(part) for part, is_missing in missing.items() if is_missing])


def _facts(archive: Archive, key: CustomerKey, moment: Moment) -> Facts | None:
    try:
        opened = archive.tables()
    except NotFound:
        return None
    with opened as tables:
        return facts_then(tables, archive.journal, key, moment)


def _held(curation: "Curation", links: Sequence[Record], moment: Moment) -> tuple[KnowledgeEntry, ...]:
    """The linked items that were reviewed by then and true at the moment."""
    known = curation.items_known(moment.seen_until) if links else {}
    pairs = [(known[link["item"]], link) for link in links if link["item"] in known]
    return ranked(entry_from(link, to_plain(item)) for item, link in pairs
                  if item.status in REVIEWED and item.is_true_at(moment.as_of))


def _applied(release: Release | None, entries: Sequence[KnowledgeEntry]) -> Iterator[Record]:
    """What the rules of the live release made of the items."""
    items = {one.item["id"] for one in entries}
    for rule in release.rules if release else ():
        action = rule.then.action if isinstance(rule.then, Recommend) else None
        for item in items.intersection(rule.rests_on):
            yield {"item": item, "rule": rule.id, "action": action}


def _gap(part: str) -> dict[str, Any]:
    return {"part": part, **plain_text(_GAPS[part])}


def _notes(archive: Archive, customer_key: CustomerKey) -> tuple[Note, ...]:
    is_shared = read_version(archive.graph).is_shared(archive.journal.id)
    return notes_about(archive.graph, archive.journal, customer_key, is_shared=is_shared)
