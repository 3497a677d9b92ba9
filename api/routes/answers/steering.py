"""Levers, the contact policy, holdouts and challengers."""

from pydantic import Field

from api.routes.answers.base import Answer, Number, TextAnswer
from kb.experiments.challenge import ChallengeMode
from kb.experiments.comparison import Basis, Measure
from kb.experiments.holdouts import Effect
from ontology.vocabulary import ActionFamily, Channel


class LeverChangeAnswer(Answer):
    """What somebody set of one family; `null` left a figure as it stood."""

    family: ActionFamily
    weight: Number | None
    exploration: Number | None
    by: str
    at: str
    reason: str


class ExplorationAnswer(Answer):
    """Which share of the answers shows a card of a family that is drawn, in the live release and in the next one."""

    live: dict[ActionFamily, Number]
    next: dict[ActionFamily, Number]


class LeversAnswer(Answer):
    """The levers of the live release and of the next one, and who set them, oldest first."""

    live: dict[ActionFamily, Number]
    next: dict[ActionFamily, Number]
    exploration: ExplorationAnswer
    history: list[LeverChangeAnswer]


class CapAnswer(Answer):
    """At most `most` contacts in `days` days; of a family or on a channel alone, where one is named."""

    days: int
    most: int
    family: ActionFamily | None
    channel: Channel | None


class ExclusionAnswer(Answer):
    """Of these at most one stands in an answer, and none within `days` days of another."""

    actions: list[str]
    families: list[ActionFamily]
    days: int


class HoldoutAnswer(Answer):
    """A share of the customers who are not offered what others are."""

    name: str
    share: Number
    families: list[ActionFamily] = Field(description="all marketing where none is named")


class ContactPolicyAnswer(Answer):
    """How often and when a customer may be addressed."""

    caps: list[CapAnswer]
    pause_after_rejections: int
    pause_days: int
    quiet_from: int = Field(description="local hour")
    quiet_to: int = Field(description="local hour")
    exclusions: list[ExclusionAnswer]
    holdouts: list[HoldoutAnswer]


class ContactPoliciesAnswer(Answer):
    """The policy that the live release keeps to, and that of the next one."""

    release: int | None
    live: ContactPolicyAnswer | None
    next: ContactPolicyAnswer


class ProportionAnswer(Answer):
    """A share, and what it is a share of, with a 95 % interval."""

    hits: int
    customers: int
    rate: Number | None
    interval: tuple[Number, Number]


class HoldoutContrastAnswer(Answer):
    """What offering adds, with a 95 % interval; `null` where a side counts nobody."""

    effect: Effect
    offered: ProportionAnswer
    held_out: ProportionAnswer
    difference: Number | None
    interval: tuple[Number, Number] | None
    verdict: TextAnswer


class HoldoutFiguresAnswer(HoldoutAnswer):
    """What came of holding customers out."""

    releases: list[int]
    customers: int
    figures: list[HoldoutContrastAnswer]
    in_force: bool


class HoldoutReportAnswer(Answer):
    """Each holdout there was; `left_out` says what is not counted."""

    left_out: TextAnswer | None
    holdouts: list[HoldoutFiguresAnswer]


class ChallengeAnswer(Answer):
    """A release that challenges the live one."""

    release: int
    against: int
    mode: ChallengeMode
    share: Number
    running: bool
    accepted_harm: str | None = Field(
        description="why it decides for its share although some would see what must never be seen")
    started_by: str
    started_at: str
    ended_by: str | None
    ended_at: str | None
    ended_why: TextAnswer | None


class SideAnswer(Answer):
    """For how many customers a release decided, and how often."""

    release: int
    decisions: int
    customers: int


class FollowedAnswer(Answer):
    """How many decisions a challenger has followed in shadow, and how often its first action was the same."""

    decisions: int
    first_alike: int


class FigureAnswer(Answer):
    """One line of the comparison; `family` is `null` for all of them together."""

    family: ActionFamily | None
    measure: Measure
    basis: Basis
    live: ProportionAnswer
    challenger: ProportionAnswer
    difference: Number | None
    interval: tuple[Number, Number] | None
    verdict: TextAnswer


class ChallengeReportAnswer(ChallengeAnswer):
    """The latest challenge with its figures and what may be concluded."""

    decided: list[SideAnswer]
    followed: FollowedAnswer | None = Field(description="`null` where it is served to a share")
    sides: TextAnswer
    figures: list[FigureAnswer]
    left_out: TextAnswer | None
