"""What the API accepts, with examples; what it answers stands in ``api.routes.answers``."""

import json
from typing import Annotated, Any, Literal, Self

import orjson
from fastapi import Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, model_validator

from api.use_cases.knowledge.publishing import Confirmed
from kb.experiments.challenge import ChallengeMode
from kb.model.bounds import EXPLORATION, LEVER, MONEY, RATING
from ontology.vocabulary import (
    ActionFamily,
    Channel,
    InteractionKind,
    KnowledgeStatus,
    OutcomeKind,
    PatternKind,
    Standing,
)
from rules.decision.request import ContactDirection

_MOST_CUSTOMERS = 1_000
MOST_RELEASES = 2**31 - 1
"""Beyond every number that a release will have, and within what both graph engines count with."""

_LAST_INSTANT = 253_402_300_799  # the last second of the year 9999: what is later has no date
Instant = Annotated[int, Strict(), Field(
    ge=0, le=_LAST_INSTANT, description="epoch seconds; the base's moment where absent")]


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


Name = Annotated[str, Field(max_length=200)]
Names = Name | Annotated[list[Name], Field(max_length=500)]
Id = Annotated[str, Field(min_length=1, max_length=500)]
Number = Annotated[float, Strict()]
Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Weight = Annotated[Number, Field(ge=LEVER.least, le=LEVER.most)]
DrawnShare = Annotated[Number, Field(ge=EXPLORATION.least, le=EXPLORATION.most)]


def _not_blank(text: str) -> str:
    """A text in which a person sees something."""
    if not any(letter.isprintable() and not letter.isspace() for letter in text):
        msg = "the text is blank"
        raise ValueError(msg)
    return text


NonBlank = Annotated[str, AfterValidator(_not_blank)]


class RequestBody(BaseModel):
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


class ContextRequest(RequestBody):
    """What is happening at this moment; all of it is kept with the decision."""

    cart: Names | None = Field(default=None, description="categories or product ids")
    search: Names | None = Field(default=None, description="words that were searched for")
    page: Names | None = Field(default=None, description="words for what is looked at")
    direction: ContactDirection | None = Field(
        default=None, description="who addresses whom; left out, the channel says: they come to us by phone, in the"
                                  " store, on web, app and wechat, and we to them otherwise")
    family: ActionFamily | None = Field(default=None, description="actions of this family alone")

    def said(self) -> dict[str, Any]:
        """As it was said, without what was left out."""
        return self.model_dump(mode="json", exclude_unset=True, exclude_none=True)


class DecisionRequest(RequestBody):
    """Who is asked about, where, and what is happening at this moment."""

    customer_ids: list[str] = Field(min_length=1, max_length=_MOST_CUSTOMERS, examples=[["1", "7"]])
    channel: Channel = Field(default=Channel.PHONE, examples=["phone"])
    context: ContextRequest = Field(
        default_factory=ContextRequest,
        examples=[{"cart": ["SOFT DRINKS"], "search": "", "page": "", "direction": "inbound"}])
    limit: Whole = Field(default=3, ge=1, le=20)
    moment: Moment | None = None
    include: list[Literal["facts"]] = Field(default_factory=list, max_length=1,
                                            description="costly extras, asked for by name")


class OutcomeRequest(RequestBody):
    """What came of one recommended action; repeating it changes nothing."""

    decision_id: Id = Field(examples=["d-0123456789abcdef"])
    action_id: Id = Field(examples=["cross_sell"])
    outcome: OutcomeKind
    at: Instant | None = None


class InteractionRequest(RequestBody):
    """A complaint, call or visit as it happens; idempotent by ``interaction_id``."""

    interaction_id: NonBlank = Field(min_length=1, max_length=200, examples=["call-2018-01-01-0001"])
    customer_id: str = Field(examples=["1"])
    kind: InteractionKind = Field(examples=["complaint"])
    channel: Channel | None = None
    topic: str | None = Field(default=None, max_length=200)
    category: str | None = Field(default=None, max_length=200)
    case_id: str | None = Field(default=None, min_length=1, max_length=200, description="what is resolved together")
    text: str | None = Field(default=None, max_length=2_000)
    at: Instant | None = None
    resolved: Flag | None = None
    amount: Annotated[Number, Field(ge=MONEY.least, le=MONEY.most)] | None = None
    score: Annotated[Number, Field(ge=RATING.least, le=RATING.most)] | None = None
    score_max: Number | None = Field(default=None, gt=0, description="best score of the scale", examples=[5])


class CaseRequest(RequestBody):
    """Why a case is resolved or opened again, and when."""

    reason: str = Field(default="", max_length=2_000, examples=["refunded"])
    at: Instant | None = None


class NoteRequest(RequestBody):
    """A person's note about a customer; it shows at once, marked unreviewed."""

    text: NonBlank = Field(min_length=1, max_length=2_000)


class ReviewRequest(RequestBody):
    """A manager's verdict on a draft of a rule; rejecting and retiring need a reason."""

    verdict: Literal["approve", "reject", "retire"]
    reason: str = Field(default="", max_length=2_000)
    digest: str | None = Field(
        default=None, max_length=100, examples=["read-0123456789abcdef"],
        description="of what was read, as the item or rule tells it; an approval names it, and is refused where what"
                    " stands now is something else")


