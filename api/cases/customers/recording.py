"""What is told of customers as it happens: outcomes, contacts and notes, acknowledged from the journal."""

import secrets
from collections.abc import Mapping

from api.cases.base import OpenBase
from api.cases.sharing import Sharing
from api.cases.views import Json
from kb.journal.events import Interaction, Note
from kb.model.codec import to_plain
from kb.model.decision import Outcome
from kb.model.ids import ActionId, DecisionId
from kb.model.pattern import iso_instant
from ontology.vocabulary import Channel, InteractionKind, OutcomeKind


class Recording:
    """The use cases that add to the journal, besides decisions."""

    def __init__(self, base: OpenBase) -> None:
        self._base = base

    def outcome(self, decision_id: str, action_id: str, outcome: OutcomeKind, author: str, at: int | None) -> Json:
        """Record what came of an action; ``recorded`` is false where it was known already."""
        told = Outcome(decision_id=DecisionId(decision_id), action_id=ActionId(action_id),
                       outcome=OutcomeKind(outcome), at=self._base.moment.as_of if at is None else at, author=author)
        is_new = self._base.journal.record_outcome(told, Sharing(self._base).decided(decision_id))
        return {**to_plain(told), "at": iso_instant(told.at), "recorded": is_new}

    def interaction(self, told: Mapping[str, object], author: str) -> Json:
        """Record a contact; ``recorded`` is false where its id was known already."""
        fields = {name: value for name, value in told.items() if value is not None}
        key = self._base.require_customer(str(fields.pop("customer_id")))
        channel = fields.pop("channel", None)
        posted = Interaction(
            customer_key=key, author=author, kind=InteractionKind(str(fields.pop("kind"))),
            channel=None if channel is None else Channel(str(channel)),
            **({"at": self._base.moment.as_of} | fields))  # type: ignore[arg-type]  # checked by the route's schema
        is_new = self._base.journal.record_interaction(posted)
        return {"interaction_id": posted.interaction_id, "recorded": is_new}

    def note(self, customer_id: str, text: str, author: str) -> Json:
        """Add a person's note; it shows on the map at once, unreviewed."""
        note = Note(note_id=f"n-{secrets.token_hex(8)}", customer_key=self._base.require_customer(customer_id),
                    text=text, author=author, at=self._base.moment.as_of)
        self._base.journal.add_note(note)
        return {"note_id": note.note_id, "reviewed": False}
