"""Numbered releases: what is approved, as one immutable whole, and which of them is served."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any, TypeAlias

import orjson

from kb.curation import records
from kb.curation.lifecycle import LIVE
from kb.curation.quantile_resolution import resolved
from kb.errors import NotFound
from kb.facts.distribution import distributions_of
from kb.graph.port import Graph, Record, Statement
from kb.graph.state import Edition, changed, put_state, state_of, swap_state
from kb.graph.version import LIVE_RELEASE
from kb.model.action import Action, ContactPolicy, Levers
from kb.model.codec import from_json, from_plain, to_json, to_plain
from kb.model.harm import HarmAcceptance
from kb.model.knowledge import KnowledgeItem
from kb.model.quantile import quantiles_in
from kb.model.release import Release, ReleaseSummary
from kb.model.rule import Rule
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus

_HISTORY = "release_history"
_LAST = "MATCH (r:Release) RETURN r.number AS number ORDER BY r.number DESC LIMIT 1"
_ONE = "MATCH (r:Release {number: $number}) RETURN r.body AS body"
_NUMBERS = "MATCH (r:Release) RETURN r.number AS number ORDER BY r.number DESC"
_SOME = """
    MATCH (r:Release) WHERE r.number IN $numbers
    RETURN r.number AS number, r.fingerprint AS fingerprint, r.body AS body"""
_STILL_LAST = "MATCH (r:Release) WITH count(r) AS known WHERE known = $known RETURN known"
_CREATE = """
    CREATE (r:Release {number: $number, published_at: $published_at, publisher: $publisher,
                       fingerprint: $fingerprint, body: $body})"""
_STILL_LIVE = """
    MATCH (n:{table}) WHERE n.id IN $ids AND n.status IN $statuses AND n.body IN $bodies
    WITH count(n) AS present WHERE present = $expected RETURN present"""
_LINK = "MATCH (r:Release {{number: $number}}), (n:{table}) WHERE n.id IN $ids CREATE (r)-[:{link}]->(n)"
_WITHDRAW = "MATCH (n:{table}) WHERE n.status = $published AND NOT n.id IN $ids SET n.status = $approved"
_SERVE = "MATCH (n:{table}) WHERE n.status = $approved AND n.id IN $ids SET n.status = $published"
_MADE_MEANWHILE = Text(zh="发布期间别人已生成了另一个版本",
                       en="another release was made while this one was being published")
_SERVED_MEANWHILE = Text(zh="刚刚有别人发布或恢复了另一个版本",
                         en="another release was published or rolled back to in the same moment")
_CHANGED_MEANWHILE = Text(zh="发布期间有别人改动了知识或规则",
                          en="knowledge was changed by somebody else while it was being published")
_NO_RELEASE = Text(zh="没有版本 {number}", en="there is no release {number}")
_LIST = Text(zh="用 GET /v1/releases 或 `zhike releases` 列出版本",
             en="list them with GET /v1/releases or `zhike releases`")
_NOTHING_WAITS = Text(zh="没有待审或已批准的条目、也没有待审的规则草稿“{id}”",
                      en="there is no item '{id}' that waits for a verdict or was approved, nor a draft of a rule")
_LIST_WAITING = Text(zh="用 GET /v1/knowledge?status=proposed 和 GET /v1/rules?status=proposed 列出",
                     en="list them with GET /v1/knowledge?status=proposed and GET /v1/rules?status=proposed")
_TABLES = (("KnowledgeItem", "PUBLISHES"), ("Rule", "CONTAINS"))


class Releases:
    """The releases of one graph; ``now`` is the wall clock in epoch seconds."""

    def __init__(self, graph: Graph, now: Callable[[], int]) -> None:
        self._graph = graph
        self._now = now
        self._summaries: dict[int, ReleaseSummary] = {}
        self._last: Release | None = None

    def publish(self, publisher: str, actions: Sequence[Action], policy: ContactPolicy,  # noqa: PLR0913 - its parts
                levers: Levers | None = None, *, check: Callable[[Release], HarmAcceptance | None],
                aside: bool = False) -> Release:
        """Make everything that is approved the next release and serve it; whole, or not at all.

        A rule is in when it is approved and so is all knowledge it rests on.

        Args:
            publisher: Who publishes.
            actions: The whole catalogue.
            policy: The contact policy.
            levers: Weights per family; none where left out.
            check: Raises where the release must not be served; nothing is written then. Where it must not be and is
                all the same, it says why; that is kept with the release.
            aside: Keep it and let the live release be: it may challenge that one, or be served later.

        Raises:
            Conflict: If something was changed or published by somebody else in the same moment.
        """
        known, history = self._records(), state_of(self._graph, _HISTORY)
        release = self._release(_approved(known), publisher, actions, policy, levers)
        release = replace(release, accepted_harm=check(release))
        self._graph.write([
            *_unchanged(release, known),
            Statement(_CREATE, {"number": release.number, "published_at": release.published_at,
                                "publisher": publisher, "fingerprint": release.fingerprint, "body": to_json(release)}),
            *(records.put_action(action) for action in release.actions),
            *records.link_actions(release.rules),
            *(Statement(_LINK.format(table=table, link=link), {"number": release.number, "ids": _ids(release, table)})
              for table, link in _TABLES),
            *([] if aside else self._serving(release, publisher, "published", history, release.accepted_harm)),
        ])
        return release

    def draft(self, publisher: str, actions: Sequence[Action], policy: ContactPolicy, levers: Levers | None = None,
              *, include: Collection[str] = ()) -> Release:
        """The release that publishing now would make; nothing is written.

        Args:
            publisher: Who would publish.
            actions: The whole catalogue.
            policy: The contact policy.
            levers: Weights per family; none where left out.
            include: What nobody has judged yet, taken as approved: items together with their rules, and drafts of
                hand-written rules by the id of the rule.

        Raises:
            NotFound: If one of ``include`` is neither an item that waits or was approved, nor a rule with a draft.
        """
        drafts = self._graph.read(records.DRAFTS, status=KnowledgeStatus.PROPOSED.value) if include else []
        approved = _approved(self._records(), frozenset(include), drafts)
        return self._release(approved, publisher, actions, policy, levers)

    def _release(self, approved: "_Approved", publisher: str, actions: Sequence[Action], policy: ContactPolicy,
                 levers: Levers | None) -> Release:
        items, rules = approved
        return Release(
            number=self._next_number(), published_at=self._now(), publisher=publisher,
            rules=self.with_constants(rules), items=items, actions=tuple(sorted(actions, key=lambda action: action.id)),
            policy=policy, levers=levers or Levers(),
        )

    def with_constants(self, rules: Iterable[Rule]) -> tuple[Rule, ...]:
        """The rules with what the base makes of their quantiles now; those without any as they are."""
        return tuple(map(self.constants(), rules))

    def constants(self) -> Callable[[Rule], Rule]:
        """What puts the base's constants into a rule: of one reading, made for the first rule that has a quantile."""
        here = cache(partial(distributions_of, self._graph))
        return lambda rule: resolved(rule, here()) if any(quantiles_in(rule.when)) else rule

    def rollback(self, number: int, by: str, *,
                 check: Callable[[Release], HarmAcceptance | None] = lambda _: None) -> Release:
        """Serve an earlier release again, or one that was kept aside; knowledge it lacks goes back to approved.

        Args:
            number: Of the release.
            by: Who serves it.
            check: Raises where it must not be served; nothing is written then. Where it must not be and is all the
                same, it says why; that is kept with the act, since a release never changes.

        Raises:
            NotFound: If there is no such release.
            Conflict: If another release was published or rolled back to in the same moment.
        """
        history = state_of(self._graph, _HISTORY)
        release = self.release(number)
        accepted = check(release)
        self._graph.write(self._serving(release, by, "rolled back", history, accepted))
        return release

    def live(self) -> Release | None:
        """The release that is served; ``None`` before the first."""
        number = self.live_number()
        return None if number is None else self.release(number)

    def live_number(self) -> int | None:
        """Number of the release that is served; ``None`` before the first."""
        told = state_of(self._graph, LIVE_RELEASE)
        return None if told is None else int(told)

    def live_at(self, instant: int) -> Release | None:
        """The release that was served at an instant; ``None`` before the first."""
        number = self.live_number_at(instant)
        return None if number is None else self.release(number)

    def live_number_at(self, instant: int) -> int | None:
        """Number of the release that was served at an instant, by the history; ``None`` before the first."""
        served = [int(act["number"]) for act in self.history() if act["at"] <= instant]
        return served[-1] if served else None

    def release(self, number: int) -> Release:
        """The release of that number.

        Raises:
            NotFound: If there is none.
        """
        last = self._last  # a page asks for the live one several times, and none ever changes
        if last is not None and last.number == number:
            return last
        found = self._graph.read(_ONE, number=number)
        if not found:
            raise NotFound(_NO_RELEASE.fill(number=number), hint=_LIST)
        self._last = from_json(found[0]["body"], Release)
        return self._last

    def releases(self) -> tuple[ReleaseSummary, ...]:
        """All releases, the latest first; each is read once, because none ever changes."""
        numbers = [int(record["number"]) for record in self._graph.read(_NUMBERS)]
        known = dict(self._summaries)
        if fresh := [number for number in numbers if number not in known]:
            known |= {int(record["number"]): _summary(record) for record in self._graph.read(_SOME, numbers=fresh)}
        self._summaries = known
        return tuple(known[number] for number in numbers)

    def history(self) -> tuple[dict[str, Any], ...]:
        """Which release was served from when and by whom: ``{number, by, at, act}``, oldest first.

        Where it was served although a row of the harm table was seen in it, ``accepted_harm`` says why.
        """
        return tuple(orjson.loads(state_of(self._graph, _HISTORY) or "[]"))

    def _records(self) -> dict[str, list[Record]]:
        """All items and rules as they are stored."""
        return {"KnowledgeItem": self._graph.read(records.ALL_ITEMS), "Rule": self._graph.read(records.ALL_RULES)}

    def _next_number(self) -> int:
        last = self._graph.read(_LAST)
        return int(last[0]["number"]) + 1 if last else 1

    def _serving(self, release: Release, by: str, act: str, history: str | None,
                 accepted: HarmAcceptance | None) -> list[Statement]:
        """Serve a release from now on, after what ``history`` was read to tell."""
        why = {} if accepted is None else {"accepted_harm": to_plain(accepted)}
        acts = [*orjson.loads(history or "[]"),
                {"number": release.number, "by": by, "at": self._now(), "act": act, **why}]
        words = {"published": KnowledgeStatus.PUBLISHED.value, "approved": KnowledgeStatus.APPROVED.value}
        return [
            *swap_state(_HISTORY, history, orjson.dumps(acts).decode(), guard=_SERVED_MEANWHILE),
            *(Statement(text.format(table=table), {**words, "ids": _ids(release, table)})
              for table, _ in _TABLES for text in (_WITHDRAW, _SERVE)),
            put_state(LIVE_RELEASE, str(release.number)),
            changed(Edition.KNOWLEDGE),
        ]


