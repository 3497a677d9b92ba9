"""The service: one method for each use case; HTTP, pages and command line all call it and nothing below it."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from api.use_cases import ingestion
from api.use_cases.archiving import Archiving
from api.use_cases.challenging import Challenging
from api.use_cases.checking import Checking
from api.use_cases.deciding import Deciding
from api.use_cases.erasing import Erasing
from api.use_cases.finding import find_customers
from api.use_cases.imports import Imports
from api.use_cases.knowledge.linked import LinkedKnowledge
from api.use_cases.knowledge.maps import Maps
from api.use_cases.knowledge.publishing import UNCONFIRMED, Confirmed, Publishing
from api.use_cases.knowledge.rules import Rules
from api.use_cases.metrics import Metrics
from api.use_cases.mining_runs import Runs
from api.use_cases.open_base import OpenBase
from api.use_cases.peer_sync import PeerWatch
from api.use_cases.readiness import part_state, worker_state, workers_state
from api.use_cases.recording import Recording
from api.use_cases.release_cache import ReleaseCache
from api.use_cases.reviewing import Reviewing
from api.use_cases.simulation.simulating import Simulating
from api.use_cases.steering import Steering
from api.use_cases.views import Json, indicator_json
from kb.curation.listing import ItemQuery
from kb.experiments.challenge import ChallengeMode
from kb.facts.indicators import INDICATORS
from kb.facts.refresh import FactTables
from kb.knowledge_map.entry import ValueWords
from kb.model.codec import to_plain
from kb.supervision import WorkerHealth
from ontology.vocabulary import ActionFamily, Channel, KnowledgeStatus, OutcomeKind, PatternKind, Standing
from rules.decision.request import ContactDirection, Request

Progress = Callable[[str], None]
_NEEDED = frozenset({"journal-writer", "watch"})
"""Threads without which answers go wrong; the follower is a part of its own, the engine has a stand-in."""

_log = logging.getLogger("zhike.service")


class Service:
    """Every use case of Zhike over one open base."""

    def __init__(self, base: OpenBase, *, engine_workers: int = 0, engine_share: float = 1.0) -> None:
        self._base = base
        self._live = ReleaseCache(base, workers=engine_workers, engine_share=engine_share)
        self._challenging = Challenging(base, self._live)
        self._deciding = Deciding(base, self._live, self._challenging)
        self._reviewing = Reviewing(base)
        self._publishing = Publishing(base, self._live, self._challenging)
        self._recording = Recording(base)
        self._steering = Steering(base)
        self.maps = Maps(base)
        self.linked = LinkedKnowledge(base)
        self.archives = Archiving(base)
        self.checking = Checking(base)
        self.rules = Rules(base)
        self.simulations = Simulating(base, self._live)
        self.runs = Runs(base, now=lambda: int(time.time()))
        self.imports = Imports(self._import)
        self._erasing = Erasing(base, forget=self.simulations.forget, refuse_runs=self.runs.refuse_miners)
        self._watch = PeerWatch(base, self._live, self._challenging, self._erasing.take_over)
        self.metrics = Metrics(lambda: self._live.engine.counters, base.projector.state, self.workers)
        ingestion.finish_import(base, progress=_log.warning)
        self._erasing.finish(_log.warning)
        self.runs.resume()

    # What the base is

    def describe(self) -> Json:
        """Name, moment, live release and counts, for the head of every page."""
        base = self._base.base
        counts = self._base.graph.read("MATCH (c:Customer) RETURN count(c) AS customers")
        moment = self._base.moment
        return {"name": to_plain(base.name), "zone": base.zone, "currency": base.currency, "as_of": moment.as_of,
                "as_of_text": moment.local_text(), "release": self._base.curation.live_number(),
                "customers": counts[0]["customers"], "pending": self._reviewing.pending(),
                "engine": to_plain(self._live.engine.counters)}

    def words(self) -> ValueWords:
        """What people call the terms of the ontology and the names of the data."""
        return self.maps.words()

    def readiness(self) -> dict[str, Json]:
        """Whether graph, journal, release, engine and the threads behind them can serve; ``why`` where one cannot."""
        workers = self.workers()
        following = next((one for one in workers if one.name == self._base.projector.worker.name), None)
        return {"graph": part_state(self._base.graph.ready), "journal": part_state(self._base.journal.ready),
                "follower": worker_state(following) | to_plain(self._base.projector.state()),
                "release": part_state(self._live.compiled), "engine": self._live.engine_state(),
                "workers": workers_state(workers, _NEEDED)}

    def workers(self) -> tuple[WorkerHealth, ...]:
        """How each thread fares that works beside the answers."""
        found = (self._base.journal.health(), self._base.projector.worker.health(), self._watch.worker.health(),
                 self._challenging.health(), self._live.engine.health(), self.runs.health(), self.imports.health())
        return tuple(health for health in found if health is not None)

    def start(self) -> None:
        """Begin what goes on beside the answers: the graph follows the journal."""
        self._base.projector.start()
        self._watch.start()

    def indicators(self) -> list[Json]:
        """The registry of indicators, with the share of customers for whom each is known (after an import)."""
        facts = self._base.home.facts_path
        coverage = FactTables.open(facts).coverage if facts.exists() else {}
        return [indicator_json(indicator, coverage.get(indicator.name)) for indicator in INDICATORS]

    # Customers

    def find_customers(self, q: str, limit: int) -> list[Json]:
        """Customers whose id begins with ``q`` or whose name contains it, shortest id first."""
        return find_customers(self._base.graph, q, limit)

    def worth_opening(self) -> list[Json]:
        """Three customers who are worth opening, and why."""
        return self._deciding.worth_opening()

    def knowledge_map(self, customer_id: str, as_of: str | None = None, known_at: str | None = None) -> Json:
        """Everything known of a customer, in three kinds; with ``as_of`` or ``known_at`` that of a past."""
        return self.maps.of(customer_id, as_of, known_at)

    def customers_of(self, item_id: str, *, cursor: str, limit: int) -> Json:
        """Who is joined to an item, by cursor."""
        return self._reviewing.customers_of(item_id, cursor=cursor, limit=limit)

    def erase(self, customer_id: str) -> Json:
        """Erase a person everywhere; the next import leaves them out."""
        return self._erasing.erase(customer_id)

    # Recommending

    def decide(self, customer_ids: Sequence[str], channel: Channel,  # noqa: PLR0913 - what is asked
               context: Mapping[str, object], limit: int = 3, *, include: Sequence[str] = (),
               moment: str | None = None) -> Json:
        """Ranked actions for each customer, each with its reasons and evidence; ``moment``: an instant to ask about."""
        request = Request(channel=Channel(channel), context=dict(context), limit=limit,
                          moment=self._base.parse_as_of(moment))
        with self.metrics.timed():
            answer = self._deciding.decide(customer_ids, request, include)
        self.metrics.count(decision["status"] for decision in answer["decisions"])
        return answer

    def decide_all(self, *, channel: Channel, limit: int, progress: Progress,
                   direction: ContactDirection = "outbound") -> Json:
        """Decide for every customer and sum up; nobody called, so we address them unless it is said otherwise."""
        return self._deciding.decide_all(Request(channel=channel, limit=limit, context={"direction": direction}),
                                         progress)

    def why_not(self, customer_id: str, action_id: str, channel: Channel = Channel.PHONE,
                direction: ContactDirection | None = None) -> Json:
        """What keeps an action from being recommended; without a direction the channel says who addresses whom."""
        context = {} if direction is None else {"direction": direction}
        return self._deciding.why_not(customer_id, action_id, Request(channel=channel, context=context))

    def decision(self, decision_id: str) -> Json:
        """A stored decision."""
        return self._deciding.decision(decision_id)

    def replay(self, decision_id: str) -> Json:
        """A stored decision computed again."""
        return self._deciding.replay(decision_id)

    def actions(self) -> list[Json]:
        """The catalogue of the live release; empty before the first."""
        number = self._base.curation.live_number()
        compiled = None if number is None else self._live.of(number)
        return [] if compiled is None else [{"id": action.id, "name": to_plain(action.name),
                                             "family": action.family.value} for action in compiled.release.actions]

    def record_outcome(self, decision_id: str, action_id: str, outcome: OutcomeKind, author: str,
                       *, at: int | None = None) -> Json:
        """Record what came of an action; ``recorded`` is false where it was known already."""
        return self._recording.outcome(decision_id, action_id, outcome, author, at)

    def post_interaction(self, told: Mapping[str, object], author: str) -> Json:
        """Record a contact as it happens; ``recorded`` is false where its id was known already."""
        return self._recording.interaction(told, author)

    def change_case(self, case_id: str, *, resolved: bool, author: str, reason: str = "",
                    at: int | None = None) -> Json:
        """Resolve a case or open it again; ``recorded`` is false where it was so already."""
        return self._recording.case(case_id, resolved=resolved, author=author, reason=reason, at=at)

    def add_note(self, customer_id: str, text: str, author: str) -> Json:
        """Add a person's note; it shows on the map at once, unreviewed."""
        return self._recording.note(customer_id, text, author)

    # Knowledge

    def list_knowledge(self, status: KnowledgeStatus | None, kind: PatternKind | None, q: str | None,  # noqa: PLR0913 - its filters
                       cursor: str | None, limit: int = 50, *, standing: Standing | None = None,
                       as_of: str | None = None, known_at: str | None = None) -> Json:
        """Items by status, kind, standing and words, with the count of each status; those of a past as they were."""
        return self._reviewing.items(ItemQuery(status=status, kind=kind, standing=standing, q=q or ""), cursor, limit,
                                     self._base.moment_at(as_of, known_at))

    def knowledge(self, item_id: str) -> Json:
        """One item with its rule, its run and its data."""
        return self._reviewing.item(item_id)

    def knowledge_counts(self) -> dict[str, int]:
        """How many items stand in each status."""
        return self._reviewing.counts()

    def inbox(self, asked: ItemQuery, cursor: str, limit: int) -> Json:
        """Items, each with its rule and the digest that an approval names."""
        return self._reviewing.shown(asked, cursor, limit)

    def refusals(self) -> list[Json]:
        """What the gate refused in the last run."""
        return self._reviewing.refusals()

    def review(self, item_id: str, verdict: str, reason: str, reviewer: str, *, read: str | None = None) -> Json:
        """Approve, reject or retire an item; ``read`` is the digest of what the reviewer has read."""
        return self._reviewing.review(item_id, verdict, reason, reviewer, read=read)

    def propose_experience(self, statement_zh: str, statement_en: str, strength: float, author: str) -> Json:
        """Propose a person's experience as knowledge."""
        return self._reviewing.propose_experience(statement_zh, statement_en, strength, author)

    def seed_rules(self, approver: str) -> int:
        """Write the shipped hand-written rules, approved by a person; how many are new."""
        return self._reviewing.seed_rules(approver)

    def apply_policy(self, path: Path) -> Json:
        """Approve by a standing policy that a person set."""
        return self._reviewing.apply_policy(path)

    def findings(self) -> list[Json]:
        """What is wrong, or looks wrong, with the rules that are live or wait for a verdict."""
        return self.rules.findings()

    def next_release(self) -> Json:
        """What publishing now would change and end."""
        return self._publishing.next()

    def publish(self, publisher: str, *, aside: bool = False, confirmed: Confirmed = UNCONFIRMED) -> Json:
        """Publish what is approved as a new release; ``aside``: without serving it."""
        return self._publishing.publish(publisher, aside=aside, confirmed=confirmed)

    def release(self, number: int) -> Json:
        """A release, and what serving it in place of the live one would change and end."""
        return self._publishing.one(number)

    def releases(self, as_of: str | None = None) -> list[Json]:
        """All releases, the live one marked; with ``as_of`` those of then."""
        return self._publishing.releases(self._base.moment_at(None, as_of))

    def release_history(self) -> list[Json]:
        """Which release was served from when, by whose act."""
        return self._publishing.history()

    def rollback(self, number: int, by: str, confirmed: Confirmed = UNCONFIRMED) -> Json:
        """Serve an earlier release again."""
        return self._publishing.rollback(number, by, confirmed)

    # Steering

    def levers(self) -> Json:
        """The levers of the live release and of the next one, and who set them when and why."""
        return self._steering.levers()

    def set_levers(self, weights: Mapping[ActionFamily, float], by: str, reason: str = "") -> Json:
        """Set levers for the next release."""
        return self._steering.set_levers(weights, by, reason)

    def contact_policy(self) -> Json:
        """The contact policy in force, and that of the next release."""
        return self._steering.contact_policy()

    def holdout_report(self) -> Json:
        """What came of holding customers out."""
        return self._steering.holdout_report()

    def start_challenger(self, release: int, mode: ChallengeMode, share: float, by: str) -> Json:
        """Let a release challenge the live one."""
        return self._challenging.start(release, mode, share, by)

    def stop_challenger(self, by: str) -> Json:
        """End the challenge."""
        return self._challenging.stop(by)

    def challenger_report(self) -> Json:
        """What came of the challenger beside the live release."""
        return self._challenging.report()

    # Feeding

    def import_mapping(self, mapping: str, overrides: Mapping[str, Path], *, replacing: bool = False,
                       progress: Progress) -> Json:
        """Bring a source in by its mapping; ``replacing``: in place of what it brought before, whatever goes."""
        return self._import(mapping, overrides, replacing=replacing, progress=progress, before_change=lambda: None)

    def _import(self, mapping: str, overrides: Mapping[str, Path], *, replacing: bool, progress: Progress,
                before_change: Callable[[], None]) -> Json:
        with self._base.ingesting:
            report = ingestion.import_mapping(self._base, mapping, overrides, replacing=replacing, progress=progress,
                                              before_change=before_change)
        self._live.renew()
        return report

    def moment(self) -> Json:
        """The moment of the base, whether it stays, and who set it when and what stood before."""
        return ingestion.moment_json(self._base.base)

    def set_moment(self, told: str, by: str, *, progress: Progress) -> Json:
        """Set the moment of the base: an instant that stays, ``data`` or ``wall``."""
        with self._base.ingesting:
            said = ingestion.set_moment(self._base, told, by, progress=progress)
        self._live.renew()
        return said

    def close(self) -> None:
        """Let go of the base."""
        self.linked.close()
        self.imports.close()
        self.runs.close()
        self._watch.close()
        self._challenging.close()
        self._live.close()
        self._base.close()

