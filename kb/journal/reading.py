"""What the journal holds, read as nouns: one record that cannot be read stands in nobody's way.

A record that is asked for by its id and cannot be read is a ``DamagedRecord``; among many it is left out, with a line
in the log. ``zhike doctor`` finds all of them, and mends them (``kb.journal.repair``).
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import orjson
from cattrs import BaseValidationError, transform_error

from kb.errors import DamagedRecord, ZhikeError
from kb.journal.events import CaseChange, Interaction, Note, Response
from kb.model.codec import from_json
from kb.model.decision import Decision, Outcome
from kb.model.ids import ActionId, DecisionId
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, OutcomeKind

Noun = TypeVar("Noun")
Row = TypeVar("Row")
_DAMAGED = Text(zh="“{name}”已存储，但无法读取（{why}）", en="'{name}' is stored, but cannot be read ({why})")
_MEND = Text(zh="运行 `zhike doctor` 查看，`zhike doctor --mend` 修复",
             en="`zhike doctor` tells more, `zhike doctor --mend` mends it")
_log = logging.getLogger("zhike.journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Damaged:
    """A record that cannot be read.

    Args:
        sequence: Its number.
        kind: Of the record: ``Decision``, ``Outcome`` and so on.
        record_id: Its own id.
        why: Where in it something is wrong; never what stands there.
    """

    sequence: int
    kind: str
    record_id: str
    customer_key: str | None
    why: str


def response_of(row: Sequence[Any]) -> Response:
    """An outcome with what was recommended, from the columns of ``statements.OUTCOMES_OF``."""
    decision_id, action_id, kind, at, author, family, channel, arguments = row
    outcome = Outcome(decision_id=DecisionId(decision_id), action_id=ActionId(action_id), outcome=OutcomeKind(kind),
                      at=at, author=author)
    return Response(outcome=outcome, family=ActionFamily(family), channel=Channel(channel),
                    arguments=orjson.loads(arguments))


READERS: Mapping[str, Callable[[str], object]] = {
    **{kind: partial(from_json, noun=noun) for kind, noun in (
        ("Decision", Decision), ("Shadow", Decision), ("PostedInteraction", Interaction), ("CaseChange", CaseChange),
        ("Note", Note))},
    "Outcome": lambda body: response_of(orjson.loads(body)),
}
"""By kind of record, what reads its body; that of an outcome is a list of its columns."""


def whole(read: Callable[[], Noun], name: str) -> Noun:
    """What ``read`` gives.

    Args:
        read: Reads one record.
        name: The id of the record.

    Raises:
        DamagedRecord: If it cannot be read.
    """
    try:
        return read()
    except Exception as fault:
        raise DamagedRecord(_DAMAGED.fill(name=name, why=why_damaged(fault)), hint=_MEND) from fault


def whole_ones(rows: Iterable[Row], read: Callable[[Row], Noun]) -> Iterator[Noun]:
    """What ``read`` gives for each row; those that cannot be read are left out and logged."""
    for row in rows:
        try:
            yield read(row)
        except Exception as fault:  # noqa: BLE001  # whatever is wrong with one record, the others are read
            _log.warning("a record cannot be read and is left out (%s); see `zhike doctor`", why_damaged(fault))


def why_damaged(fault: BaseException) -> str:
    """Where in a record something is wrong, without what stands there: it may be personal.

    >>> why_damaged(ValueError("a phone number"))
    'ValueError'
    """
    if isinstance(fault, DamagedRecord | ZhikeError):
        return fault.message
    if isinstance(fault, BaseValidationError):
        return "; ".join(said.rpartition(" @ ")[2] for said in transform_error(fault))
    return type(fault).__name__
