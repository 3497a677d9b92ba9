"""A release is served only if the three readings of its own rules agree."""

from dataclasses import replace

import pytest

from api.composition import open_use_cases
from api.use_cases.simulation.drafting import ReleaseDraft, draft_release
from kb.errors import InvalidRule
from kb.model.action import Levers
from kb.model.condition import Op, Or
from ontology.text import Text
from rules.batch import expressions
from rules.condition.operators import OPERATORS
from rules.packs.pack import load_pack
from tests.homes import make_home, open_base

PACK = load_pack()


@pytest.fixture
def publish(tmp_path):
    """Publish the shipped rules in a base of their own; the number that is live then."""
    home = make_home(tmp_path / "home", name=Text.same("test"), zone="Asia/Shanghai", currency="CNY",
                     as_of=1_514_808_000)
    with open_use_cases(base := open_base(home)) as use_cases:
        base.curation.save_rules(PACK.rules, "li")

        def attempt():
            base.curation.publish("eve", PACK.actions, PACK.policy, check=use_cases.releases.try_out)

        attempt.number = base.curation.live_number
        yield attempt


def test_the_shipped_rules_are_served(publish):
    publish()
    assert publish.number() == 1


def test_a_draft_that_could_not_be_published_is_not_simulated(tmp_path):
    home = make_home(tmp_path / "home", name=Text.same("test"), zone="Asia/Shanghai", currency="CNY", as_of=0)
    never = replace(PACK.rules[0], id="never", when=Or(parts=()), examples=())
    with open_base(home) as base:
        base.curation.save_rules([*PACK.rules, never], "li")
        with pytest.raises(InvalidRule, match="rule 'never': the condition can never hold"):
            draft_release(ReleaseDraft(), base.curation, Levers(), base.ontology.schema)
        without = draft_release(ReleaseDraft(exclude=("never",)), base.curation, Levers(), base.ontology.schema)
        assert "never" not in {rule.id for rule in without.rules}


BREAKS = {"tables": (expressions.COMPARISONS, lambda value, other: value != other),
          "closures": (OPERATORS, replace(OPERATORS[Op.EQ], source=OPERATORS[Op.NE].source))}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_reading_keeps_a_release_from_being_served(publish, monkeypatch, name):
    table, wrong = BREAKS[name]
    monkeypatch.setitem(table, Op.EQ, wrong)
    with pytest.raises(InvalidRule, match=f"differ on .* the reading '{name}'"):
        publish()
    assert publish.number() is None
