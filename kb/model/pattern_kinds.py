"""What map, rules and pages know of each kind of pattern: one row a kind, in their order on the map.

What the miners know of a kind, its statement, strength and draft rule, is its row in ``mining.kinds``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ontology.text import Text
from ontology.vocabulary import PatternKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternKindTraits:
    """One kind of pattern as it is shown.

    Args:
        title: Of an entry on the map, about ``{name}``; ``None``: the ontology's label of the kind.
        named_by: The detail that says what an item is about; ``None``: the categories of its consequent.
        called: What sentences call an item instead of its statement, by the ``{name}`` among its details.
        is_forecast: Whether a customer's score is a probability, and shown as one.
        pushed_by: The kind of the factors that push a customer towards what the forecast speaks of.
        counts: The tables that the kind counts, whose snapshot a reason names before any other that the run read.
        leads_to_rules: Whether such knowledge may stand behind a rule.
        figure: The measure by which it is told how such knowledge fares from run to run; ``None``: nobody measures it.
        members: The measure that says of how many customers ``figure`` is a share, where each of them counts once.
    """

    title: Text | None = None
    named_by: str | None = "outcome_words"
    called: Text | None = None
    is_forecast: bool = False
    pushed_by: PatternKind | None = None
    counts: tuple[str, ...] = ("order_lines", "subscriptions")
    leads_to_rules: bool = True
    figure: str | None = "later_rate"
    members: str | None = None


PATTERN_KINDS: Mapping[PatternKind, PatternKindTraits] = {
    PatternKind.CHURN_MODEL: PatternKindTraits(
        title=Text(zh="可能会{name}", en="likely to {name}"), is_forecast=True,
        pushed_by=PatternKind.CHURN_FACTOR, figure="later_auc"),
    PatternKind.RESPONSE_MODEL: PatternKindTraits(
        title=Text(zh="响应概率：{name}", en="response probability: {name}"), is_forecast=True, counts=("contacts",),
        figure="later_auc"),
    PatternKind.SPEND_FORECAST: PatternKindTraits(
        title=Text(zh="预期：{name}", en="expected spend {name}"), counts=("order_lines",), figure="later_skill"),
    PatternKind.OFFER: PatternKindTraits(
        title=Text(zh="可推荐：{name}", en="offer: {name}"), named_by=None, is_forecast=True, counts=("order_lines",),
        members="later_members"),
    PatternKind.REPEAT_OFFER: PatternKindTraits(
        title=Text(zh="该再买了：{name}", en="due again: {name}"), named_by=None, is_forecast=True,
        counts=("order_lines",), members="later_members"),
    PatternKind.CHURN_FACTOR: PatternKindTraits(
        title=Text(zh="流失因素：{name}", en="churn factor: {name}"), named_by="label", figure="later_ratio"),
    PatternKind.CHURN_RULE: PatternKindTraits(members="later_members"),
    PatternKind.RESPONSE_RULE: PatternKindTraits(counts=("contacts",)),
    PatternKind.ASSOCIATION: PatternKindTraits(
        title=Text(zh="接下来可能购买：{name}", en="next purchase: {name}"), named_by=None,
        figure="later_confidence"),
    PatternKind.SEGMENT: PatternKindTraits(
        title=Text(zh="客户群：{name}", en="segment: {name}"), named_by="name",
        called=Text(zh="客户群：{name}", en="segment “{name}”"), figure="later_stability"),
    PatternKind.BELIEF: PatternKindTraits(leads_to_rules=False, figure="adjusted_lift"),
    PatternKind.NOTE: PatternKindTraits(leads_to_rules=False, figure=None),
}
