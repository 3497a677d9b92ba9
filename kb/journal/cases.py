"""Cases: the interactions of a customer that are opened, resolved and opened again together."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kb.errors import Conflict, InvalidInput
from kb.journal.events import CaseChange, Interaction
from kb.model.ids import CustomerKey
from kb.model.pattern import iso_instant
from ontology.text import Text
from ontology.vocabulary import InteractionKind

_EARLIER = Text(zh="工单“{case}”在 {last} 有更晚的记录，不能记为在 {at} 变更",
                en="case '{case}' has a later record, of {last}, so it cannot have changed at {at}")
_TO_COME = Text(zh="{at} 晚于知识库的当前时刻 {now}", en="{at} lies after the moment of the base, {now}")
_LEAVE_OUT = Text(zh="请省略 at，或给出更晚的时刻", en="leave 'at' out, or give a later instant")
_LEAVE_IT_OUT = Text(zh="请省略 at，或给出更早的时刻", en="leave 'at' out, or give an earlier instant")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMember:
    """An interaction of a case; ``resolved_at`` is what its source says, ``None`` where it says nothing."""

    customer_key: CustomerKey
    kind: InteractionKind
    at: int
    resolved_at: int | None = None

    @classmethod
    def of(cls, posted: Interaction) -> "CaseMember":
        """A posted interaction."""
        return cls(customer_key=posted.customer_key, kind=posted.kind, at=posted.at,
                   resolved_at=posted.at if posted.resolved else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case of one customer, or of several whose interactions name it.

    Args:
        members: What needs to be resolved.
        changes: Of the case, as far as they are known.
    """

    case_id: str
    members: tuple[CaseMember, ...]
    changes: tuple[CaseChange, ...] = ()

    @property
    def customers(self) -> tuple[CustomerKey, ...]:
        """Whose it is."""
        return tuple(sorted({one.customer_key for one in self.members}))

    def is_resolved(self, as_of: int) -> bool:
        """Whether nothing of it is open at an instant."""
        return all(is_resolved(one.at, _seen(one.resolved_at, as_of), self._changes_of(one.customer_key, as_of))
                   for one in self.members if one.at <= as_of)

    def changed(self, asked: "CaseStep", change_id: str) -> tuple[CaseChange, ...]:
        """The changes, one for each customer, that do what is asked; none where it is so already.

        Raises:
            Conflict: If something of the case happened after the instant that is given.
            InvalidInput: If that instant is still to come.
        """
        if self.is_resolved(asked.now) == asked.resolved:
            return ()
        self._check_instant(asked)
        turn = 1 + max((change.turn for change in self.changes), default=0)
        return tuple(CaseChange(change_id=f"{change_id}/{number}" if number else change_id, customer_key=key,
                                case_id=self.case_id, resolved=asked.resolved, at=asked.instant, turn=turn,
                                author=asked.author, reason=asked.reason)
                     for number, key in enumerate(self.customers))

    def _check_instant(self, asked: "CaseStep") -> None:
        if asked.instant > asked.now:
            raise InvalidInput(_TO_COME.fill(at=iso_instant(asked.instant), now=iso_instant(asked.now)),
                               hint=_LEAVE_IT_OUT)
        seen = [instant for instant in self._instants() if instant <= asked.now]
        if seen and max(seen) > asked.instant:
            raise Conflict(_EARLIER.fill(case=self.case_id, last=iso_instant(max(seen)), at=iso_instant(asked.instant)),
                           hint=_LEAVE_OUT)

    def _instants(self) -> list[int]:
        told = [instant for one in self.members for instant in (one.at, one.resolved_at) if instant is not None]
        return told + [change.at for change in self.changes]

    def _changes_of(self, key: CustomerKey, as_of: int) -> list[CaseChange]:
        return [change for change in self.changes if change.customer_key == key and change.at <= as_of]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStep:
    """What is to become of a case.

    Args:
        resolved: False opens it again.
        at: When, epoch seconds; ``None``: now.
        now: The moment of the base.
    """

    resolved: bool
    author: str
    now: int
    at: int | None = None
    reason: str = ""

    @property
    def instant(self) -> int:
        """When it changes."""
        return self.now if self.at is None else self.at


def is_resolved(at: int, resolved_at: int | None, changes: Iterable[CaseChange]) -> bool:
    """Whether an interaction is resolved by what its source says and by the changes of its case.

    A change from before the interaction says nothing of it. The last word counts; at one instant that of a change.

    Args:
        at: When it happened.
        resolved_at: When its source says that it was resolved, if it does.
        changes: Of its case.

    >>> def change(at, resolved):
    ...     return CaseChange(change_id="k", customer_key="c", case_id="a", resolved=resolved, at=at, turn=1,
    ...                       author="li")
    >>> is_resolved(5, None, []), is_resolved(5, 7, []), is_resolved(5, 7, [change(7, False)])
    (False, True, False)
    >>> is_resolved(5, None, [change(4, True)]), is_resolved(5, 9, [change(7, False)])
    (False, True)
    """
    last = max((change for change in changes if change.at >= at), key=lambda change: change.order, default=None)
    if last is None or (resolved_at is not None and resolved_at > last.at):
        return resolved_at is not None
    return last.resolved


def with_changes(case: Case, changes: Iterable[CaseChange]) -> Case:
    """The case with changes of the own journal beside those of others."""
    return replace(case, changes=(*case.changes, *changes))


def _seen(instant: int | None, as_of: int) -> int | None:
    return instant if instant is not None and instant <= as_of else None
