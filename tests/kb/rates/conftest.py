"""Outcomes of cards by hand, a day at a time."""

import pytest

from kb.journal.events import CardOutcome
from ontology.vocabulary import OutcomeKind

DAY = 86_400


@pytest.fixture
def told():
    """``told("shown", 0)``: an outcome on day 0; what is not said is the same card of the same customer."""
    def make(outcome, day, decision="d1", **more):
        return CardOutcome(**{
            "customer_key": "c1", "decision_id": decision, "action_id": "survey", "arguments": "{}",
            "outcome": OutcomeKind(outcome), "at": int(day * DAY), "rule_id": "ask", "figure": 0.2,
            "is_models": False, **more})
    return make
