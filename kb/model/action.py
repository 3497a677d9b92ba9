"""What can be recommended, and how often a customer may be addressed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kb.model.ids import ActionId
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, Purpose


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most ``most`` contacts in ``days`` days, over all channels; ``family`` ``None`` counts every family."""

    days: int
    most: int
    family: ActionFamily | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPolicy:
    """How often and when a customer may be addressed. Caps count ``shown`` outcomes and recorded contacts.

    Args:
        pause_after_rejections: After so many rejections of one family ...
        pause_days: ... that family rests for so many days.
        quiet_from: Local hour at which outbound contact stops; ``quiet_to`` when it may start again.
    """

    caps: tuple[Cap, ...] = ()
    pause_after_rejections: int = 2
    pause_days: int = 30
    quiet_from: int = 21
    quiet_to: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Levers:
    """A manager's weights per family; 1.0 where none is set."""

    by_family: Mapping[ActionFamily, float] = field(default_factory=dict)