class ItemReviewRequest(ReviewRequest):
    """A manager's verdict on a knowledge item; rejecting, retiring and keeping what no longer holds need a reason."""

    verdict: Literal["approve", "reject", "retire", "keep", "wait"]  # type: ignore[assignment]  # two more


class PublishRequest(RequestBody):
    """What somebody knows of, who lets another release go live."""

    digest: str | None = Field(
        default=None, max_length=100, examples=["change-0123456789abcdef"],
        description="of the changes that were shown; refused where others would be made now")
    removes: tuple[Annotated[str, Field(max_length=500)], ...] = Field(
        default=(), max_length=10_000, description="live rules that go: each is confirmed by its id")
    ends_challenger: int | None = Field(
        default=None, description="the challenger whose comparison with the live release ends")

    accept_harm: NonBlank | None = Field(
        default=None, max_length=2_000, examples=["the complaints of this test week are our own"],
        description="why it goes live although customers would see what a row of the harm table forbids; kept with the"
                    " release, and of a rollback with its line in the history")

    def confirmed(self) -> Confirmed:
        """The same as the use cases take it."""
        return Confirmed(digest=self.digest, removes=self.removes, ends_challenger=self.ends_challenger,
                         accept_harm=self.accept_harm)


class RulesQuery(RequestBody):
    """Which rules to list."""

    status: KnowledgeStatus | None = Field(
        default=None, description="`proposed`: those with a draft that waits, and mined ones that wait with their item")
    q: str = Field(default="", max_length=200)
    cursor: Annotated[str, Field(max_length=500)] = ""
    limit: int = Field(default=100, ge=1, le=500)


class KnowledgeRequest(RequestBody):
    """A person's experience as a proposed knowledge item."""

    statement_zh: NonBlank = Field(min_length=1, max_length=1_000)
    statement_en: NonBlank = Field(min_length=1, max_length=1_000)
    strength: Number = Field(default=0.5, ge=0.0, le=1.0)


class KnowledgeQuery(RequestBody):
    """Which items to list."""

    status: KnowledgeStatus | None = None
    kind: PatternKind | None = None
    standing: Standing | None = Field(
        default=None, description="whether it still holds on the data: `untested` and `contradicted` no longer do")
    lapsed: bool = Field(default=False, description="only what is in use and has ceased to hold: runs have ended it")
    q: str = Field(default="", max_length=200)
    cursor: Annotated[str, Field(max_length=500)] = ""
    limit: int = Field(default=50, ge=1, le=500)
    as_of: AsOf = None
    known_at: KnownAt = None


class LeversRequest(RequestBody):
    """A manager's weights by family: 1 lets a family stand as it is, 0 holds it back; and shares of exploration."""

    levers: dict[ActionFamily, Weight] = Field(default_factory=dict, examples=[{"survey": 1.2}])
    exploration: dict[ActionFamily, DrawnShare] = Field(
        default_factory=dict, examples=[{"cross_sell": 0.1}],
        description="which share of the answers shows a card of the family that is drawn; 0 draws none")
    reason: str = Field(default="", max_length=2_000)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.levers or self.exploration):
            msg = "expected a lever or a share of exploration"
            raise ValueError(msg)
        return self


class ChallengerRequest(RequestBody):
    """Which release challenges the live one, and how."""

    release: Whole = Field(ge=1, le=MOST_RELEASES, examples=[2])
    mode: ChallengeMode = Field(examples=["shadow"])
    share: Number = Field(default=0.0, ge=0, lt=1, description="of all customers, in the mode `share`", examples=[0.1])
    accept_harm: NonBlank | None = Field(
        default=None, max_length=2_000, examples=["the complaints of this test week are our own"],
        description="why it decides for a share although customers would see what a row of the harm table forbids")


class DraftRequest(RequestBody):
    """What to change about the release that publishing would make now."""

    name: str = Field(default="", max_length=200, examples=["more cross-selling"])
    include: list[Id] = Field(default_factory=list, max_length=1_000,
                               description="ids of items that wait, and of rules whose draft waits: taken as approved")
    exclude: list[Id] = Field(default_factory=list, max_length=1_000, description="ids of rules to leave out")
    levers: dict[Name, Weight] = Field(default_factory=dict, max_length=50, examples=[{"cross_sell": 1.5}],
                                     description="weights by family; 1 lets it stand as it is")
    policy: dict[Name, Any] = Field(default_factory=dict, max_length=50, examples=[{"pause_days": 60}],
                                   description="parts of the contact policy in place of the standing ones")


class SimulationRequest(RequestBody):
    """Drafts to try against the live release over the whole base, each for itself."""

    drafts: list[DraftRequest] = Field(
        default_factory=lambda: [DraftRequest()], min_length=1, max_length=10,
        description="left out: the release that publishing would make now, without changes")
    channel: Channel = Channel.PHONE
    direction: ContactDirection = Field(
        default="outbound", description="who addresses whom: nobody called, so a question about everybody is outbound,"
                                        " and marketing needs a known consent, unless it says `inbound`")
    moment: Moment | None = None
    seed: Whole = Field(default=7, ge=0, le=2**63 - 1)


class RunRequest(RequestBody):
    """A mining request."""

    as_of: Instant | None = None
    seed: Whole = Field(default=7, ge=0, le=2**63 - 1)
    take_up: Flag = Field(default=False, description="take up what is found although the moment is another one")
    miners: list[str] | None = Field(default=None, min_length=1, max_length=20, description="all where left out")
