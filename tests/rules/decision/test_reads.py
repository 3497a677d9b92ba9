from kb.model.condition import And, Exists, Op, Or, Ref, Test, none_of
from kb.model.facts import Row
from kb.model.rule import Recommend, Rule
from ontology.text import Text
from rules.decision.reads import Reads


def reads(when, **arguments):
    return Reads.of([Rule(id="r", name=Text.same("r"), author="eve", when=when,
                          then=Recommend(action="cross_sell", arguments=arguments))])


def bought(category):
    return And(parts=(Test(property="category", op=Op.EQ, operand=category),
                      Test(property="orders_90d", op=Op.GE, operand=1)))


def test_rows_are_kept_by_the_values_that_every_test_of_them_asks_for():
    found = reads(And(parts=(Exists(fact="purchase", alias="p", where=bought("A")),
                             none_of("purchase", "q", bought("B")))))
    assert found.related["purchase"].selector == ("category", {"A", "B"})
    rows = [Row(key=name, values={"category": name, "spend_7d": 1.0}) for name in "ABC"]
    assert [row.values for row in found.related["purchase"].keep(rows)] == [{"category": "A"}, {"category": "B"}]


def test_one_test_that_takes_any_row_keeps_them_all():
    anything = Test(property="spend_7d", op=Op.GT, operand=5.0)
    found = reads(Or(parts=(Exists(fact="purchase", alias="p", where=bought("A")),
                            Exists(fact="purchase", alias="q", where=anything))))
    assert found.related["purchase"].selector is None


def test_a_row_whose_value_is_unknown_is_kept_because_it_cannot_be_decided():
    found = reads(none_of("interaction", "i", Test(property="kind", op=Op.EQ, operand="complaint")))
    assert len(found.related["interaction"].keep([Row(key="1", values={})])) == 1


def test_references_and_arguments_are_read_too():
    joined = Exists(fact="purchase", alias="p", where=Test(
        property="category", op=Op.EQ, operand=Ref(alias="customer", property="preferred_category")))
    found = reads(joined, amount=Ref(alias="p", property="spend_all"))
    assert found.customer == {"preferred_category"}
    assert found.related["purchase"].properties == {"category", "spend_all"}
