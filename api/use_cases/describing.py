"""What a base says of itself: name, moment and counts, and the indicators that it computes."""

from api.use_cases.open_base import OpenBase
from api.use_cases.release_cache import ReleaseCache
from api.use_cases.views import Json, indicator_json
from kb.facts.indicators import INDICATORS
from kb.facts.refresh import FactTables
from kb.model.codec import to_plain


class Describing:
    """The description of one base."""

    def __init__(self, base: OpenBase, releases: ReleaseCache) -> None:
        self._base = base
        self._releases = releases

    def describe(self) -> Json:
        """Name, moment, live release and counts, for the head of every page."""
        base, curation = self._base.base, self._base.curation
        counts = self._base.graph.read("MATCH (c:Customer) RETURN count(c) AS customers")
        moment = self._base.moment
        return {"name": to_plain(base.name), "zone": base.zone, "currency": base.currency, "as_of": moment.as_of,
                "as_of_text": moment.local_text(), "release": curation.live_number(),
                "customers": counts[0]["customers"], "pending": curation.count_pending(),
                "engine": to_plain(self._releases.engine.counters)}

    def indicators(self) -> list[Json]:
        """The registry of indicators, with the share of customers for whom each is known (after an import)."""
        facts = self._base.home.facts_path
        coverage = FactTables.open(facts).coverage if facts.exists() else {}
        return [indicator_json(indicator, coverage.get(indicator.name)) for indicator in INDICATORS]
