"""Rules that are paused because their knowledge no longer holds: the policy, the states, and what is in use."""

from pydantic import Field

from api.routes.answers.base import Answer, TextAnswer
from kb.model.pauses import PauseMode


class PausedRuleAnswer(Answer):
    """A rule that recommends nothing for now."""

    rule: str
    item: str = Field(description="the knowledge that it rests on and that no longer holds")
    since: str
    reason: TextAnswer


class PausesAnswer(Answer):
    """One numbered state."""

    number: int
    made_at: str
    by: str
    in_use: bool
    rules: list[PausedRuleAnswer]


class PausePolicyChangeAnswer(Answer):
    """The policy as somebody set it."""

    mode: PauseMode
    by: str
    at: str
    reason: str


class PausesUseAnswer(Answer):
    """Which state was taken into use; 0 is none."""

    number: int
    by: str
    at: str


class PausesListAnswer(Answer):
    """The policy, who set it, and every state, oldest first."""

    mode: PauseMode
    in_use: int | None
    to_be_paused: list[PausedRuleAnswer] = Field(description="what rests on knowledge that no longer holds now")
    states: list[PausesAnswer]
    policies: list[PausePolicyChangeAnswer]
    uses: list[PausesUseAnswer]
