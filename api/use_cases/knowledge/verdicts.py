"""Verdicts on items and on drafts of rules: which there are, and that an approval says what it approves."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from kb.errors import InvalidInput
from ontology.text import Text

_Answer = TypeVar("_Answer")
_UNREAD = Text(zh="批准时须写明所读内容的摘要", en="an approval names the digest of what was read")
_UNKNOWN = Text(zh="没有“{verdict}”这种审核结果；可用：{known}", en="unknown verdict '{verdict}'; known: {known}")


def verdict_of(verdict: str, known: Mapping[str, Callable[..., _Answer]], *, read: str | None,
               where: Text) -> Callable[..., _Answer]:
    """The act of a verdict.

    Args:
        verdict: Its name.
        known: The acts by name.
        read: The digest of what was read.
        where: Where a digest is found, for who names none.

    Raises:
        InvalidInput: If there is no such verdict, or one approves without naming what was read.
    """
    if verdict not in known:
        raise InvalidInput(_UNKNOWN.fill(verdict=verdict, known=", ".join(known)))
    if verdict == "approve" and read is None:
        raise InvalidInput(_UNREAD, hint=where)
    return known[verdict]
