"""Information: what the customer, or whoever keeps the contract, told us."""

from collections.abc import Iterator, Mapping

from kb.facts.moment import Moment
from kb.graph.port import Graph
from kb.journal.events import Note
from kb.journal.peer_journals import PeerJournals
from kb.journal.store import Journal
from kb.knowledge_map.bands import BOUNDS, band_entry
from kb.knowledge_map.entry import Json, ValueWords, aged, entry, evidence, said
from kb.model.facts import Facts, Row
from ontology.text import Text
from ontology.vocabulary import FactName, KnowledgeKind, PatternKind, Unit

_ON_FILE = Text(zh="客户资料", en="told by the customer or on file")
_CONTRACT = Text(zh="合约记录", en="contract on file")
_KIN = Text(zh="客户关系记录", en="relation on file")
_NOTE = Text(zh="{author} 的备注，未审核", en="note of {author}, unreviewed")
_PERSONAL = {"name": "customer_name", "phone": "phone", "address": "address"}
_PLAN = Text(zh="{plan}，{state}", en="{plan}, {state}")
_ACTIVE, _ENDED = Text(zh="生效中", en="active"), Text(zh="已终止", en="ended")


def profile_entries(person: Mapping[str, object], facts: Facts, words: ValueWords) -> Iterator[Json]:
    """Identity, attributes, contracts and relations, in the order of the ontology."""
    for name, term in _PERSONAL.items():
        if person.get(name):
            label, known = words.schema.labels[term], str(person[name])
            yield entry(f"customer.{name}", label, said(label, Text.same(known)), value=known,
                        evidence=evidence(_ON_FILE))
    for name, prop in words.schema.facts[FactName.CUSTOMER].properties.items():
        if prop.kind is not KnowledgeKind.INFORMATION or name not in facts.customer:
            continue
        if name in BOUNDS:
            band = band_entry(name, facts.customer, words, _ON_FILE)
            yield from () if band is None else (band,)
        else:
            value = facts.customer[name]
            yield entry(f"customer.{name}", prop.labels, said(prop.labels, words.value(prop, value)), value=value,
                        value_text=words.value(prop, value) if isinstance(value, str) else None,
                        unit=prop.unit, evidence=evidence(_ON_FILE))
    for row in facts.related.get(FactName.SUBSCRIPTION, ()):
        yield _contract(row, words)
    for row in facts.related.get(FactName.RELATION, ()):
        label = words.schema.facts[FactName.RELATION].labels
        yield entry(f"relation.{row.key}", label, said(label, words.term("relation_kind", row.values["kind"])),
                    evidence=evidence(_KIN))


def notes_about(graph: Graph, journal: Journal, customer_key: str, *, is_shared: bool) -> tuple[Note, ...]:
    """The notes about a customer that any service recorded, where others share the graph too; the latest first."""
    own = journal.notes_of(customer_key)
    if not is_shared:
        return own
    others = PeerJournals(graph, journal.id).notes_of(customer_key)
    known = {note.note_id for note in own}
    more = tuple(note for note in others if note.note_id not in known)
    return tuple(sorted(own + more, key=lambda note: note.at, reverse=True))


def note_entry(note: Note, moment: Moment, words: ValueWords) -> Json:
    """A person's note: it shows at once, marked unreviewed, with its author."""
    return entry(f"note.{note.note_id}", words.schema.label("pattern_kind", PatternKind.NOTE), Text.same(note.text),
                 unreviewed=True, author=note.author, **aged(note.at, moment),
                 evidence=evidence(_NOTE.fill(author=note.author)))


def _contract(row: Row, words: ValueWords) -> Json:
    label = words.schema.facts[FactName.SUBSCRIPTION].labels
    state = _ACTIVE if row.values["active"] else _ENDED
    plan = words.term("plan", row.values.get("plan", ""))
    return entry(f"subscription.{row.key}", label, said(label, _PLAN.fill(plan=plan, state=state)),
                 value=row.values.get("monthly_amount"), unit=Unit.CURRENCY.value, age_days=row.days_ago,
                 evidence=evidence(_CONTRACT, facts=dict(row.values)))
