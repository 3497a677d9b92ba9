"""What somebody has read of an item or of a draft, as a short digest: an approval names it, and approves that."""

from collections.abc import Iterable

from kb.errors import ChangedMeanwhile
from kb.model.canonical import short_id
from kb.model.codec import to_plain
from kb.model.knowledge import KnowledgeItem
from kb.model.rule import Rule
from ontology.text import Text

_LENGTH = 16
_OF_THE_LIFE = frozenset({"status", "approver", "policy", "reason", "recorded_at", "retired_at", "run_id", "datasets",
                          "measured", "missed", "missed_since"})
_CHANGED = Text(zh="“{name}”在您读过之后有了改动，现在是：{says}",
                en="'{name}' was changed after it was read; now it says: {says}")
_READ_AGAIN = Text(zh="请重新阅读，再作决定；现在的摘要是 {digest}",
                   en="read it again and decide anew; its digest is {digest} now")


def item_digest(item: KnowledgeItem, rules: Iterable[Rule]) -> str:
    """Of what a reviewer reads: statement, figures and population of the item, its author, and the rules it brings.

    Verdicts, and another run that found the same, leave it as it is.
    """
    said = {name: value for name, value in to_plain(item).items() if name not in _OF_THE_LIFE}
    brings = [_content(rule) for rule in sorted(rules, key=lambda rule: rule.id)]
    return short_id("read", [said, brings], length=_LENGTH)


def draft_digest(draft: Rule | None, standing: Rule | None) -> str:
    """Of a difference: what the draft would say, and what the rule says that is approved."""
    return short_id("read", [None if rule is None else _content(rule) for rule in (draft, standing)], length=_LENGTH)


def check_read(name: str, says: Text, digest: str, read: str | None) -> None:
    """Return if ``read``, where it is named, is the digest of what stands.

    Raises:
        ChangedMeanwhile: With what it says now.
    """
    if read is not None and read != digest:
        raise ChangedMeanwhile(_CHANGED.fill(name=name, says=says), hint=_READ_AGAIN.fill(digest=digest), digest=digest)


def says_the_same(one: Rule, other: Rule) -> bool:
    """Whether two rules differ in nothing but author and status."""
    return {**_content(one), "author": ""} == {**_content(other), "author": ""}


def _content(rule: Rule) -> dict[str, object]:
    return {name: value for name, value in to_plain(rule).items() if name != "status"}
