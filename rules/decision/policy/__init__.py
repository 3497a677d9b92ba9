"""Consent and contact policy: may this customer be addressed with this action, here and now, and if not, why not.

Each part is a module: what the customer wishes (``consent``), how often they were addressed (``contacts``), what
excludes each other (``exclusion``), who is held out (``holdout``) and when the day is quiet (``hours``).
"""

from kb.model.action import Action
from rules.decision.context import DecisionContext
from rules.decision.policy.block import Block, BlockKind
from rules.decision.policy.consent import channel_blocks, consent_blocks, may_be_sent
from rules.decision.policy.contacts import cap_blocks, pause_blocks
from rules.decision.policy.exclusion import contact_exclusions, shut_out
from rules.decision.policy.holdout import holdout_blocks, holdouts_of
from rules.decision.policy.hours import opens_at, quiet_reason

__all__ = ["Block", "BlockKind", "holdouts_of", "may_be_sent", "opens_at", "policy_blocks", "quiet_reason", "shut_out"]


def policy_blocks(action: Action, context: DecisionContext) -> tuple[Block, ...]:
    """Every reason of channel, consent, caps, pauses, exclusion and holdout that holds ``action`` back.

    What excludes another action of the same answer is known only once both are ranked: ``shut_out``.
    """
    return (*channel_blocks(action, context), *consent_blocks(action, context), *cap_blocks(action, context),
            *pause_blocks(action, context), *contact_exclusions(action, context), *holdout_blocks(action, context))
