from dataclasses import replace

import pytest

from kb.errors import Conflict
from kb.model.codec import from_json, to_json
from kb.model.decision import Decision
from rules.decision.decide import decide
from rules.decision.replay import replay


@pytest.fixture
def stored(compiled, customer, ask):
    """A decision as the journal gives it back."""
    facts = customer(order_count=30, recency_days=4, purchase=[{"category": "PASTA", "orders_90d": 2}],
                     contact=[{"source": "campaign", "campaign_id": "7", "days_ago": 3, "open": False}],
                     moment=[{"signal": "cart", "value": "bread", "category": "BREAD", "number": 2.0}])
    request = ask("web", cart=["bread", "bread"])
    return from_json(to_json(decide(request, facts, compiled, decision_id="d1")), Decision)


def test_a_stored_decision_replays_to_the_same_answer(stored, compiled):
    assert replay(stored, compiled).differences == ()
    assert replay(stored, compiled).equal


def test_a_decision_of_the_engine_and_one_from_before_readings_were_told_replay_too(stored, compiled):
    assert (stored.engine, stored.readings) == ("python", ("python",))
    for readings in (("durable_rules", "python"), ()):
        assert replay(replace(stored, engine="durable_rules", readings=readings), compiled).equal


def test_a_difference_is_told_with_its_place_and_both_values(stored, compiled):
    changed = replace(stored, actions=(replace(stored.actions[0], score=99.0), *stored.actions[1:]))
    again = replay(changed, compiled)
    assert not again.equal
    assert again.differences[0].startswith("decision.actions[0].score: was 99.0, is ")


def test_changed_facts_change_the_answer(stored, compiled):
    changed = replace(stored, facts=replace(stored.facts, related={}))
    assert not replay(changed, compiled).equal


def test_another_release_is_refused(stored, serve):
    with pytest.raises(Conflict, match="under release 1, not 2"):
        replay(stored, serve(number=2))
