"""Releases, and what one would change in place of another."""

from typing import Literal

from pydantic import Field

from api.routes.answers.base import Answer, NamedAnswer, Number, TextAnswer, absent
from ontology.vocabulary import ActionFamily


class ReleaseAnswer(Answer):
    """A release: how much is in it, and what it is steered by."""

    number: int
    published_at: str
    publisher: str
    fingerprint: str
    rules: int
    items: int
    actions: int
    live: bool
    levers: dict[ActionFamily, Number]
    exploration: dict[ActionFamily, Number]
    accepted_harm: str | None = Field(
        description="why it was published although it showed what must never be seen; null where it showed nothing")


class PublishedReleaseAnswer(ReleaseAnswer):
    """A release that was published or is served again."""

    challenger_ended: TextAnswer = absent("where that ended a challenge")


class ReleaseActAnswer(Answer):
    """From when a release was served, and by whose act."""

    number: int
    by: str
    at: str
    act: Literal["published", "rolled back"]
    accepted_harm: str | None = Field(
        description="why it was served although it showed what must never be seen; null where it showed nothing")


class ReleasesAnswer(Answer):
    """All releases, the latest first, and which was served from when, oldest first."""

    releases: list[ReleaseAnswer]
    history: list[ReleaseActAnswer]


class ChangesAnswer(Answer):
    """Of rules, items or actions: what comes, says something else, and goes."""

    added: list[NamedAnswer]
    changed: list[NamedAnswer]
    removed: list[NamedAnswer]


class ReleaseDifferenceAnswer(Answer):
    """What serving a release in place of the live one would change."""

    rules: ChangesAnswer
    items: ChangesAnswer
    actions: ChangesAnswer
    levers: bool
    policy: bool
    none: bool = Field(description="whether nothing would change")


class EndingChallengeAnswer(Answer):
    """The challenge that would end."""

    release: int
    says: TextAnswer


class NextReleaseAnswer(Answer):
    """What publishing now would change and end; a confirmation names the `digest`."""

    number: int
    changes: ReleaseDifferenceAnswer
    digest: str
    ends_challenger: EndingChallengeAnswer | None


class ReleaseDetailAnswer(ReleaseAnswer, NextReleaseAnswer):
    """A release, and what serving it in place of the live one would change and end."""
