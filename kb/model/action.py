"""What can be recommended, and how often a customer may be addressed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kb.model.bounds import COUNT, DAYS, EXPLORATION, LEVER, MONEY, SHARE
from kb.model.ids import ActionId
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, Purpose

_HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One entry of the action catalogue.

    Args:
        value: Money gained when it succeeds, in the base's currency.
        cost: Money it costs to offer once.
        prior: Chance of success where nothing is known, [0, 1].
        contents: What to say, per channel, with ``{parameter}`` placeholders; a channel without content is not used.
        parameters: Names the rule must give as arguments.
        life_days: Days until the recommendation expires.
    """

    id: ActionId
    name: Text
    family: ActionFamily
    purpose: Purpose
    value: float
    cost: float
    prior: float
    contents: Mapping[Channel, Text]
    parameters: tuple[str, ...] = ()
    life_days: int = 14

    def __post_init__(self) -> None:
        _check(MONEY.holds(self.value) and MONEY.holds(self.cost) and SHARE.holds(self.prior),
               f"an action of value {self.value}, cost {self.cost} and prior {self.prior}",
               f"money from {MONEY.least:g} to {MONEY.most:g} and a prior in [0, 1]")
        _check(DAYS.holds(self.life_days), f"a life of {self.life_days} days", f"at most {DAYS.most} days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most ``most`` contacts in ``days`` days.

    Args:
        days: Local days, today among them; at least 1.
        most: 0 allows none at all.
        family: Only contacts of this family count, and only it is held back; ``None`` counts every family.
        channel: Only contacts on this channel count, and only it is closed; ``None`` counts all channels.
    """

    days: int
    most: int
    family: ActionFamily | None = None
    channel: Channel | None = None

    def __post_init__(self) -> None:
        _check(self.days >= 1 and DAYS.holds(self.days) and COUNT.holds(self.most),
               f"a cap of {self.most} contacts in {self.days} days",
               f"1 to {DAYS.most} days and 0 to {COUNT.most} contacts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Of the actions it covers at most one stands in an answer, and none within ``days`` days of another.

    Args:
        actions: Covered by name.
        families: Covered with all their actions.
        days: Local days, today among them; 0 speaks of one answer only.
    """

    actions: tuple[ActionId, ...] = ()
    families: tuple[ActionFamily, ...] = ()
    days: int = 0

    def __post_init__(self) -> None:
        _check(DAYS.holds(self.days) and bool(self.actions or self.families),
               f"an exclusion of {len(self.actions) + len(self.families)} actions and families for {self.days} days",
               f"at least one action or family and 0 to {DAYS.most} days")

    def covers(self, action: object, family: object) -> bool:
        """Whether an action of that id and family is among those that exclude each other."""
        return action in self.actions or family in self.families


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdout:
    """A stable share of the customers who are not offered what others are, so that its effect can be told.

    Args:
        name: Draws the customers (``kb.experiments.bucketing``): another name draws others.
        share: Of all customers, [0, 1].
        families: What they are not offered; none named is all marketing.
    """

    name: str
    share: float
    families: tuple[ActionFamily, ...] = ()

    def __post_init__(self) -> None:
        _check(bool(self.name) and 0.0 <= self.share <= 1.0, f"a holdout {self.name!r} of share {self.share}",
               "a name and a share in [0, 1]")

    def covers(self, action: Action) -> bool:
        """Whether ``action`` is held back from those who are drawn."""
        return action.family in self.families if self.families else action.purpose is Purpose.MARKETING


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPolicy:
    """How often and when a customer may be addressed. Caps count ``shown`` outcomes and recorded contacts.

    Args:
        pause_after_rejections: After so many rejections of one family within ``pause_days`` days ...
        pause_days: ... that family rests for so many days from the last of them; 0 rejections: never.
        quiet_from: Local hour at which outbound contact stops; ``quiet_to`` when it may start again.
    """

    caps: tuple[Cap, ...] = ()
    pause_after_rejections: int = 2
    pause_days: int = 30
    quiet_from: int = 21
    quiet_to: int = 8
    exclusions: tuple[Exclusion, ...] = ()
    holdouts: tuple[Holdout, ...] = ()

    def __post_init__(self) -> None:
        _check(all(hour in range(_HOURS) for hour in (self.quiet_from, self.quiet_to)),
               f"quiet hours from {self.quiet_from} to {self.quiet_to}", "hours from 0 to 23")
        _check(COUNT.holds(self.pause_after_rejections) and DAYS.holds(self.pause_days),
               f"a pause of {self.pause_days} days after {self.pause_after_rejections} rejections",
               f"0 to {DAYS.most} days and 0 to {COUNT.most} rejections")


@dataclass(frozen=True, slots=True, kw_only=True)
class Levers:
    """What managers set of families.

    Args:
        by_family: Weights; 1.0 where none is set.
        exploration: Which share of the answers shows a card of the family that is drawn; ``None``: of no family.
    """

    by_family: Mapping[ActionFamily, float] = field(default_factory=dict)
    exploration: Mapping[ActionFamily, float] | None = field(default=None, metadata={"omit_none": True})

    def weight_of(self, family: ActionFamily) -> float:
        """The weight of a family; one beyond the bounds, from before there were any, counts as the nearest within.

        >>> Levers(by_family={ActionFamily.CARE: 1e308}).weight_of(ActionFamily.CARE)
        100.0
        """
        return LEVER.nearest(self.by_family.get(family, 1.0))

    def exploration_of(self, family: ActionFamily) -> float:
        """The share of the answers in which a card of the family is drawn, 0.0 where none is set."""
        return 0.0 if self.exploration is None else EXPLORATION.nearest(self.exploration.get(family, 0.0))


def _check(holds: bool, given: str, expected: str) -> None:  # noqa: FBT001 - the one thing that is checked
    if not holds:
        msg = f"{given}; expected {expected}"
        raise ValueError(msg)
