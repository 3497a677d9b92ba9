"""What if: drafts of the next release tried on the whole base, kept, listed and put side by side."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from api.use_cases.knowledge.harms import Harms, report_json, with_examples
from api.use_cases.release_cache import ReleaseCache
from api.use_cases.simulation.drafting import ReleaseDraft, draft_release
from api.use_cases.simulation.store import SimulationStore
from api.use_cases.simulation.view import Json, comparison_json, simulation_json, summary_json
from kb.curation.curation import Curation
from kb.curation.levers import StandingLevers
from kb.customers import CustomerDirectory
from kb.description import BaseDescription
from kb.errors import InvalidInput
from kb.facts.context import moment_rows
from kb.facts.home_tables import HomeTables
from kb.facts.moment import Moment
from kb.facts.online import read_facts
from kb.facts.whole_base import open_everyone
from kb.graph.port import Graph
from kb.home import Home
from kb.journal.store import Journal
from kb.local_ontology import LocalOntology
from kb.model.facts import Facts, Row
from kb.model.ids import CustomerKey
from kb.model.pattern import iso_instant
from ontology.text import Text
from ontology.vocabulary import Channel, FactName, KnowledgeStatus, PatternKind
from rules.batch import Source, same_for_all
from rules.decision.compiled_release import CompiledRelease
from rules.decision.request import ContactDirection, Request
from rules.simulation import simulate

Progress = Callable[[str], None]
_CHUNK = 500
_MOST_AT_ONCE = 10
_MAY_BE_SERVED = (KnowledgeStatus.PROPOSED, KnowledgeStatus.APPROVED, KnowledgeStatus.PUBLISHED)
_SEGMENTS = """
    MATCH (c:Customer)-[h:HOLDS]->(i:KnowledgeItem) WHERE i.pattern_kind = $kind AND i.status = $status
    RETURN c.customer_key AS customer_key, i.id AS segment ORDER BY h.score, i.id"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulating:
    """The trying half of curation."""

    curation: Curation
    description: BaseDescription
    directory: CustomerDirectory
    graph: Graph
    harms: Harms
    home: Home
    journal: Journal
    ontology: LocalOntology
    standing_levers: StandingLevers
    releases: ReleaseCache
    tables: HomeTables

    def simulate(self, drafts: Sequence[ReleaseDraft], channel: Channel, *, seed: int,  # noqa: PLR0913 - what is asked
                 author: str, progress: Progress, moment: str | None = None,
                 direction: ContactDirection | None = None) -> Json:
        """Try each draft against the live release; all are made ready before the first is tried.

        Args:
            drafts: What to try.
            channel: Where every customer is asked about; the first action there is what is compared.
            seed: Of the sample, where more customers may get another answer than are decided for.
            author: Who asks.
            progress: Is told how far it is.
            moment: The instant that is asked about (``OpenBase.instant_asked``).
            direction: Who addresses whom; where it is left out the channel says, as for one customer.

        Raises:
            Unavailable: If nothing was published yet.
            NotFound: For an item or a rule that is not there, or before the first import.
            InvalidInput: For a draft that cannot be, or too many of them.
        """
        if not 1 <= len(drafts) <= _MOST_AT_ONCE:
            msg = Text(zh=f"给出了 {len(drafts)} 个草案；一次可试 1 到 {_MOST_AT_ONCE} 个",
                       en=f"{len(drafts)} drafts were given; expected 1 to {_MOST_AT_ONCE}")
            raise InvalidInput(msg, hint=Text(zh="请分几次尝试；保存的结果之后可以比较",
                                              en="try them in several calls; what is kept can be compared afterwards"))
        live = self.releases.compiled()
        request = Request(channel=Channel(channel), limit=1, moment=self.description.instant_of(moment),
                          context={} if direction is None else {"direction": direction})
        tried = [(draft, self._compiled(draft, live)) for draft in drafts]
        asked = self.description.moment_of(request.moment)
        now = moment_rows(request.context, asked, channel=request.channel, names=self.releases.category_names)
        facts = self.tables.facts()
        items = self._items_read([live, *(compiled for _, compiled in tried)])
        with open_everyone(facts, self.graph, self.journal, asked, statuses=_MAY_BE_SERVED, items=items,
                           memory=self.tables.memory) as tables:
            said = same_for_all(tables[FactName.CUSTOMER.value], now, live.schema.facts[FactName.MOMENT.value])
            source: Source = {**tables, FactName.MOMENT.value: said}
            kept = [self._tried(draft, compiled, live, request, source=source, now=now, seed=seed, author=author,
                                progress=progress) for draft, compiled in tried]
        return {"simulations": [self._shown(one) for one in kept], "comparison": comparison_json(kept)}

    def listed(self) -> list[Json]:
        """What was simulated, the latest first."""
        return [summary_json(kept) for kept in self._shelf.all()]

    def one(self, simulation_id: str) -> Json:
        """A simulation as it was made."""
        return self._shown(self._shelf.one(simulation_id))

    def compare(self, simulation_ids: Sequence[str]) -> Json:
        """Simulations side by side."""
        if not simulation_ids:
            msg = Text(zh="没有指定模拟", en="no simulation was named")
            raise InvalidInput(msg, hint=Text(zh="请选择两个或更多",
                                              en="name two or more; GET /v1/simulations lists them"))
        return comparison_json([self._shelf.one(simulation_id) for simulation_id in simulation_ids])

    def forget(self, key: CustomerKey) -> int:
        """Take an erased person out of what was kept."""
        return self._shelf.forget(key)

    @property
    def _shelf(self) -> SimulationStore:
        return SimulationStore(self.home.path / "simulations")

    def _compiled(self, draft: ReleaseDraft, live: CompiledRelease) -> CompiledRelease:
        release = draft_release(draft, self.curation, self.standing_levers.current(), self.ontology.schema)
        return self.releases.compile(release).under_states_of(live)

    def _tried(self, draft: ReleaseDraft, tried: CompiledRelease, live: CompiledRelease,  # noqa: PLR0913
               request: Request, *, source: Source, now: tuple[Row, ...], seed: int, author: str,
               progress: Progress) -> Json:
        """One draft simulated and kept; what is asked of both releases is the same for all drafts."""
        asked = self.description.moment_of(request.moment)
        facts_of = partial(self._facts, moment=asked, now=now, progress=progress)
        found = simulate(live, tried, source=source, facts_of=facts_of, request=request, as_of=asked.as_of,
                         segments=self._segments(), seed=seed)
        progress(f"{draft.name or 'the draft'}: {found.differing:,} of {found.customers:,} may get another answer")
        harms = report_json(self.harms.found_in(tried, source, asked), tried.release)
        told = simulation_json(found, draft, live, tried, self.description.base.currency) | {"harms": harms}
        return self._shelf.keep(told, made_at=iso_instant(int(time.time())), author=author)

    def _facts(self, keys: Sequence[CustomerKey], *, moment: Moment, now: tuple[Row, ...],
               progress: Progress) -> Iterator[Facts]:
        for start in range(0, len(keys), _CHUNK):
            asked = keys[start:start + _CHUNK]
            yield from read_facts(self.graph, self.journal, asked, moment, moment_rows=now,
                                  statuses=_MAY_BE_SERVED).values()
            progress(f"decided for {start + len(asked):,} of {len(keys):,}")

    def _items_read(self, releases: Iterable[CompiledRelease]) -> frozenset[str] | None:
        """The knowledge that some rule or row of the harm table can read; ``None``: more than named items."""
        read = [self.harms.items_read(compiled) for compiled in releases]
        named = [items for items in read if items is not None]
        return frozenset().union(*named) if len(named) == len(read) else None

    def _segments(self) -> dict[CustomerKey, str]:
        found = self.graph.read(_SEGMENTS, kind=PatternKind.SEGMENT.value, status=KnowledgeStatus.PUBLISHED.value)
        return {row["customer_key"]: row["segment"] for row in found}

    def _shown(self, kept: Json) -> Json:
        """With the customers' own ids in place of their keys."""
        harms = {"harms": with_examples(kept["harms"], self.directory)} if "harms" in kept else {}
        return kept | harms | {"transitions": [
            way | {"examples": [self.directory.id_of(key) for key in way["examples"]]}
            for way in kept["transitions"]]}
