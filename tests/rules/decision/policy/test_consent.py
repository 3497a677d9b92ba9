import pytest

from rules.decision.policy import BlockKind


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
