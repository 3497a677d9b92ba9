"""What becomes of first actions: known transitions on customers made by hand, and the same as deciding everybody."""

from collections import Counter
from dataclasses import replace

import pytest

from kb.errors import InvalidInput
from kb.model.action import Cap, Levers
from kb.model.condition import And, Exists, Op, Test, none_of
from kb.model.rule import Recommend, Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily
from rules.batch import tables_of
from rules.decision.compiled_release import CompiledRelease
from rules.decision.decide import decide
from rules.simulation import Estimate, Move, RuleChange, Step, simulate
from rules.simulation.difference import published_to
from rules.simulation.tally import First, move_between

SCHEMA = load_schema()
GOOD = "assoc-PASTA-SAUCE"
RULE = f"rule-{GOOD}"


@pytest.fixture(scope="module")
def people(customer):
    """Ten who buy pasta, five who buy bread, three who complained, two of whom nothing is known."""
    pasta, bread = {"category": "PASTA", "orders_90d": 2}, {"category": "BREAD", "orders_90d": 2}
    complaint = {"kind": "complaint", "days_ago": 1, "resolved": False}
    told = ([customer(order_count=9, purchase=[pasta])] * 10 + [customer(order_count=9, purchase=[bread])] * 5
            + [customer(order_count=9, interaction=[complaint], purchase=[pasta])] * 3 + [customer()] * 2)
    return {f"c{number:02}": replace(facts, customer_key=f"c{number:02}") for number, facts in enumerate(told)}


@pytest.fixture(scope="module")
def try_out(people, ask, serve):
    """Simulate a change of the release: ``try_out(rules=...)``; who was decided for is kept in ``asked``."""
    def run(live=None, segments=None, **options):
        draft = serve(**options.pop("changes"))
        asked = []

        def facts_of(keys):
            asked.extend(keys)
            return (people[key] for key in keys)

        found = simulate(live or serve(), draft, source=tables_of(people.values(), SCHEMA), facts_of=facts_of,
                         request=ask(limit=1), as_of=people["c00"].as_of, segments=segments or {}, **options)
        return found, asked, draft
    return run


@pytest.fixture(scope="module")
def by_hand(people, ask):
    """The moves of everybody, by deciding for everybody: ``by_hand(live, draft)``."""
    def count(*releases):
        firsts = ([First.of(decide(ask(limit=1), published_to(facts, compiled), compiled, decision_id="d"), compiled)
                   for compiled in releases] for facts in people.values())
        return Counter(move_between(*pair) for pair in firsts)
    return count


def moves(found):
    return {move: estimate.value for move, estimate in found.whole.moves.items() if estimate.value}


def without(release, *rules):
    return tuple(rule for rule in release.rules if rule.id not in rules)


def test_the_same_release_changes_nothing_and_decides_for_nobody(try_out):
    found, asked, _ = try_out(changes={})
    assert (found.customers, found.differing, found.decided, asked) == (20, 0, 0, [])
    assert moves(found) == {}
    assert found.live == found.draft
    assert {rule.change for rule in found.rules} == {RuleChange.KEPT}


def test_without_a_rule_its_customers_alone_are_decided_for_and_get_other_content(try_out, release, people):
    found, asked, _ = try_out(changes={"rules": without(release, RULE)})
    assert asked == [key for key, facts in people.items() if "purchase" in facts.related
                     and facts.related["purchase"][0].key == "PASTA"]
    assert (found.differing, found.decided) == (13, 13)
    assert moves(found) == {Move.CHANGED: 10, Move.SAME: 3}  # who complained is served first, whatever the rule
    (way,) = found.transitions
    assert (way.before, way.after, way.move) == ("cross_sell", "cross_sell", Move.CHANGED)
    assert way.examples == ("c00", "c01", "c02", "c03", "c04")
    removed = next(rule for rule in found.rules if rule.rule_id == RULE)
    assert (removed.change, removed.live, removed.draft, removed.funnel) == (RuleChange.REMOVED, 13, 0, ())


