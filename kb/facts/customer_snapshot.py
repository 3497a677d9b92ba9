"""What the graph holds of one customer, made into facts at a moment together with what happened since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.facts.definitions.since import contact_records, interaction_records
from kb.facts.moment import Moment
from kb.facts.rows import customer_values, rows_of, together
from kb.graph.port import Record
from kb.journal.events import Events
from kb.model.condition import Scalar
from kb.model.facts import Facts, Row
from kb.model.ids import CustomerKey
from ontology.vocabulary import Direction, FactName

_IDENTITY = frozenset({"customer_key", "external_id", "name", "phone", "address"})
_INTERACTION, _CONTACT = FactName.INTERACTION.value, FactName.CONTACT.value


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSnapshot:
    """What stands until the next refresh, or until knowledge is judged anew.

    Args:
        customer: Attributes and indicators that have a value.
        rows: Of the fact types that no clock moves: purchases, contacts, relations.
        moving: Records of those whose days are counted from an instant: interactions, subscriptions, knowledge.
    """

    customer: Mapping[str, Scalar]
    rows: Mapping[str, tuple[Row, ...]]
    moving: Mapping[str, Sequence[Record]]

    @classmethod
    def of(cls, records: Mapping[str, Sequence[Record]]) -> "CustomerSnapshot":
        """From the records of each query about one customer (``kb.facts.online``)."""
        relations = [*(_relation(row, Direction.FROM) for row in records["knows"]),
                     *(_relation(row, Direction.TO) for row in records["known_by"])]
        said = records[FactName.CUSTOMER][0]["everything"]
        return cls(
            customer=customer_values({name: value for name, value in said.items() if name not in _IDENTITY}),
            rows={FactName.PURCHASE.value: rows_of(FactName.PURCHASE, records[FactName.PURCHASE]),
                  _CONTACT: rows_of(FactName.CONTACT, records[FactName.CONTACT]),
                  FactName.RELATION.value: rows_of(FactName.RELATION, relations)},
            moving={name.value: tuple(records[name])
                    for name in (FactName.INTERACTION, FactName.SUBSCRIPTION, FactName.KNOWLEDGE)})

    @property
    def size(self) -> int:
        """How many rows and records it keeps."""
        return 1 + sum(map(len, self.rows.values())) + sum(map(len, self.moving.values()))

    def facts(self, key: CustomerKey, happened: Events, moment: Moment, said: tuple[Row, ...]) -> Facts:
        """Everything one decision may read, unknown values dropped, rows latest first and then by key.

        Args:
            key: The customer's.
            happened: What journals know since.
            moment: From which days are counted; what lies after it is left out.
            said: Rows of the request (``kb.facts.context``).
        """
        related = {**self.rows, **self._moved(happened, moment), FactName.MOMENT.value: said}
        if happened.responses:
            related[_CONTACT] = together(self.rows[_CONTACT], rows_of(_CONTACT, contact_records(happened, moment)))
        return Facts(customer_key=key, as_of=moment.as_of, customer=self.customer,
                     related={name: rows for name, rows in related.items() if rows}, sequence=happened.sequence)

    def _moved(self, happened: Events, moment: Moment) -> dict[str, tuple[Row, ...]]:
        moved: dict[str, list[Record]] = {
            _INTERACTION: interaction_records(happened, moment, self.moving[_INTERACTION]),
            FactName.SUBSCRIPTION.value: [_subscription(row, moment) for row in self.moving[FactName.SUBSCRIPTION]],
            FactName.KNOWLEDGE.value: [knowledge_record(row, moment) for row in self.moving[FactName.KNOWLEDGE]]}
        return {name: rows_of(name, records) for name, records in moved.items()}


def knowledge_record(row: Record, moment: Moment) -> Record:
    """A link of a customer to an item as a row of ``knowledge``."""
    days = None if row["since"] is None else moment.days_ago(row["since"])
    return _without(row, "since") | {"days_ago": days, "since_days_ago": days}


def _subscription(row: Record, moment: Moment) -> Record:
    started, ended = (None if row[end] is None else moment.days_ago(row[end]) for end in ("started_at", "ended_at"))
    return _without(row, "started_at", "ended_at") | {
        "_key": row["_key"].removeprefix(f"{row['customer_key']}:"),
        "days_ago": started,
        "active": ended is None,
        "tenure_days": None if started is None else started - (ended or 0),
        "ended_by": None if ended is None else row["ended_by"],
        "ended_days_ago": ended,
    }


def _relation(row: Record, direction: Direction) -> Record:
    return {"_key": f"{direction}:{row['kind']}:{row['other']}", "kind": row["kind"], "direction": direction.value}


def _without(row: Record, *names: str) -> Record:
    return {name: value for name, value in row.items() if name not in names}
