"""Decisions with the facts they read, outcomes, live interactions and notes, in one SQLite file."""

import logging
import secrets
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import orjson

from kb.errors import Conflict, NotFound, Unavailable
from kb.graph.disk_space import demand_room
from kb.journal import statements as sql
from kb.journal.cases import Case, CaseStep, with_changes
from kb.journal.events import (
    NEEDS_RESOLUTION,
    AnswerOutcome,
    CardOutcome,
    CaseChange,
    Decided,
    Events,
    FirstCard,
    Followed,
    Interaction,
    Note,
    Response,
    RuleCustomer,
    Shadow,
    Shown,
    check_succession,
)
from kb.journal.peer_journals import PeerDecision
from kb.journal.projection import ProjectionBatch, Recommended, recommended_in
from kb.journal.reading import Damaged, response_of, whole, whole_ones
from kb.journal.repair import Repair, mend
from kb.journal.writer import GroupWriter, connect, translated
from kb.model.codec import from_json, to_json
from kb.model.decision import Decision, Outcome
from kb.model.ids import ActionId, CustomerKey
from kb.model.target import target_of
from kb.supervision import WorkerHealth
from ontology.text import Text
from ontology.vocabulary import ActionFamily, FigureSource, OutcomeKind

Noun = TypeVar("Noun")
_MENDING_SECONDS = 3_600.0  # every record is read
_TRIAL_SECONDS = 5.0  # that readiness waits for the disk
_RESERVE_BYTES = 1 << 20  # some hundred decisions
_JOURNAL = Text(zh="日志", en="journal")
_log = logging.getLogger("zhike.journal")

NOBODY = CustomerKey("c" + "0" * 32)
"""Stands in the facts of others for whoever was erased."""

_ERASED = Text(zh="客户“{key}”已被删除，记录未保存", en="customer '{key}' was erased; the record was not kept")
_ASK_ANEW = Text(zh="请去掉该客户后重试", en="leave that customer out, and ask again")
_STILL_READ = Text(zh="日志正被读取，其中已删除的内容尚未从磁盘清除",
                   en="somebody reads the journal, and what was deleted is not off the disk yet")
_REPEAT = Text(zh="请在备份或导出结束后重复删除操作；重新打开知识库时也会完成清除",
               en="repeat the erasure when the backup or export is finished; opening the base completes it too")
_CHECKPOINT_SECONDS = 0.2  # who writes waits so long for a checkpoint that waits for readers
_PAUSE_SECONDS = 0.1


