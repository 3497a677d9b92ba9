"""Decisions, why not, replay: facts in, answers out, each answer in the journal before it leaves."""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from api.use_cases.challenging import Challenging
from api.use_cases.metrics import Metrics
from api.use_cases.peer_sync import PeerSync
from api.use_cases.release_cache import ReleaseCache
from api.use_cases.shadow import known_to
from api.use_cases.views import Json, block_json, decision_json, fault_json
from kb.curation.curation import Curation
from kb.customers import CustomerDirectory, unknown_customer
from kb.description import BaseDescription
from kb.facts.context import moment_rows
from kb.facts.fact_cache import FactCache
from kb.facts.online import LIVE, read_facts
from kb.graph.port import Graph
from kb.graph.version import GraphVersion, read_version
from kb.journal.store import Journal
from kb.model.codec import to_plain
from kb.model.decision import Decision
from kb.model.facts import Facts
from kb.model.ids import ActionId, CustomerKey, DecisionId
from kb.model.pattern import iso_instant
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, KnowledgeStatus
from rules.decision.compiled_release import CompiledRelease
from rules.decision.decide import decide
from rules.decision.replay import replay
from rules.decision.request import ContactDirection, Request
from rules.explain.why_not import WhyNot, why_not

_CHUNK = 200
_WORTH_SHOWN = 3
_LOOK = DecisionId("look")  # a look leaves no trace in the journal
_WORTH_LOOKED_AT = 150
_EVERYBODY = "MATCH (c:Customer) WHERE c.external_id IS NOT NULL RETURN c.external_id AS id ORDER BY id"
_SAMPLE = """
    MATCH (c:Customer) WHERE c.external_id IS NOT NULL
    RETURN c.external_id AS id ORDER BY c.customer_key LIMIT $most"""  # keys are hashes: their order is a fair sample
_WORTH = Text(zh="首选行动是“{name}”：{why}", en="first action {name}: {why}")


