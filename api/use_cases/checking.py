"""Whether what a base holds is sound, told for people and programs."""

import time
from dataclasses import dataclass

from api.use_cases.views import Json
from kb.curation.levers import StandingLevers
from kb.facts.fact_cache import FactCache
from kb.graph.port import Graph
from kb.health.check import CheckContext, HealthCheck
from kb.health.registry import CHECKS
from kb.home import Home
from kb.journal.projector import Projector
from kb.journal.reading import Damaged
from kb.journal.store import Journal
from kb.local_ontology import LocalOntology
from kb.model.codec import to_plain

_MOST_TOLD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """The checks of the open base, and the mending of what they find."""

    cache: FactCache
    graph: Graph
    home: Home
    journal: Journal
    ontology: LocalOntology
    projector: Projector
    standing_levers: StandingLevers

    def checkup(self) -> list[Json]:
        """Every check: what must hold, how much was looked at, how much is wrong, the first of it, and what to do."""
        context = CheckContext(home=self.home, graph=self.graph, schema=self.ontology.schema,
                               journal=self.home.journal_path)
        return [_told(check, context) for check in CHECKS]


    def mend(self, by: str) -> Json:
        """Mend what can be mended: records that cannot be read, and levers out of bounds. What stood there is kept."""
        now = int(time.time())
        mended = self.journal.mend(now)
        if mended.followed_from is not None:
            self.projector.go_back(mended.followed_from)
            self.cache.forget()  # it may have left out what can be read again
        levers = self.standing_levers.mend(by)
        return {"repaired": [_named(one) for one in mended.repaired],
                "taken_out": [_named(one) for one in mended.taken_out],
                "levers": {family.value: weight for family, weight in levers.items()}}


def _named(one: Damaged) -> Json:
    return {"kind": one.kind, "id": one.record_id, "why": one.why}


def _told(check: HealthCheck, context: CheckContext) -> Json:
    seen = check.look(context)
    told = {"check": check.name, "says": to_plain(check.says), "looked_at": seen.looked_at, "wrong": len(seen.wrong)}
    return told | ({"first": list(seen.wrong[:_MOST_TOLD]), "remedy": to_plain(check.remedy)} if seen.wrong else {})