class Journal:
    """The journal in the file at ``path``; made there when it is missing.

    A method that writes returns when the record is on disk, and not before. Interactions, outcomes and notes share
    one growing sequence of numbers with decisions. Safe to call from several threads.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()
        self._closing = threading.Lock()
        self._erased: frozenset[str] = frozenset()
        with translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = GroupWriter(path)
            self._writer.run(lambda connection: [connection.execute(text) for text in sql.TABLES] and None)
        self._id = str(self._read(sql.IDENTITY, ())[0][0])

    @property
    def id(self) -> str:
        """Tells this journal from those of other services on the same graph."""
        return self._id

    def append_decisions(self, decisions: Sequence[Decision]) -> None:
        """Append them all, or none.

        Raises:
            Conflict: If a decision of that id is there already.
        """
        rows = [(d.decision_id, d.customer_key, d.as_of, d.release, d.status.value, to_json(d)) for d in decisions]

        def append(connection: sqlite3.Connection) -> None:
            for _, key, *_ in rows:
                self._refuse_erased(key)
            try:
                for *row, body in rows:
                    connection.execute(sql.INSERT_DECISION, (_next_number(connection), *row, self._unnamed(body)))
            except sqlite3.IntegrityError as fault:
                msg = Text(zh="日志中已有这个编号的决策", en="a decision with this id is already in the journal")
                raise Conflict(msg, hint=Text(zh="每个决策都需要单独的编号",
                                              en="every decision needs an id of its own")) from fault

        self._writer.run(append)

    def append_shadows(self, shadows: Sequence[Shadow]) -> None:
        """Append what a challenger would have answered; beside what was erased meanwhile, or has one, nothing."""
        rows = [(one.decision.decision_id, one.beside.decision_id, one.decision.customer_key, one.decision.release,
                 orjson.dumps(one.alike).decode(), one.is_first_alike, to_json(one.decision)) for one in shadows]

        def append(connection: sqlite3.Connection) -> None:
            for row in rows:
                is_served = connection.execute(sql.IS_DECIDED, (row[1],)).fetchone() is not None
                is_shadowed = connection.execute(sql.IS_SHADOWED, (row[0], row[1], row[3])).fetchone() is not None
                if is_served and not is_shadowed:
                    connection.execute(sql.INSERT_SHADOW, (_next_number(connection), *row[:-1], self._unnamed(row[-1])))

        self._writer.run(append)

    def record_outcome(self, outcome: Outcome, peers: PeerDecision | None = None) -> bool:
        """Record what came of an action; whether it was new. The same outcome again changes nothing.

        Args:
            outcome: Of a decision of this journal, or of the one that ``peers`` tells of.
            peers: The decision as the graph knows it, with what other services recorded.

        Raises:
            NotFound: If there is no such decision, or it did not recommend that action.
            Conflict: If it contradicts what is recorded (``events.MAY_STAND_BESIDE``).
        """
        return self._writer.run(lambda connection: _record_outcome(connection, outcome, peers))

    def record_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """Record several of decisions of this journal, all or none; see ``record_outcome``."""
        def record(connection: sqlite3.Connection) -> None:
            for outcome in outcomes:
                _record_outcome(connection, outcome, None)

        self._writer.run(record)

    def record_interaction(self, interaction: Interaction) -> bool:
        """Record a contact; whether something was new. The same again changes nothing.

        One that says ``resolved`` resolves its case too, also where the contact itself was recorded before.

        Raises:
            Conflict: If a contact of another kind or customer was recorded under that id.
        """
        def record(connection: sqlite3.Connection) -> bool:
            self._refuse_erased(interaction.customer_key)
            return _record_interaction(connection, interaction)

        return self._writer.run(record)

    def change_case(self, case: Case, asked: CaseStep) -> tuple[CaseChange, ...]:
        """Resolve a case or open it again; what was recorded, nothing where it is so already.

        Args:
            case: With its members and the changes that others recorded; those of this journal are read here.
            asked: What is to become of it.

        Raises:
            Conflict: If something of the case happened after the instant that is given.
            InvalidInput: If that instant is still to come.
        """
        def change(connection: sqlite3.Connection) -> tuple[CaseChange, ...]:
            known = with_changes(case, _changes_of(connection, case.case_id))
            made = known.changed(asked, f"k-{secrets.token_hex(8)}")
            for one in made:
                self._refuse_erased(one.customer_key)
                _insert_change(connection, one)
            return made

        return self._writer.run(change)

    def changes_of_case(self, case_id: str) -> tuple[CaseChange, ...]:
        """How a case was changed, in the order of recording."""
        return tuple(whole_ones(self._read(sql.CHANGES_OF_CASE, (case_id,)), _first_as(CaseChange)))

    def interactions_called(self, case_id: str) -> tuple[Interaction, ...]:
        """The interactions of that id, and those whose case has it."""
        return tuple(whole_ones(self._read(sql.INTERACTIONS_CALLED, (case_id,)), _first_as(Interaction)))

    def add_note(self, note: Note) -> None:
        """Record a person's note.

        Raises:
            Conflict: If another note was recorded under that id.
        """
        def add(connection: sqlite3.Connection) -> None:
            self._refuse_erased(note.customer_key)
            try:
                connection.execute(sql.INSERT_NOTE, (_next_number(connection), note.note_id, note.customer_key, note.at,
                                                     to_json(note)))
            except sqlite3.IntegrityError as fault:
                msg = Text(zh=f"日志中已有编号为“{note.note_id}”的备注",
                           en=f"a note with the id '{note.note_id}' is already in the journal")
                raise Conflict(msg) from fault

        self._writer.run(add)

    def decision(self, decision_id: str) -> Decision:
        """The stored decision, served or a challenger's in the shadow of one.

        Raises:
            NotFound: If no decision has that id.
            DamagedRecord: If what is stored cannot be read.
        """
        found = self._read(sql.DECISION, (decision_id,)) or self._read(sql.SHADOW, (decision_id,))
        if not found:
            raise _no_decision(decision_id)
        return whole(lambda: from_json(found[0][0], Decision), decision_id)

    def has_decision(self, decision_id: str) -> bool:
        """Whether a decision of that id was served from here."""
        return bool(self._read(sql.IS_DECIDED, (decision_id,)))

    def decided_at(self, decision_id: str) -> int | None:
        """The moment of a decision that was served from here, epoch seconds; ``None`` where none was."""
        found = self._read(sql.DECIDED_AT, (decision_id,))
        return int(found[0][0]) if found else None

    def decisions_of(self, customer_key: str, limit: int = 20) -> tuple[Decision, ...]:
        """The customer's decisions, the latest first."""
        return tuple(whole_ones(self._read(sql.DECISIONS_OF, (customer_key, limit)), _first_as(Decision)))

    def outcomes_of(self, decision_id: str) -> tuple[Outcome, ...]:
        """What came of a decision's actions, in the order of recording."""
        return tuple(found.outcome for found in whole_ones(self._read(sql.OUTCOMES_OF, (decision_id,)), response_of))

    def shadows_of(self, decision_id: str) -> tuple[Decision, ...]:
        """What challengers would have answered in place of a decision, in the order of recording."""
        return tuple(whole_ones(self._read(sql.SHADOWS_OF, (decision_id,)), _first_as(Decision)))

    def shown_while(self, since: int, until: int | None, challenger: int) -> tuple[Shown, ...]:
        """Every outcome of the decisions with numbers above ``since`` up to ``until``, in the order of recording."""
        return tuple(whole_ones(self._read(sql.SHOWN_WHILE, (since, until, challenger)), _shown))

    def decided_while(self, since: int, until: int | None) -> Mapping[int, tuple[int, int]]:
        """By release, how many decisions it made and for how many customers."""
        return {release: (decisions, customers)
                for release, decisions, customers in self._read(sql.DECIDED_WHILE, (since, until))}

    def followed_while(self, since: int, until: int | None, challenger: int) -> Followed:
        """How many of the decisions the challenger has followed in shadow."""
        [(decisions, first_alike)] = self._read(sql.FOLLOWED_WHILE, (since, until, challenger))
        return Followed(decisions=decisions, first_alike=first_alike)

    def decided_under(self, releases: Iterable[int]) -> tuple[Decided, ...]:
        """Everybody for whom one of ``releases`` decided, in the order of the keys."""
        rows = self._read(sql.DECIDED_UNDER, (orjson.dumps(list(releases)).decode(),))
        return tuple(Decided(customer_key=key, first_at=at, has_converted=bool(converted))
                     for key, at, converted in rows)

    def first_cards(self, releases: Iterable[int]) -> tuple[FirstCard, ...] | None:
        """What the first answer under one of ``releases`` gave to each customer, or withheld, that orders can tell of.

        ``None`` where an answer of an earlier version does not say what it withheld: the sides would not be alike.
        """
        asked = (orjson.dumps(list(releases)).decode(),)
        if self._read(sql.UNTOLD_WITHHELD, asked)[0][0]:
            return None
        return tuple(card for card in whole_ones(self._read(sql.FIRST_CARDS, asked), _first_card) if card is not None)

    def count_decisions(self) -> tuple[int, int]:
        """How many decisions were made, and for how many customers."""
        [(decisions, customers)] = self._read(sql.COUNT_DECISIONS, ())
        return decisions, customers

    def outcomes_by_kind(self) -> Mapping[OutcomeKind, tuple[int, int]]:
        """Of each kind that was recorded, how many cards and how many customers."""
        return {OutcomeKind(kind): (cards, customers)
                for kind, cards, customers in self._read(sql.OUTCOMES_BY_KIND, ())}

    def last_outcome_at(self) -> int | None:
        """The latest instant of an outcome, epoch seconds; ``None`` where none was recorded."""
        [(last,)] = self._read(sql.LAST_OUTCOME, ())
        return None if last is None else int(last)

    def drawable_answers(self, most: int) -> tuple[AnswerOutcome, ...]:
        """Each customer's first decision in which not every card was sure to be shown; of the ``most`` latest."""
        return tuple(whole_ones(self._read(sql.DRAWABLE, (most,)), _answer_outcome))

    def card_outcomes(self, since: int) -> tuple[CardOutcome, ...]:
        """Every outcome of an instant or later with what its card said, in the order of recording."""
        return tuple(whole_ones(self._read(sql.CARD_OUTCOMES, (since,)), _card_outcome))

    def rule_customers(self) -> tuple[RuleCustomer, ...]:
        """For whom each rule led a card, or would have if nobody were held out; by rule and customer."""
        return tuple(RuleCustomer(rule_id=rule, customer_key=key, first_at=at, is_held_out=bool(held_out))
                     for rule, key, at, held_out in self._read(sql.RULE_CUSTOMERS, ()))

    def latest_outcome(self) -> int | None:
        """The instant of the latest outcome, epoch seconds; ``None`` where there is none."""
        latest = self._read(sql.LATEST_OUTCOME, ())[0][0]
        return None if latest is None else int(latest)

    def notes_of(self, customer_key: str) -> tuple[Note, ...]:
        """The notes about a customer, the latest first."""
        return tuple(whole_ones(self._read(sql.NOTES_OF, (customer_key,)), _first_as(Note)))

    def events_since(self, keys: Iterable[str], sequence: int = 0) -> Mapping[CustomerKey, Events]:
        """What happened after the number ``sequence``, for those customers of whom something did."""
        asked = orjson.dumps(list(keys)).decode()
        interactions: dict[CustomerKey, list[Interaction]] = {}
        responses: dict[CustomerKey, list[Response]] = {}
        cases: dict[CustomerKey, list[CaseChange]] = {}
        last: dict[CustomerKey, int] = {}
        for number, key, posted in self._numbered(sql.INTERACTIONS_SINCE, sequence, asked, _first_as(Interaction)):
            interactions.setdefault(key, []).append(posted)
            last[key] = max(last.get(key, 0), number)
        for number, key, change in self._numbered(sql.CASE_CHANGES_SINCE, sequence, asked, _first_as(CaseChange)):
            cases.setdefault(key, []).append(change)
            last[key] = max(last.get(key, 0), number)
        for number, key, response in self._numbered(sql.RESPONSES_SINCE, sequence, asked, response_of):
            responses.setdefault(key, []).append(response)
            last[key] = max(last.get(key, 0), number)
        return {key: Events(interactions=tuple(interactions.get(key, ())), responses=tuple(responses.get(key, ())),
                            cases=tuple(cases.get(key, ())), sequence=number) for key, number in last.items()}

    def customers_with_events(self) -> tuple[CustomerKey, ...]:
        """Everybody of whom there is an interaction, a response or a change of a case, in the order of the keys."""
        return tuple(key for key, in self._read(sql.CUSTOMERS_WITH_EVENTS, ()))

    def records_after(self, sequence: int, limit: int) -> ProjectionBatch:
        """The next ``limit`` records after a number, in short, as they follow into the graph."""
        return ProjectionBatch.of(self._read(sql.RECORDS_AFTER, (sequence, limit)))

    def set_aside(self, damaged: Iterable[Damaged]) -> None:
        """Note which records do not follow into the graph, and why."""
        rows = [(one.sequence, one.kind, one.record_id, one.customer_key, one.why) for one in damaged]
        if rows:
            self._writer.run(lambda connection: connection.executemany(sql.PUT_ASIDE, rows) and None)
            _log.warning("%d records are set aside and do not follow into the graph; see `zhike doctor`", len(rows))

    def count_set_aside(self) -> int:
        """How many records do not follow into the graph."""
        return int(self._read(sql.COUNT_SET_ASIDE, ())[0][0])

    def mend(self, now: int) -> Repair:
        """Repair every record that cannot be read, or take it out, keeping its text; see ``kb.journal.repair``."""
        return self._writer.run(lambda connection: mend(connection, now), seconds=_MENDING_SECONDS)

    def waiting_after(self, sequence: int) -> int:
        """How many records there are after a number."""
        return int(self._read(sql.WAITING_AFTER, (sequence,))[0][0])

    def mark(self, name: str) -> int:
        """The number of the last record when that name was asked for first."""
        def set_once(connection: sqlite3.Connection) -> int:
            connection.execute(sql.SET_MARK, (name,))
            return int(connection.execute(sql.MARK, (name,)).fetchone()[0])

        return self._writer.run(set_once)

    def last_sequence(self) -> int:
        """The number of the last record; 0 in an empty journal."""
        return int(self._read(sql.LAST_NUMBER, ())[0][0])

    def erase(self, customer_key: str) -> int:
        """Remove every record of a person, and the person's key from the facts of others; how many records there were.

        Records of that person which come later are refused: they were under way meanwhile. The bytes are off the disk
        after ``purge``.
        """
        self._erased |= {customer_key}
        mentions = [(table, number) for table, text in sql.MENTIONS.items()
                    for number, in self._read(text, (customer_key,))]

        def remove(connection: sqlite3.Connection) -> int:
            for table, number in mentions:
                connection.execute(sql.UNNAME[table], (customer_key, NOBODY, number))
            for text in (*sql.NOTE_REMOVED, *sql.ERASE_ASIDE):
                connection.execute(text, (customer_key,))
            return sum(connection.execute(text, (customer_key,)).rowcount for text in sql.ERASE)

        return self._writer.run(remove)

    def knows(self, customer_key: str) -> bool:
        """Whether there is any record of a customer."""
        return any(self._read(text, (customer_key,)) for text in sql.IS_KNOWN)

    def purge(self, patience_seconds: float) -> None:
        """Leave no byte of what was deleted: deleted rows were overwritten, and the log beside the file is emptied.

        Raises:
            Unavailable: If others have read the journal all that time.
        """
        until = time.monotonic() + patience_seconds
        with translated(), closing(connect(self._path, busy_seconds=_CHECKPOINT_SECONDS)) as connection:
            while connection.execute(sql.PURGE).fetchone()[0]:
                if time.monotonic() > until:
                    raise Unavailable(_STILL_READ, hint=_REPEAT)
                time.sleep(_PAUSE_SECONDS)

    def said_of_others(self, customer_key: str) -> Iterator[tuple[str, str, CustomerKey, str]]:
        """Each note, interaction and case change of everybody else: what it is, its id, whose it is, and its text."""
        for record, name, key, body in self._read(sql.SAID_OF_OTHERS, ()):
            told = orjson.loads(body)
            text = told["reason" if record == "case_change" else "text"]
            if key != customer_key and text:
                yield record, name, CustomerKey(key), text

    def ready(self) -> None:
        """Return if the journal can be read and written now.

        Raises:
            StoreFailure: If it cannot: the disk is full, read-only or does not answer.
        """
        self._read(sql.LAST_NUMBER, ())
        demand_room(self._path.parent, reserve_bytes=_RESERVE_BYTES, what=_JOURNAL)
        self._writer.run(lambda connection: connection.execute(sql.TRIAL) and None, seconds=_TRIAL_SECONDS)

    def health(self) -> WorkerHealth | None:
        """How the thread that writes fares; ``None`` after closing."""
        return self._writer.worker.health()

    def close(self) -> None:
        """Finish what waits and let go of the file; closing twice is harmless."""
        with self._closing:
            self._writer.close()
            while self._idle:
                self._idle.pop().close()

    def _refuse_erased(self, key: str) -> None:
        if key in self._erased:
            raise Conflict(_ERASED.fill(key=key), hint=_ASK_ANEW)

    def _unnamed(self, body: str) -> str:
        """A body without the keys of those who were erased while it was made."""
        for key in self._erased:
            body = body.replace(key, NOBODY)
        return body

    def _numbered(self, text: str, sequence: int, asked: str,
                  read: Callable[[Sequence[Any]], Noun]) -> Iterator[tuple[int, CustomerKey, Noun]]:
        """The records of customers after a number: the number, the customer and the record."""
        return whole_ones(self._read(text, (sequence, asked)), lambda row: (row[0], row[1], read(row[2:])))

    def _read(self, text: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        with self._reader() as connection:
            return connection.execute(text, parameters).fetchall()

    @contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        with translated():
            connection = self._idle.pop() if self._idle else connect(self._path)
            try:
                yield connection
            finally:
                self._idle.append(connection)


def _next_number(connection: sqlite3.Connection) -> int:
    connection.execute(sql.COUNT_UP)
    return int(connection.execute(sql.LAST_NUMBER).fetchone()[0])


def _record_outcome(connection: sqlite3.Connection, new: Outcome, peers: PeerDecision | None) -> bool:
    action = _recommended(connection, new, peers)
    recorded = connection.execute(sql.OUTCOMES_OF_ACTION, (new.decision_id, new.action_id)).fetchall()
    others = frozenset() if peers is None else peers.outcomes.get(new.action_id, frozenset())
    kinds = {OutcomeKind(kind) for kind, in recorded} | others
    if new.outcome in kinds:
        return False
    check_succession(new, kinds)
    connection.execute(sql.INSERT_OUTCOME, (
        _next_number(connection), new.decision_id, new.action_id, new.outcome.value, action.customer_key, new.at,
        new.author, action.family, action.channel, orjson.dumps(action.arguments).decode()))
    return True


def _recommended(connection: sqlite3.Connection, new: Outcome, peers: PeerDecision | None) -> Recommended:
    found = connection.execute(sql.DECISION, (new.decision_id,)).fetchone()
    if found is None and peers is None:
        raise _no_decision(new.decision_id)
    actions = peers.actions if found is None and peers is not None else whole(
        lambda: recommended_in(found[0]), new.decision_id)
    if new.action_id not in actions:
        known = ", ".join(actions) or "none"
        msg = Text(zh=f"决策“{new.decision_id}”没有推荐“{new.action_id}”；它推荐的是：{known}",
                   en=f"decision '{new.decision_id}' did not recommend '{new.action_id}'; it recommended: {known}")
        raise NotFound(msg, hint=Text(zh="请记录该决策中某个行动的结果",
                                      en="send the outcome of an action that stands in the decision"))
    return actions[ActionId(new.action_id)]


def _record_interaction(connection: sqlite3.Connection, new: Interaction) -> bool:
    found = connection.execute(sql.INTERACTION, (new.interaction_id,)).fetchone()
    if found is None:
        connection.execute(sql.INSERT_INTERACTION, (_next_number(connection), new.interaction_id, new.customer_key,
                                                    new.at, to_json(new)))
        _resolve_with(connection, new)
        return True
    recorded = whole(lambda: from_json(found[0], Interaction), new.interaction_id)
    if (recorded.customer_key, recorded.kind) != (new.customer_key, new.kind):
        msg = Text(zh=f"编号“{new.interaction_id}”下已记录了一次“{recorded.kind}”，可能属于另一位客户",
                   en=f"a '{recorded.kind}' was recorded under the id '{new.interaction_id}', perhaps of another "
                      "customer")
        raise Conflict(msg, hint=Text(zh="请给每次接触一个单独的编号", en="give each interaction an id of its own"))
    return not recorded.resolved and _resolve_with(connection, replace(recorded, at=max(recorded.at, new.at),
                                                                       resolved=new.resolved, author=new.author))


def _resolve_with(connection: sqlite3.Connection, told: Interaction) -> bool:
    """Whether the interaction says that its case is resolved, and had not said so before."""
    change_id = f"told:{told.interaction_id}"
    if not told.resolved or (told.case_id is None and told.kind not in NEEDS_RESOLUTION):
        return False
    if connection.execute(sql.CASE_CHANGE, (change_id,)).fetchone() is not None:
        return False
    turn = 1 + max((change.turn for change in _changes_of(connection, told.case)), default=0)
    _insert_change(connection, CaseChange(
        change_id=change_id, customer_key=told.customer_key, case_id=told.case, resolved=True, at=told.at, turn=turn,
        author=told.author))
    return True


def _changes_of(connection: sqlite3.Connection, case_id: str) -> tuple[CaseChange, ...]:
    return tuple(whole_ones(connection.execute(sql.CHANGES_OF_CASE, (case_id,)), _first_as(CaseChange)))


def _insert_change(connection: sqlite3.Connection, change: CaseChange) -> None:
    connection.execute(sql.INSERT_CASE_CHANGE, (_next_number(connection), change.change_id, change.case_id,
                                                change.customer_key, change.at, to_json(change)))


def _first_as(noun: type[Noun]) -> Callable[[Sequence[Any]], Noun]:
    """Reads the first column of a row as the body of a noun."""
    return lambda row: from_json(row[0], noun)


def _shown(row: Sequence[Any]) -> Shown:
    key, action_id, kind, family, release, alike = row
    return Shown(customer_key=key, action_id=action_id, outcome=OutcomeKind(kind), family=ActionFamily(family),
                 release=release, alike=None if alike is None else frozenset(orjson.loads(alike)))


def _answer_outcome(row: Sequence[Any]) -> AnswerOutcome:
    body, converted = row
    return AnswerOutcome(decision=from_json(body, Decision), converted=orjson.loads(converted))


def _first_card(row: Sequence[Any]) -> FirstCard | None:
    key, action_id, family, arguments, expires_at = row
    target = target_of(ActionFamily(family), orjson.loads(arguments))
    return None if target is None else FirstCard(customer_key=key, action_id=action_id, target=target,
                                                 expires_at=expires_at)


def _card_outcome(row: Sequence[Any]) -> CardOutcome:
    key, decision_id, action_id, arguments, kind, at, rule_id, figure, before, source, family, expires_at = row
    return CardOutcome(customer_key=key, decision_id=decision_id, action_id=action_id, arguments=arguments,
                       outcome=OutcomeKind(kind), at=at, rule_id=rule_id, figure=figure if before is None else before,
                       is_models=source == FigureSource.MODEL, expires_at=expires_at,
                       target=target_of(ActionFamily(family), orjson.loads(arguments)))


def _no_decision(decision_id: str) -> NotFound:
    msg = Text(zh=f"没有编号为“{decision_id}”的决策", en=f"no decision has the id '{decision_id}'")
    return NotFound(msg, hint=Text(zh="请使用推荐结果中的决策编号",
                                   en="use the decision_id of an answer of POST /v1/decisions"))