@dataclass(slots=True, kw_only=True)
class Deciding:
    """The recommending half of the service."""

    cache: FactCache
    challenging: Challenging
    curation: Curation
    description: BaseDescription
    directory: CustomerDirectory
    graph: Graph
    journal: Journal
    metrics: Metrics
    releases: ReleaseCache
    peers: PeerSync
    _worth: tuple[int, list[Json]] | None = field(default=None, init=False)

    def decide(self, customer_ids: Sequence[str], channel: Channel,  # noqa: PLR0913 - what is asked
               context: Mapping[str, object], limit: int = 3, *, include: Sequence[str] = (),
               moment: str | None = None) -> Json:
        """Ranked actions: each customer is among the decisions or the faults, in the order asked.

        Args:
            customer_ids: Who is decided for.
            channel: Where they are met.
            context: What is known of the moment.
            limit: The most actions for each of them.
            include: ``facts``: the answer shows what was read.
            moment: An instant to ask about; now where it is left out.

        Raises:
            NotFound: If one customer is asked about, who is not known.
        """
        request = Request(channel=Channel(channel), context=dict(context), limit=limit,
                          moment=self.description.instant_of(moment))
        with self.metrics.timed():
            answer = self._decide(customer_ids, request, include)
        self.metrics.count(decision["status"] for decision in answer["decisions"])
        return answer

    def _decide(self, customer_ids: Sequence[str], request: Request, include: Sequence[str]) -> Json:
        version = read_version(self.graph)
        compiled = self.releases.compiled(version)
        decisions = self._journalled(customer_ids, request, compiled, version)
        faults = {customer_id: unknown_customer(customer_id) for customer_id in customer_ids
                  if customer_id not in decisions}
        if faults and len(customer_ids) == 1:
            raise faults[customer_ids[0]]
        answers = [decision_json(decision, customer_id)
                   | ({"facts": to_plain(decision.facts)} if "facts" in include else {})
                   for customer_id, decision in decisions.items()]
        return {"release": compiled.release.number, "rates": compiled.rates_number,
                "as_of": iso_instant(self.description.moment_of(request.moment).as_of), "decisions": answers,
                "faults": [fault_json(fault, customer_id) for customer_id, fault in faults.items()]}

    def decide_all(self, *, channel: Channel, limit: int, progress: Callable[[str], None],
                   direction: ContactDirection = "outbound") -> Json:
        """Decide for every customer and sum up: by family of the first action, by status, by kind of reason.

        Nobody called, so we address them unless it is said otherwise.
        """
        request = Request(channel=channel, limit=limit, context={"direction": direction})
        compiled = self.releases.compiled()
        begun = time.perf_counter()
        tally = _Tally(frozenset(rule.id for rule in compiled.release.rules if rule.rests_on))
        everybody = [row["id"] for row in self.graph.read(_EVERYBODY)]
        for chunk in _chunks(everybody):
            for decision in self._journalled(chunk, request, compiled).values():
                tally.count(decision)
            progress(f"decided for {tally.customers:,} of {len(everybody):,}")
        return {"release": compiled.release.number, "as_of": iso_instant(self.description.moment.as_of),
                "request": request.plain(),
                "seconds": time.perf_counter() - begun} | tally.summary()

    def why_not(self, customer_id: str, action_id: str, channel: Channel = Channel.PHONE,
                direction: ContactDirection | None = None) -> Json:
        """What keeps an action from being recommended; without a direction the channel says who addresses whom."""
        request = Request(channel=channel, context={} if direction is None else {"direction": direction})
        live = self.releases.compiled()
        [(_, facts)] = self._facts([customer_id], request, self.challenging.counting(live))
        compiled = self.challenging.serving(facts.customer_key, live)
        return _why_not_json(why_not(ActionId(action_id), known_to(compiled, facts), compiled, request))

    def decision(self, decision_id: str) -> Json:
        """A stored decision with its facts, what came of it, and what challengers would have answered."""
        stored = self.peers.stored(decision_id)
        outcomes = [to_plain(outcome) for outcome in self.journal.outcomes_of(decision_id)]
        return {"release": stored.release, "as_of": iso_instant(stored.as_of),
                **decision_json(stored, self.directory.id_of(stored.customer_key)),
                "request": dict(stored.request), "facts": to_plain(stored.facts), "outcomes": outcomes,
                "shadows": [_shadow_json(shadow) for shadow in self.journal.shadows_of(decision_id)]}

    def replay(self, decision_id: str) -> Json:
        """A stored decision computed again under its release."""
        stored = self.peers.stored(decision_id)
        found = replay(stored, self.releases.of(stored.release, stored.rates, stored.pauses))
        return {"decision_id": decision_id, "release": stored.release, "equal": found.equal,
                "differences": list(found.differences)}

    def actions(self) -> list[Json]:
        """The catalogue of the live release; empty before the first."""
        number = self.curation.live_number()
        catalogue = () if number is None else self.releases.of(number).release.actions
        return [{"id": action.id, "name": to_plain(action.name), "family": action.family.value}
                for action in catalogue]

    def worth_opening(self) -> list[Json]:
        """Three customers with different first actions, mined reasons before others; nothing before a release."""
        number = self.curation.live_number()
        if number is None:
            return []
        if self._worth is None or self._worth[0] != number:
            self._worth = (number, self._pick_worth(self.releases.of(number)))
        return self._worth[1]

    def _pick_worth(self, compiled: CompiledRelease) -> list[Json]:
        request = Request(channel=Channel.PHONE, limit=1)
        ids = [row["id"] for row in self.graph.read(_SAMPLE, most=_WORTH_LOOKED_AT)]
        mined = {rule.id for rule in compiled.release.rules if rule.rests_on}
        best: dict[ActionFamily, tuple[tuple[bool, float], Json]] = {}
        for customer_id, facts in self._facts(ids, request):
            for action in decide(request, facts, compiled, decision_id=_LOOK).actions[:1]:
                rank = (any(reason.rule_id in mined for reason in action.reasons), action.score)
                if action.family not in best or rank > best[action.family][0]:
                    why = _WORTH.fill(name=action.name, why=action.reasons[0].sentence)
                    best[action.family] = (rank, {"customer_id": customer_id, "why": to_plain(why)})
        ranked = sorted(best.values(), key=lambda found: found[0], reverse=True)
        return [found for _, found in ranked[:_WORTH_SHOWN]]

    def _journalled(self, customer_ids: Sequence[str], request: Request, compiled: CompiledRelease,
                    version: GraphVersion | None = None) -> dict[str, Decision]:
        """The decisions for those who are known, in the order asked; who is named twice is decided for once."""
        read = self._found(customer_ids, request, self.challenging.counting(compiled), version)
        decisions = self._decided(read, request, compiled)
        self.journal.append_decisions(list(decisions.values()))
        self.challenging.follow(compiled, request, [(read[customer_id], decision)
                                                     for customer_id, decision in decisions.items()])
        return decisions

    def _decided(self, read: Mapping[str, Facts], request: Request, live: CompiledRelease) -> dict[str, Decision]:
        """A decision for each customer; those for whom one release decides go to the engine together."""
        serving = {customer_id: self.challenging.serving(facts.customer_key, live)
                   for customer_id, facts in read.items()}
        decisions: dict[str, Decision] = {}
        for number, compiled in {one.release.number: one for one in serving.values()}.items():
            prepared = {customer_id: compiled.prepare(known_to(compiled, read[customer_id]))
                        for customer_id, one in serving.items() if one.release.number == number}
            answers = self.releases.engine.fire_all(compiled.ruleset, tuple(prepared.values()))
            for (customer_id, facts), answer in zip(prepared.items(), answers, strict=True):
                decision_id = DecisionId(f"d-{secrets.token_hex(12)}")
                decisions[customer_id] = decide(request, facts, compiled, answer, decision_id=decision_id)
        return {customer_id: decisions[customer_id] for customer_id in read}

    def _facts(self, customer_ids: Sequence[str], request: Request,
               statuses: Sequence[KnowledgeStatus] = LIVE) -> Iterator[tuple[str, Facts]]:
        found = self._found(customer_ids, request, statuses)
        for customer_id in customer_ids:
            if customer_id not in found:
                raise unknown_customer(customer_id)
            yield customer_id, found[customer_id]

    def _found(self, customer_ids: Sequence[str], request: Request,
               statuses: Sequence[KnowledgeStatus] = LIVE, version: GraphVersion | None = None) -> dict[str, Facts]:
        keys = {customer_id: self.directory.key_of(customer_id) for customer_id in customer_ids}
        moment = self.description.moment_of(request.moment)
        now = moment_rows(request.context, moment, channel=request.channel, names=self.releases.category_names)
        found: Mapping[CustomerKey, Facts] = read_facts(
            self.graph, self.journal, list(dict.fromkeys(keys.values())), moment, moment_rows=now,
            statuses=statuses, memory=self.cache, version=version)
        return {customer_id: found[key] for customer_id, key in keys.items() if key in found}


