"""A release that challenges the live one: beside it in shadow, or in its place for a share of the customers."""

from dataclasses import dataclass, replace
from enum import StrEnum

import orjson

from kb.errors import Conflict, InvalidInput
from kb.experiments.bucketing import is_drawn
from kb.graph.port import Graph
from kb.graph.state import change_state, state_of
from kb.model.codec import from_plain, to_plain
from kb.model.harm import HarmAcceptance
from kb.model.ids import CustomerKey
from ontology.text import Text

_STATE = "challenges"
_OPEN_ALREADY = Text(zh="版本 {release} 正在挑战版本 {against}",
                     en="release {release} challenges release {against} already")
_END_FIRST = Text(zh="先结束那次挑战：`zhike challenger stop`", en="end that first: `zhike challenger stop`")
_OVER = Text(zh="版本 {release} 的挑战已被别人结束", en="somebody else has ended the challenge of release {release}")
_LOOK = Text(zh="请看挑战报告：`zhike challenger report`", en="see the report: `zhike challenger report`")


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
        since: Number of the journal's last record when it began; ``until`` when it ended, ``None`` while it runs and
            where another service ended it, which counts in a journal of its own.
        journal: Id of the journal that ``since`` and ``until`` speak of; other services count in their own.
        started_at: Wall clock, epoch seconds, as ``ended_at``.
        ended_why: In words.
        accepted_harm: What must never be seen and is seen in it, and why it decides for its share all the same.
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
    accepted_harm: HarmAcceptance | None = None

    def __post_init__(self) -> None:
        if self.mode is ChallengeMode.SHARE and not 0.0 < self.share < 1.0:
            msg = Text(zh=f"挑战者的占比为 {self.share}；应在 0 和 1 之间（不含两端）",
                       en=f"a challenger on a share of {self.share}; expected a share between 0 and 1, both excluded")
            raise InvalidInput(msg, hint=Text(zh="例如 0.1 表示十分之一的客户",
                                              en="for example 0.1 for a tenth of the customers"))
        if self.mode is ChallengeMode.SHADOW and self.share:
            msg = Text(zh=f"影子模式的挑战者不为任何客户作决定；得到的占比为 {self.share}",
                       en=f"a challenger in shadow decides for nobody; got a share of {self.share}")
            raise InvalidInput(msg, hint=Text(zh="请不填占比，或选择“占比”模式",
                                              en="leave the share out, or ask for the mode 'share'"))

    def ended(self, *, until: int | None, at: int, by: str, why: Text) -> "Challenge":
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
        return _read(state_of(self._graph, _STATE))

    def latest(self) -> Challenge | None:
        """The one that runs, or ran last."""
        return (self.all() or (None,))[-1]

    def begin(self, challenge: Challenge) -> None:
        """Write a new challenge.

        Raises:
            Conflict: If one is open, whoever began it; nothing is written then.
        """
        change_state(self._graph, _STATE, lambda told: _written((*_without_open(_read(told)), challenge)))

    def end(self, challenge: Challenge) -> None:
        """Write how the challenge that was open ended.

        Raises:
            Conflict: If it is over already, or is not the latest; nothing is written then.
        """
        change_state(self._graph, _STATE, lambda told: _written((*_before_end(_read(told), challenge), challenge)))


def _without_open(known: tuple[Challenge, ...]) -> tuple[Challenge, ...]:
    for one in known[-1:]:
        if one.is_open:
            raise Conflict(_OPEN_ALREADY.fill(release=one.release, against=one.against), hint=_END_FIRST)
    return known


def _before_end(known: tuple[Challenge, ...], ended: Challenge) -> tuple[Challenge, ...]:
    """Those before the open one, which is ``ended`` but for its end."""
    began = replace(ended, until=None, ended_at=None, ended_by=None, ended_why=None)
    if known[-1:] != (began,):
        raise Conflict(_OVER.fill(release=ended.release), hint=_LOOK)
    return known[:-1]


def _read(told: str | None) -> tuple[Challenge, ...]:
    return tuple(from_plain(plain, Challenge) for plain in orjson.loads(told or "[]"))


def _written(challenges: tuple[Challenge, ...]) -> str:
    return orjson.dumps([to_plain(challenge) for challenge in challenges]).decode()
