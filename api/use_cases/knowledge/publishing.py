"""Releases as managers make and serve them: what would change is told first, and what goes is confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.use_cases.challenging import Challenging
from api.use_cases.knowledge.harms import Harms
from api.use_cases.release_cache import ReleaseCache
from api.use_cases.views import Json, release_json, release_summary_json
from kb.curation.curation import Curation
from kb.curation.difference import Changes, ReleaseDifference, release_difference
from kb.curation.levers import StandingLevers
from kb.description import BaseDescription
from kb.errors import ChangedMeanwhile, Conflict
from kb.graph.port import Graph
from kb.model.codec import to_plain
from kb.model.harm import HarmAcceptance
from kb.model.pattern import iso_instant
from kb.model.release import Release
from ontology.text import Text
from rules.packs.pack import load_pack

_NO_CHANGE = Text(zh="没有可发布的改动：现行版本 {live} 已包含全部已批准的内容",
                  en="there is nothing to publish: the live release {live} holds all that is approved")
_APPROVE_FIRST = Text(zh="请先批准知识或规则，或调整权重", en="approve knowledge or a rule, or set a lever, first")
_KEPT_ALREADY = Text(zh="版本 {number} 已存放，内容与此相同",
                     en="release {number} is kept aside and says the same already")
_SERVE_IT = Text(zh="可恢复版本 {number}，或让它挑战现行版本",
                 en="roll back to release {number}, or let it challenge the live one")
_REMOVES = Text(zh="这样会移除现行规则：{rules}", en="this would remove live rules: {rules}")
_CONFIRM_REMOVAL = Text(zh="如确要移除，请逐一确认：removes {ids}（命令行：--yes）",
                        en="if that is meant, confirm each of them: removes {ids} (in a terminal: --yes)")
_ENDS = Text(zh="这样会结束进行中的比较：挑战版本 {release} 与版本 {against}",
             en="this would end a comparison that runs: challenger {release} with release {against}")
_CONFIRM_END = Text(zh="如确要结束，请确认：ends_challenger {release}（命令行：--yes）",
                    en="if that is meant, confirm it: ends_challenger {release} (in a terminal: --yes)")
_OTHER_CHANGES = Text(zh="要发布的内容与您看到的不同", en="what would change is no longer what was shown")
_LOOK_AGAIN = Text(zh="请重新查看改动，再作决定；现在的摘要是 {digest}",
                   en="look at the changes again and decide anew; their digest is {digest} now")
_SAME_FINGERPRINT = "MATCH (r:Release) WHERE r.fingerprint = $fingerprint RETURN r.number AS number ORDER BY r.number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What somebody knows of, who lets another release go live.

    Args:
        digest: Of the changes that they have seen; ``None`` where they have not looked.
        removes: Live rules that go.
        ends_challenger: The challenger whose comparison ends.
        accept_harm: Why it goes live although customers would see what a row of the harm table forbids.
    """

    digest: str | None = None
    removes: tuple[str, ...] = ()
    ends_challenger: int | None = None
    accept_harm: str | None = None


