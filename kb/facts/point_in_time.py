"""The facts of one customer at an earlier moment, computed from the snapshots by the definitions of every refresh.

A record counts as known from its own instant on: tables keep when something happened, and not which file told it when.
Attributes and relations have no instant; they are those of now.
"""

from collections.abc import Collection, Sequence

from ibis.expr.types import Table

from kb.facts.definitions.since import contact_records, interaction_records
from kb.facts.moment import Moment
from kb.facts.refresh import normalise_strings
from kb.facts.registry import FACTS, build_kept
from kb.facts.rows import Record, to_facts
from kb.facts.table_source import DeclaredAttribute, TableSource
from kb.journal.events import Events
from kb.journal.store import Journal
from kb.model.facts import Facts
from kb.model.ids import CustomerKey
from ontology.vocabulary import FactName


def facts_then(tables: TableSource, journal: Journal, key: CustomerKey, moment: Moment) -> Facts:
    """What the records say of a customer at the moment; nothing where nothing of theirs had happened by then.

    Computed for this customer alone, which takes a second or two where the graph answers for now in a millisecond.
    """
    own = _Own(tables, key)
    rows = {name: _rows(own, name, key, moment) for name in FACTS}
    happened = journal.events_since([key]).get(key, Events())
    related: dict[str, Sequence[Record]] = {
        name.value: found for name, found in rows.items() if name is not FactName.CUSTOMER}
    related[FactName.INTERACTION] = interaction_records(happened, moment, related[FactName.INTERACTION])
    related[FactName.CONTACT] = [*related[FactName.CONTACT], *contact_records(happened, moment)]
    customer = next(iter(rows[FactName.CUSTOMER]), {})
    return to_facts(key, customer, related, (), as_of=moment.as_of, sequence=happened.sequence)


class _Own:
    """The tables with the rows of one customer alone; those that speak of no customer as they are."""

    def __init__(self, tables: TableSource, key: CustomerKey) -> None:
        self._tables = tables
        self._key = key

    @property
    def attributes(self) -> Sequence[DeclaredAttribute]:
        """The declared attributes of customers."""
        return self._tables.attributes

    @property
    def ruled_out(self) -> Collection[str]:
        """Categories that are never offered."""
        return self._tables.ruled_out

    def __getitem__(self, name: str) -> Table:
        """The customer's rows of the canonical table ``name``."""
        table = self._tables[name]
        return table.filter(table.customer_key == self._key) if "customer_key" in table.columns else table


def _rows(tables: TableSource, name: FactName, key: CustomerKey, moment: Moment) -> list[Record]:
    facts = build_kept(tables, moment, name)
    found: list[Record] = normalise_strings(facts.filter(facts.customer_key == key).to_pyarrow()).to_pylist()
    return found
