"""What is told of customers as it happens: outcomes, contacts and notes, acknowledged from the journal."""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from api.use_cases.peer_sync import PeerSync
from api.use_cases.views import Json
from kb.customers import CustomerDirectory
from kb.description import BaseDescription
from kb.errors import InvalidInput
from kb.graph.port import Graph
from kb.journal.case_index import CaseIndex
from kb.journal.cases import CaseStep
from kb.journal.events import CONSOLE, NEEDS_RESOLUTION, Interaction, Note
from kb.journal.store import Journal
from kb.model.bounds import AHEAD_SECONDS
from kb.model.codec import to_plain
from kb.model.decision import Outcome
from kb.model.ids import ActionId, DecisionId
from kb.model.pattern import iso_instant
from ontology.text import Text
from ontology.vocabulary import Channel, InteractionKind, OutcomeKind

_NEVER_OPEN = Text(zh="类型为 {kind} 的互动无需解决，不能记为已解决",
                   en="a '{kind}' is never open, so it cannot be resolved")
_NAME_THE_CASE = Text(zh="用 case_id 指明它解决了哪张工单，或省略 resolved",
                      en="name the case that it resolves in case_id, or leave 'resolved' out")


_BEFORE = Text(zh="结果的时间 {at} 早于决策的时间 {decided}",
               en="the outcome is of {at}, before its decision of {decided}")
_TO_COME = Text(zh="时间 {at} 尚未到来；最晚为 {latest}",
                en="{at} is still to come; the latest that is taken is {latest}")
_WHEN = Text(zh="请检查 at（自 1970 年起的秒数），或省略", en="see 'at' (epoch seconds), or leave it out")
Happened = TypeVar("Happened", Outcome, Interaction)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The use cases that add to the journal, besides decisions."""

    description: BaseDescription
    directory: CustomerDirectory
    graph: Graph
    journal: Journal
    peers: PeerSync

    def record_outcome(self, decision_id: str, action_id: str, outcome: OutcomeKind, author: str, *,
                       at: int | None = None) -> Json:
        """Record what came of an action; ``recorded`` is false where it was known already.

        Raises:
            InvalidInput: If it came before the decision, or is still to come.
        """
        peers = self.peers.decided(decision_id)
        decided_at = self.journal.decided_at(decision_id) if peers is None else peers.at
        told = Outcome(decision_id=DecisionId(decision_id), action_id=ActionId(action_id), outcome=OutcomeKind(outcome),
                       at=self.description.moment.as_of if at is None else at, author=author)
        if decided_at is not None:
            told = self._in_order(told, decided_at, is_given=at is not None)
        is_new = self.journal.record_outcome(told, peers)
        return {**to_plain(told), "at": iso_instant(told.at), "recorded": is_new}

    def record_shown(self, decision_id: str, action_ids: Sequence[str]) -> None:
        """Record that cards of a decision of this service stand on an agent's screen; once for each, said by nobody."""
        at = self.journal.decided_at(decision_id)
        if at is not None and action_ids:
            self.journal.record_outcomes([
                Outcome(decision_id=DecisionId(decision_id), action_id=ActionId(action_id), outcome=OutcomeKind.SHOWN,
                        at=at, author=CONSOLE) for action_id in action_ids])

    def _in_order(self, told: Outcome, decided_at: int, *, is_given: bool) -> Outcome:
        """The outcome, not before its decision: one without an instant is of the moment of the decision at least."""
        if told.at >= decided_at:
            return self._not_to_come(told, decided_at)
        if is_given:
            raise InvalidInput(_BEFORE.fill(at=iso_instant(told.at), decided=iso_instant(decided_at)), hint=_WHEN)
        return replace(told, at=decided_at)

    def _not_to_come(self, told: Happened, *known: int) -> Happened:
        """What is told, if it is not to come: a day beyond the wall clock and whatever is known is let pass."""
        latest = max(int(time.time()), self.description.moment.as_of, *known) + AHEAD_SECONDS
        if told.at > latest:
            raise InvalidInput(_TO_COME.fill(at=iso_instant(told.at), latest=iso_instant(latest)), hint=_WHEN)
        return told

    def record_interaction(self, told: Mapping[str, object], author: str) -> Json:
        """Record a contact; ``recorded`` is false where nothing of it was new.

        One that says ``resolved`` resolves its case, also where the contact was recorded before.

        Raises:
            InvalidInput: If it says that a contact is resolved which is never open.
        """
        fields = {name: value for name, value in told.items() if value is not None}
        key = self.directory.require(str(fields.pop("customer_id")))
        channel = fields.pop("channel", None)
        if fields.get("resolved"):
            fields |= self._case_of(str(fields["interaction_id"]), fields)
        posted = Interaction(
            customer_key=key, author=author, kind=InteractionKind(str(fields.pop("kind"))),
            channel=None if channel is None else Channel(str(channel)),
            **({"at": self.description.moment.as_of} | fields))  # type: ignore[arg-type]  # checked by the route's schema
        is_new = self.journal.record_interaction(self._not_to_come(posted))
        return {"interaction_id": posted.interaction_id, "recorded": is_new}

    def change_case(self, case_id: str, *, resolved: bool, author: str, reason: str = "",
                    at: int | None = None) -> Json:
        """Resolve a case or open it again; ``recorded`` is false where it was so already."""
        case = CaseIndex(self.graph, self.journal).find(case_id)
        asked = CaseStep(resolved=resolved, author=author, now=self.description.moment.as_of, at=at,
                         reason=reason.strip())
        made = self.journal.change_case(case, asked)
        known = made or (*case.changes, *self.journal.changes_of_case(case.case_id))
        last = max(known, key=lambda change: change.order, default=None)
        return {"case_id": case.case_id, "resolved": resolved, "recorded": bool(made),
                "customer_ids": [self.directory.id_of(key) for key in case.customers],
                "at": iso_instant(last.at) if last else None, "author": last.author if last else None,
                "reason": last.reason if last else None}

    def _case_of(self, interaction_id: str, fields: Mapping[str, object]) -> dict[str, object]:
        """The case that the interaction resolves, where it is another than its own."""
        named = fields.get("case_id") or CaseIndex(self.graph, self.journal).case_of(interaction_id)
        if not named and InteractionKind(str(fields["kind"])) not in NEEDS_RESOLUTION:
            raise InvalidInput(_NEVER_OPEN.fill(kind=fields["kind"]), hint=_NAME_THE_CASE)
        return {"case_id": named} if named else {}

    def add_note(self, customer_id: str, text: str, author: str) -> Json:
        """Add a person's note; it shows on the map at once, unreviewed."""
        note = Note(note_id=f"n-{secrets.token_hex(8)}", customer_key=self.directory.require(customer_id),
                    text=text, author=author, at=self.description.moment.as_of)
        self.journal.add_note(note)
        return {"note_id": note.note_id, "reviewed": False}
