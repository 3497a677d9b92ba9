"""Data in, facts anew: what changes what the base knows of its customers."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from api.use_cases.release_cache import ReleaseCache
from api.use_cases.views import Json
from kb.customers import CustomerDirectory
from kb.description import BaseDescription
from kb.errors import InvalidInput, NotFound
from kb.facts.home_tables import HomeTables
from kb.facts.load import count_renamed, load_facts, load_persons
from kb.facts.moment import Moment, parse_instant
from kb.facts.refresh import FactTables, facts_form, refresh
from kb.graph.port import Graph
from kb.home import Base, Home
from kb.ingestion.files import FileLimits
from kb.ingestion.intake import run_import
from kb.ingestion.latest_instant import GRACE_SECONDS
from kb.ingestion.lock import IngestionLock
from kb.ingestion.mapping.declaration import SourceMapping
from kb.ingestion.mapping.toml_file import load_mapping
from kb.ingestion.recovery import ImportRecovery, UnfinishedImport, sweep
from kb.ingestion.report import ImportReport
from kb.local_ontology import LocalOntology
from kb.model.codec import to_plain
from ontology.text import Text

Progress = Callable[[str], None]


DATA, WALL = "data", "wall"
_TO_COME = Text(zh="时刻 {told} 尚未到来", en="the moment {told} is to come")
_TO_COME_HINT = Text(zh="请给出已过去的一天，例如 2011-12-10；或 wall：以当前时间为准",
                     en="give a day that is past, for example 2011-12-10, or wall: the clock on the wall")
_NOT_TOLD = Text(zh="没有映射说明数据的时刻", en="no mapping lets its data tell the moment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingestion:
    """What changes what one base knows of its customers: files, and the moment from which it looks at them."""

    description: BaseDescription
    directory: CustomerDirectory
    graph: Graph
    home: Home
    limits: FileLimits
    lock: IngestionLock
    ontology: LocalOntology
    releases: ReleaseCache
    tables: HomeTables

    def import_mapping(self, mapping: str, overrides: Mapping[str, Path], *,
                       replacing: bool = False, progress: Progress,
                       before_change: Callable[[], None] = lambda: None) -> Json:
        """Bring a source in, then compute the facts anew and load them; the same files twice change nothing.

        Args:
            mapping: A shipped one's name, or the path of one.
            overrides: Source -> file.
            replacing: Also where much of what the mapping brought before goes.
            progress: Told what is being done; what it raises stops the import.
            before_change: Called when nothing has changed yet; what it raises leaves the base as it was.

        Raises:
            InvalidInput: If mapping or file is not as it must be; the base is as it was.
            Conflict: If more would go than may go unasked, and nobody said ``replacing``; the base is as it was.
        """
        with self.lock.ingesting():
            report = self._import(mapping, overrides, replacing=replacing, progress=progress,
                                  before_change=before_change)
        self.releases.renew()
        return report

    def _import(self, mapping: str, overrides: Mapping[str, Path], *, replacing: bool, progress: Progress,
                before_change: Callable[[], None]) -> Json:
        self._finish_cut_off(progress)
        report, renamed = self._bring_in(load_mapping(mapping), overrides, replacing=replacing, progress=progress,
                                         before_change=before_change)
        if not (report.unchanged and self._has_facts_of_its_moment()):
            self._renew_facts(progress)
        elif renamed:
            progress(f"the same rows as before; name, phone or address of {renamed:,} customers changed")
        else:
            progress("the same files as before: nothing has changed")
        ImportRecovery(self.home.path).clear()
        return report_json(report) | {"left_out": dict(self.tables.facts().left_out), "renamed": renamed}

    def _bring_in(self, mapping: SourceMapping, overrides: Mapping[str, Path], *, replacing: bool,
                  progress: Progress, before_change: Callable[[], None]) -> tuple[ImportReport, int]:
        """The files as snapshots, the persons into the graph, the moment and the attributes to where they are read.

        Returns:
            The report, and how many persons the same rows tell otherwise than before.
        """
        aside = ImportRecovery(self.home.path)

        def keep(made: ImportReport) -> None:
            before_change()
            aside.keep(_rest_of(made), made.persons)

        report = run_import(mapping, home=self.home.path, secret=self.home.secret(), memory=self.tables.memory,
                            limits=self.limits, erased=self.directory.erased(), overrides=overrides,
                            replacing=replacing, progress=progress, now=int(time.time()), before_commit=keep)
        renamed = count_renamed(self.graph, report.persons) if report.unchanged else 0
        self._take_over(report.persons, progress)
        return report, renamed

    def finish(self, progress: Progress) -> None:
        """Do what is missing of an import that was cut off after its tables were in place, or of an earlier version."""
        sweep(self.home.path)
        aside = ImportRecovery(self.home.path)
        if aside.import_to_finish() is not None or aside.is_moment_new():
            with self.lock.ingesting():
                self._finish_cut_off(progress)
        aside.clear()
        if self._is_of_another_version():
            progress("the facts were computed by another version; they are computed anew")
            with self.lock.ingesting():
                self._renew_facts(progress)

    def set_moment(self, told: str, by: str, *, progress: Progress) -> Json:
        """Set the moment of the base, and compute the facts anew at it.

        Args:
            told: A day, an instant or epoch seconds, which then stays; ``data``: the last moment of the data, from now
                on whatever comes in; ``wall``: the clock on the wall, from now on.
            by: Who sets it; recorded.
            progress: Called with what is being done.

        Raises:
            InvalidInput: If it is none of these, lies to come, or the data tell none.
        """
        with self.lock.ingesting():
            self._set_moment(told, by, progress)
        self.releases.renew()
        return self.moment()

    def moment(self) -> Json:
        """The moment of the base, whether it stays, and who set it when and what stood before."""
        return moment_json(self.description.base)

    def _set_moment(self, told: str, by: str, progress: Progress) -> None:
        self._finish_cut_off(progress)
        now = int(time.time())
        as_of = self._moment_told(told, now)
        aside = ImportRecovery(self.home.path)
        if self.home.facts_path.exists():
            aside.note_moment()
        self.description.change(self.description.base.at_moment(as_of, by=by, at=now, stays=told != DATA))
        self.ontology.declare()
        if aside.is_moment_new():
            self._renew_facts(progress)
        aside.clear()

    def _finish_cut_off(self, progress: Progress) -> None:
        """The same for whoever has the right to feed the base already."""
        aside = ImportRecovery(self.home.path)
        cut_off = aside.import_to_finish()
        if cut_off is not None:
            progress(f"the import of {cut_off.mapping} was cut off; it is being finished")
            self._take_over(aside.persons(), progress)
        if cut_off is not None or aside.is_moment_new():
            self._renew_facts(progress)

    def _is_of_another_version(self) -> bool:
        try:
            facts = FactTables.open(self.home.facts_path)
            self.tables.open().close()
        except NotFound:
            return False
        return facts.form != facts_form()

    def _moment_told(self, told: str, now: int) -> int | None:
        if told == WALL:
            return None
        if told == DATA:
            return self._moment_of_data()
        as_of = parse_instant(told, self.description.base.zone)
        if as_of > now + GRACE_SECONDS:
            raise InvalidInput(_TO_COME.fill(told=told), hint=_TO_COME_HINT)
        return as_of

    def _moment_of_data(self) -> int:
        with self.tables.open() as tables:
            last = tables.last_instant
        if last is None:
            raise InvalidInput(_NOT_TOLD, hint=_TO_COME_HINT)
        return last

    def _has_facts_of_its_moment(self) -> bool:
        """Whether there are facts, of the base's moment; one that lives by the wall has those of the last import."""
        if not self.home.facts_path.exists():
            return False
        return self.description.base.as_of in {None, FactTables.open(self.home.facts_path).moment.as_of}

    def _take_over(self, persons: pa.Table, progress: Progress) -> None:
        with self.tables.open() as tables:
            self._follow_data(tables.last_instant, progress)
            self.ontology.extend(tables.attributes, tables.words)
        self.ontology.declare()
        load_persons(self.graph, persons)

    def _renew_facts(self, progress: Progress) -> None:
        """Compute every fact at the base's moment and load it into the graph."""
        with self.tables.open() as tables:
            facts = refresh(tables, self.description.moment, self.home.facts_path, progress)
            load_facts(self.graph, facts, tables, tables.category_labels)
        progress("facts are in the graph")

    def _follow_data(self, last: int | None, progress: Progress) -> None:
        """Let the moment be the last of all data that tell it, earlier than before or later; one that was set stays."""
        known = self.description.base
        if last is None or last == known.as_of:
            return
        if known.keeps_moment:
            set_by, of_data = known.moments[-1].by, Moment(as_of=last, zone=known.zone).local_text()
            progress(f"the moment stays at {known.moment().local_text()}, as {set_by} set it; that of the data is"
                     f" {of_data} (`zhike moment set data` follows it)")
            return
        self.description.change(replace(known, as_of=last))


