"""What a base says of itself: name, moment and counts, and the indicators that it computes."""

from dataclasses import dataclass

from api.use_cases.release_cache import ReleaseCache
from api.use_cases.views import Json, indicator_json
from kb.curation.curation import Curation
from kb.description import BaseDescription
from kb.facts.indicators import INDICATORS
from kb.facts.refresh import FactTables
from kb.graph.port import Graph
from kb.home import Home
from kb.model.codec import to_plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Describing:
    """The description of one base."""

    curation: Curation
    description: BaseDescription
    graph: Graph
    home: Home
    releases: ReleaseCache

    def describe(self) -> Json:
        """Name, moment, live release and counts, for the head of every page."""
        base, curation = self.description.base, self.curation
        counts = self.graph.read("MATCH (c:Customer) RETURN count(c) AS customers")
        moment = self.description.moment
        return {"name": to_plain(base.name), "zone": base.zone, "currency": base.currency, "as_of": moment.as_of,
                "as_of_text": moment.local_text(), "release": curation.live_number(),
                "customers": counts[0]["customers"], "pending": curation.count_pending(),
                "engine": to_plain(self.releases.engine.counters)}

    def indicators(self) -> list[Json]:
        """The registry of indicators, with the share of customers for whom each is known (after an import)."""
        facts = self.home.facts_path
        coverage = FactTables.open(facts).coverage if facts.exists() else {}
        return [indicator_json(indicator, coverage.get(indicator.name)) for indicator in INDICATORS]
