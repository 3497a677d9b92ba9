"""What is refused when a rule is saved, and the words it is refused with."""

import pytest

from kb.errors import InvalidRule
from kb.model.action import Action
from kb.model.condition import And, Concluded, Exists, Known, Not, Op, Or, Ref, Test, none_of
from kb.model.figures import CustomerFigure, CustomerProduct
from kb.model.rule import Conclude, Example, Recommend, Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Purpose
from rules.lint import check_rule, check_rules

SCHEMA = load_schema()
NAMED = {"cross_sell": Action(id="cross_sell", name=Text.same("x"), family=ActionFamily.CROSS_SELL,
                              purpose=Purpose.MARKETING, value=1.0, cost=0.0, prior=0.1, contents={},
                              parameters=("category",))}
ALWAYS = And(parts=())


def rule_of(when=ALWAYS, then=None, **more):
    return Rule(id="r", name=Text.same("r"), when=when, then=then or Require(family=ActionFamily.CARE), author="test",
                **more)


def comparison(name, op, operand):
    return Test(property=name, op=op, operand=operand)


def rows(where=ALWAYS, fact="purchase", alias="p", **more):
    return Exists(fact=fact, alias=alias, where=where, **more)


def refusal(rule):
    with pytest.raises(InvalidRule) as caught:
        check_rule(rule, SCHEMA, NAMED, conclusions={"mood"})
    assert caught.value.message.startswith("rule 'r': ")
    return f"{caught.value.message} | {caught.value.hint}"


CATEGORY_OF_P = comparison("category", Op.EQ, Ref(alias="p", property="category"))
DEEP = rows(And(parts=tuple(rows(alias=f"p{number}") for number in range(3))))
FAR = ALWAYS
for _ in range(25):
    FAR = Not(part=FAR)


@pytest.mark.parametrize(("when", "words"), [
    (comparison("recency", Op.GT, 3), "customer has no property 'recency' | did you mean 'recency_days'?"),
    (Known(property="agee"), "did you mean 'age'?"),
    (rows(fact="purchases"), "unknown fact type 'purchases' | did you mean 'purchase'?"),
    (rows(fact="customer"), "'customer' is one fact"),
    (rows(comparison("categry", Op.EQ, "TEA")), "purchase has no property 'categry' | did you mean 'category'?"),
    (comparison("age", Op.EQ, "forty"), "'age' is a whole number, got 'forty'"),
    (comparison("age", Op.EQ, True), "'age' is a whole number, got True"),
    (comparison("city", Op.EQ, 5), "'city' is a text, got 5"),
    (comparison("consent_email", Op.EQ, 1), "'consent_email' is true or false, got 1"),
    (comparison("city", Op.LT, "M"), "< cannot compare 'city', which is a text"),
    (comparison("city", Op.BETWEEN, ("A", "B")), "between cannot compare 'city'"),
    (comparison("consent_email", Op.IN, (True,)), "in cannot compare 'consent_email'"),
    (comparison("city", Op.IN, ()), "in needs a list with at least one value"),
    (comparison("city", Op.IN, "Wuhan"), "in needs a list with at least one value"),
    (comparison("city", Op.IN, ("Wuhan", 5)), "'city' is a text, got 5"),
    (comparison("city", Op.IN, ("Wuhan", None)), "'city' is a text, got None"),
    (comparison("age", Op.IN, (1, float("nan"))), "must lie between -1e15 and 1e15, got nan"),
    (comparison("age", Op.LT, float("inf")), "must lie between -1e15 and 1e15, got inf"),
    (comparison("age", Op.LT, 2**53 + 1), "must lie between -1e15 and 1e15"),
    (comparison("age", Op.EQ, (1, 2)), "= compares 'age' with one value, got a list"),
    (comparison("age", Op.BETWEEN, (9, 1)), "low <= high"),
    (comparison("age", Op.BETWEEN, (1, 2, 3)), "between needs [low, high]"),
    (comparison("city", Op.NOT_BETWEEN, ("A", "B")), "not between cannot compare 'city'"),
    (comparison("age", Op.NOT_BETWEEN, (9, 1)), "not between needs [low, high] with low <= high"),
    (comparison("age", Op.NOT_BETWEEN, Ref(alias="customer", property="age_low")), "not between needs constants"),
    (comparison("city", Op.EQ, "x" * 2001), "has 2001 bytes, expected at most 2000"),
    (comparison("city", Op.EQ, "\ud800"), "has no UTF-8 form"),
    (comparison("city", Op.EQ, "e\u0301"), "not in Unicode normal form C"),
    (rows(comparison("kind", Op.EQ, "complain"), "interaction", "i"),
     "unknown kind 'complain' | did you mean 'complaint'?"),
    (comparison("age", Op.EQ, Ref(alias="custmer", property="age")), "not in scope here | did you mean 'customer'?"),
    (And(parts=(rows(), rows(CATEGORY_OF_P, "contact", "c"))), "refers to 'p', which is not in scope here"),
    (comparison("age", Op.EQ, Ref(alias="customer", property="city")), "'age' is a whole number, but 'city' is a text"),
    (comparison("age", Op.IN, Ref(alias="customer", property="age_low")), "in needs constants"),
    (And(parts=(rows(), rows())), "'p' cannot name a row of purchase"),
    (rows(alias="customer"), "'customer' cannot name a row"),
    (rows(alias="P 1"), "'P 1' cannot name a row"),
    (rows(at_least=-1), "no count of purchase is at least -1"),
    (rows(at_least=3, at_most=2), "no count of purchase is at least 3 and at most 2"),
    (rows(at_least=0), "holds for everybody"),
    (DEEP, "4 related facts are joined"),
    (rows(rows(CATEGORY_OF_P, "contact", "c"), at_least=2), "a count may refer to the customer"),
    (rows(rows(CATEGORY_OF_P, "contact", "c", at_least=2)), "a count of contact stands inside another"),
    (rows(Concluded(kind="mood", value="bad")), "conclusions are about the customer"),
    (rows(none_of("contact", "c", rows(CATEGORY_OF_P, "interaction", "i"))), "'not exists' inside another 'exists'"),
    (Concluded(kind="moood", value="bad"), "no rule concludes 'moood' | did you mean 'mood'?"),
    (And(parts=tuple(Or(parts=(comparison("age", Op.GT, n), Known(property="city"))) for n in range(7))),
     "expected at most 64"),
    (FAR, "nested deeper than 20 levels"),
])
def test_a_condition_is_refused(when, words):
    assert words in refusal(rule_of(when))


