"""What is asked of a decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from kb.errors import InvalidInput
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel

_INBOUND = frozenset({Channel.PHONE, Channel.STORE, Channel.WEB, Channel.APP, Channel.WECHAT})
ContactDirection: TypeAlias = Literal["inbound", "outbound"]
_DIRECTIONS: tuple[ContactDirection, ...] = get_args(ContactDirection)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question: what to do for a customer, on this channel, now.

    Args:
        context: Plain JSON values. ``direction`` is ``inbound`` or ``outbound`` (else the channel says); ``family``
            asks for actions of one family only. Cart, search and page have become rows of the ``moment`` fact before
            (``kb.facts.context``); here they are kept for the record.
        limit: Most actions in the answer, at least 1.
        moment: The instant that is asked about, epoch seconds; ``None`` is now.
    """

    channel: Channel
    context: Mapping[str, Any] = field(default_factory=dict)
    limit: int = 3
    moment: int | None = None

    def __post_init__(self) -> None:
        if self.limit < 1:
            msg = Text(zh=f"limit 至少为 1，得到的是 {self.limit}", en=f"limit must be at least 1, got {self.limit}")
            raise InvalidInput(msg, hint=Text(zh="不填 limit 时给出 3 个行动", en="leave limit out to get 3 actions"))
        if self.context.get("direction", "inbound") not in _DIRECTIONS:
            msg = Text(zh=f"没有方向“{self.context['direction']}”；可用：{'、'.join(_DIRECTIONS)}",
                       en=f"unknown direction {self.context['direction']!r}; known: {', '.join(_DIRECTIONS)}")
            raise InvalidInput(msg, hint=Text(zh="不填时由渠道决定",
                                              en="leave direction out to let the channel decide"))
        if self.context.get("family", ActionFamily.FALLBACK) not in tuple(ActionFamily):
            msg = Text(zh=f"没有行动类别“{self.context['family']}”；可用：{'、'.join(ActionFamily)}",
                       en=f"unknown family {self.context['family']!r}; known: {', '.join(ActionFamily)}")
            raise InvalidInput(msg, hint=Text(zh="不填时给出所有类别的行动",
                                              en="leave family out to get actions of every family"))

    @property
    def is_outbound(self) -> bool:
        """Whether we address the customer, rather than the customer us.

        >>> Request(channel=Channel.PHONE).is_outbound, Request(channel=Channel.EMAIL).is_outbound
        (False, True)
        >>> Request(channel=Channel.PHONE, context={"direction": "outbound"}).is_outbound
        True
        """
        asked = self.context.get("direction")
        return self.channel not in _INBOUND if asked is None else asked == "outbound"

    @property
    def family(self) -> ActionFamily | None:
        """The one family that is asked for; ``None`` for any."""
        asked = self.context.get("family")
        return None if asked is None else ActionFamily(asked)

    def plain(self) -> Mapping[str, object]:
        """As plain JSON values, the form a decision keeps."""
        said = {} if self.moment is None else {"moment": self.moment}
        return {"channel": self.channel.value, "context": dict(self.context), "limit": self.limit, **said}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Request":
        """The request again."""
        return cls(channel=Channel(plain["channel"]), context=plain["context"], limit=plain["limit"],
                   moment=plain.get("moment"))