UNCONFIRMED = Confirmed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """The releases of one base."""

    challenging: Challenging
    curation: Curation
    description: BaseDescription
    graph: Graph
    harms: Harms
    releases: ReleaseCache
    standing_levers: StandingLevers

    def next(self) -> Json:
        """What publishing now would change, and what it would end; nothing is written."""
        pack = load_pack()
        draft = self.curation.draft("", pack.actions, pack.policy, self.standing_levers.current())
        return {"number": draft.number, **self._preview(draft)}

    def one(self, number: int) -> Json:
        """A release, and what serving it in place of the live one would change and end.

        Raises:
            NotFound: If there is no such release.
        """
        release = self.curation.release(number)
        return {**release_json(release, is_live=number == self.curation.live_number()),
                **self._preview(release)}

    def publish(self, publisher: str, *, aside: bool = False, confirmed: Confirmed = UNCONFIRMED) -> Json:
        """Publish what is approved, once it has been compiled and tried out; ``aside``: without serving it.

        Raises:
            Conflict: If nothing would change, something would go or end that was not confirmed, or customers would
                see what must never be seen and no reason is given.
            ChangedMeanwhile: If what would change is no longer what was shown.
        """
        pack, curation = load_pack(), self.curation

        def check(release: Release) -> HarmAcceptance | None:
            before = curation.live()  # read after the history: what moves it from now on undoes the whole
            difference = release_difference(before, release)
            self._refuse_same(before, release, difference, aside=aside)
            _check_seen(difference, confirmed)
            if not aside:
                _check_removals(difference, confirmed)
                self._check_end(release.number, confirmed)
            self.releases.try_out(release)
            return self.harms.demand_none(release, by=publisher, reason=confirmed.accept_harm)

        release = curation.publish(publisher, pack.actions, pack.policy, self.standing_levers.current(), check=check,
                                   aside=aside)
        if not aside:
            self.releases.compiled()
        return self._served(release, publisher, is_live=not aside)

    def rollback(self, number: int, by: str, confirmed: Confirmed = UNCONFIRMED) -> Json:
        """Serve an earlier release again, or one that was kept aside.

        Raises:
            NotFound: If there is no such release.
            Conflict: If it would end a challenge, and that was not confirmed, or customers of today would see what
                must never be seen and no reason is given.
            ChangedMeanwhile: If what would change is no longer what was shown.
        """
        curation = self.curation

        def check(release: Release) -> HarmAcceptance | None:
            _check_seen(release_difference(curation.live(), release), confirmed)
            self._check_end(number, confirmed)
            return self.harms.demand_none(release, by=by, reason=confirmed.accept_harm)

        return self._served(curation.rollback(number, by, check=check), by, is_live=True)

    def listed(self, as_of: str | None = None) -> list[Json]:
        """All releases known then, the latest first; the one that was live then is marked."""
        curation, past = self.curation, self.description.moment_at(None, as_of)
        live = curation.live_number() if past.known_at is None else curation.live_number_at(past.seen_until)
        return [release_summary_json(release, is_live=release.number == live) for release in curation.releases()
                if past.known_at is None or release.published_at <= past.seen_until]

    def history(self) -> list[Json]:
        """Which release was served from when, by whose act, oldest first."""
        return [act | {"at": iso_instant(act["at"]), "accepted_harm": (act.get("accepted_harm") or {}).get("reason")}
                for act in self.curation.history()]

    def _preview(self, release: Release) -> Json:
        difference = release_difference(self.curation.live(), release)
        return {"changes": _difference_json(difference), "digest": difference.digest,
                "ends_challenger": self._ending(release.number)}

    def _ending(self, live: int) -> Json | None:
        ending = self.challenging.would_end(live)
        return None if ending is None else {
            "release": ending.release,
            "says": to_plain(_ENDS.fill(release=ending.release, against=ending.against))}

    def _served(self, release: Release, by: str, *, is_live: bool) -> Json:
        told = release_json(release, is_live=is_live)
        ended = self.challenging.live_moved(release.number, by) if is_live else None
        return told if ended is None else told | {"challenger_ended": to_plain(ended)}

    def _check_end(self, live: int, confirmed: Confirmed) -> None:
        ending = self.challenging.would_end(live)
        if ending is not None and ending.release != confirmed.ends_challenger:
            raise Conflict(_ENDS.fill(release=ending.release, against=ending.against),
                           hint=_CONFIRM_END.fill(release=ending.release))

    def _refuse_same(self, live: Release | None, release: Release, difference: ReleaseDifference, *,
                     aside: bool) -> None:
        if live is not None and difference.is_empty:
            raise Conflict(_NO_CHANGE.fill(live=live.number), hint=_APPROVE_FIRST)
        for row in self.graph.read(_SAME_FINGERPRINT, fingerprint=release.fingerprint) if aside else ():
            if release_difference(self.curation.release(row["number"]), release).is_empty:
                raise Conflict(_KEPT_ALREADY.fill(number=row["number"]), hint=_SERVE_IT.fill(number=row["number"]))


def _check_seen(difference: ReleaseDifference, confirmed: Confirmed) -> None:
    if confirmed.digest is not None and confirmed.digest != difference.digest:
        raise ChangedMeanwhile(_OTHER_CHANGES, hint=_LOOK_AGAIN.fill(digest=difference.digest),
                               digest=difference.digest)


def _check_removals(difference: ReleaseDifference, confirmed: Confirmed) -> None:
    going = {rule: name for rule, name in difference.rules.removed.items() if rule not in confirmed.removes}
    if going:
        named = Text(zh="、".join(f"{name.zh}（{rule}）" for rule, name in going.items()),
                     en=", ".join(f"{name.en} ({rule})" for rule, name in going.items()))
        raise Conflict(_REMOVES.fill(rules=named), hint=_CONFIRM_REMOVAL.fill(ids=", ".join(going)))


def _difference_json(difference: ReleaseDifference) -> Json:
    return {"rules": _changes_json(difference.rules), "items": _changes_json(difference.items),
            "actions": _changes_json(difference.actions), "levers": difference.levers, "policy": difference.policy,
            "none": difference.is_empty}


def _changes_json(changes: Changes) -> Json:
    def listed(nouns: Mapping[str, Text]) -> list[Json]:
        return [{"id": key, "name": to_plain(name)} for key, name in nouns.items()]

    return {"added": listed(changes.added), "changed": listed(changes.changed), "removed": listed(changes.removed)}
