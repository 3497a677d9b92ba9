"""What runs say of knowledge one after another: it is found again, missed, it ends by itself, and it comes back.

One run is one month's chance: knowledge is measured again by lower floors than news (``mining.gate``), and what misses
even those must go on missing them. It ends where the runs in a row that do not find it reach over ``ENDS_AFTER_DAYS``,
from the moment of the first of them to that of the last, however often one mines. Only a run that looked at its kind
counts, and only one of a later moment than the last: an earlier one says what was, and is kept among the measurements.

Pure functions from one item to the next; what is written is in ``records``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kb.curation.judged_figure import JudgedFigure, judged_figure
from kb.model.bounds import DAY_SECONDS
from kb.model.ids import RunId
from kb.model.knowledge import KnowledgeItem
from kb.model.measurement import Lapse, LapseDecision, LapseVerdict, Measurement
from kb.model.pattern import Refusal
from ontology.quantities import number
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus, MeasurementVerdict, Standing

ENDS_AFTER_DAYS: Mapping[MeasurementVerdict, int] = {MeasurementVerdict.FAILED: 28, MeasurementVerdict.NOT_FOUND: 56}
"""By the verdict of the last run: one whose data showed that it does not hold says more than one without a figure.

With a run a month that is the second in a row that measured and refused it, or the third that did not find it; what is
of a season, such as an offer of melons in winter, ends and is found again when its season is back.
"""

_STANDING: Mapping[MeasurementVerdict, Standing] = {MeasurementVerdict.FAILED: Standing.CONTRADICTED,
                                                    MeasurementVerdict.NOT_FOUND: Standing.UNTESTED}
_ENDED: Mapping[MeasurementVerdict, Text] = {
    MeasurementVerdict.FAILED: Text(zh="{days} 天来的挖掘都没有测到它成立：{why}",
                                    en="for {days} days no run has found it to hold: {why}"),
    MeasurementVerdict.NOT_FOUND: Text(zh="{days} 天来的挖掘都没有再发现它",
                                       en="for {days} days no run has found it again"),
}


def measurement_of(item: KnowledgeItem, now: int, judged: KnowledgeItem | None = None, *,
                   as_of: int | None = None) -> Measurement:
    """What a run that found an item measured of it; weaker where that lies wholly below what was ``judged``.

    Args:
        item: As the run proposes it.
        now: The wall clock, epoch seconds.
        judged: The item as it is known; ``None`` for news.
        as_of: The moment of the run; that from which the item is true where left out.
    """
    verdict = MeasurementVerdict.CONFIRMED
    if judged is not None and judged.status is not KnowledgeStatus.PROPOSED and _is_weaker(judged, item):
        verdict = MeasurementVerdict.WEAKER
    return Measurement(item=item.id, run_id=item.run_id, as_of=item.valid_from if as_of is None else as_of,
                       recorded_at=now, verdict=verdict,
                       strength=item.strength, measures=item.measures)


def miss_of(item: KnowledgeItem, refusal: Refusal | None, now: int, *, run_id: RunId, as_of: int) -> Measurement:
    """What a run said of an item that it refused, or did not find."""
    if refusal is None:
        return Measurement(item=item.id, run_id=run_id, as_of=as_of, recorded_at=now,
                           verdict=MeasurementVerdict.NOT_FOUND)
    return Measurement(item=item.id, run_id=run_id, as_of=as_of, recorded_at=now, verdict=MeasurementVerdict.FAILED,
                       measures=refusal.measures, reason=refusal.reason)


def found_again(old: KnowledgeItem, new: KnowledgeItem, said: Measurement) -> KnowledgeItem:
    """What a further run that found it makes of an item that is known already.

    One that nobody has judged yet gets the new numbers. One that was judged keeps what was judged, and the new numbers
    stand beside it (``measured``). Where it had ended it holds again, and its lapse keeps when it did not.
    """
    if old.status is KnowledgeStatus.PROPOSED:
        return replace(new, status=old.status, recorded_at=old.recorded_at)
    if _is_outdated(said, old):
        return old
    if old.lapse is None:
        return replace(old, standing=new.standing, measured=said, missed=None, missed_since=None)
    over = replace(old.lapse, until=said.as_of)
    return replace(old, standing=new.standing, measured=said, missed=None, missed_since=None, valid_to=None,
                   lapses=(*old.lapses[:-1], over))


def missed(old: KnowledgeItem, said: Measurement) -> KnowledgeItem:
    """A live item that a run did not find: its standing says so, and after enough of such runs in a row it ends.

    Where a manager has said that they wait, the next such run asks again.
    """
    if _is_outdated(said, old):
        return old
    since = said.as_of if old.missed_since is None else old.missed_since
    item = replace(old, standing=_STANDING[said.verdict], missed=said, missed_since=since)
    if item.lapse is not None:
        return _asked_again(item, item.lapse, said)
    is_over = said.as_of - since >= ENDS_AFTER_DAYS[said.verdict] * DAY_SECONDS
    return _ended(item, said, since) if is_over and item.valid_to is None else item


def decided(item: KnowledgeItem, decision: LapseDecision) -> KnowledgeItem:
    """An item that no longer holds, with what a manager said of that."""
    return item if item.lapse is None else replace(
        item, lapses=(*item.lapses[:-1], replace(item.lapse, decision=decision)))


def waits_for_decision(item: KnowledgeItem) -> bool:
    """Whether it no longer holds and nobody has said what becomes of it."""
    return item.lapse is not None and item.lapse.decision is None


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureChange:
    """What changed of an item that no longer holds.

    Args:
        then: Its figure when it was judged.
        now: The figure of the run by which it ended, else that of the last run which measured it since it was judged;
            ``None``: none did. ``as_of`` is the moment of that run.
    """

    then: JudgedFigure | None
    now: JudgedFigure | None
    as_of: int | None


def what_changed(item: KnowledgeItem) -> FigureChange:
    """Of an item that no longer holds: the figure when it was judged, and the last one that was measured."""
    ends = [] if item.lapse is None else [(item.lapse.since, item.lapse.measures)]
    known = [*ends, *([] if item.measured is None else [(item.measured.as_of, item.measured.measures)])]
    found = [(figure, as_of) for as_of, measures in known
             if (figure := judged_figure(item.pattern_kind, measures)) is not None]
    now, as_of = found[0] if found else (None, None)
    return FigureChange(then=judged_figure(item.pattern_kind, item.measures), now=now, as_of=as_of)


def _is_weaker(judged: KnowledgeItem, found: KnowledgeItem) -> bool:
    then, now = (judged_figure(one.pattern_kind, one.measures) for one in (judged, found))
    return then is not None and now is not None and now.is_below(then.value)


def _is_outdated(said: Measurement, item: KnowledgeItem) -> bool:
    """Whether the run's moment lies before that of what is known of the item."""
    return said.as_of < max(item.measured_at, item.measured_at if item.missed is None else item.missed.as_of)


def _asked_again(item: KnowledgeItem, lapse: Lapse, said: Measurement) -> KnowledgeItem:
    waited = lapse.decision is not None and lapse.decision.verdict is LapseVerdict.WAIT
    if not waited or said.run_id == lapse.run_id:
        return item
    return replace(item, lapses=(*item.lapses[:-1], replace(_lapse(said, lapse.missed_since), since=lapse.since)))


def _ended(item: KnowledgeItem, said: Measurement, since: int) -> KnowledgeItem:
    return replace(item, valid_to=said.as_of, lapses=(*item.lapses, _lapse(said, since)))


def _lapse(said: Measurement, since: int) -> Lapse:
    days = number((said.as_of - since) // DAY_SECONDS)
    reason = _ENDED[said.verdict].fill(days=days, why=said.reason or Text.same(""))
    return Lapse(since=said.as_of, missed_since=since, run_id=RunId(str(said.run_id)), verdict=said.verdict,
                 reason=reason, measures=said.measures)
