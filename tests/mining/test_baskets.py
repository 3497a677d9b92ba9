"""Associations: found where they were planted, refused where chance made them, measured so that anybody can."""

import subprocess
import sys

import numpy as np
import pytest

from kb.model.condition import Op, Or, Test
from kb.model.run import KnownAssociation
from mining import baskets
from mining.baskets import (
    Thresholds,
    condition_of,
    finish,
    known_candidates,
    staples_of,
    strongest,
    try_associations,
)
from mining.gate import judge

LIMITS = Thresholds(min_support=0.01)


def passed(trials):
    return [v.pattern for v in judge(trials, rate=LIMITS.rate, labels={}) if v.reason is None]


def tried(orders, earlier, later, items=60, known=()):
    every, before = frozenset(range(items)), orders(earlier, items)
    return try_associations(before, orders(later, items), limits=LIMITS, offerable=every,
                            known=known_candidates(known, before.categories))[0]


def test_a_planted_pair_passes_as_one_idea_told_in_the_direction_that_holds_more_often(orders, shopping):
    planted = [(12, 10)]
    earlier = shopping(1, 6_000, together=planted)
    [pair] = [p for p in passed(tried(orders, earlier, shopping(2, 2_000, together=planted)))
              if {*p.antecedent, *p.consequent} == {"I010", "I012"}]
    assert pair.subject == "I010 + I012"
    counts = {f"I{n:03}": sum(n in order for order in earlier) for n in (10, 12)}
    assert pair.antecedent == (min(counts, key=counts.get),)


def test_of_three_items_that_go_together_the_direction_stays_that_says_most(orders, shopping):
    planted = [(10, 12), (10, 14), (12, 14)]
    trials = tried(orders, shopping(1, 6_000, together=planted), shopping(2, 2_000, together=planted))
    sets = [frozenset((*t.pattern.antecedent, *t.pattern.consequent)) for t in trials]
    assert len(sets) == len(set(sets))


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_proposed_from_shuffled_orders(orders, shopping, seed):
    """Items dealt out anew among the orders: every item's frequency and every order's size stay as they were."""
    chance = np.random.default_rng(seed)
    planted = [(10, 12), (5, 6), (20, 3)]
    earlier, later = (dealt_anew(shopping(seed * 2 + n, count, together=planted), chance)
                      for n, count in enumerate((9_000, 3_000)))
    trials = tried(orders, earlier, later)
    assert len(trials) > 100, "random orders of unequal size suggest many pairs by plain lift"
    assert passed(trials) == []


def dealt_anew(lists, chance, rounds=3):
    """Swap items between random pairs of orders where neither would hold an item twice."""
    held = [set(order) for order in lists]
    flat = [(n, item) for n, order in enumerate(lists) for item in order]
    for _ in range(rounds):
        order = chance.permutation(len(flat))
        for a, b in zip(order[::2], order[1::2], strict=False):
            (one, x), (two, y) = flat[a], flat[b]
            if one != two and x not in held[two] and y not in held[one]:
                held[one] ^= {x, y}
                held[two] ^= {x, y}
                flat[a], flat[b] = (one, y), (two, x)
    return [sorted(order) for order in held]


def test_an_association_that_does_not_come_back_is_refused_with_its_numbers(orders, shopping):
    trials = tried(orders, shopping(1, 6_000, together=[(10, 12)]), shopping(2, 2_000))
    refused = next(v for v in judge(trials, rate=LIMITS.rate, labels={}) if v.pattern.subject == "I010 + I012")
    assert "later" in refused.reason.en
    assert refused.pattern.measures["adjusted_lift"] > 1.3 > refused.pattern.measures["later_adjusted_lift"]


def test_a_second_item_must_add_to_what_the_first_says(orders, shopping):
    planted = [(10, 12)]
    trials = tried(orders, shopping(1, 6_000, together=planted), shopping(2, 2_000, together=planted))
    by_sides = {(t.pattern.antecedent, t.pattern.consequent): t.pattern for t in trials}
    longer = [p for p in by_sides.values() if len(p.antecedent) == 2]
    assert longer
    compared = [(p, by_sides[(item,), p.consequent]) for p in longer for item in p.antecedent
                if ((item,), p.consequent) in by_sides]
    assert compared
    assert all(pattern.measures[name] >= 1.1 * simpler.measures[name]
               for pattern, simpler in compared for name in ("confidence", "adjusted_lift"))


def known_as(*, antecedent, consequent):
    return KnownAssociation(antecedent=antecedent, consequent=consequent)


