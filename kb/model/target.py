"""What a recommendation wants to come of it, where orders or answers to campaigns can tell that it came."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kb.model.condition import Scalar
from ontology.vocabulary import ActionFamily


class TargetKind(StrEnum):
    """Of what a target is one: an order with something in it, whatever it is, or an answer to a campaign."""

    CATEGORY = "category"
    PRODUCT = "product"
    ORDER = "order"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target; ``name`` is that of the category, the product or the campaign, empty for any order."""

    kind: TargetKind
    name: str = ""


_BY_ARGUMENT: Mapping[str, TargetKind] = {
    "product_id": TargetKind.PRODUCT, "category": TargetKind.CATEGORY, "campaign_id": TargetKind.RESPONSE}
_SELLING = frozenset({ActionFamily.CROSS_SELL, ActionFamily.CAMPAIGN, ActionFamily.RETENTION, ActionFamily.WIN_BACK})
_STAYING = frozenset({ActionFamily.RETENTION, ActionFamily.WIN_BACK})


def target_of(family: ActionFamily, arguments: Mapping[str, Scalar]) -> Target | None:
    """What a card wants: what it offers, the answer to its campaign, or that who may leave buys anything at all.

    Thanks, questions and amends have none: no order tells whether they came to anything.

    >>> target_of(ActionFamily.CROSS_SELL, {"category": "TEA"})
    Target(kind=<TargetKind.CATEGORY: 'category'>, name='TEA')
    >>> target_of(ActionFamily.WIN_BACK, {}).kind
    <TargetKind.ORDER: 'order'>
    >>> target_of(ActionFamily.SURVEY, {"category": "TEA"}) is None
    True
    """
    if family not in _SELLING:
        return None
    for argument, kind in _BY_ARGUMENT.items():
        if argument in arguments:
            return Target(kind=kind, name=str(arguments[argument]))
    return Target(kind=TargetKind.ORDER) if family in _STAYING else None
