"""What the customer wishes, and what there is to say on a channel.

A refused ``consent_marketing`` holds back marketing everywhere; a refused ``consent_<channel>`` holds back whatever
we would start ourselves on that channel. Unknown consent permits service, and marketing where the customer addresses
us; marketing that we start needs a known yes.
"""

from collections.abc import Iterator

from kb.model.action import Action
from kb.model.condition import And, Condition, Op, Or, Test, Unknown
from ontology.text import Text
from ontology.vocabulary import Channel, Purpose
from rules.decision.context import DecisionContext
from rules.decision.policy.block import Block, BlockKind

_NOT_ON_CHANNEL = Text(zh="渠道：该行动没有为此渠道准备话术", en="channel: the action has no content for this channel")
_MARKETING_REFUSED = Text(zh="客户意愿：客户不接受营销信息", en="consent: the customer has refused marketing")
_CHANNEL_REFUSED = Text(zh="客户意愿：客户不希望通过此渠道被联系",
                        en="consent: the customer does not want to be contacted on this channel")
_MARKETING_UNKNOWN = Text(zh="客户意愿：尚不知道客户是否接受营销，不主动推送",
                          en="consent: not known whether marketing is welcome, so we do not start it")


def channel_blocks(action: Action, context: DecisionContext) -> Iterator[Block]:
    """A block where the action has nothing to say on the channel."""
    if context.request.channel not in action.contents:
        yield Block(kind=BlockKind.CHANNEL, sentence=_NOT_ON_CHANNEL)


def consent_blocks(action: Action, context: DecisionContext) -> Iterator[Block]:
    """A block for each wish of the customer that speaks against it."""
    request, wishes = context.request, context.facts.customer
    marketing = wishes.get("consent_marketing")
    is_marketing = action.purpose is Purpose.MARKETING
    if is_marketing and marketing is False:
        yield Block(kind=BlockKind.CONSENT, sentence=_MARKETING_REFUSED)
    if is_marketing and marketing is None and request.is_outbound:
        yield Block(kind=BlockKind.CONSENT, sentence=_MARKETING_UNKNOWN)
    if request.is_outbound and wishes.get(f"consent_{request.channel.value}") is False:
        yield Block(kind=BlockKind.CONSENT, sentence=_CHANNEL_REFUSED)


def may_be_sent(action: Action, channel: Channel) -> Condition:
    """Of whom ``consent_blocks`` lets us address with ``action`` on ``channel``, as a rule asks it."""
    wish = f"consent_{channel.value}"
    parts: list[Condition] = [Or(parts=(Test(property=wish, op=Op.EQ, operand=True), Unknown(property=wish)))]
    if action.purpose is Purpose.MARKETING:
        parts.append(Test(property="consent_marketing", op=Op.EQ, operand=True))
    return And(parts=tuple(parts))