def test_without_all_rules_for_them_customers_lose_their_recommendation(try_out, release):
    mined = [rule.id for rule in release.rules if rule.rests_on]
    found, _, _ = try_out(changes={"rules": without(release, *mined)})
    assert moves(found) == {Move.LOST: 15, Move.SAME: 3}
    assert found.families[ActionFamily.CROSS_SELL].change == Estimate.exactly(-15)


def test_a_new_rule_tells_its_funnel_test_by_test_and_who_gains(try_out, release, serve):
    live = serve(rules=without(release, *[rule.id for rule in release.rules if rule.rests_on]))
    new = next(rule for rule in release.rules if rule.id == "rule-assoc-BREAD-CHEESE")
    found, asked, _ = try_out(live, changes={"rules": (*live.release.rules, new)})
    assert moves(found) == {Move.GAINED: 5}
    assert len(asked) == 5
    added = next(rule for rule in found.rules if rule.rule_id == new.id)
    assert (added.change, added.live, added.draft) == (RuleChange.ADDED, 0, 5)
    assert [step.customers for step in added.funnel] == [5]


def test_the_steps_of_a_funnel_are_the_tests_of_the_rule_in_words(try_out, release):
    bought = Exists(fact="purchase", alias="p", where=Test(property="category", op=Op.EQ, operand="PASTA"))
    no_complaint = none_of("interaction", "i", Test(property="kind", op=Op.EQ, operand="complaint"))
    rule = Rule(id="two-tests", name=Text.same("two tests"), author="eve", when=And(parts=(bought, no_complaint)),
                then=Recommend(action="survey"))
    found, _, draft = try_out(changes={"rules": (*release.rules, rule)})
    funnel = next(one.funnel for one in found.rules if one.rule_id == "two-tests")
    assert funnel == (Step(sentence=draft.describe(bought), customers=13),
                      Step(sentence=draft.describe(no_complaint), customers=10))


def test_a_lever_concerns_the_customers_of_its_family_alone(try_out):
    found, asked, _ = try_out(changes={"levers": Levers(by_family={ActionFamily.CROSS_SELL: 0.0})})
    assert len(asked) == 18
    assert moves(found) == {Move.LOST: 15, Move.SAME: 3}
    assert {rule.change for rule in found.rules} == {RuleChange.KEPT}


def test_a_requirement_on_named_knowledge_concerns_nobody_where_other_knowledge_comes(try_out, release):
    named = none_of("knowledge", "k", And(parts=(Test(property="item", op=Op.EQ, operand=GOOD),
                                                 Test(property="score", op=Op.LT, operand=0.1))))
    guard = Rule(id="guard", name=Text.same("g"), when=named, author="eve", then=Require(family=ActionFamily.CARE))
    rules = (*release.rules, guard)
    others = tuple(item for item in release.items if item.id != "assoc-BREAD-CHEESE")
    kept = tuple(rule for rule in rules if rule.id != "rule-assoc-BREAD-CHEESE")
    live = CompiledRelease.compile(replace(release, rules=kept, items=others), SCHEMA, {})
    found, *_ = try_out(live, changes={"rules": rules})
    assert found.differing == 5  # who buys bread


def test_a_policy_and_a_requirement_concern_everybody(try_out, release):
    no_marketing = replace(release.policy, caps=(Cap(days=7, most=0),))
    found, asked, _ = try_out(changes={"policy": no_marketing})
    assert len(asked) == 20
    assert moves(found)[Move.LOST] == 15
    never = Rule(id="cross-sell-to-members", name=Text.same("members"), author="eve",
                 when=Test(property="order_count", op=Op.GE, operand=1_000),
                 then=Require(family=ActionFamily.CROSS_SELL))
    found, asked, _ = try_out(changes={"rules": (*release.rules, never)})
    assert len(asked) == 20
    assert moves(found)[Move.LOST] == 15


