"""Which step may follow which, and who may take it: pure functions from one item to the next."""

from collections.abc import Mapping
from dataclasses import replace

from kb.curation.measuring import decided
from kb.errors import Conflict, Forbidden, InvalidInput
from kb.model.knowledge import KnowledgeItem
from kb.model.measurement import LapseDecision, LapseVerdict
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus

NEXT: Mapping[KnowledgeStatus, frozenset[KnowledgeStatus]] = {
    KnowledgeStatus.PROPOSED: frozenset({KnowledgeStatus.APPROVED, KnowledgeStatus.REJECTED, KnowledgeStatus.RETIRED}),
    KnowledgeStatus.APPROVED: frozenset({KnowledgeStatus.PUBLISHED, KnowledgeStatus.REJECTED, KnowledgeStatus.RETIRED}),
    KnowledgeStatus.PUBLISHED: frozenset({KnowledgeStatus.RETIRED}),
    KnowledgeStatus.REJECTED: frozenset(),
    KnowledgeStatus.RETIRED: frozenset(),
}
"""What a verdict may do. Only a rollback, to a release without the item, leads from published back to approved."""

LIVE = frozenset({KnowledgeStatus.APPROVED, KnowledgeStatus.PUBLISHED})
"""Approved once: the next release contains it."""

_WORDS: Mapping[KnowledgeStatus, Text] = {
    KnowledgeStatus.PROPOSED: Text(zh="待审", en="proposed"),
    KnowledgeStatus.APPROVED: Text(zh="批准", en="approved"),
    KnowledgeStatus.PUBLISHED: Text(zh="发布", en="published"),
    KnowledgeStatus.REJECTED: Text(zh="拒绝", en="rejected"),
    KnowledgeStatus.RETIRED: Text(zh="停用", en="retired"),
}

_ONE_PERSON = Text(zh="这一项由“{author}”提出，提出者不能批准",
                   en="{name} was proposed by '{author}', who cannot approve it")
_SECOND_PERSON = Text(zh="请由另一位管理员批准", en="a second person must approve it")
_NO_REASON: Mapping[KnowledgeStatus, Text] = {
    KnowledgeStatus.REJECTED: Text(zh="拒绝需要说明理由", en="{name} cannot be rejected without a reason"),
    KnowledgeStatus.RETIRED: Text(zh="停用需要说明理由", en="{name} cannot be retired without a reason"),
}
_SAY_WHY = Text(zh="说明理由，好让提出者知道问题在哪里", en="say what speaks against it")
_HOLDS = Text(zh="“{name}”没有失效，或不在使用中", en="{name} has not ceased to hold, or is not in use")
_LIST_LAPSED = Text(zh="用 `zhike knowledge list --lapsed` 列出不再成立的知识",
                    en="see what no longer holds with `zhike knowledge list --lapsed`")
_KEPT_WHY = Text(zh="“{name}”不再成立，保留需要说明理由",
                 en="{name} no longer holds and cannot be kept without a reason")
_SAY_WHY_KEPT = Text(zh="说明为什么与数据不符仍要使用", en="say why it is used although the data say otherwise")
_NO_STEP = Text(zh="“{name}”的状态是“{current}”，不能再{verdict}", en="{name} is {current} and cannot be {verdict}")
_POSSIBLE = Text(zh="还可以：{possible}", en="from {current} it can become: {possible}")
_NOTHING_ELSE = Text(zh="没有别的", en="nothing else")


def check_step(name: str, current: KnowledgeStatus, wanted: KnowledgeStatus) -> None:
    """Return if what is ``current`` may become ``wanted``.

    >>> check_step("item 'a'", KnowledgeStatus.RETIRED, KnowledgeStatus.APPROVED)
    Traceback (most recent call last):
    kb.errors.Conflict: item 'a' is retired and cannot be approved

    Raises:
        Conflict: Naming the current status.
    """
    if wanted not in NEXT[current]:
        words = [_WORDS[one] for one in sorted(NEXT[current])]
        possible = Text(zh="、".join(one.zh for one in words), en=", ".join(one.en for one in words))
        raise Conflict(_NO_STEP.fill(name=name, current=_WORDS[current], verdict=_WORDS[wanted]),
                       hint=_POSSIBLE.fill(current=_WORDS[current], possible=possible if words else _NOTHING_ELSE))


def check_four_eyes(name: str, author: str, approver: str) -> None:
    """Return if somebody other than the author approves.

    Raises:
        Forbidden: If it is the same person.
    """
    if not approver.strip() or author == approver:
        raise Forbidden(_ONE_PERSON.fill(name=name, author=author), hint=_SECOND_PERSON)


def check_reason(name: str, reason: str, verdict: KnowledgeStatus) -> None:
    """Return if the verdict has its reason.

    Raises:
        InvalidInput: If it has none.
    """
    if not reason.strip():
        raise InvalidInput(_NO_REASON[verdict].fill(name=name), hint=_SAY_WHY)


def approved(item: KnowledgeItem, approver: str, reason: str = "", *, policy: str | None = None) -> KnowledgeItem:
    """The item as approved by a person, or by the standing policy that this person set."""
    check_step(_name(item), item.status, KnowledgeStatus.APPROVED)
    check_four_eyes(_name(item), item.author, approver)
    return replace(item, status=KnowledgeStatus.APPROVED, approver=approver, policy=policy, reason=reason or None)


def rejected(item: KnowledgeItem, approver: str, reason: str) -> KnowledgeItem:
    """The item as rejected.

    Raises:
        InvalidInput: Without a reason: whoever proposed it must be able to learn from it.
    """
    check_reason(_name(item), reason, KnowledgeStatus.REJECTED)
    check_step(_name(item), item.status, KnowledgeStatus.REJECTED)
    return replace(item, status=KnowledgeStatus.REJECTED, approver=approver, policy=None, reason=reason)


def retired(item: KnowledgeItem, by: str, reason: str, now: int) -> KnowledgeItem:
    """The item as retired: kept, and in no later release.

    Raises:
        InvalidInput: Without a reason: whoever wonders later where it went must be able to learn it.
    """
    check_step(_name(item), item.status, KnowledgeStatus.RETIRED)
    check_reason(_name(item), reason, KnowledgeStatus.RETIRED)
    return replace(item, status=KnowledgeStatus.RETIRED, retired_at=now, reason=f"{reason.strip()} ({by})")


def lapse_decided(item: KnowledgeItem, verdict: LapseVerdict, by: str, reason: str, now: int) -> KnowledgeItem:
    """An item in use that no longer holds, with what a manager said of that; see ``LapseDecision``.

    Raises:
        InvalidInput: If it is kept without a reason.
        Conflict: If it is not in use, or holds.
    """
    if item.status not in LIVE or item.lapse is None:
        raise Conflict(_HOLDS.fill(name=_name(item)), hint=_LIST_LAPSED)
    if verdict is LapseVerdict.KEEP and not reason.strip():
        raise InvalidInput(_KEPT_WHY.fill(name=_name(item)), hint=_SAY_WHY_KEPT)
    return decided(item, LapseDecision(verdict=verdict, by=by, at=now, reason=reason.strip()))


def _name(item: KnowledgeItem) -> str:
    return f"item '{item.id}'"
