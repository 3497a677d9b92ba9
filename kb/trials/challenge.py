"""A release that challenges the live one: beside it in shadow, or in its place for a share of the customers."""

from dataclasses import dataclass, replace
from enum import StrEnum

import orjson

from kb.errors import InvalidInput
from kb.graph.port import Graph
from kb.graph.state import put_state, state_of
from kb.model.codec import from_plain, to_plain
from kb.model.ids import CustomerKey
from kb.trials.lot import is_drawn
from ontology.text import Text

_STATE = "challenges"


class ChallengeMode(StrEnum):
    """How a release challenges the live one."""

    SHADOW = "shadow"
    SHARE = "share"


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One comparison of a release with the one that was live when it began.

    Args:
        release: The challenger.
        against: The live release; once another is live, the comparison is over.
        share: Of all customers whom the challenger decides for, (0, 1); 0 in shadow.
        since: Number of the journal's last record when it began; ``until`` when it ended, ``None`` while it runs.
        journal: Id of the journal that ``since`` and ``until`` speak of; other services count in their own.
        started_at: Wall clock, epoch seconds, as ``ended_at``.
        ended_why: In words.
    """

    release: int
    against: int
    mode: ChallengeMode
    share: float = 0.0
    since: int
    started_at: int
    started_by: str
    until: int | None = None
    ended_at: int | None = None
    ended_by: str | None = None
    ended_why: Text | None = None
    journal: str = ""

    def __post_init__(self) -> None:
        if self.mode is ChallengeMode.SHARE and not 0.0 < self.share < 1.0:
            msg = f"a challenger on a share of {self.share}; expected a share between 0 and 1, both excluded"
            raise InvalidInput(msg, hint="for example 0.1 for a tenth of the customers")
        if self.mode is ChallengeMode.SHADOW and self.share:
            msg = f"a challenger in shadow decides for nobody; got a share of {self.share}"
            raise InvalidInput(msg, hint="leave the share out, or ask for the mode 'share'")

    def ended(self, *, until: int, at: int, by: str, why: Text) -> "Challenge":
        """The challenge as it stands once it is over."""
        return replace(self, until=until, ended_at=at, ended_by=by, ended_why=why)

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None

    def decides_for(self, key: CustomerKey) -> bool:
        """Whether the challenger answers for this customer: the same ones for as long as its share stands."""
        return self.mode is ChallengeMode.SHARE and is_drawn(f"challenger {self.release}", key, self.share)


class Challenges:
    """The challenges of one graph, kept with it."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def all(self) -> tuple[Challenge, ...]:
        """Every challenge there was, oldest first."""
        told = orjson.loads(state_of(self._graph, _STATE) or "[]")
        return tuple(from_plain(plain, Challenge) for plain in told)

    def latest(self) -> Challenge | None:
        """The one that runs, or ran last."""
        return (self.all() or (None,))[-1]

    def begin(self, challenge: Challenge) -> None:
        """Write a new challenge; whoever calls has made sure that none is open."""
        self._write((*self.all(), challenge))

    def end(self, challenge: Challenge) -> None:
        """Write how the latest challenge ended."""
        self._write((*self.all()[:-1], challenge))

    def _write(self, challenges: tuple[Challenge, ...]) -> None:
        written = orjson.dumps([to_plain(challenge) for challenge in challenges]).decode()
        self._graph.write([put_state(_STATE, written)])