def test_what_is_knowledge_is_measured_where_the_search_no_longer_tries_it(orders):
    """One order in 150 holds both: too few for the search, and enough to see that they still go together."""
    lists = [[0, 1]] * 40 + [[0]] * 10 + [[1]] * 10 + [[n % 20 + 2, n % 7 + 30] for n in range(5_940)]
    pair = known_as(antecedent=("I000",), consequent=("I001",))
    assert "I000 + I001" not in {trial.pattern.subject for trial in tried(orders, lists, lists)}
    [trial] = [trial for trial in tried(orders, lists, lists, known=[pair]) if trial.pattern.subject == "I000 + I001"]
    assert trial.pattern.measures["later_confidence"] == 40 / 50
    assert judge([trial], rate=LIMITS.rate, labels={}, known=lambda _: True)[0].reason is None


def test_what_is_knowledge_is_measured_in_the_direction_in_which_it_is_known(orders, shopping):
    planted = [(12, 10)]
    lists = shopping(1, 6_000, together=planted), shopping(2, 2_000, together=planted)
    [found] = [t.pattern for t in tried(orders, *lists) if t.pattern.subject == "I010 + I012"]
    mirror = known_as(antecedent=found.consequent, consequent=found.antecedent)
    [again] = [t.pattern for t in tried(orders, *lists, known=[mirror]) if t.pattern.subject == "I010 + I012"]
    assert (again.antecedent, again.consequent) == (found.consequent, found.antecedent)


def test_of_what_is_no_longer_sold_nothing_is_measured(orders):
    gone = known_as(antecedent=("I000",), consequent=("GONE",))
    assert tried(orders, [[0, 1], [2]], [[0, 1], [2]], 3, known=[gone]) == tried(orders, [[0, 1], [2]],
                                                                               [[0, 1], [2]], 3)


def test_what_is_knowledge_is_kept_whatever_its_number(orders, shopping):
    planted = [(n, 50) for n in range(20, 25)]
    found = passed(tried(orders, shopping(1, 6_000, together=planted), shopping(2, 2_000, together=planted)))
    assert set(map(id, strongest(found, Thresholds(per_consequent=1, most=1), lambda _: True))) == set(map(id, found))


def test_only_offerable_items_stand_in_associations_but_all_orders_count(orders, shopping):
    lists = shopping(1, 3_000, together=[(10, 12)])
    trials, _ = try_associations(orders(lists, 60), orders(lists, 60), limits=LIMITS, offerable=frozenset({10, 12}))
    assert {item for t in trials for item in (*t.pattern.antecedent, *t.pattern.consequent)} == {"I010", "I012"}
    assert trials[0].pattern.population.size == 3_000


def test_at_most_so_many_associations_lead_to_one_thing(orders, shopping):
    planted = [(n, 50) for n in range(20, 25)] + [(30, 31)]
    trials = tried(orders, shopping(1, 6_000, together=planted), shopping(2, 2_000, together=planted))
    found = passed(trials)
    assert len(strongest([p for p in found if p.consequent == ("I050",)], Thresholds())) > 2
    kept = strongest(found, Thresholds(per_consequent=2, most=3))
    assert len(kept) == 3
    assert sum(p.consequent == ("I050",) for p in kept) == 2


def test_what_is_knowledge_already_goes_before_news(orders, shopping):
    planted = [(n, n + 1) for n in range(10, 40, 2)]
    found = passed(tried(orders, shopping(1, 6_000, together=planted), shopping(2, 2_000, together=planted)))
    few = Thresholds(most=5)
    best = strongest(found, few)
    last = strongest(found, Thresholds())[-1]
    assert last not in best
    assert strongest(found, few, lambda pattern: pattern is last) == [last, *best[:4]]


def test_what_is_in_over_a_third_of_the_orders_is_a_staple(orders):
    held = orders([[0, 1], [0, 1], [0, 2], [0], [2], [3]], 4)  # 4, 2, 2 and 1 of 6 orders
    assert staples_of(held, 1 / 3) == {0}


@pytest.mark.parametrize(("assortment", "told"), [("abcdefghijkl", True), ("abc", False)])
def test_staples_of_an_assortment_are_left_out_and_named_in_the_plan(context, line, assortment, told):
    """Of twelve categories three are in over a third of the orders; of a handful none goes with everything for that."""
    lines = [line(n % 9, day, product) for n, day in enumerate(range(300)) for product in ("a", "b")]
    lines += [line(n % 9, day + 0.5, "c") for n, day in enumerate(range(200))]
    products = [{"product_id": p, "category": p.upper()} for p in assortment]
    lines += [line(n % 9, 100.0 + n, p) for n, p in enumerate(assortment)]
    mined = baskets.mine(context(order_lines=lines, products=products), Thresholds())
    assert any("a, b, c are in over a third of orders" in line.en for line in mined.plan) is told