_Approved: TypeAlias = tuple[tuple[KnowledgeItem, ...], tuple[Rule, ...]]


def _approved(known: Mapping[str, Sequence[Record]], include: frozenset[str] = frozenset(),
              drafts: Sequence[Record] = ()) -> _Approved:
    """What is approved, and what is proposed and included, as it would stand when published."""
    found = [records.item_from(record) for record in known["KnowledgeItem"]]
    live = {item.id: replace(item, status=KnowledgeStatus.PUBLISHED) for item in found
            if item.status in LIVE or (item.id in include and item.status is KnowledgeStatus.PROPOSED)}
    drafted = {rule.id: rule for rule in map(records.rule_from, drafts) if rule.id in include}
    _check_included(include, live.keys() | drafted.keys())
    rules = {rule.id: rule for rule in map(records.rule_from, known["Rule"])
             if (rule.status in LIVE or _is_included(rule, include)) and set(rule.rests_on) <= live.keys()} | drafted
    return (tuple(live[item_id] for item_id in sorted(live)),
            tuple(replace(rules[rule_id], status=KnowledgeStatus.PUBLISHED) for rule_id in sorted(rules)))


def _unchanged(release: Release, known: Mapping[str, Sequence[Record]]) -> Iterator[Statement]:
    """Return a row only while the release has the next number, and what is in it stands as it was read."""
    yield Statement(_STILL_LAST, {"known": release.number - 1}, guard=_MADE_MEANWHILE)
    for table, stored in known.items():
        if ids := _ids(release, table):
            yield Statement(_STILL_LIVE.format(table=table), {
                "ids": ids, "statuses": sorted(LIVE), "bodies": [record["body"] for record in stored],
                "expected": len(ids)}, guard=_CHANGED_MEANWHILE)


def _is_included(rule: Rule, include: frozenset[str]) -> bool:
    return rule.status is KnowledgeStatus.PROPOSED and not include.isdisjoint(rule.rests_on)


def _check_included(include: frozenset[str], live: Collection[str]) -> None:
    for item_id in sorted(include.difference(live)):
        raise NotFound(_NOTHING_WAITS.fill(id=item_id), hint=_LIST_WAITING)


def _summary(record: Record) -> ReleaseSummary:
    """What a listing tells, without making nouns of all that is in the release."""
    told = orjson.loads(record["body"])
    return ReleaseSummary(
        number=told["number"], published_at=told["published_at"], publisher=told["publisher"],
        fingerprint=record["fingerprint"], rules=len(told["rules"]), items=len(told["items"]),
        actions=len(told["actions"]), policy=from_plain(told["policy"], ContactPolicy),
        levers=from_plain(told.get("levers", {}), Levers),
        accepted_harm=(told.get("accepted_harm") or {}).get("reason"))


def _ids(release: Release, table: str) -> list[str]:
    return [noun.id for noun in (release.items if table == "KnowledgeItem" else release.rules)]
