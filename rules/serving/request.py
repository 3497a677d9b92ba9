"""What is asked of a decision, and what the moment of asking adds to the facts."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kb.errors import InvalidInput
from kb.model.condition import Scalar
from kb.model.facts import Facts, Row
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, FactName, Signal

_INBOUND = frozenset({Channel.PHONE, Channel.STORE, Channel.WEB, Channel.APP, Channel.WECHAT})
_SIGNALS = (Signal.CART, Signal.SEARCH, Signal.PAGE)
_LONGEST_BYTES = 2_000
_DIRECTIONS = ("inbound", "outbound")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question: what to do for a customer, on this channel, now.

    Args:
        context: Plain JSON values. ``cart``, ``search`` and ``page`` take a word, a list of words, or objects
            ``{"category", "value", "number"}``; ``direction`` is ``inbound`` or ``outbound`` (else the channel says);
            ``family`` asks for actions of one family only. Other entries are kept and not read.
        limit: Most actions in the answer, at least 1.
    """

    channel: Channel
    context: Mapping[str, Any] = field(default_factory=dict)
    limit: int = 3

    def __post_init__(self) -> None:
        if self.limit < 1:
            msg = f"limit must be at least 1, got {self.limit}"
            raise InvalidInput(msg, hint="leave limit out to get 3 actions")
        if self.context.get("direction", "inbound") not in _DIRECTIONS:
            msg = f"unknown direction {self.context['direction']!r}; known: {', '.join(_DIRECTIONS)}"
            raise InvalidInput(msg, hint="leave direction out to let the channel decide")
        if self.context.get("family", ActionFamily.FALLBACK) not in tuple(ActionFamily):
            msg = f"unknown family {self.context['family']!r}; known: {', '.join(ActionFamily)}"
            raise InvalidInput(msg, hint="leave family out to get actions of every family")

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
        return {"channel": self.channel.value, "context": dict(self.context), "limit": self.limit}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Request":
        """The request again."""
        return cls(channel=Channel(plain["channel"]), context=plain["context"], limit=plain["limit"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Categories:
    """Finds the category that a word in a cart, a search or a page means."""

    by_name: Mapping[str, str]

    @classmethod
    def of(cls, labels: Mapping[str, Text]) -> "Categories":
        """An index of the notations in ``labels`` under each of their names."""
        return cls(by_name={_fold(name): notation for notation in sorted(labels)
                            for name in (labels[notation].zh, labels[notation].en, notation)})

    def named_in(self, words: str) -> str | None:
        """The category that ``words`` name, or else the longest category name that occurs in them.

        >>> pasta = Categories.of({"PASTA": Text(zh="意大利面", en="pasta")})
        >>> pasta.named_in("Pasta"), pasta.named_in("有没有意大利面卖"), pasta.named_in("pastala vista")
        ('PASTA', 'PASTA', None)
        """
        text = _fold(words)
        found = self.by_name.get(text)
        if found is not None:
            return found
        return self.by_name.get(max((name for name in self.by_name if _occurs(name, text)),
                                    key=lambda name: (len(name), name), default=""))


def with_moment(facts: Facts, request: Request, categories: Categories) -> Facts:
    """``facts`` with the rows of the ``moment`` that ``request`` tells; rows of an earlier moment are replaced."""
    rows = {row.key: row for row in _moment_rows(request, categories)}
    return replace(facts, related={**facts.related, FactName.MOMENT.value: tuple(rows.values())})


def _moment_rows(request: Request, categories: Categories) -> Iterator[Row]:
    yield _row(Signal.CHANNEL, {"value": request.channel.value})
    for signal in _SIGNALS:
        for entry in _entries(request.context.get(signal.value)):
            named = entry if isinstance(entry, Mapping) else {"value": str(entry)}
            values: dict[str, Scalar] = {name: unicodedata.normalize("NFC", str(named[name]))
                                         for name in ("value", "category") if named.get(name) is not None}
            if named.get("number") is not None:
                values["number"] = float(named["number"])
            category = values.get("category") or categories.named_in(str(values.get("value", "")))
            yield _row(signal, values if category is None else values | {"category": category})


def _row(signal: Signal, values: Mapping[str, Scalar]) -> Row:
    short = {name: value for name, value in values.items() if len(str(value).encode()) <= _LONGEST_BYTES}
    named = short.get("value", short.get("category", ""))
    return Row(key=f"{signal.value}:{named}", days_ago=0, values={"signal": signal.value, **short})


def _entries(given: object) -> Iterable[object]:
    if given is None:
        return ()
    return given if isinstance(given, list | tuple) else (given,)


def _fold(words: str) -> str:
    return unicodedata.normalize("NFC", words).strip().casefold()


def _occurs(name: str, text: str) -> bool:
    """Whether ``name`` stands in ``text`` as whole words; Chinese has no spaces, there any occurrence counts."""
    return f" {name} " in f" {text} " if name.isascii() else len(name) > 1 and name in text