def test_money_is_what_first_actions_bring_and_cost(try_out, release, compiled):
    found, _, _ = try_out(changes={"rules": without(release, RULE)})
    action = compiled.actions["cross_sell"]
    lost = 10 * (0.3 - 0.2) * action.value  # ten hear of cheese (take rate 0.2) instead of sauce (0.3)
    assert found.whole.value.change.value == pytest.approx(-lost)
    assert found.whole.cost.change.value == pytest.approx(0)


def test_segments_add_up_to_the_whole(try_out, release, people):
    segments = {key: "even" if int(key[1:]) % 2 == 0 else "odd" for key in list(people)[:8]}
    found, _, _ = try_out(segments=segments, changes={"rules": without(release, RULE)})
    assert {name: balance.moves[Move.CHANGED].value for name, balance in found.segments.items()} == {
        "": 2, "even": 4, "odd": 4}


def test_a_knowledge_row_counts_under_the_release_that_publishes_its_item(release, customer, ask, serve):
    rule = Rule(id="known", name=Text.same("known"), author="eve", rests_on=(GOOD,), propensity=0.9,
                when=Exists(fact="knowledge", alias="k", where=Test(property="item", op=Op.EQ, operand=GOOD)),
                then=Recommend(action="survey"))
    knowing = replace(customer(knowledge=[{"key": GOOD, "item": GOOD}]), customer_key="c1")
    live = serve(rules=(rule,), items=tuple(item for item in release.items if item.id != GOOD))
    found = simulate(live, serve(rules=(rule,)), source=tables_of([knowing], SCHEMA), facts_of=lambda _: [knowing],
                     request=ask(limit=1), as_of=knowing.as_of, segments={})
    assert [(one.live, one.draft) for one in found.rules] == [(0, 1)]
    assert moves(found) == {Move.GAINED: 1}


CHANGES = {
    "conclusions": lambda release: {"rules": without(release, "attitude-unhappy")},
    "rules": lambda release: {"rules": without(release, RULE, "complaint-open")},
    "propensity": lambda release: {"rules": tuple(
        replace(rule, propensity=0.9) if rule.id == "rule-assoc-PASTA-WINE" else rule for rule in release.rules)},
    "levers": lambda _: {"levers": Levers(by_family={ActionFamily.SERVICE_RECOVERY: 0.01})},
    "policy": lambda release: {"policy": replace(release.policy, caps=())},
    "actions": lambda release: {"actions": tuple(
        replace(action, value=0.01) if action.id == "cross_sell" else action for action in release.actions)},
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_counted_for_some_is_what_deciding_for_everybody_counts(try_out, release, compiled, by_hand, name):
    found, _, draft = try_out(changes=CHANGES[name](release))
    truth = by_hand(compiled, draft)
    counted = {move: found.whole.moves[move].value for move in Move}
    assert counted | {Move.SAME: counted[Move.SAME] + 20 - found.differing} == {move: truth[move] for move in Move}


def test_a_sample_is_the_same_for_the_same_seed_and_says_that_it_is_one(try_out, release):
    options = {"changes": {"rules": without(release, RULE)}, "sample_above": 6}
    (found, asked, _), (again, _, _), (_, others, _) = (
        try_out(**options, seed=1), try_out(**options, seed=1), try_out(**options, seed=2))
    assert found == again
    assert found.is_sampled
    assert (found.differing, found.decided, len(asked)) == (13, 6, 6)
    assert asked != others
    changed = found.whole.moves[Move.CHANGED]
    assert changed.low < changed.value < changed.high


def test_of_two_releases_without_rules_nobody_gets_another_answer(try_out, serve):
    found, asked, _ = try_out(serve(rules=()), changes={"rules": (), "items": ()})
    assert (found.customers, found.differing, found.rules, asked) == (20, 0, (), [])


def test_a_sample_of_one_says_nothing_of_others_and_is_refused(try_out):
    with pytest.raises(InvalidInput, match="at least 2"):
        try_out(changes={}, sample_above=1)
