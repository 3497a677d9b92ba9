"""The moment of the base."""

from pydantic import Field

from api.routes.answers.base import Answer


class MomentSettingAnswer(Answer):
    """The moment as somebody set it; instants in epoch seconds, `null` is the clock on the wall."""

    at: int = Field(description="when it was set, by the clock on the wall")
    by: str = Field(description="who set it")
    before: int | None
    after: int | None
    stays: bool = Field(description="whether it stayed from then on, whatever came in")
    at_text: str
    before_text: str
    after_text: str


class MomentAnswer(Answer):
    """The moment of the base, and how people set it, the last setting last."""

    as_of: int | None = Field(description="epoch seconds; `null` where the base lives by the clock on the wall")
    as_of_text: str
    lives: bool = Field(description="whether it is the clock on the wall")
    stays: bool = Field(description="whether it stays whatever comes in; else it follows the data")
    changes: list[MomentSettingAnswer]
