"""The use cases of this process by the names that the commands know."""

from typing import Any

from api.composition import UseCases
from kb.curation.listing import ItemQuery
from ontology.vocabulary import KnowledgeStatus, PatternKind, Standing

Json = dict[str, Any]


class LocalWays:
    """The use cases of a base that this process holds."""

    def __init__(self, use_cases: UseCases) -> None:
        deciding, publishing, steering = use_cases.deciding, use_cases.publishing, use_cases.steering
        challenging, reviewing = use_cases.challenging, use_cases.reviewing
        self.archives, self.checking, self.linked = use_cases.archives, use_cases.checking, use_cases.linked
        self.rules, self.runs, self.simulations = use_cases.rules, use_cases.runs, use_cases.simulations
        self.import_mapping, self.set_moment = use_cases.ingestion.import_mapping, use_cases.ingestion.set_moment
        self.decide, self.decide_all = deciding.decide, deciding.decide_all
        self.why_not, self.replay = deciding.why_not, deciding.replay
        self.change_case, self.erase = use_cases.recording.change_case, use_cases.erasing.erase
        self.knowledge, self.review = reviewing.item, reviewing.review
        self.seed_rules, self.findings = use_cases.rules.adopt_shipped, use_cases.rules.findings
        self.next_release, self.publish, self.rollback = publishing.next, publishing.publish, publishing.rollback
        self.release, self.releases = publishing.one, publishing.releases
        self.levers, self.set_levers = steering.levers, steering.set_levers
        self.contact_policy, self.holdout_report = steering.contact_policy, steering.holdout_report
        self.start_challenger, self.stop_challenger = challenging.start, challenging.stop
        self.challenger_report = challenging.report
        self.indicators, self.readiness = use_cases.describing.indicators, use_cases.health.readiness
        self._reviewing = reviewing

    def list_knowledge(self, status: KnowledgeStatus | None, kind: PatternKind | None, q: str | None,  # noqa: PLR0913 - its filters
                       cursor: str | None, limit: int = 50, *, standing: Standing | None = None,
                       as_of: str | None = None, known_at: str | None = None) -> Json:
        """List knowledge items, also those of a past."""
        return self._reviewing.items(ItemQuery(status=status, kind=kind, standing=standing, q=q or ""), cursor, limit,
                                     as_of=as_of, known_at=known_at)