class _Tally:
    """Counts over all decisions."""

    def __init__(self, mined_rules: frozenset[str]) -> None:
        self._mined_rules = mined_rules
        self._families: Counter[str] = Counter()
        self._mined: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()
        self._unexplained = 0
        self._with_mined = 0

    @property
    def customers(self) -> int:
        """How many decisions were counted."""
        return self._statuses.total()

    def count(self, decision: Decision) -> None:
        """Add one decision."""
        self._statuses[decision.status.value] += 1
        self._unexplained += not decision.actions and decision.why_none is None
        self._with_mined += any(map(self._is_mined, decision.actions))
        for first in decision.actions[:1]:
            self._families[first.family.value] += 1
            self._mined[first.family.value] += self._is_mined(first)

    def summary(self) -> Json:
        """All counts, the largest family first."""
        return {
            "customers": self.customers, "with_mined_reason": self._with_mined,
            "mined_share": self._with_mined / max(1, self.customers), "unexplained": self._unexplained,
            "families": [{"first action": family, "customers": n, "with mined reason": self._mined[family]}
                         for family, n in self._families.most_common()],
            "statuses": [{"status": status, "customers": n} for status, n in self._statuses.most_common()],
        }

    def _is_mined(self, action: Any) -> bool:
        return any(reason.rule_id in self._mined_rules for reason in action.reasons)


def _shadow_json(shadow: Decision) -> Json:
    """What a challenger would have answered, in short; the whole is read and replayed by its own id."""
    return {"decision_id": shadow.decision_id, "release": shadow.release, "status": shadow.status.value,
            "actions": [action.action_id for action in shadow.actions]}


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _why_not_json(found: WhyNot) -> Json:
    return {
        "action": {"id": found.action_id, "name": to_plain(found.name)},
        "release": found.release,
        "as_of": iso_instant(found.as_of),
        "verdict": to_plain(found.verdict),
        "rules": [{"rule_id": rule.rule_id, "name": to_plain(rule.name), "sentence": to_plain(rule.sentence),
                   "met": rule.fires, "tests": [to_plain(test) for test in rule.tests]} for rule in found.rules],
        "more_rules": found.more_rules,
        "blocks": [block_json(block) for block in found.blocks],
        "waits": None if found.waits is None else to_plain(found.waits),
        "place": found.place,
        "ahead": [to_plain(ahead) for ahead in found.ahead],
        "change": None if found.change is None else to_plain(found.change),
        "changes": [to_plain(change) for change in found.changes],
        "change_rule": found.change_rule,
    }
