"""Consent and contact policy: may this customer be addressed with this action, here and now, and if not, why not.

Consent. A refused ``consent_marketing`` holds back marketing everywhere; a refused ``consent_<channel>`` holds back
whatever we would start ourselves on that channel. Unknown consent permits service, and marketing where the customer
addresses us; marketing that we start needs a known yes.

Contacts. Caps and pauses count the ``contact`` facts: campaigns that reached the customer and recommendations that
were shown, on every channel, agents included. The cards of one decision, shown together, are one contact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from kb.model.action import Action, Cap, ContactPolicy
from kb.model.facts import Facts, Row
from kb.model.ids import RuleId
from ontology.text import Text
from ontology.vocabulary import ActionFamily, FactName, Purpose
from rules.serving.request import Request


class BlockKind(StrEnum):
    """What held an action back."""

    ARGUMENT = "argument"
    REQUIREMENT = "requirement"
    CHANNEL = "channel"
    CONSENT = "consent"
    CAP = "cap"
    PAUSE = "pause"
    MOMENT = "moment"
    VALUE = "value"
    FAMILY = "family"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Why an action was held back, in words; ``rule_id`` names the rule where one did it."""

    kind: BlockKind
    sentence: Text
    rule_id: RuleId | None = None


_NOT_ON_CHANNEL = Text(zh="渠道：该行动没有为此渠道准备话术", en="channel: the action has no content for this channel")
_MARKETING_REFUSED = Text(zh="客户意愿：客户不接受营销信息", en="consent: the customer has refused marketing")
_CHANNEL_REFUSED = Text(zh="客户意愿：客户不希望通过此渠道被联系",
                        en="consent: the customer does not want to be contacted on this channel")
_MARKETING_UNKNOWN = Text(zh="客户意愿：尚不知道客户是否接受营销，不主动推送",
                          en="consent: not known whether marketing is welcome, so we do not start it")
_CAPPED = Text(zh="触达策略：最近 {days} 天已联系 {count} 次（上限 {most} 次），{wait} 天后可再联系",
               en="contact policy: {count} contacts in the last {days} days (at most {most}); again in {wait} days")
_FAMILY_CAPPED = Text(zh="触达策略：最近 {days} 天同类联系已有 {count} 次（上限 {most} 次），{wait} 天后可再联系",
                      en="contact policy: {count} contacts of this kind in the last {days} days (at most {most}); "
                         "again in {wait} days")
_PAUSED = Text(zh="触达策略：最近 {days} 天客户已拒绝同类推荐 {count} 次，{wait} 天后可再推荐",
               en="contact policy: the customer declined this kind {count} times in the last {days} days; "
                  "again in {wait} days")


def policy_blocks(action: Action, request: Request, facts: Facts, policy: ContactPolicy) -> tuple[Block, ...]:
    """Every reason of channel, consent, caps and pauses that holds ``action`` back; empty if it may be offered."""
    contacts = facts.related.get(FactName.CONTACT.value, ())
    return (*_channel(action, request), *_consent(action, request, facts),
            *(block for cap in policy.caps if _is_under(cap, action) for block in _cap(cap, contacts)),
            *_pause(action, contacts, policy))


def opens_at(request: Request, as_of: int, policy: ContactPolicy, zone: ZoneInfo) -> int:
    """The earliest instant to act: ``as_of``, or the end of the quiet hours for what we start ourselves.

    >>> from ontology.vocabulary import Channel
    >>> policy, late = ContactPolicy(quiet_from=21, quiet_to=8), 22 * 3_600  # 22:00 on 1 January 1970, UTC
    >>> opens_at(Request(channel=Channel.EMAIL), late, policy, ZoneInfo("UTC")) - late == 10 * 3_600
    True
    """
    now = datetime.fromtimestamp(as_of, tz=zone)
    if not request.is_outbound or not _is_quiet(now.hour, policy):
        return as_of
    morning = now.replace(hour=policy.quiet_to, minute=0, second=0, microsecond=0)
    return int((morning if morning > now else morning + timedelta(days=1)).timestamp())


def _is_quiet(hour: int, policy: ContactPolicy) -> bool:
    if policy.quiet_from <= policy.quiet_to:
        return policy.quiet_from <= hour < policy.quiet_to
    return hour >= policy.quiet_from or hour < policy.quiet_to


def _channel(action: Action, request: Request) -> Iterator[Block]:
    if request.channel not in action.contents:
        yield Block(kind=BlockKind.CHANNEL, sentence=_NOT_ON_CHANNEL)


def _consent(action: Action, request: Request, facts: Facts) -> Iterator[Block]:
    marketing = facts.customer.get("consent_marketing")
    is_marketing = action.purpose is Purpose.MARKETING
    if is_marketing and marketing is False:
        yield Block(kind=BlockKind.CONSENT, sentence=_MARKETING_REFUSED)
    if is_marketing and marketing is None and request.is_outbound:
        yield Block(kind=BlockKind.CONSENT, sentence=_MARKETING_UNKNOWN)
    if request.is_outbound and facts.customer.get(f"consent_{request.channel.value}") is False:
        yield Block(kind=BlockKind.CONSENT, sentence=_CHANNEL_REFUSED)


def _is_under(cap: Cap, action: Action) -> bool:
    return action.purpose is Purpose.MARKETING if cap.family is None else cap.family is action.family


def _cap(cap: Cap, contacts: tuple[Row, ...]) -> Iterator[Block]:
    latest = {_contact_of(row): row.days_ago or 0 for row in contacts
              if _is_within(row, cap.days) and _is_of(row, cap.family)}
    days = sorted(latest.values())
    if len(days) >= cap.most:
        capped = _CAPPED if cap.family is None else _FAMILY_CAPPED
        wait = cap.days - (days[cap.most - 1] if cap.most else 0)
        yield Block(kind=BlockKind.CAP, sentence=capped.fill(days=cap.days, count=len(days), most=cap.most, wait=wait))


def _pause(action: Action, contacts: tuple[Row, ...], policy: ContactPolicy) -> Iterator[Block]:
    days = sorted(row.days_ago or 0 for row in contacts if row.values.get("rejected") is True
                  and _is_within(row, policy.pause_days) and _is_of(row, action.family))
    if len(days) >= policy.pause_after_rejections > 0:
        wait = policy.pause_days - days[policy.pause_after_rejections - 1]
        yield Block(kind=BlockKind.PAUSE, sentence=_PAUSED.fill(days=policy.pause_days, count=len(days), wait=wait))


def _contact_of(row: Row) -> str:
    """The campaign or the decision: keys of shown recommendations read ``decision/action``."""
    return row.key.split("/")[0]


def _is_within(row: Row, days: int) -> bool:
    return row.days_ago is not None and 0 <= row.days_ago < days


def _is_of(row: Row, family: ActionFamily | None) -> bool:
    """A campaign contact belongs to the campaign family, whether or not its row says so."""
    told = row.values.get("family", ActionFamily.CAMPAIGN.value if row.values.get("source") == "campaign" else None)
    return family is None or told == family.value
