"""How knowledge fares from run to run, as JSON: the series of its measurements, its age, and why it no longer holds."""

from api.use_cases.views import Json, item_json
from kb.curation.judged_figure import JudgedFigure, judged_figure
from kb.curation.measuring import what_changed
from kb.facts.moment import Moment
from kb.model.codec import to_plain
from kb.model.knowledge import KnowledgeItem
from kb.model.measurement import Lapse, Measurement
from kb.model.pattern import iso_instant
from kb.model.strength import HALF_LIFE_DAYS, effective_strength


def aged_item_json(item: KnowledgeItem, moment: Moment) -> Json:
    """An item with its age at a moment.

    ``effective_strength`` is halved for every ``HALF_LIFE_DAYS`` since a run last found it; ``change`` says, of one
    that no longer holds, which figure it had when it was judged and which one a run measured last.
    """
    plain = item_json(item)
    for name in ("measured", "missed"):
        said = getattr(item, name)
        plain[name] = None if said is None else measurement_json(said, item)
    return plain | {
        "missed_since": _instant(item.missed_since), "lapses": [_lapse(lapse) for lapse in item.lapses],
        "effective_strength": effective_strength(item, moment.as_of), "measured_at": iso_instant(item.measured_at),
        "measured_days_ago": max(0, moment.days_ago(item.measured_at)), "half_life_days": HALF_LIFE_DAYS,
        "change": _change(item)}


def measurement_json(said: Measurement, item: KnowledgeItem) -> Json:
    """What one run measured of an item; ``figure`` is the one by which it is told how the item fares."""
    return {"run_id": said.run_id, "as_of": iso_instant(said.as_of), "recorded_at": iso_instant(said.recorded_at),
            "verdict": said.verdict.value, "strength": said.strength, "measures": dict(said.measures),
            "figure": _figure(judged_figure(item.pattern_kind, said.measures)),
            "reason": None if said.reason is None else to_plain(said.reason)}


def _change(item: KnowledgeItem) -> Json | None:
    if item.lapse is None:
        return None
    changed = what_changed(item)
    return {"then": _figure(changed.then), "now": _figure(changed.now), "as_of": _instant(changed.as_of),
            "reason": to_plain(item.lapse.reason)}


def _figure(figure: JudgedFigure | None) -> Json | None:
    return None if figure is None else to_plain(figure)


def _lapse(lapse: Lapse) -> Json:
    decision = lapse.decision
    return {"since": iso_instant(lapse.since), "until": _instant(lapse.until),
            "missed_since": iso_instant(lapse.missed_since), "run_id": lapse.run_id, "verdict": lapse.verdict.value,
            "reason": to_plain(lapse.reason), "measures": dict(lapse.measures),
            "decision": None if decision is None else to_plain(decision) | {"at": iso_instant(decision.at)}}


def _instant(epoch_seconds: int | None) -> str | None:
    return None if epoch_seconds is None else iso_instant(epoch_seconds)
