"""Why: what a firing read and bound; why not: what a trace tells."""

from kb.model.condition import And, Concluded, Exists, Known, Not, Op, Or, Ref, Test, none_of
from kb.model.decision import FactRead
from kb.model.facts import Facts, Row
from kb.model.rule import Conclude, Recommend, Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from rules.interpreter import compile_rules, fire, trace, undecided_negation

SCHEMA = load_schema()


def rule_of(when, then=None, name="rule", **more):
    return Rule(id=name, name=Text.same(name), when=when, then=then or Require(family="care"), author="test", **more)


def told(customer=None, **related):
    return Facts(customer_key="c", as_of=100, customer=customer or {}, related=related)


def bought(category, days, **values):
    return Row(key=f"{category}{days}", days_ago=days, values={"category": category, **values})


def firing(rule, facts):
    return fire(compile_rules([rule], SCHEMA), facts).firings[0]


RECENT = Test(property="orders_90d", op=Op.GE, operand=1)


def test_an_argument_is_read_from_the_latest_match_then_by_key():
    rule = rule_of(Exists(fact="purchase", alias="p", where=RECENT),
                   Recommend(action="cross_sell", arguments={"category": Ref(alias="p", property="category")}))
    rows = (bought("TEA", 9, orders_90d=1), bought("MILK", 2, orders_90d=1), bought("JAM", 2, orders_90d=1),
            bought("SALT", 1, orders_90d=0), Row(key="A", values={"category": "OLD", "orders_90d": 1}))
    assert firing(rule, told(purchase=rows)).arguments == {"category": "JAM"}


def test_a_row_without_a_day_comes_last():
    rule = rule_of(Exists(fact="purchase", alias="p", where=RECENT),
                   Recommend(action="cross_sell", arguments={"category": Ref(alias="p", property="category")}))
    rows = (Row(key="A", values={"category": "OLD", "orders_90d": 1}), bought("TEA", 300, orders_90d=1))
    assert firing(rule, told(purchase=rows)).arguments == {"category": "TEA"}


def test_an_argument_without_a_value_is_left_out():
    rule = rule_of(Exists(fact="purchase", alias="p", where=RECENT),
                   Recommend(action="cross_sell", arguments={"category": Ref(alias="p", property="category"), "n": 1}))
    assert firing(rule, told(purchase=(Row(key="1", values={"orders_90d": 1}),))).arguments == {"n": 1}


def test_a_nested_row_is_read_within_the_first_row_outside():
    complaint = Test(property="category", op=Op.EQ, operand=Ref(alias="p", property="category"))
    rule = rule_of(Exists(fact="purchase", alias="p", where=Exists(fact="interaction", alias="i", where=complaint)),
                   Recommend(action="a", arguments={"topic": Ref(alias="i", property="topic")}))
    rows = (Row(key="1", days_ago=1, values={"category": "TEA", "topic": "cold tea"}),
            Row(key="2", days_ago=5, values={"category": "MILK", "topic": "sour milk"}))
    found = firing(rule, told(purchase=(bought("TEA", 9), bought("MILK", 3)), interaction=rows))
    assert found.arguments == {"topic": "sour milk"}


def test_reads_are_the_values_behind_the_tests_that_hold():
    rule = rule_of(And(parts=(
        Test(property="age", op=Op.GT, operand=30), Known(property="city"),
        Or(parts=(Test(property="loyalty", op=Op.GT, operand=2), Test(property="loyalty", op=Op.LT, operand=1))),
        Not(part=Test(property="order_count", op=Op.EQ, operand=0)),
        Exists(fact="purchase", alias="p", where=RECENT))))
    facts = told({"age": 40, "city": "Wuhan", "loyalty": 0.5, "order_count": 3},
                 purchase=(bought("TEA", 9, orders_90d=2),))
    assert firing(rule, facts).reads == (
        FactRead(fact="customer", key="", property="age", value=40),
        FactRead(fact="customer", key="", property="city", value="Wuhan"),
        FactRead(fact="customer", key="", property="loyalty", value=0.5),
        FactRead(fact="customer", key="", property="order_count", value=3),
        FactRead(fact="purchase", key="TEA9", property="orders_90d", value=2))


