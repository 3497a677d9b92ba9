"""Records that cannot be read, found and mended: what follows from the rest is put in, the others are taken aside.

Nothing is lost: the text of every record that is changed or taken out is kept in the table ``replaced``, until the
person is erased.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from kb.journal import statements as sql
from kb.journal.reading import READERS, Damaged, why_damaged
from kb.model.bounds import LEVER, MONEY, RATING, SECONDS
from kb.model.decision import Factors


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What became of the damaged records.

    Args:
        repaired: Can be read again.
        taken_out: Could not be repaired; their text is kept aside.
        followed_from: The graph has to follow the journal again after this number; ``None`` where nothing changed.
    """

    repaired: tuple[Damaged, ...]
    taken_out: tuple[Damaged, ...]
    followed_from: int | None


def find_damaged(connection: sqlite3.Connection) -> Iterator[Damaged]:
    """Each record that cannot be read, by its number, and those whose following the graph refused."""
    for sequence, kind, record_id, customer_key, body in connection.execute(sql.BODIES):
        why = _why_unreadable(kind, body)
        if why is not None:
            yield Damaged(sequence=sequence, kind=kind, record_id=record_id, customer_key=customer_key, why=why)


def mend(connection: sqlite3.Connection, now: int) -> Repair:
    """Repair or take out every damaged record, and let all that was set aside follow into the graph again."""
    damaged = tuple(find_damaged(connection))
    bodies = {one.sequence: connection.execute(sql.BODY_OF[one.kind], (one.sequence,)).fetchone()[0] for one in damaged}
    repaired = tuple(one for one in damaged if _repair(connection, one, bodies[one.sequence], now))
    taken_out = tuple(one for one in damaged if one not in repaired)
    for one in taken_out:
        _keep(connection, one, bodies[one.sequence], now)
        connection.execute(sql.TAKE_OUT[one.kind], (one.sequence,))
        connection.execute(sql.NUMBER_REMOVED, (one.sequence,))
    waiting = [sequence for sequence, in connection.execute(sql.SET_ASIDE)] + [one.sequence for one in damaged]
    connection.execute(sql.FORGET_SET_ASIDE)
    return Repair(repaired=repaired, taken_out=taken_out, followed_from=min(waiting) - 1 if waiting else None)


def _repair(connection: sqlite3.Connection, one: Damaged, body: str, now: int) -> bool:
    """Whether the record can be read with what follows from the rest of it."""
    try:
        mended = orjson.dumps(_REPAIRS[one.kind](orjson.loads(body))).decode()
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
    if _why_unreadable(one.kind, mended) is not None:
        return False
    _keep(connection, one, body, now)
    connection.execute(sql.SET_BODY[one.kind], (mended, one.sequence))
    return True


def _keep(connection: sqlite3.Connection, one: Damaged, body: str, now: int) -> None:
    connection.execute(sql.KEEP_REPLACED, (one.sequence, one.kind, one.record_id, one.customer_key, body, one.why, now))


def _why_unreadable(kind: str, body: str) -> str | None:
    try:
        READERS[kind](body)
    except Exception as fault:  # noqa: BLE001  # whatever it is, the record cannot be read
        return why_damaged(fault)
    return None


def _repaired_decision(plain: dict[str, Any]) -> dict[str, Any]:
    """With each factor within its bounds, and each score the product of its factors."""
    for action in plain["actions"]:
        factors = action["factors"]
        factors |= {"lever": LEVER.nearest(factors["lever"]), "value": MONEY.nearest(factors["value"])}
        action["score"] = Factors(**factors).score
    return plain


def _repaired_interaction(plain: dict[str, Any]) -> dict[str, Any]:
    """With the numbers unknown that are out of bounds."""
    bounds = {"amount": MONEY, "score": RATING, "score_max": RATING, "dwell_seconds": SECONDS}
    return plain | {name: None for name, within in bounds.items()
                    if plain.get(name) is not None and not within.holds(plain[name])}


def _beyond_repair(plain: dict[str, Any]) -> dict[str, Any]:
    return plain


_REPAIRS: Mapping[str, Callable[[dict[str, Any]], object]] = {
    "Decision": _repaired_decision, "Shadow": _repaired_decision, "PostedInteraction": _repaired_interaction,
    "CaseChange": _beyond_repair, "Note": _beyond_repair, "Outcome": _beyond_repair,
}
