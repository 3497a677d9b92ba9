"""What the policy says of one action, for a customer made of plain values, under a policy of the test's own."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from kb.model.action import ContactPolicy
from rules.decision.context import DecisionContext
from rules.decision.policy import policy_blocks


@pytest.fixture
def under(compiled):
    """The shipped release under another policy."""
    return lambda policy, zone="UTC": replace(compiled, zone=ZoneInfo(zone),
                                              release=replace(compiled.release, policy=policy))


@pytest.fixture
def blocks(under, customer, ask):
    """The blocks on an action."""
    def found(action, policy=ContactPolicy(), request=None, *, zone="UTC", **known):  # noqa: B008 - frozen
        facts = replace(customer(**{name: value for name, value in known.items() if name != "key"}),
                        customer_key=known.get("key", "c1"))
        release = under(policy, zone)
        return policy_blocks(release.actions[action], DecisionContext.of(request or ask(), facts, release))
    return found


@pytest.fixture
def kinds(blocks):
    """The kinds of the blocks on an action."""
    return lambda *asked, **known: [block.kind for block in blocks(*asked, **known)]


@pytest.fixture
def shown():
    """Contacts by action: ``shown(win_back=3)`` was shown three days ago."""
    families = {"win_back": "win_back", "retention_offer": "retention", "survey": "survey"}
    return lambda channel="phone", **days: [
        {"source": "recommendation", "key": f"d{number}/{action}", "action_id": action, "family": families[action],
         "channel": channel, "days_ago": ago} for number, (action, ago) in enumerate(days.items())]
