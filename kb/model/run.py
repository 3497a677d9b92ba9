"""A mining run from the request to what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from kb.model.ids import CustomerKey, ItemId, RunId
from kb.model.knowledge import KnowledgeItem
from kb.model.pattern import ExpectedAmount, Refusal, Run
from kb.model.rule import Rule
from ontology.text import NO_WORDS, Text
from ontology.vocabulary import PatternKind


class RunState(StrEnum):
    """Where a run stands; only the first two go on."""

    RUNNING = "running"
    LOADING = "loading"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({RunState.FINISHED, RunState.FAILED, RunState.CANCELLED})
"""States that a run does not leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStage:
    """What a run is doing.

    Args:
        name: Of the miner, or of what is done before and after the miners.
        label: The same for people.
        share: Of the whole run that is done when the stage begins, [0, 1].
    """

    name: str
    label: Text
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAssociation:
    """An association that is knowledge already, by its categories: a run measures it, whatever its search would try."""

    antecedent: tuple[str, ...]
    consequent: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MiningRequest:
    """What the miners are given besides the tables.

    Args:
        as_of: The moment of the run, epoch seconds, in the zone of the base.
        known: Knowledge that is held already.
        now: Wall clock, epoch seconds.
        miners: Those asked for; all where ``None``.
        associations: Those among ``known``.
    """

    as_of: int
    zone: str
    seed: int
    known: tuple[ItemId, ...]
    now: int
    miners: tuple[str, ...] | None = None
    associations: tuple[KnownAssociation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFindings:
    """Everything that one run brings.

    Args:
        items: Proposed knowledge that is new.
        confirmed: Knowledge already held (asked for by id) that was measured again and holds.
        rules: Drafts, each resting on one of the items or of the confirmed.
        refusals: What the gate did not let through, knowledge already held among it.
        scores: Of each item, the score of each customer it holds for.
        amounts: Of each item that speaks of money, what is expected of each of those customers.
        companions: Of each item that is offered, the category that each of those customers buys and it goes with.
    """

    run: Run
    items: tuple[KnowledgeItem, ...]
    confirmed: tuple[KnowledgeItem, ...]
    rules: tuple[Rule, ...]
    refusals: tuple[Refusal, ...]
    scores: Mapping[ItemId, Mapping[CustomerKey, float]]
    amounts: Mapping[ItemId, Mapping[CustomerKey, ExpectedAmount]] = field(default_factory=dict)
    companions: Mapping[ItemId, Mapping[CustomerKey, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptScores:
    """Scores of an earlier run that stay, because a later one brought nothing of their kind.

    Args:
        run_id: The run of the miners that made them; ``None`` where an earlier version did not say.
        as_of: Its moment, epoch seconds.
        scores: How many.
    """

    kind: PatternKind
    run_id: RunId | None
    as_of: int | None
    scores: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedScores:
    """Scores of an earlier run that end, and why.

    Args:
        run_id: The run of the miners that made them; ``None`` where an earlier version did not say.
        as_of: Its moment, epoch seconds.
        scores: How many.
    """

    item: ItemId
    kind: PatternKind
    run_id: RunId | None
    as_of: int | None
    scores: int
    reason: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChanges:
    """What became of the scores of earlier runs when one was taken up."""

    kept: tuple[KeptScores, ...] = ()
    ended: tuple[EndedScores, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What is told of a run.

    Args:
        is_study: It looked from another moment than the base's: what it found is kept in its folder and changes
            nothing that is live, unless somebody takes it up.
        taken_up_by: Who took the study up.
        changes: What became of earlier runs' scores.
        requested_at: Wall clock, epoch seconds, as ``since``.
        stage: What it does, or did last.
        since: When it came to that stage, or to its end.
        run: What the miners say of their work, once they are done.
        counts: How much was proposed, drafted, refused and linked, once it is in the base.
        fault: Why it failed, was cancelled or waits with its results; ``hint`` is what to try.
    """

    id: str
    state: RunState
    as_of: int
    seed: int
    requested_at: int
    requested_by: str
    stage: RunStage
    since: int
    run: Run | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    fault: Text | None = None
    hint: Text = NO_WORDS
    is_study: bool = False
    taken_up_by: str | None = None
    changes: LinkChanges = LinkChanges()

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ENDED

    def at(self, stage: RunStage, now: int) -> "RunRecord":
        """The run in another stage."""
        return replace(self, stage=stage, since=now)

    def ended(self, state: RunState, now: int, *, fault: Text | None = None,
              hint: Text = NO_WORDS) -> "RunRecord":
        """The run at its end; how far it came stays."""
        return replace(self, state=state, since=now, fault=fault, hint=hint)
