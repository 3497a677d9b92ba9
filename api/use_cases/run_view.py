"""A mining run as the JSON of the API."""

from api.use_cases.views import Json, run_json
from kb.model.codec import to_plain
from kb.model.pattern import iso_instant
from kb.model.run import EndedScores, KeptScores, RunRecord, RunState


def record_json(record: RunRecord) -> Json:
    """How far a run is; ``result`` once it is in the base, ``plan`` once the miners are done.

    A ``study`` is of another moment than the base's, and changes nothing until it is taken up. ``kept`` are the scores
    of earlier runs that stay because this one brought nothing of their kind, ``ended`` those that do not, and why.
    ``plan`` says in both languages what was run, and what was left out and why. ``share`` is of the whole run, [0, 1].
    """
    stage = record.stage
    return {
        "id": record.id, "state": record.state.value, "as_of": iso_instant(record.as_of), "seed": record.seed,
        "requested_at": iso_instant(record.requested_at), "requested_by": record.requested_by,
        "stage": {"name": stage.name, "label": to_plain(stage.label)}, "share": round(stage.share, 3),
        "since": iso_instant(record.since),
        "plan": [] if record.run is None else [to_plain(line) for line in record.run.plan],
        "result": _result(record),
        "study": record.is_study, "taken_up_by": record.taken_up_by,
        "kept": [_kept(one) for one in record.changes.kept],
        "ended": [_kept(one) | {"item": one.item, "reason": None if one.reason is None else to_plain(one.reason)}
                  for one in record.changes.ended],
        "fault": None if record.fault is None else {
            "message": record.fault.en, "hint": record.hint.en,
            "words": {"message": to_plain(record.fault), "hint": to_plain(record.hint)}},
    }


def _kept(one: KeptScores | EndedScores) -> Json:
    return {"kind": one.kind.value, "run_id": one.run_id, "scores": one.scores,
            "as_of": None if one.as_of is None else iso_instant(one.as_of)}


def _result(record: RunRecord) -> Json | None:
    if record.state is not RunState.FINISHED or record.run is None:
        return None
    return {"run": run_json(record.run), **record.counts}
