from itertools import product

import pytest

from ontology.vocabulary import Channel
from rules.decision.policy import BlockKind, may_be_sent
from rules.interpreter.kleene import Scope, reading


@pytest.mark.parametrize(("action", "asked", "known", "expected"), [
    ("win_back", {"channel": "phone"}, {}, []),
    ("win_back", {"channel": "email"}, {}, [BlockKind.CONSENT]),
    ("win_back", {"channel": "phone", "direction": "outbound"}, {}, [BlockKind.CONSENT]),
    ("win_back", {"channel": "email", "direction": "inbound"}, {}, []),
    ("win_back", {"channel": "email"}, {"consent_marketing": True}, []),
    ("win_back", {"channel": "phone"}, {"consent_marketing": False}, [BlockKind.CONSENT]),
    ("win_back", {"channel": "email"}, {"consent_marketing": True, "consent_email": False}, [BlockKind.CONSENT]),
    ("win_back", {"channel": "sms"}, {"consent_marketing": True, "consent_email": False}, []),
    ("service_recovery", {"channel": "email"}, {}, []),
    ("service_recovery", {"channel": "phone"}, {"consent_marketing": False}, []),
    ("service_recovery", {"channel": "email"}, {"consent_email": False}, [BlockKind.CONSENT]),
    ("service_recovery", {"channel": "phone"}, {"consent_phone": False}, []),
    ("ask_profile", {"channel": "email"}, {}, [BlockKind.CHANNEL]),
])
def test_consent_decides_by_purpose_and_direction(kinds, ask, action, asked, known, expected):  # noqa: PLR0913, PLR0917
    assert kinds(action, request=ask(**asked), **known) == expected


@pytest.mark.parametrize("action", ["win_back", "service_recovery"])
def test_what_rules_can_ask_of_consent_is_what_the_policy_keeps_to(kinds, ask, customer, compiled, action):
    """Every wish on every channel: it may be sent where no block of consent stands against it."""
    for marketing, wish, channel in product((None, True, False), (None, True, False), Channel):
        told = {"consent_marketing": marketing, f"consent_{channel}": wish}
        known = {name: said for name, said in told.items() if said is not None}
        held = BlockKind.CONSENT in kinds(action, request=ask(channel, direction="outbound"), **known)
        may = reading(may_be_sent(compiled.actions[action], channel))(Scope.of(customer(**known), frozenset()))
        assert (may is True) is not held, (channel, known)