@pytest.mark.parametrize(("then", "words"), [
    (Recommend(action="crossell"), "unknown action 'crossell' | did you mean 'cross_sell'?"),
    (Recommend(action="cross_sell"), "action 'cross_sell' needs the argument 'category'"),
    (Recommend(action="cross_sell", arguments={"category": "TEA", "catgory": "TEA"}), "has no parameter 'catgory'"),
    (Recommend(action="cross_sell", arguments={"category": Ref(alias="q", property="category")}), "no row stands for"),
    (Recommend(action="cross_sell", arguments={"category": Ref(alias="none", property="category")}),
     "no row stands for"),
    (Recommend(action="cross_sell", arguments={"category": Ref(alias="p", property="catgory")}),
     "purchase has no property 'catgory' | did you mean 'category'?"),
    (Require(), "require needs either a family or an action"),
    (Require(family=ActionFamily.CARE, action="cross_sell"), "require needs either a family or an action"),
    (Require(action="crossell"), "unknown action 'crossell'"),
    (Conclude(kind="", value="x"), "a conclusion needs a kind and a value"),
])
def test_an_effect_is_refused(then, words):
    assert words in refusal(rule_of(And(parts=(rows(), none_of("contact", "none", ALWAYS))), then))


@pytest.mark.parametrize(("more", "words"), [
    ({"propensity": 30.0}, "propensity must lie in [0, 1], got 30.0"),
    ({"value": 1e308}, "value must lie from -1,000,000,000,000 to 1,000,000,000,000, got 1e+308"),
    ({"value": float("inf")}, "value must lie from"),
    ({"valid_from": 5, "valid_to": 5}, "ends at 5, before it starts at 5"),
    ({"examples": (Example(name="old", customer={"age": 20}),)},
     "example 'old' expects fires = true, but the condition is false"),
    ({"examples": (Example(name="nobody"),)}, "but the condition is unknown"),
    ({"examples": (Example(name="old", customer={"age": 40}, fires=False),)}, "expects fires = false"),
    ({"examples": (Example(name="old", customer={"agee": 40}),)}, "did you mean 'age'?"),
    ({"examples": (Example(name="old", related={"purchase": ({"category": 5},)}),)}, "'category' is a text, got 5"),
])
def test_figures_and_examples_are_refused(more, words):
    assert words in refusal(rule_of(comparison("age", Op.GE, 30), **more))


