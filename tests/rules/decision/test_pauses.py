"""A paused rule recommends nothing, why not says so, other rules go on, and each decision replays under its state."""

from dataclasses import replace

import pytest

from kb.errors import Conflict
from kb.model.codec import from_json, to_json
from kb.model.condition import ALWAYS, Op, Test
from kb.model.decision import Decision
from kb.model.pauses import PausedRule, RulePauses
from kb.model.rule import Recommend, Rule
from ontology.text import Text
from rules.decision.decide import decide
from rules.decision.replay import replay
from rules.explain.why_not import why_not

SINCE = 1_505_212_800  # 2017-09-12
WHY = Text(zh="都没有再发现它", en="no run found it again")


def rule(rule_id, when=ALWAYS):
    return Rule(id=rule_id, name=Text(zh=f"规则{rule_id}", en=f"rule {rule_id}"), author="eve", when=when,
                then=Recommend(action="survey"), rests_on=("assoc-PASTA-SAUCE",))


def pauses(*rules):
    return RulePauses(made_at=0, by="li", rules=tuple(
        PausedRule(rule=name, item="assoc-PASTA-SAUCE", since=SINCE, reason=WHY) for name in rules))


@pytest.fixture
def served(serve):
    """A release of two rules for the survey; ``a`` fires for everybody, ``b`` for who has ordered ten times."""
    return serve(rules=(rule("a"), rule("b", Test(property="order_count", op=Op.GE, operand=10))))


def cards(answer):
    return {action.action_id: [reason.rule_id for reason in action.reasons] for action in answer.actions}


def test_a_paused_rule_makes_no_card_and_others_for_the_same_action_do(served, customer, ask):
    facts = customer(order_count=12)
    paused = served.pausing(3, pauses("a"))
    assert cards(decide(ask(), facts, served, decision_id="d1"))["survey"] == ["a", "b"]
    answer = decide(ask(), facts, paused, decision_id="d1")
    assert (cards(answer)["survey"], answer.pauses) == (["b"], 3)
    assert "survey" not in cards(decide(ask(), customer(order_count=2), paused, decision_id="d1"))


def test_no_figure_of_the_other_cards_changes(served, customer, ask):
    facts = customer(order_count=12)
    before, after = (decide(ask(), facts, one, decision_id="d1").actions
                     for one in (served, served.pausing(3, pauses("a"))))
    assert [(one.action_id, one.factors) for one in before] == [(one.action_id, one.factors) for one in after]


def test_why_not_says_in_both_languages_that_the_rule_is_paused_and_since_when(served, customer, ask):
    told = why_not("survey", customer(order_count=2), served.pausing(3, pauses("a", "b")), ask())
    [block] = [block for block in told.blocks if block.kind == "rule_pause"]
    assert block.rule_id == "a"
    assert "“规则a”已暂停" in told.verdict.zh
    assert "自 2017 年 9 月 12 日起不再成立" in told.verdict.zh
    assert 'the rule "rule a" is paused' in told.verdict.en
    assert "no run found it again" in told.verdict.en
    assert told.place is None


def test_why_not_looks_for_a_change_among_the_rules_that_are_not_paused(served, customer, ask):
    told = why_not("survey", customer(order_count=2), served.pausing(3, pauses("a")), ask())
    assert told.change_rule == "b"


def test_a_decision_names_its_pauses_and_replays_under_those_and_no_others(served, customer, ask):
    paused = served.pausing(3, pauses("a"))
    facts = customer(order_count=12)
    made = from_json(to_json(decide(ask(), facts, paused, decision_id="d1")), Decision)
    assert replay(made, paused).equal
    for other in (served, served.pausing(4, pauses("b"))):
        with pytest.raises(Conflict, match="under pauses 3"):
            replay(made, other)
    earlier = decide(ask(), facts, served, decision_id="d2")
    assert replay(earlier, paused.pausing(None, None)).equal
    assert not replay(replace(earlier, pauses=3), paused).equal


def test_a_release_under_the_states_of_another_decides_alike(served, serve, customer, ask):
    live = served.pausing(3, pauses("a"))
    draft = serve(rules=(rule("a"),)).under_states_of(live)
    assert (draft.pauses, draft.rates) == (3, None)
    assert "survey" not in cards(decide(ask(), customer(), draft, decision_id="d1"))
