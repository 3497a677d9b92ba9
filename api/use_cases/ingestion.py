"""Data in, facts anew: what changes what the base knows of its customers."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from api.use_cases.open_base import OpenBase, parse_instant
from api.use_cases.views import Json
from kb.errors import InvalidInput, NotFound
from kb.facts.load import count_renamed, load_facts, load_persons
from kb.facts.moment import Moment
from kb.facts.refresh import FactTables, facts_form, refresh
from kb.home import Base
from kb.ingestion.intake import run_import
from kb.ingestion.latest_instant import GRACE_SECONDS
from kb.ingestion.mapping.declaration import SourceMapping
from kb.ingestion.mapping.toml_file import load_mapping
from kb.ingestion.recovery import ImportRecovery, UnfinishedImport, sweep
from kb.ingestion.report import ImportReport
from kb.model.codec import to_plain
from ontology.text import Text

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
    report, renamed = bring_in(base, load_mapping(mapping), overrides, replacing=replacing, progress=progress,
                               before_change=before_change)
    if not (report.unchanged and _has_facts_of_its_moment(base)):
        renew_facts(base, progress=progress)
    elif renamed:
        progress(f"the same rows as before; name, phone or address of {renamed:,} customers changed")
    else:
        progress("the same files as before: nothing has changed")
    ImportRecovery(base.home.path).clear()
    return report_json(report) | {"left_out": dict(base.fact_tables().left_out), "renamed": renamed}


def bring_in(base: OpenBase, mapping: SourceMapping, overrides: Mapping[str, Path], *,  # noqa: PLR0913 - as above
             replacing: bool = False, progress: Progress,
             before_change: Callable[[], None] = lambda: None) -> tuple[ImportReport, int]:
    """The files as snapshots, the persons into the graph, the moment and the attributes to where they are read.

    Returns:
        The report, and how many persons the same rows tell otherwise than before.
    """
    aside = ImportRecovery(base.home.path)

    def keep(made: ImportReport) -> None:
        before_change()
        aside.keep(_rest_of(made), made.persons)

    report = run_import(mapping, home=base.home.path, secret=base.home.secret(), memory=base.table_memory,
                        limits=base.limits, erased=base.erased(), overrides=overrides, replacing=replacing,
                        progress=progress, now=int(time.time()), before_commit=keep)
    renamed = count_renamed(base.graph, report.persons) if report.unchanged else 0
    _take_over(base, report.persons, progress)
    return report, renamed


def finish_import(base: OpenBase, *, progress: Progress) -> None:
    """Do what is missing of an import that was cut off after its tables were in place, or of an earlier version."""
    sweep(base.home.path)
    aside = ImportRecovery(base.home.path)
    if aside.import_to_finish() is not None or aside.is_moment_new():
        with base.ingesting:
            _finish_cut_off(base, progress)
    aside.clear()
    if _is_of_another_version(base):
        progress("the facts were computed by another version; they are computed anew")
        with base.ingesting:
            renew_facts(base, progress=progress)


def _finish_cut_off(base: OpenBase, progress: Progress) -> None:
    """The same for whoever has the right to feed the base already."""
    aside = ImportRecovery(base.home.path)
    cut_off = aside.import_to_finish()
    if cut_off is not None:
        progress(f"the import of {cut_off.mapping} was cut off; it is being finished")
        _take_over(base, aside.persons(), progress)
    if cut_off is not None or aside.is_moment_new():
        renew_facts(base, progress=progress)


def _is_of_another_version(base: OpenBase) -> bool:
    try:
        facts = FactTables.open(base.home.facts_path)
        base.tables().close()
    except NotFound:
        return False
    return facts.form != facts_form()


def set_moment(base: OpenBase, told: str, by: str, *, progress: Progress) -> Json:
    """Set the moment of the base, and compute the facts anew at it.

    Args:
        base: Whose.
        told: A day, an instant or epoch seconds, which then stays; ``data``: the last moment of the data, from now on
            whatever comes in; ``wall``: the clock on the wall, from now on.
        by: Who sets it; recorded.
        progress: Called with what is being done.

    Raises:
        InvalidInput: If it is none of these, lies to come, or the data tell none.
    """
    _finish_cut_off(base, progress)
    now = int(time.time())
    as_of = _moment_told(base, told, now)
    aside = ImportRecovery(base.home.path)
    if base.home.facts_path.exists():
        aside.note_moment()
    base.describe(base.base.at_moment(as_of, by=by, at=now, stays=told != DATA))
    base.take_schema()
    if aside.is_moment_new():
        renew_facts(base, progress=progress)
    aside.clear()
    return moment_json(base.base)


def moment_json(base: Base) -> Json:
    """The moment of a base, whether it stays, and who set it when and what stood before."""
    return {"as_of": base.as_of, "as_of_text": base.moment().local_text(), "lives": base.as_of is None,
            "stays": base.keeps_moment,
            "changes": [to_plain(change) | {"at_text": _instant_text(change.at, "UTC"),
                                            "before_text": _instant_text(change.before, base.zone),
                                            "after_text": _instant_text(change.after, base.zone)}
                        for change in base.moments]}


def _moment_told(base: OpenBase, told: str, now: int) -> int | None:
    if told == WALL:
        return None
    if told == DATA:
        return _moment_of_data(base)
    as_of = parse_instant(told, base.base.zone)
    if as_of > now + GRACE_SECONDS:
        raise InvalidInput(_TO_COME.fill(told=told), hint=_TO_COME_HINT)
    return as_of


def _moment_of_data(base: OpenBase) -> int:
    with base.tables() as tables:
        last = tables.last_instant
    if last is None:
        raise InvalidInput(_NOT_TOLD, hint=_TO_COME_HINT)
    return last


def _instant_text(instant: int | None, zone: str) -> str:
    return "the clock on the wall" if instant is None else Moment(as_of=instant, zone=zone).local_text()


def _has_facts_of_its_moment(base: OpenBase) -> bool:
    """Whether there are facts, and of the base's moment; one that lives by the wall has those of the last import."""
    if not base.home.facts_path.exists():
        return False
    return base.base.as_of in {None, FactTables.open(base.home.facts_path).moment.as_of}


