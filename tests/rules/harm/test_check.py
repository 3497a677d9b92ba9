"""Who would see what a row forbids: found by tables, decided for, told with the rules; the same as deciding for all."""

from dataclasses import replace

import pytest

from kb.facts.context import CategoryNames, fold, moment_rows
from kb.facts.moment import Moment
from kb.model.condition import ALWAYS, Not
from kb.model.harm import Cards, CategoryState, Harm
from kb.model.rule import Recommend, Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, FactName
from rules.batch import same_for_all, tables_of
from rules.harm import check_harms, load_harms
from rules.packs.pack import load_pack

SCHEMA = load_schema()
SHIPPED = load_harms()
OFFERS = [row for row in SHIPPED if row.id.startswith("offer-of-")]
PACK = load_pack()
THANKS = Rule(id="thanks-for-all", name=Text.same("thanks"), when=ALWAYS, author="li",
              then=Recommend(action="care_best"))
COMPLAINT = {"kind": "complaint", "days_ago": 3, "resolved": False, "category": "SAUCE"}
PASTA, SAUCE = {"category": "PASTA", "orders_90d": 2, "last_days_ago": 30}, {
    "category": "SAUCE", "orders_90d": 1, "orders_all": 1, "last_days_ago": 2}


@pytest.fixture(scope="module")
def people(customer):
    """Three who are content, two who complained, and one each whose spend halved and who bought the sauce just now."""
    told = ([customer(order_count=9, consent_marketing=True, purchase=[PASTA])] * 3
            + [customer(interaction=[COMPLAINT], purchase=[PASTA])] * 2
            + [customer(spend_trend=-0.7), customer(purchase=[PASTA, SAUCE])])
    return {f"c{number}": replace(facts, customer_key=f"c{number}") for number, facts in enumerate(told)}


@pytest.fixture(scope="module")
def look(people, serve):
    """Check a release with some rules: ``look(*rules)``; ``tables=False``: without tables."""
    as_of = people["c0"].as_of
    moment = Moment(as_of, "UTC")

    def now(request):
        names = CategoryNames(exact={fold(name): name for name in request.context.get("cart", ())}, searchable=())
        return moment_rows(request.context, moment, channel=request.channel, names=names)

    def run(*rules, harms=SHIPPED, categories=None, tables=True, **options):
        source = tables_of(people.values(), SCHEMA)
        said = same_for_all(source["customer"], (), SCHEMA.facts[FactName.MOMENT])
        return check_harms(serve(rules=tuple(sorted(rules, key=lambda rule: rule.id))), harms, as_of=as_of, now=now,
                           source={**source, "moment": said} if tables else None, everybody=lambda: list(people),
                           facts_of=lambda keys: [people[key] for key in keys], categories=categories or {}, **options)
    return run


def found(report):
    return {(one.harm_id, one.action_id): (one.customers, one.examples) for one in report.findings}


def test_thanks_for_all_are_found_where_they_do_harm_with_the_rule_that_says_them(look):
    report = look(THANKS)
    assert found(report) == {("courting-the-unhappy", "care_best"): (2, ("c3", "c4")),
                             ("care-while-spend-halved", "care_best"): (1, ("c5",))}
    assert {one.rule_ids for one in report.findings} == {("thanks-for-all",)}
    assert (report.customers, report.suspects, report.decided) == (7, 3, 3)


def test_without_tables_everybody_is_decided_for_and_the_same_is_found(look):
    alone = look(THANKS, tables=False)
    assert alone.findings == look(THANKS).findings
    assert (alone.suspects, alone.decided) == (7, 7)


def test_the_shipped_rules_let_nobody_be_harmed_whom_a_rule_would_thank(look):
    report = look(*PACK.rules, THANKS)
    assert report.findings == ()
    assert report.suspects == 0  # the requirements of the pack are known to the tables already


def test_a_card_that_comes_only_with_a_cart_is_found_too(look, compiled):
    """The sauce was bought two days ago; a rule that looks at the cart alone offers it where pasta lies there."""
    offer = compiled.rules["rule-assoc-PASTA-SAUCE"]
    assert found(look(offer, harms=OFFERS)) == {("offer-of-what-was-just-bought", "cross_sell"): (1, ("c6",))}


def test_a_category_that_is_complained_of_is_no_offer(look, compiled):
    offer = compiled.rules["rule-assoc-PASTA-SAUCE"]
    worse = {CategoryState.COMPLAINTS_ABOVE_LIMIT: frozenset({"SAUCE"})}
    told = found(look(offer, harms=OFFERS, categories=worse))
    assert told["offer-of-what-is-complained-of", "cross_sell"] == (7, ("c0", "c1", "c2"))
    assert found(look(compiled.rules["rule-assoc-PASTA-WINE"], harms=OFFERS, categories=worse)) == {}


def test_what_we_send_reaches_only_those_who_have_agreed(look):
    gifts = replace(THANKS, then=Recommend(action="win_back"))
    mine = [row for row in SHIPPED if row.seen.is_outbound]
    assert look(gifts, harms=mine).suspects == 0
    never = Harm(id="own", says=Text.same("no gifts"), author="li", when=ALWAYS,
                 seen=Cards(families=(ActionFamily.WIN_BACK,), is_outbound=True, channels=(Channel.SMS,)))
    assert found(look(gifts, harms=[never])) == {("own", "win_back"): (3, ("c0", "c1", "c2"))}


def test_requirements_spare_whom_they_guard(look):
    guarded = Rule(id="only-content", name=Text.same("content"), author="li", then=Require(family=ActionFamily.CARE),
                   when=next(rule.when for rule in PACK.rules if rule.id == "care-while-spend-holds"))
    assert ("care-while-spend-halved", "care_best") not in found(look(THANKS, guarded))


FALLBACK = Harm(id="own-fallback", says=Text.same("questions while a complaint is open"), author="li",
                seen=Cards(families=(ActionFamily.FALLBACK,)),
                when=next(row.when for row in SHIPPED if row.id == "courting-the-unhappy"))


@pytest.mark.parametrize("tables", [True, False])
def test_the_fallback_is_found_too_also_where_somebody_else_is_shown_more(look, tables):
    """Who asks for another family alone is shown the fallback, whatever the rules have for them."""
    for rules in ((), PACK.rules):
        (finding,) = look(*rules, harms=[FALLBACK], tables=tables).findings
        assert (finding.action_id, finding.rule_ids, finding.examples) == ("ask_profile", ("fallback",), ("c3", "c4"))


def test_a_requirement_spares_whom_it_guards_from_the_fallback(look):
    guard = Rule(id="not-while-open", name=Text.same("none is open"), author="li", when=Not(part=FALLBACK.when),
                 then=Require(family=ActionFamily.FALLBACK))
    report = look(guard, harms=[FALLBACK])
    assert (report.findings, report.suspects) == ((), 0)


def test_the_fallback_is_never_sent_and_never_looked_for_there(look):
    never = replace(FALLBACK, when=ALWAYS, seen=replace(FALLBACK.seen, is_outbound=True))
    assert look(harms=[never]).suspects == 0


def test_where_suspects_are_many_so_many_are_drawn_and_that_is_told(look):
    report = look(THANKS, most=1)
    assert (report.suspects, report.decided) == (3, 1)
    assert len(report.findings) == 1


def test_a_row_of_which_the_base_holds_no_facts_says_so(look):
    report = look(THANKS)
    assert report.without_facts["thanks-while-an-order-is-missing"] == ("customer.undelivered_orders",)
    assert "courting-the-unhappy" not in report.without_facts
    assert "marketing-without-consent" not in report.without_facts
