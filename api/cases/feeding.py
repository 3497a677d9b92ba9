"""Data in, facts anew: what changes what the base knows of its customers."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from api.cases.base import OpenBase
from api.cases.views import Json
from kb.errors import NotFound
from kb.facts.load import load_facts, load_persons
from kb.facts.refresh import FactTables, facts_form, refresh
from kb.model.codec import to_plain
from kb.unfinished import Aside, UnfinishedImport, sweep
from kb.warehouse.intake import run_import
from kb.warehouse.mapping.nouns import Clock, SourceMapping
from kb.warehouse.mapping.toml_file import load_mapping
from kb.warehouse.report import ImportReport

Progress = Callable[[str], None]


def import_mapping(base: OpenBase, mapping: str, overrides: Mapping[str, Path], *,  # noqa: PLR0913 - what an import is told
                   replacing: bool = False, progress: Progress,
                   before_change: Callable[[], None] = lambda: None) -> Json:
    """Bring a source in, then compute the facts anew and load them; the same files twice change nothing.

    Args:
        base: Where to.
        mapping: A shipped one's name, or the path of one.
        overrides: Source -> file.
        replacing: Also where much of what the mapping brought before goes.
        progress: Told what is being done; what it raises stops the import.
        before_change: Called when nothing has changed yet; what it raises leaves the base as it was.

    Raises:
        InvalidInput: If mapping or file is not as it must be; the base is as it was.
        Conflict: If more would go than may go unasked, and nobody said ``replacing``; the base is as it was.
    """
    _finish_cut_off(base, progress)
    report = bring_in(base, load_mapping(mapping), overrides, replacing=replacing, progress=progress,
                      before_change=before_change)
    if report.unchanged and base.home.facts_path.exists():
        progress("the same files as before: nothing has changed")
    else:
        renew_facts(base, progress=progress)
    Aside(base.home.path).clear()
    return report_json(report) | {"left_out": dict(base.fact_tables().left_out)}


def bring_in(base: OpenBase, mapping: SourceMapping, overrides: Mapping[str, Path], *,  # noqa: PLR0913 - as above
             replacing: bool = False, progress: Progress,
             before_change: Callable[[], None] = lambda: None) -> ImportReport:
    """The files as snapshots, the persons into the graph, the moment and the attributes to where they are read."""
    aside = Aside(base.home.path)

    def keep(made: ImportReport) -> None:
        before_change()
        aside.keep(_rest_of(made, mapping), made.persons)

    report = run_import(mapping, home=base.home.path, secret=base.home.secret(), erased=base.erased(),
                        overrides=overrides, replacing=replacing, progress=progress, now=int(time.time()),
                        before_commit=keep)
    _take_over(base, report.persons, _rest_of(report, mapping).as_of)
    return report


def finish_import(base: OpenBase, *, progress: Progress) -> None:
    """Do what is missing of an import that was cut off after its tables were in place, or of an earlier version."""
    sweep(base.home.path)
    _finish_cut_off(base, progress)
    Aside(base.home.path).clear()
    if _is_of_another_version(base):
        progress("the facts were computed by another version; they are computed anew")
        with base.feeding:
            renew_facts(base, progress=progress)


def _finish_cut_off(base: OpenBase, progress: Progress) -> None:
    aside = Aside(base.home.path)
    cut_off = aside.import_to_finish()
    if cut_off is not None:
        progress(f"the import of {cut_off.mapping} was cut off; it is being finished")
        with base.feeding:
            _take_over(base, aside.persons(), cut_off.as_of)
            renew_facts(base, progress=progress)


def _is_of_another_version(base: OpenBase) -> bool:
    try:
        facts = FactTables.open(base.home.facts_path)
        base.tables().close()
    except NotFound:
        return False
    return facts.form != facts_form()


def _take_over(base: OpenBase, persons: pa.Table, as_of: int | None) -> None:
    if as_of is not None:
        _fix_moment(base, as_of)
    with base.tables() as tables:
        base.tell_words(tables.attributes, tables.words)
    base.take_schema()
    load_persons(base.graph, persons)


def _rest_of(report: ImportReport, mapping: SourceMapping) -> UnfinishedImport:
    return UnfinishedImport(mapping=mapping.name, tables={t.table: t.digest for t in report.tables.values()},
                            as_of=report.last_instant if mapping.base.clock is Clock.DATA else None)


def renew_facts(base: OpenBase, *, progress: Progress) -> None:
    """Compute every fact at the base's moment and load it into the graph."""
    with base.tables() as tables:
        facts = refresh(tables, base.moment, base.home.facts_path, progress)
        load_facts(base.graph, facts, tables, tables.category_labels)
    progress("facts are in the graph")


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


def _fix_moment(base: OpenBase, as_of: int) -> None:
    known = base.base
    latest = max(as_of, known.as_of or 0)
    base.describe(replace(known, as_of=latest))