def test_conclusions_feed_the_rules_above_them():
    low = rule_of(Known(property="age"), Conclude(kind="told", value="age"), "a")
    high = rule_of(Concluded(kind="told", value="age"), name="b")
    fired = fire(compile_rules([high, low], SCHEMA), told({"age": 3}))
    assert fired.rule_ids == {"a", "b"}
    assert fired.conclusions == {("told", "age")}


def test_a_rule_fires_only_while_it_is_in_effect():
    always = And(parts=())
    rules = [rule_of(always, name="now", valid_from=100, valid_to=101), rule_of(always, name="over", valid_to=100),
             rule_of(always, name="to come", valid_from=101)]
    assert fire(compile_rules(rules, SCHEMA), told()).rule_ids == {"now"}


def test_the_day_of_a_row_is_a_property_also_where_only_its_order_carries_it():
    rule = rule_of(Exists(fact="interaction", alias="i", where=Test(property="days_ago", op=Op.LT, operand=5)))
    assert fire(compile_rules([rule], SCHEMA), told(interaction=(Row(key="1", days_ago=4, values={}),))).rule_ids


def test_a_trace_tells_the_rows_that_came_nearest():
    where = And(parts=(Test(property="category", op=Op.EQ, operand="TEA"),
                       Test(property="orders_90d", op=Op.GE, operand=3)))
    found = trace(rule_of(Exists(fact="purchase", alias="p", where=where)),
                  told(purchase=(bought("MILK", 1, orders_90d=1), bought("TEA", 50, orders_90d=2))), frozenset())
    assert (found.truth, found.matched, found.children[0].key) == (False, 0, "TEA50")
    assert [(part.truth, part.value) for part in found.children[0].children] == [(True, "TEA"), (False, 2)]


def test_a_trace_counts_the_rows_that_could_not_be_decided():
    open_one = Test(property="resolved", op=Op.EQ, operand=False)
    found = trace(rule_of(none_of("interaction", "i", open_one)),
                  told(interaction=(Row(key="1", values={}), Row(key="2", values={"resolved": True}))), frozenset())
    assert (found.truth, found.matched, found.undecided) == (True, 0, 1)


OPEN_ONE = Test(property="resolved", op=Op.EQ, operand=False)
DOUBTFUL = told({"age": 40}, interaction=(Row(key="1", values={}),))


def rests_on_doubt(when, facts=DOUBTFUL):
    return undecided_negation(trace(rule_of(when), facts, frozenset()))


def test_a_negation_over_an_undecided_row_fails_safe():
    assert rests_on_doubt(none_of("interaction", "i", OPEN_ONE))
    assert rests_on_doubt(Not(part=Exists(fact="interaction", alias="i", where=OPEN_ONE)))
    assert rests_on_doubt(Exists(fact="interaction", alias="i", where=OPEN_ONE, at_least=0, at_most=0))


def test_what_no_undecided_row_can_change_does_not_fail_safe():
    assert not rests_on_doubt(Exists(fact="interaction", alias="i", where=OPEN_ONE, at_least=0, at_most=1))
    assert not rests_on_doubt(Or(parts=(none_of("interaction", "i", OPEN_ONE), Known(property="age"))))
    settled = told(interaction=(Row(key="1", values={"resolved": True}),))
    assert not rests_on_doubt(none_of("interaction", "i", OPEN_ONE), settled)
    assert not rests_on_doubt(Exists(fact="interaction", alias="i", where=OPEN_ONE))


def test_doubt_inside_a_nested_negation_is_seen():
    nested = Exists(fact="purchase", alias="p", where=none_of("interaction", "i", OPEN_ONE))
    assert rests_on_doubt(nested, told(purchase=(bought("TEA", 1),), interaction=(Row(key="1", values={}),)))
