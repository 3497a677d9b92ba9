"""The release that is served now, compiled once, with the engine that reads its rules."""

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from kb.curation.curation import Curation
from kb.curation.pauses import PauseStates
from kb.description import BaseDescription
from kb.errors import Unavailable
from kb.facts.context import CategoryNames
from kb.facts.home_tables import HomeTables
from kb.graph.port import Graph
from kb.graph.version import GraphVersion, read_version
from kb.local_ontology import LocalOntology
from kb.model.codec import to_plain
from kb.model.pauses import RulePauses
from kb.model.release import Release
from kb.rates.states import RatesStates
from ontology.text import Text
from rules.conformance import demand_agreement
from rules.decision.compiled_release import CompiledRelease
from rules.decision.figures import MeasuredRates
from rules.engine.pool import EnginePool
from rules.lint import demand_sound

_DIFFERED = "{} answers of durable_rules and Python differed and Python's was served; the log names the rules"
_KEPT = 4  # a replay asks for earlier releases; each holds its compiled rules


@dataclass(slots=True, kw_only=True)
class ReleaseCache:
    """Compiled releases by number; the live one is looked up at every call, because publishing moves it."""

    curation: Curation
    description: BaseDescription
    graph: Graph
    ontology: LocalOntology
    tables: HomeTables
    engine: EnginePool
    rates: RatesStates
    pauses: PauseStates
    _compiled: dict[int, CompiledRelease] = field(default_factory=dict, init=False)
    _compiling: threading.Lock = field(default_factory=threading.Lock, init=False)
    _rates: dict[int, MeasuredRates] = field(default_factory=dict, init=False)
    _pauses: dict[int, RulePauses] = field(default_factory=dict, init=False)
    _used: dict[int, int] = field(default_factory=dict, init=False)
    _uses: Iterator[int] = field(default_factory=itertools.count, init=False)
    _category_names: CategoryNames | None = field(default=None, init=False)
    _last: CompiledRelease | None = field(default=None, init=False)

    def compiled(self, version: GraphVersion | None = None) -> CompiledRelease:
        """The live release, by what the graph said just now where the caller has asked it.

        Raises:
            Unavailable: If nothing was published yet.
        """
        version = version or read_version(self.graph)
        number = version.release
        if number is None:
            msg = Text(zh="还没有发布任何版本", en="no release is published")
            raise Unavailable(msg, hint=Text(zh="请先审核知识并发布",
                                             en="approve knowledge and publish: `zhike knowledge list`, `zhike "
                                                "publish`"))
        return self.of(number, version.rates, version.pauses)

    def of(self, number: int, rates: int | None = None, pauses: int | None = None) -> CompiledRelease:
        """Release ``number``, compiled, deciding under the rates and the pauses of those numbers.

        Raises:
            NotFound: If there is no such release, or no such rates or pauses.
        """
        return self.under(self._plain(number), rates, pauses)

    def under(self, compiled: CompiledRelease, rates: int | None, pauses: int | None) -> CompiledRelease:
        """A release, deciding under the rates and the pauses of those numbers.

        Raises:
            NotFound: If there are no such rates or pauses.
        """
        measured = None if rates is None else self._measured(rates)
        return compiled.under(measured).pausing(pauses, None if pauses is None else self._paused(pauses))

    def in_use(self, compiled: CompiledRelease) -> CompiledRelease:
        """A release, deciding under the rates and the pauses that are in use."""
        return self.under(compiled, self.rates.in_use(), self.pauses.in_use())

    def _paused(self, number: int) -> RulePauses:
        """The pauses of that number, read once: none ever changes."""
        known = self._pauses.get(number)
        if known is None:
            known = self._pauses[number] = self.pauses.state(number)
        return known

    def compile(self, release: Release) -> CompiledRelease:
        """A release that may have been published, under no rates.

        The last one is at hand: one that is published is tried out, looked through for harm, and served.
        """
        last, plain = self._last, replace(release, accepted_harm=None)  # why it was published decides nothing
        if last is None or last.release != plain:
            last = self._last = CompiledRelease.compile(plain, self.ontology.schema, self.ontology.labels(),
                                                        zone=self.description.base.zone)
        return replace(last, release=release)

    def _measured(self, number: int) -> MeasuredRates:
        """The rates of that number, read once: none ever changes."""
        known = self._rates.get(number)
        if known is None:
            known = MeasuredRates.read(self.rates.state(number))
            with self._compiling:
                if len(self._rates) >= _KEPT:
                    del self._rates[min(self._rates)]  # the oldest: only replays ask for it
                self._rates[number] = known
        return known

    def _plain(self, number: int) -> CompiledRelease:
        """The release without rates."""
        known = self._compiled.get(number)
        if known is None:
            with self._compiling:
                if number not in self._compiled:
                    self._keep(self.curation.release(number))
                known = self._compiled[number]
        self._used[number] = next(self._uses)
        return known

    @property
    def category_names(self) -> CategoryNames:
        """The index by which words of the moment find their category, made once from the products."""
        known = self._category_names
        if known is None:
            known = self._category_names = self.tables.category_names(self.ontology.labels)
        return known

    def engine_state(self) -> dict[str, object]:
        """How the engine fares; it is ready with no worker alive too: the Python reading answers alone then."""
        alive = len(self.engine.pids)
        counters = self.engine.counters
        note = {"note": _DIFFERED.format(counters.disagreed)} if counters.disagreed else {}
        return {"ready": True, "workers": alive} | note | to_plain(counters)

    def try_out(self, release: Release) -> None:
        """Return if the release can be served: its rules are sound, its examples hold, its three readings agree.

        Raises:
            InvalidRule: Naming the rule and what is wrong with it.
        """
        demand_sound(release.rules, self.ontology.schema, {action.id: action for action in release.actions})
        ruleset = self.compile(release).ruleset
        demand_agreement(ruleset, as_of=release.published_at)
        self.engine.load(ruleset)

    def renew(self) -> None:
        """Compile anew, and make ready what the next answers need: words, schema and products have changed."""
        self.forget()
        if self.curation.live_number() is not None:
            self.compiled()
            self.category_names  # noqa: B018  # made here, so that nobody who asks for a decision waits for it

    def forget(self) -> None:
        """Compile anew at the next call: words or schema have changed."""
        with self._compiling:
            self._compiled.clear()
        self._category_names = self._last = None

    def _keep(self, release: Release) -> None:
        live = self.curation.live_number()  # after a rollback it may be older than those that replays ask for
        while len(self._compiled) >= _KEPT:
            unused = min(self._compiled.keys() - {live}, key=lambda number: self._used.get(number, 0))
            dropped = self._compiled.pop(unused).ruleset.fingerprint
            self._used.pop(unused, None)
            if all(kept.ruleset.fingerprint != dropped for kept in self._compiled.values()):
                self.engine.forget(dropped)
        compiled = self._compiled[release.number] = self.compile(release)
        self.engine.load(compiled.ruleset)
