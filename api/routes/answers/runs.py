"""Mining runs from the request to what came of them."""

from pydantic import Field

from api.routes.answers.base import Answer, Number, TextAnswer
from api.routes.answers.knowledge import RunBodyAnswer
from kb.model.run import RunState
from ontology.vocabulary import PatternKind


class RunStageAnswer(Answer):
    """What a run is doing, or did last."""

    name: str
    label: TextAnswer


class RunResultAnswer(Answer):
    """How much a run brought into the base."""

    run: RunBodyAnswer
    proposed: int
    drafts: int
    refused: int
    linked: int


class KeptScoresAnswer(Answer):
    """Scores of an earlier run that stay."""

    kind: PatternKind
    run_id: str | None
    scores: int
    as_of: str | None


class EndedScoresAnswer(KeptScoresAnswer):
    """Scores of an earlier run that end, and why."""

    item: str
    reason: TextAnswer | None


class FaultWordsAnswer(Answer):
    """Why a run failed or was cancelled, and what to try, in both languages."""

    message: TextAnswer
    hint: TextAnswer


class RunFaultAnswer(Answer):
    """The same in English, for programs."""

    message: str
    hint: str
    words: FaultWordsAnswer


class RunAnswer(Answer):
    """How far a run is; a `study` is of another moment than the base's, and changes nothing until it is taken up."""

    id: str
    state: RunState
    as_of: str
    seed: int
    requested_at: str
    requested_by: str
    stage: RunStageAnswer
    share: Number = Field(description="of the whole run that is done")
    since: str
    plan: list[TextAnswer]
    result: RunResultAnswer | None
    study: bool
    taken_up_by: str | None
    kept: list[KeptScoresAnswer]
    ended: list[EndedScoresAnswer]
    fault: RunFaultAnswer | None


class RunsAnswer(Answer):
    """The mining runs, the latest first."""

    runs: list[RunAnswer]