def _take_over(base: OpenBase, persons: pa.Table, progress: Progress) -> None:
    with base.tables() as tables:
        _follow_data(base, tables.last_instant, progress)
        base.tell_words(tables.attributes, tables.words)
    base.take_schema()
    load_persons(base.graph, persons)


def _rest_of(report: ImportReport) -> UnfinishedImport:
    return UnfinishedImport(mapping=report.mapping, tables={t.table: t.digest for t in report.tables.values()})


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


def _follow_data(base: OpenBase, last: int | None, progress: Progress) -> None:
    """Let the moment be the last of all data that tell it, earlier than before or later; one that was set stays."""
    known = base.base
    if last is None or last == known.as_of:
        return
    if known.keeps_moment:
        set_by, of_data = known.moments[-1].by, Moment(as_of=last, zone=known.zone).local_text()
        progress(f"the moment stays at {known.moment().local_text()}, as {set_by} set it; that of the data is {of_data}"
                 " (`zhike moment set data` follows it)")
        return
    base.describe(replace(known, as_of=last))


DATA, WALL = "data", "wall"
_TO_COME = Text(zh="时刻 {told} 尚未到来", en="the moment {told} is to come")
_TO_COME_HINT = Text(zh="请给出已过去的一天，例如 2011-12-10；或 wall：以当前时间为准",
                     en="give a day that is past, for example 2011-12-10, or wall: the clock on the wall")
_NOT_TOLD = Text(zh="没有映射说明数据的时刻", en="no mapping lets its data tell the moment")
