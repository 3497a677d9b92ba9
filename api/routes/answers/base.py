"""What all answers are made of: texts in both languages, numbers, and members that may be left out."""

from typing import Any, TypeAlias

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

Number: TypeAlias = int | float
"""A number as it was counted or computed: a whole one is written without a point."""
Scalar: TypeAlias = str | int | float | bool
"""A value of a fact, as rules read it."""


class PlainAnswer(JSONResponse):
    """An answer that is JSON already: written as it is, not validated again; what is not finite is ``null``."""

    def render(self, content: Any) -> bytes:
        """The bytes, as FastAPI writes an answer that it has validated."""
        return to_json(content, inf_nan_mode="null")


class Answer(BaseModel):
    """An answer or a part of one: it has the members that are named here, and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class TextAnswer(Answer):
    """Words for people, in both languages."""

    zh: str
    en: str


class NamedAnswer(Answer):
    """A thing with what people call it."""

    id: str
    name: TextAnswer


def absent(description: str | None = None) -> Any:
    """The default of a member that is left out where there is nothing to say: never ``null``, and in no schema."""
    return Field(default_factory=lambda: None, description=description)
