import pytest

from kb.errors import InvalidRule
from kb.model.condition import And, Concluded, Exists, Known, Not, Op, Or, Ref, Test, none_of
from rules.condition.normal_form import (
    Barred,
    Compared,
    Counted,
    Present,
    RowPresent,
    row_alternatives,
    rule_alternatives,
)


def comparison(name, op, operand):
    return Test(property=name, op=op, operand=operand)


def test_a_negated_test_is_the_opposite_test_of_a_known_value():
    assert rule_alternatives(Not(part=comparison("age", Op.LT, 30))) == ((Compared("customer", "age", Op.GE, 30),),)
    assert rule_alternatives(Not(part=Known(property="age"))) == ((Present("customer", "age", wanted=False),),)


def test_outside_a_range_is_below_or_above():
    outside = (Compared("customer", "age", Op.LT, 30),), (Compared("customer", "age", Op.GT, 40),)
    assert rule_alternatives(Not(part=comparison("age", Op.BETWEEN, (30, 40)))) == outside
    assert rule_alternatives(comparison("age", Op.NOT_BETWEEN, (30, 40))) == outside


def test_not_outside_a_range_is_within_it():
    within = Compared("customer", "age", Op.GE, 30), Compared("customer", "age", Op.LE, 40)
    assert rule_alternatives(Not(part=comparison("age", Op.NOT_BETWEEN, (30, 40)))) == (within,)


def test_or_becomes_alternatives_and_an_impossible_condition_has_none():
    either = Or(parts=(comparison("age", Op.GT, 1), comparison("age", Op.LT, 0)))
    assert len(rule_alternatives(And(parts=(either, either)))) == 4
    assert rule_alternatives(Or(parts=())) == ()
    assert rule_alternatives(And(parts=())) == ((),)


def test_the_opposite_of_a_count_is_too_few_or_too_many():
    two = Exists(fact="purchase", alias="p", where=And(parts=()), at_least=2, at_most=3)
    bounds = [(part.exists.at_least, part.exists.at_most) for (part,) in rule_alternatives(Not(part=two))
              if isinstance(part, Counted)]
    assert bounds == [(0, 1), (4, None)]


def test_a_barred_row_that_refers_to_a_value_bars_only_where_there_is_one():
    same = comparison("category", Op.EQ, Ref(alias="p", property="category"))
    with_value, without = row_alternatives(Exists(fact="purchase", alias="p", where=none_of("contact", "c", same)))
    assert with_value == (RowPresent("p", "purchase"), Present("p", "category"), Barred("c", "contact", (
        Compared("c", "category", Op.EQ, Ref(alias="p", property="category")),)))
    assert without == (RowPresent("p", "purchase"), Present("p", "category", wanted=False))


def test_more_than_64_alternatives_are_refused():
    either = [Or(parts=(comparison("age", Op.GT, number), comparison("age", Op.LT, -number))) for number in range(7)]
    assert len(rule_alternatives(And(parts=tuple(either[:6])))) == 64
    with pytest.raises(InvalidRule, match="128 alternatives"):
        rule_alternatives(And(parts=tuple(either)))


@pytest.mark.parametrize(("inner", "message"), [
    (Concluded(kind="mood", value="bad"), "conclusions are about the customer"),
    (Exists(fact="contact", alias="c", where=And(parts=()), at_least=2), "a count of contact"),
    (none_of("contact", "c", none_of("interaction", "i", And(parts=()))), "'not exists' inside another"),
])
def test_what_the_engine_cannot_say_about_rows_is_refused(inner, message):
    with pytest.raises(InvalidRule, match=message):
        row_alternatives(Exists(fact="purchase", alias="p", where=inner))
