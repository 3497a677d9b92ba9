"""What the API accepts, with examples; answers are built by ``api.cases.views``."""

import json
from typing import Annotated, Any, Literal

import orjson
from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from api.cases.base import LAST_INSTANT
from api.cases.knowledge.publishing import Confirmed
from kb.model.bounds import LEVER, MONEY, RATING
from kb.trials.challenge import ChallengeMode
from ontology.vocabulary import (
    ActionFamily,
    Channel,
    InteractionKind,
    KnowledgeStatus,
    OutcomeKind,
    PatternKind,
    Standing,
)

_MOST_CUSTOMERS = 1_000
Instant = Annotated[int, Field(ge=0, le=LAST_INSTANT, description="epoch seconds; the base's moment where absent")]


AsOf = Annotated[str | None, Query(
    max_length=40, examples=["2017-12-01"],
    description="what was true in the world then: a day (asked of at its end, in the base's zone), an ISO 8601 instant"
                " or epoch seconds; without `known_at`, as it was known then too: what did we know on that day")]
KnownAt = Annotated[str | None, Query(
    max_length=40, examples=["2018-02-01"],
    description="as it was known to us then; without `as_of`, of what is true now")]

Moment = Annotated[str, BeforeValidator(str), Field(
    max_length=40, examples=["2018-01-01T09:00:00Z"],
    description="the instant that is asked about, ISO 8601 or epoch seconds, not before the facts and not to come:"
                " days are counted from it, hour and weekday are its own, and what happened after it is not seen; the"
                " base's moment where absent")]


Weight = Annotated[float, Field(ge=LEVER.least, le=LEVER.most)]


class _Body(BaseModel):
    """A request body: unknown members are refused, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _can_be_kept(cls, told: Any) -> Any:
        """Refuse what the journal could not keep as it was told."""
        try:
            json.dumps(told, allow_nan=False)
            orjson.dumps(told)
        except (ValueError, TypeError, RecursionError) as fault:
            msg = "NaN, infinity, half a character, more than 64 bits or 254 levels cannot be kept"
            raise ValueError(msg) from fault
        return told


class DecisionRequest(_Body):
    """Who is asked about, where, and what is happening at this moment."""

    customer_ids: list[str] = Field(min_length=1, max_length=_MOST_CUSTOMERS, examples=[["1", "7"]])
    channel: Channel = Field(default=Channel.PHONE, examples=["phone"])
    context: dict[str, Any] = Field(
        default_factory=dict, examples=[{"cart": ["SOFT DRINKS"], "search": "", "page": "", "direction": "inbound"}],
        description="`cart`: categories or product ids; `search` and `page`: words; `direction`: inbound or outbound")
    limit: int = Field(default=3, ge=1, le=20)
    moment: Moment | None = None
    include: list[Literal["facts"]] = Field(default_factory=list, description="costly extras, asked for by name")


class OutcomeRequest(_Body):
    """What came of one recommended action; repeating it changes nothing."""

    decision_id: str = Field(examples=["d-0123456789abcdef"])
    action_id: str = Field(examples=["cross_sell"])
    outcome: OutcomeKind
    at: Instant | None = None


class InteractionRequest(_Body):
    """A complaint, call or visit as it happens; idempotent by ``interaction_id``."""

    interaction_id: str = Field(min_length=1, max_length=200, examples=["call-2018-01-01-0001"])
    customer_id: str = Field(examples=["1"])
    kind: InteractionKind = Field(examples=["complaint"])
    channel: Channel | None = None
    topic: str | None = Field(default=None, max_length=200)
    category: str | None = Field(default=None, max_length=200)
    case_id: str | None = Field(default=None, min_length=1, max_length=200, description="what is resolved together")
    text: str | None = Field(default=None, max_length=2_000)
    at: Instant | None = None
    resolved: bool | None = None
    amount: Annotated[float, Field(ge=MONEY.least, le=MONEY.most)] | None = None
    score: Annotated[float, Field(ge=RATING.least, le=RATING.most)] | None = None
    score_max: float | None = Field(default=None, gt=0, description="best score of the scale", examples=[5])


class CaseRequest(_Body):
    """Why a case is resolved or opened again, and when."""

    reason: str = Field(default="", max_length=2_000, examples=["refunded"])
    at: Instant | None = None


class NoteRequest(_Body):
    """A person's note about a customer; it shows at once, marked unreviewed."""

    text: str = Field(min_length=1, max_length=2_000)