def moment_json(base: Base) -> Json:
    """The moment of a base, whether it stays, and who set it when and what stood before."""
    return {"as_of": base.as_of, "as_of_text": base.moment().local_text(), "lives": base.as_of is None,
            "stays": base.keeps_moment,
            "changes": [to_plain(change) | {"at_text": _instant_text(change.at, "UTC"),
                                            "before_text": _instant_text(change.before, base.zone),
                                            "after_text": _instant_text(change.after, base.zone)}
                        for change in base.moments]}


def _instant_text(instant: int | None, zone: str) -> str:
    return "the clock on the wall" if instant is None else Moment(as_of=instant, zone=zone).local_text()


def _rest_of(report: ImportReport) -> UnfinishedImport:
    return UnfinishedImport(mapping=report.mapping, tables={t.table: t.digest for t in report.tables.values()})


def report_json(report: ImportReport) -> Json:
    """An import's report: read, kept, quarantined by reason, coverage."""
    return {
        "mapping": report.mapping,
        "unchanged": report.unchanged,
        "tables": [{"table": t.table, "read": t.read, "kept": t.kept,
                    "quarantined": ", ".join(f"{reason} {n:,}" for reason, n in t.quarantined.items()) or None,
                    "merged": t.merged, "added": t.added, "removed": t.removed, "unchanged": t.unchanged,
                    "digest": t.digest}
                   for t in report.tables.values()],
        "refused": [{"table": t.table, "reason": reason, "rows": n, "first_line": t.quarantined_lines[reason],
                     "why": to_plain(report.reasons[reason])}
                    for t in report.tables.values() for reason, n in t.quarantined.items()],
        "dropped": dict(report.dropped),
        "left_unknown": [{"table": t.table, "column": column, "why": why, "count": n} for t in report.tables.values()
                         for why, found in (("varies", t.varying), ("placeholder", t.placeholders))
                         for column, n in found.items()],
        "coverage": {t.table: dict(t.coverage) for t in report.tables.values()},
        "quarantined_amounts": {t.table: dict(t.quarantined_amounts) for t in report.tables.values()},
        "reasons": {reason: to_plain(text) for reason, text in report.reasons.items()},
    }