def test_the_condition_asks_for_the_left_side_bought_or_present_and_the_lack_of_the_right_in_both():
    """Whoever bought the right side lately is not offered it either when the left side lies in the cart."""
    has, not_bought, not_present = condition_of(["A", "B"], "C").parts
    assert isinstance(has, Or)
    assert [{part.fact for part in side.parts} for side in has.parts] == [{"purchase"}, {"moment"}]
    assert all(part.at_least == 1 for side in has.parts for part in side.parts)
    assert [(part.fact, part.at_least, part.at_most) for part in (not_bought, not_present)] == [
        ("purchase", 0, 0), ("moment", 0, 0)]
    aliases = [part.alias for part in (*has.parts[0].parts, *has.parts[1].parts, not_bought, not_present)]
    assert len(set(aliases)) == len(aliases)
    assert Test(property="signal", op=Op.IN, operand=("cart", "page", "search")) in has.parts[1].parts[0].where.parts


def test_take_rate_and_score_by_hand(context, line):
    """Customers 0 to 3 bought A in the ninety days before the cut, 0 to 2 without B; 0 and 4 buy B after it."""
    products = [{"product_id": "a", "category": "A"}, {"product_id": "b", "category": "B"}]
    lines = [line(n, 350, "a") for n in range(4)] + [line(3, 351, "b"), line(4, 352, "c"), line(0, 390, "b"),
                                                     line(4, 391, "b"), line(1, 392, "a"), line(1, 393, "b", 1.0)]
    lines = lines[:-1]
    products.append({"product_id": "c", "category": "C"})
    given = context(order_lines=lines, products=products)
    pattern = pattern_of("A", "B")
    found = finish(given, (pattern,), Thresholds())[0]
    assert found.measures["take_customers"] == 3
    assert found.measures["take_rate"] == 1 / 3
    assert found.measures["base_rate"] == 2 / 4  # of customers 0, 1, 2 and 4, who lacked B, 0 and 4 bought it
    assert found.scores == {"c0001": 1.0, "c0002": 1.0}  # 0 and 3 have B now, 4 has no A


def test_what_too_many_complain_of_is_noted_where_it_would_be_offered(context, line):
    products = [{"product_id": name.lower(), "category": name} for name in ("A", "B")]
    lines = [line(n, 300 + n, product) for n in range(40) for product in ("a", "b")]
    complaints = [{"interaction_id": f"i{n}", "customer_key": f"c{n:04}", "at": 360 * 86_400, "kind": "complaint",
                   "product_id": "b"} for n in range(20)]
    given = context(order_lines=lines, products=products, interactions=complaints)
    assert given.complained_of == {"B"}
    found = [finish(given, (pattern_of(*sides),), Thresholds())[0] for sides in (("A", "B"), ("B", "A"))]
    assert [(p.consequent[0], "is_complained_of" in p.details) for p in found] == [("B", True), ("A", False)]


def pattern_of(left, right):
    from kb.model.pattern import Pattern, Period, Population
    from ontology.text import Text
    from ontology.vocabulary import PatternKind

    population = Population(what=Text.same(""), level="order", period=Period(start=0, end=1), size=1)
    return Pattern(kind=PatternKind.ASSOCIATION, subject="", antecedent=(left,), consequent=(right,),
                   measures={"later_support": 0.1, "later_confidence": 0.5, "later_adjusted_lift": 2.0},
                   population=population)


def test_a_base_without_orders_is_told_so(context):
    mined = baskets.mine(context(), Thresholds())
    assert mined.trials == ()
    assert "nothing mined" in mined.plan[0].en


def test_anonymous_orders_count(context, line):
    lines = [line(None, day, product) for day in range(200) for product in ("a", "b")]
    products = [{"product_id": p, "category": p.upper()} for p in "ab"]
    sales = context(order_lines=lines, products=products).sales
    assert sales.orders().shape == (200, 2)
    assert sales.buyers().shape == (0, 2)


def test_returns_and_lines_of_nothing_are_no_purchases(context, line):
    back = {**line(1, 10, "a"), "quantity": -1.0}
    nothing = {**line(1, 11, "a"), "quantity": 0.0}
    sales = context(order_lines=[back, nothing], products=[{"product_id": "a", "category": "A"}]).sales
    assert len(sales.at) == 0


def test_mining_turns_on_no_warnings_of_others():
    """A library that does so would have every command print what only its authors can mend."""
    script = "import warnings, mining.run; print([f[0] for f in warnings.filters if f[2] is DeprecationWarning])"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout  # noqa: S603
    assert "always" not in shown