class ReviewRequest(_Body):
    """A manager's verdict on a knowledge item or a draft of a rule; rejecting and retiring need a reason."""

    verdict: Literal["approve", "reject", "retire"]
    reason: str = Field(default="", max_length=2_000)
    digest: str | None = Field(
        default=None, max_length=100, examples=["read-0123456789abcdef"],
        description="of what was read, as the item or rule tells it; an approval names it, and is refused where what"
                    " stands now is something else")


class PublishRequest(_Body):
    """What somebody knows of, who lets another release go live."""

    digest: str | None = Field(
        default=None, max_length=100, examples=["change-0123456789abcdef"],
        description="of the changes that were shown; refused where others would be made now")
    removes: tuple[Annotated[str, Field(max_length=500)], ...] = Field(
        default=(), max_length=10_000, description="live rules that go: each is confirmed by its id")
    ends_challenger: int | None = Field(
        default=None, description="the challenger whose comparison with the live release ends")

    def confirmed(self) -> Confirmed:
        """The same as the use cases take it."""
        return Confirmed(digest=self.digest, removes=self.removes, ends_challenger=self.ends_challenger)


class RulesQuery(_Body):
    """Which rules to list."""

    status: KnowledgeStatus | None = Field(
        default=None, description="`proposed`: those with a draft that waits, and mined ones that wait with their item")
    q: str = Field(default="", max_length=200)
    cursor: str = ""
    limit: int = Field(default=100, ge=1, le=500)


class KnowledgeRequest(_Body):
    """A person's experience as a proposed knowledge item."""

    statement_zh: str = Field(min_length=1, max_length=1_000)
    statement_en: str = Field(min_length=1, max_length=1_000)
    strength: float = Field(default=0.5, ge=0.0, le=1.0)


class KnowledgeQuery(_Body):
    """Which items to list."""

    status: KnowledgeStatus | None = None
    kind: PatternKind | None = None
    standing: Standing | None = Field(
        default=None, description="whether it still holds on the data: `untested` and `contradicted` no longer do")
    q: str = Field(default="", max_length=200)
    cursor: str = ""
    limit: int = Field(default=50, ge=1, le=500)
    as_of: AsOf = None
    known_at: KnownAt = None


class LeversRequest(_Body):
    """A manager's weights by family: 1 lets a family stand as it is, 0 holds it back."""

    levers: dict[ActionFamily, Weight] = Field(min_length=1, examples=[{"survey": 1.2}])
    reason: str = Field(default="", max_length=2_000)


class ChallengerRequest(_Body):
    """Which release challenges the live one, and how."""

    release: int = Field(ge=1, examples=[2])
    mode: ChallengeMode = Field(examples=["shadow"])
    share: float = Field(default=0.0, ge=0, lt=1, description="of all customers, in the mode `share`", examples=[0.1])


class DraftRequest(_Body):
    """What to change about the release that publishing would make now."""

    name: str = Field(default="", max_length=200, examples=["more cross-selling"])
    include: list[str] = Field(default_factory=list, max_length=1_000,
                               description="ids of items that wait, and of rules whose draft waits: taken as approved")
    exclude: list[str] = Field(default_factory=list, max_length=1_000, description="ids of rules to leave out")
    levers: dict[str, Weight] = Field(default_factory=dict, examples=[{"cross_sell": 1.5}],
                                     description="weights by family; 1 lets it stand as it is")
    policy: dict[str, Any] = Field(default_factory=dict, examples=[{"pause_days": 60}],
                                   description="parts of the contact policy in place of the standing ones")


class SimulationRequest(_Body):
    """Drafts to try against the live release over the whole base, each for itself."""

    drafts: list[DraftRequest] = Field(
        default_factory=lambda: [DraftRequest()], min_length=1, max_length=10,
        description="left out: the release that publishing would make now, without changes")
    channel: Channel = Channel.PHONE
    moment: Moment | None = None
    seed: int = Field(default=7, ge=0)


class RunRequest(_Body):
    """A mining request."""

    as_of: Instant | None = None
    seed: int = Field(default=7, ge=0)
    take_up: bool = Field(default=False, description="take up what is found although the moment is another one")
    miners: list[str] | None = Field(default=None, min_length=1, max_length=20, description="all where left out")
