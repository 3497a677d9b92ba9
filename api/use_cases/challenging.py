"""A release that challenges the live one: begun, followed in shadow or served to a share, compared, ended."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from api.use_cases.knowledge.harms import Harms
from api.use_cases.release_cache import ReleaseCache
from api.use_cases.shadow import DecidedAnswer, ShadowWriter
from api.use_cases.steering import proportion_json
from api.use_cases.views import Json
from kb.errors import Conflict, NotFound
from kb.experiments.challenge import Challenge, ChallengeMode, Challenges
from kb.experiments.comparison import Figure, compare
from kb.facts.online import LIVE
from kb.graph.port import Graph
from kb.journal.peer_journals import left_out
from kb.journal.store import Journal
from kb.model.codec import to_plain
from kb.model.ids import CustomerKey
from kb.model.pattern import iso_instant
from kb.supervision import WorkerHealth
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus
from rules.decision.compiled_release import CompiledRelease
from rules.decision.request import Request

_SETTLING_SECONDS = 5.0
_STOPPED = Text(zh="由 {by} 停止", en="stopped by {by}")
_WENT_LIVE = Text(zh="挑战版本 {release} 已成为正式版本，比较到此结束",
                  en="release {release}, the challenger, is live now: the comparison has ended")
_LIVE_MOVED = Text(zh="正式版本已换成 {live}，挑战版本 {release} 与版本 {against} 的比较到此结束",
                   en="release {live} is live now: the comparison of challenger {release} with {against} has ended")
_SIDES = {
    ChallengeMode.SHARE: Text(
        zh="每位客户在每行只计一次。两边是由正式版本与挑战版本分别决策的客户，随机划分，每人始终在同一边",
        en="A customer counts once on each line. The sides are the customers for whom each release decides, drawn at"
           " random once and for all"),
    ChallengeMode.SHADOW: Text(
        zh="挑战版本的答复从未展示。两边是：两个版本都推荐的卡片（计入挑战版本）与只有正式版本推荐的卡片；"
           "只有挑战版本推荐的卡片无从比较。客户按首张展示的卡片计一次",
        en="Nothing of the challenger was shown. The sides are the cards that both releases recommend (the"
           " challenger's) and those of the live release alone; a card of the challenger alone cannot be judged. A"
           " customer counts once, by the first card shown"),
}


@dataclass(slots=True, kw_only=True)
class Challenging:
    """The challenge of one base; at most one runs at a time."""

    challenges: Challenges
    graph: Graph
    harms: Harms
    journal: Journal
    releases: ReleaseCache
    _changing: threading.Lock = field(default_factory=threading.Lock, init=False)
    _shadow: ShadowWriter = field(init=False)
    _latest: Challenge | None = field(init=False)

    def __post_init__(self) -> None:
        self._shadow = ShadowWriter(self.journal, self.releases.of)
        self._latest = self.challenges.latest()

    def start(self, release: int, mode: ChallengeMode, share: float, by: str, *,
              accept_harm: str | None = None) -> Json:
        """Let a release challenge the live one.

        Raises:
            NotFound: If there is no such release.
            Conflict: If it is the live one, or says the same, or another challenges already; or if it would decide for
                a share of the customers, some would see what must never be seen, and ``accept_harm`` gives no reason.
        """
        accepted = None if mode is ChallengeMode.SHADOW else self.harms.demand_none(
            self.releases.of(release).release, by=by, reason=accept_harm)
        with self._changing:
            live = self.releases.compiled().release
            self._take_note()
            self._refuse_equal(release, live.number)
            self._end_if_moved(live.number, by)
            challenge = Challenge(
                release=release, against=live.number, mode=mode, share=share, started_by=by,
                since=self.journal.last_sequence(), started_at=int(time.time()), journal=self.journal.id,
                accepted_harm=accepted)
            self.challenges.begin(challenge)
            self._latest = challenge
            return _challenge_json(challenge)

    def stop(self, by: str) -> Json:
        """End the challenge; what it has shown stays to be read.

        Raises:
            NotFound: If none runs.
        """
        with self._changing:
            self._take_note()
            running = self._running(self.releases.compiled().release.number)
            if running is None:
                msg = Text(zh="目前没有版本在挑战线上版本", en="no release challenges the live one")
                raise NotFound(msg, hint=Text(zh="可用 `zhike challenger start N --shadow` 开始",
                                              en="begin with `zhike challenger start N --shadow`"))
            return _challenge_json(self._end(running, by, _STOPPED.fill(by=by)))

    def would_end(self, live: int) -> Challenge | None:
        """The challenge that runs and would end if release ``live`` were served."""
        with self._changing:
            self._take_note()
            latest = self._latest
        return latest if latest is not None and latest.is_open and latest.against != live else None

    def live_moved(self, live: int, by: str) -> Text | None:
        """End a challenge whose live release is no longer ``live``; what to tell, if there was one."""
        with self._changing:
            self._take_note()
            return self._end_if_moved(live, by)

    def report(self) -> Json:
        """The latest challenge with counts, figures, their intervals and what may be concluded.

        Raises:
            NotFound: If there never was one.
        """
        # Long ended, unless a kill came between the two steps.
        self.live_moved(self.releases.compiled().release.number, "")
        latest = self._latest
        if latest is None:
            msg = Text(zh="还没有版本挑战过线上版本", en="no release has challenged the live one yet")
            raise NotFound(msg, hint=Text(zh="可用 `zhike challenger start N --shadow` 开始",
                                          en="begin with `zhike challenger start N --shadow`"))
        self._shadow.settle(_SETTLING_SECONDS)
        journal, span = self.journal, self._span(latest)
        decided = journal.decided_while(*span)
        figures = compare(latest, journal.shown_while(*span, latest.release),
                          {release: customers for release, (_, customers) in decided.items()})
        return {
            **_challenge_json(latest),
            "decided": [{"release": release, "decisions": decided.get(release, (0, 0))[0],
                         "customers": decided.get(release, (0, 0))[1]} for release in (latest.against, latest.release)],
            "followed": None if latest.mode is ChallengeMode.SHARE else to_plain(
                journal.followed_while(*span, latest.release)),
            "sides": to_plain(_SIDES[latest.mode]),
            "figures": [_figure_json(figure) for figure in figures],
            "left_out": to_plain(left_out(self.graph, self.journal.id)),
        }

    def look_again(self) -> None:
        """Take note of what another service on the graph began or ended."""
        with self._changing:
            self._take_note()

    def _take_note(self) -> None:
        latest = self.challenges.latest()
        if latest is not None and latest != self._latest:
            self._span(latest)
        self._latest = latest

    def _span(self, challenge: Challenge) -> tuple[int, int | None]:
        """Between which numbers of the own journal it ran: what another service did counts from when it was seen."""
        journal, name = self.journal, f"challenge {challenge.release} {challenge.started_at}"
        is_own = challenge.journal in {"", journal.id}
        since = challenge.since if is_own else journal.mark(f"{name} began")
        if challenge.is_open or (is_own and challenge.until is not None):
            return since, challenge.until
        return since, journal.mark(f"{name} ended")

    def counting(self, live: CompiledRelease) -> tuple[KnowledgeStatus, ...]:
        """Of what status knowledge must be to be read for an answer: a challenger's own may be approved only."""
        is_running = self._running(live.release.number) is not None
        return (KnowledgeStatus.PUBLISHED, KnowledgeStatus.APPROVED) if is_running else LIVE

    def serving(self, key: CustomerKey, live: CompiledRelease) -> CompiledRelease:
        """The release that decides for a customer: the live one, unless a challenger has drawn them."""
        running = self._running(live.release.number)
        is_challengers = running is not None and running.decides_for(key)
        if running is None or not is_challengers:
            return live
        return self.releases.of(running.release).under_states_of(live)

    def follow(self, live: CompiledRelease, request: Request, answers: Sequence[DecidedAnswer]) -> None:
        """Have a challenger in shadow answer the same; returns at once."""
        running = self._running(live.release.number)
        if running is not None and running.mode is ChallengeMode.SHADOW:
            self._shadow.follow(running.release, request, answers)

    def health(self) -> WorkerHealth | None:
        """How the thread that follows in shadow fares; ``None`` where none runs."""
        return self._shadow.health()

    def close(self) -> None:
        """Finish what waits in shadow."""
        self._shadow.close()

    def _running(self, live: int) -> Challenge | None:
        latest = self._latest
        return latest if latest is not None and latest.is_open and latest.against == live else None

    def _refuse_equal(self, release: int, live: int) -> None:
        challenger, compiled = self.releases.of(release).release, self.releases.of(live).release
        if challenger.number == compiled.number:
            msg = Text(zh=f"版本 {release} 就是线上版本；请指定另一个版本",
                       en=f"release {release} is the live one; expected another")
            raise Conflict(msg, hint=Text(zh="发布版本见“发布”页，或用 `zhike releases` 列出",
                                          en="list the releases with `zhike releases`"))
        if challenger.fingerprint == compiled.fingerprint:
            msg = Text(zh=f"版本 {release} 与线上版本 {live} 内容相同，没有可比较的",
                       en=f"release {release} says the same as the live release {live}: there is nothing to compare")
            raise Conflict(msg, hint=Text(zh="请比较各发布版本的指纹",
                                          en="compare the fingerprints in `zhike releases`"))

    def _end_if_moved(self, live: int, by: str) -> Text | None:
        latest = self._latest
        if latest is None or not latest.is_open or latest.against == live:
            return None
        why = _moved(latest, live)
        try:
            self._end(latest, by, why)
        except Conflict:  # another service on the graph has seen it too, and ended it
            self._take_note()
        return why

    def _end(self, challenge: Challenge, by: str, why: Text) -> Challenge:
        journal = self.journal
        until = journal.last_sequence() if challenge.journal in {"", journal.id} else None
        ended = challenge.ended(until=until, at=int(time.time()), by=by, why=why)
        self.challenges.end(ended)
        self._latest = ended
        return ended


def _moved(challenge: Challenge, live: int) -> Text:
    words = _WENT_LIVE if challenge.release == live else _LIVE_MOVED
    return words.fill(release=challenge.release, against=challenge.against, live=live)


def _challenge_json(challenge: Challenge) -> Json:
    return {"release": challenge.release, "against": challenge.against, "mode": challenge.mode.value,
            "share": challenge.share, "running": challenge.is_open,
            "accepted_harm": None if challenge.accepted_harm is None else challenge.accepted_harm.reason,
            "started_by": challenge.started_by, "started_at": iso_instant(challenge.started_at),
            "ended_by": challenge.ended_by,
            "ended_at": None if challenge.ended_at is None else iso_instant(challenge.ended_at),
            "ended_why": None if challenge.ended_why is None else to_plain(challenge.ended_why)}


def _figure_json(figure: Figure) -> Json:
    return {
        "family": None if figure.family is None else figure.family.value, "measure": figure.measure.value,
        "basis": figure.basis.value, "live": proportion_json(figure.live),
        "challenger": proportion_json(figure.challenger), "difference": figure.difference,
        "interval": None if figure.interval is None else list(figure.interval), "verdict": to_plain(figure.verdict)}
