"""Customers who are not offered what others are, drawn evenly and for good, so that its effect can be told."""

from collections.abc import Iterator

from kb.experiments.bucketing import is_drawn
from kb.model.action import Action, ContactPolicy
from kb.model.ids import CustomerKey
from ontology.quantities import percent
from ontology.text import Text
from rules.decision.context import DecisionContext
from rules.decision.policy.block import Block, BlockKind

_HELD_OUT = Text(zh="对照组：客户属于对照组“{name}”（占 {share}），在策略改变前不推荐此类行动，以便比较效果",
                 en='holdout: the customer belongs to the holdout "{name}" ({share} of all), which is offered nothing '
                    "of this kind until the policy changes, so that its effect can be told")


def holdouts_of(key: CustomerKey, policy: ContactPolicy) -> tuple[str, ...]:
    """Names of the holdouts that the customer belongs to."""
    return tuple(holdout.name for holdout in policy.holdouts if is_drawn(holdout.name, key, holdout.share))


def holdout_blocks(action: Action, context: DecisionContext) -> Iterator[Block]:
    """A block for each holdout of the customer that covers the action."""
    for holdout in context.compiled.release.policy.holdouts:
        if holdout.covers(action) and is_drawn(holdout.name, context.facts.customer_key, holdout.share):
            yield Block(kind=BlockKind.HOLDOUT,
                        sentence=_HELD_OUT.fill(name=holdout.name, share=percent(holdout.share)))
