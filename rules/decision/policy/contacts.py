"""How often the customer was addressed, and how often they declined.

Caps and pauses count the ``contact`` facts: campaigns that reached the customer and recommendations that were shown,
on every channel, agents included; never decisions. The cards of one decision, shown together, are one contact.
"""

from collections.abc import Iterator, Sequence

from kb.model.action import Action, Cap
from kb.model.facts import Row
from ontology.text import Text
from ontology.vocabulary import ActionFamily, ContactSource, FactName, Purpose
from rules.decision.context import DecisionContext
from rules.decision.policy.block import Block, BlockKind, quiet_block

_NONE_ALLOWED = Text(zh="触达策略：不允许{scope}联系，直到策略改变",
                     en="contact policy: no contact{scope} is allowed until the policy changes")
_CAPPED = Text(zh="最近 {days} 天{scope}已联系 {count} 次（上限 {most} 次）",
               en="of {count} {noun}{scope} in the last {days} days (at most {most})")
_PAUSED = Text(zh="客户最近已拒绝同类推荐 {count} 次", en="the customer declined this kind {count} times lately")
_SCOPES = {
    (False, False): Text(zh="", en=""),
    (True, False): Text(zh="同类", en=" of this kind"),
    (False, True): Text(zh="经此渠道", en=" on this channel"),
    (True, True): Text(zh="经此渠道同类", en=" of this kind on this channel"),
}
"""By whether the cap names a family and a channel."""


def contacts_of(context: DecisionContext) -> tuple[Row, ...]:
    """The contacts on record."""
    return context.facts.related.get(FactName.CONTACT.value, ())


def cap_blocks(action: Action, context: DecisionContext) -> Iterator[Block]:
    """A block for each cap that is reached; it ends when the oldest contact that fills it is ``days`` days old."""
    for cap in context.compiled.release.policy.caps:
        if _is_under(cap, action, context):
            yield from _cap(cap, context)


def pause_blocks(action: Action, context: DecisionContext) -> Iterator[Block]:
    """A block where the family rests after rejections that came close enough to each other."""
    policy = context.compiled.release.policy
    needed = policy.pause_after_rejections
    days = sorted(row.days_ago for row in contacts_of(context) if row.days_ago is not None and row.days_ago >= 0
                  and row.values.get("rejected") is True and is_of(row, action.family))
    ended = _last_complete(days, needed, within=policy.pause_days) if needed > 0 else None
    if ended is not None and ended < policy.pause_days:
        count = sum(ended <= day < ended + policy.pause_days for day in days)
        yield quiet_block(BlockKind.PAUSE, context.calendar, days=policy.pause_days - ended,
                          why=_PAUSED.fill(count=count))


def is_within(row: Row, days: int) -> bool:
    """Whether the row is fewer than ``days`` local days old; one without a day, or of tomorrow, is not."""
    return row.days_ago is not None and 0 <= row.days_ago < days


def is_of(row: Row, family: ActionFamily) -> bool:
    """Whether the contact is of that family."""
    return family_of(row) == family.value


def family_of(row: Row) -> object:
    """The family of a contact: a campaign's is the campaign family, whether or not its row says so."""
    is_of_campaign = row.values.get("source") == ContactSource.CAMPAIGN
    return row.values.get("family", ActionFamily.CAMPAIGN.value if is_of_campaign else None)


def _is_under(cap: Cap, action: Action, context: DecisionContext) -> bool:
    is_meant = action.purpose is Purpose.MARKETING if cap.family is None else cap.family is action.family
    return is_meant and cap.channel in {None, context.request.channel}


def _cap(cap: Cap, context: DecisionContext) -> Iterator[Block]:
    scope = _SCOPES[cap.family is not None, cap.channel is not None]
    if cap.most == 0:
        yield Block(kind=BlockKind.CAP, sentence=_NONE_ALLOWED.fill(scope=scope))
        return
    days = _contact_days(cap, contacts_of(context))
    if len(days) >= cap.most:
        why = _CAPPED.fill(days=cap.days, count=len(days), most=cap.most, scope=scope,
                           noun="contact" if len(days) == 1 else "contacts")
        yield quiet_block(BlockKind.CAP, context.calendar, days=cap.days - days[cap.most - 1], why=why)


def _contact_days(cap: Cap, contacts: Sequence[Row]) -> list[int]:
    """How long ago each contact was that the cap counts, the latest first."""
    latest = {_contact_of(row): row.days_ago or 0 for row in contacts
              if is_within(row, cap.days) and (cap.family is None or is_of(row, cap.family))
              and (cap.channel is None or row.values.get("channel") == cap.channel.value)}
    return sorted(latest.values())


def _contact_of(row: Row) -> str:
    """The campaign or the decision: keys of shown recommendations read ``decision/action``."""
    return row.key.split("/")[0]


def _last_complete(days: Sequence[int], needed: int, *, within: int) -> int | None:
    """How long ago the last of ``needed`` rejections was, all ``within`` so many days; ``None``: never so many.

    >>> _last_complete([0, 29], 2, within=30), _last_complete([0, 30], 2, within=30), _last_complete([3], 1, within=9)
    (0, None, 3)
    """
    ends = (last for last, first in zip(days, days[needed - 1:], strict=False) if first - last < within)
    return next(ends, None)