AGE, CITY, SPEND = (CustomerFigure(property=name) for name in ("age", "city", "monetary_90d"))
SCORE, AMOUNT = (CustomerFigure(property=name, item="model-1") for name in ("score", "amount"))
SOLD = Recommend(action="cross_sell", arguments={"category": "TEA"})


@pytest.mark.parametrize(("more", "words"), [
    ({"own_propensity": ()}, "own_propensity is made of no number of the customer | name a property"),
    ({"own_propensity": (AGE,)}, "age is neither a share nor a probability"),
    ({"own_propensity": (SCORE, AMOUNT)}, "amount is neither a share nor a probability"),
    ({"own_propensity": (CustomerFigure(property="scor", item="model-1"),)}, "no number called scor"),
    ({"own_value": (CITY,)}, "city is no number, and own_value cannot be made of it"),
    ({"own_value": (CustomerFigure(property="monetary_9d"),)}, "did you mean 'monetary_90d'?"),
    ({"own_value": (SPEND, SCORE, AMOUNT)}, "a value is made of 2 amounts of money"),
])
def test_a_product_of_which_no_figure_comes_is_refused(more, words):
    (name, figures), = more.items()
    assert words in refusal(rule_of(then=SOLD, **{name: CustomerProduct(figures=figures)}))


@pytest.mark.parametrize("share", [0.0, -0.2, 1.5, float("nan")])
def test_a_share_of_a_probability_lies_above_nothing_and_not_above_all(share):
    product = CustomerProduct(share=share, figures=(SCORE,))
    assert "the share of own_propensity must lie above 0 and not above 1" in refusal(
        rule_of(then=SOLD, own_propensity=product))


def test_a_rule_that_recommends_nothing_has_no_use_for_figures_of_the_customer():
    assert "recommends nothing" in refusal(rule_of(own_value=CustomerProduct(figures=(SPEND,))))


def test_scores_make_a_propensity_and_one_amount_makes_a_value():
    check_rule(rule_of(then=SOLD, own_propensity=CustomerProduct(share=0.5, figures=(SCORE, SCORE)),
                       own_value=CustomerProduct(share=0.2, figures=(SCORE, AMOUNT))), SCHEMA, NAMED)


def test_a_sound_rule_passes():
    when = And(parts=(
        comparison("age", Op.BETWEEN, (30, 30)), comparison("loyalty", Op.GE, Ref(alias="customer", property="age")),
        rows(And(parts=(comparison("orders_90d", Op.GE, 1), none_of("contact", "c", CATEGORY_OF_P)))),
        none_of("interaction", "i", rows(comparison("category", Op.EQ, Ref(alias="i", property="category")),
                                         alias="q")),
        rows(comparison("category", Op.EQ, Ref(alias="customer", property="preferred_category")), alias="n",
             at_least=2),
        Not(part=Concluded(kind="mood", value="bad"))))
    then = Recommend(action="cross_sell", arguments={"category": Ref(alias="p", property="category")})
    check_rule(rule_of(when, then), SCHEMA, NAMED, conclusions={"mood"})


def test_a_set_is_refused_for_what_no_single_rule_shows():
    one = rule_of(Concluded(kind="a", value="x"), Conclude(kind="b", value="x"))
    other = Rule(id="s", name=Text.same("s"), author="test", when=Concluded(kind="b", value="x"),
                 then=Conclude(kind="a", value="x"))
    for rules, words in (((one,), "no rule concludes 'a'"), ((one, other), "conclusions depend on themselves")):
        with pytest.raises(InvalidRule, match=words):
            check_rules(rules, SCHEMA, NAMED)
    with pytest.raises(InvalidRule, match="two rules are called 'r'"):
        check_rules((rule_of(), rule_of()), SCHEMA, NAMED)
