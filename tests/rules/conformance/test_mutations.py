"""A mistake in any one reading is caught by the comparison."""

from dataclasses import replace

import pytest

from kb.model.condition import And, Not, Op, Or, Ref, Unknown
from ontology.schema import load_schema
from rules.batch import compiled, expressions, passes
from rules.condition import normal_form
from rules.condition.operators import OPERATORS
from rules.conformance import REASONS, compare, draw_rules, open_readings
from rules.engine import encoding, program
from rules.engine.random_customers import draw_customers
from rules.interpreter import compile_rules, firing, generated, reasons, ruleset

MOST_SETS, CUSTOMERS = 100, 40
SCHEMA = load_schema()
CLOSURES, ENGINE, TABLES = "closures", "engine", "tables"
MUTATIONS = {}


def change(patch, op, **columns):
    """Say something else of an operator."""
    patch.setitem(OPERATORS, op, replace(OPERATORS[op], **columns))


def mutation(of):
    """Register a deliberate mistake in the reading called ``of``."""
    def registered(make):
        MUTATIONS[make.__name__] = (of, make)
        return make
    return registered


@mutation(CLOSURES)
def less_instead_of_at_most(patch):
    change(patch, Op.LE, source="{value} < {operand}")


@mutation(CLOSURES)
def the_opposite_of_less_is_more(patch):
    change(patch, Op.LT, opposite=Op.GT)


@mutation(ENGINE)
def at_most_is_told_to_the_engine_as_at_least(patch):
    change(patch, Op.LE, engine="$gte")


@mutation(ENGINE)
def in_is_taken_apart_as_not_in(patch):
    change(patch, Op.IN, orders=OPERATORS[Op.NOT_IN].orders)


@mutation(CLOSURES)
def not_drops_the_unknown(patch):
    right = generated.CodeWriter.holds
    patch.setattr(generated.CodeWriter, "holds", lambda self, condition, scope: (
        f"(not {right(self, condition.part, scope)})" if isinstance(condition, Not) else right(self, condition, scope)))


@mutation(CLOSURES)
def at_most_is_off_by_one(patch):
    right = generated._counted
    patch.setattr(generated, "_counted", lambda exists, row, where: right(
        replace(exists, at_most=exists.at_most + 1) if exists.at_most else exists, row, where))


@mutation(CLOSURES)
def nobody_has_none(patch):
    """No row at all is taken to be too few, whatever is asked for."""
    right = generated.CodeWriter._exists
    patch.setattr(generated.CodeWriter, "_exists", lambda self, exists, scope: right(self, exists, scope).replace(
        "(not (q", "((q").replace(") or ", ") and "))


@mutation(CLOSURES)
def constants_are_not_cut(patch):
    patch.setattr(generated, "constant", lambda value: value)


@mutation(CLOSURES)
def an_index_by_the_first_text_even_under_or(patch):
    right = generated.demanded
    patch.setattr(generated, "demanded", lambda where: right(And(parts=getattr(where, "parts", (where,)))))


@mutation(TABLES)
def between_excludes_its_ends(patch):
    patch.setitem(expressions.COMPARISONS, Op.BETWEEN, lambda value, ends: (value > ends[0]) & (value < ends[1]))


@mutation(TABLES)
def not_between_keeps_the_unknown(patch):
    right = expressions.COMPARISONS[Op.NOT_BETWEEN]
    patch.setitem(expressions.COMPARISONS, Op.NOT_BETWEEN, lambda value, ends: right(value, ends).fill_null(True))


@mutation(ENGINE)
def not_between_is_taken_apart_as_between(patch):
    change(patch, Op.NOT_BETWEEN, orders=OPERATORS[Op.BETWEEN].orders)


@mutation(CLOSURES)
def not_between_is_its_own_opposite(patch):
    change(patch, Op.BETWEEN, opposite=Op.BETWEEN)


@mutation(CLOSURES)
def not_between_leaves_an_end_out(patch):
    change(patch, Op.NOT_BETWEEN, source="not {operand}[0] < {value} <= {operand}[1]")


@mutation(TABLES)
def not_in_keeps_the_unknown(patch):
    patch.setitem(expressions.COMPARISONS, Op.NOT_IN, lambda value, members: value.notin(members).fill_null(True))


@mutation(TABLES)
def counts_of_nobody_are_not_nought(patch):
    patch.setattr(passes._Found, "filled", lambda _self, _name, value: value.fill_null(1))


@mutation(TABLES)
def unknown_fires(patch):
    patch.setattr(compiled, "is_true", lambda condition: condition.fill_null(True))


@mutation(TABLES)
def at_least_is_more_than(patch):
    right = passes._is_within
    patch.setattr(passes, "_is_within", lambda count, exists: right(count, replace(
        exists, at_least=exists.at_least + 1)))


@mutation(TABLES)
def no_join_keys(patch):
    """The rows of a fact type meet, but by another column than the one that was asked for."""
    right = passes.column
    patch.setattr(passes, "column", lambda alias, name: right(alias, name) if alias != "customer" else "customer_key")


@mutation(ENGINE)
def joins_are_ignored(patch):
    right = program.row_alternatives
    patch.setattr(program, "row_alternatives", lambda exists: tuple(
        tuple(literal for literal in alternative if not is_join(literal)) for alternative in right(exists)))


def is_join(literal):
    return isinstance(literal, normal_form.Compared) and isinstance(literal.operand, Ref) and (
        literal.operand.alias != literal.alias)


@mutation(ENGINE)
def negated_tests_hold_where_nothing_is_known(patch):
    right = normal_form.opposite
    patch.setattr(normal_form, "opposite", lambda test: Or(parts=(right(test), Unknown(property=test.property))))


@mutation(ENGINE)
def the_last_alternative_is_lost(patch):
    right = program.rule_alternatives
    patch.setattr(program, "rule_alternatives", lambda when: right(when)[:-1])


@mutation(ENGINE)
def rows_that_join_are_not_sent(patch):
    right = encoding._Filter.takes
    patch.setattr(encoding._Filter, "takes", lambda self, values: right(self, values) and bool(self.keyed))


@mutation(ENGINE)
def counts_are_off_by_one(patch):
    right = encoding.matching
    patch.setattr(encoding, "matching", lambda where, exists, scope: right(where, exists, scope) + 1)


@mutation(ENGINE)
def conclusions_are_not_handed_up(patch):
    right = program.Loadable
    patch.setattr(program, "Loadable", lambda **fields: right(**{**fields, "concludes": {}}))


@mutation(ENGINE)
def rules_are_always_in_effect(patch):
    right = program.Loadable
    patch.setattr(program, "Loadable", lambda **fields: right(**{**fields, "spans": {}}))


@mutation(REASONS)
def alternatives_that_do_not_hold_are_told(patch):
    patch.setattr(reasons.ReasonWriter, "_gated", lambda _self, _part, _scope, told: iter(told))


@mutation(REASONS)
def not_turns_nothing_round(patch):
    right = reasons.ReasonWriter._told
    patch.setattr(reasons.ReasonWriter, "_told", lambda self, condition, scope, fact: right(
        self, condition.part if isinstance(condition, Not) else condition, scope, fact))


@mutation(REASONS)
def one_value_is_told_twice(patch):
    patch.setattr(reasons, "_may_repeat", lambda _: False)


@mutation(REASONS)
def rows_are_told_by_key_alone(patch):
    patch.setattr(ruleset, "recency", lambda row: row.key)


@mutation(REASONS)
def one_row_is_told_where_more_are_asked_for(patch):
    right = generated.CodeWriter.matches
    patch.setattr(generated.CodeWriter, "matches", lambda self, exists, scope, *, wanted=True: right(
        self, exists, scope, wanted=wanted) + "[:1]")


@mutation(REASONS)
def the_only_row_matches_also_where_none_need_to(patch):
    right = generated.CodeWriter.matches
    patch.setattr(generated.CodeWriter, "matches", lambda self, exists, scope, **_: right(self, exists, scope))


@mutation(REASONS)
def rows_of_a_count_that_fails_are_not_told(patch):
    right = reasons.ReasonWriter._of_rows
    patch.setattr(reasons.ReasonWriter, "_of_rows", lambda self, exists, scope, *, wanted: (
        right(self, exists, scope, wanted=True) if wanted else reasons._Block(head=("if False:", "    pass"), told=())))


@mutation(REASONS)
def the_customers_side_of_a_join_is_not_told(patch):
    patch.setattr(reasons, "Ref", type("NoRef", (), {}))


@mutation(REASONS)
def the_day_that_only_the_order_carries_is_not_told(patch):
    patch.setattr(firing, "values_of", lambda row: row.values)


@mutation(REASONS)
def an_argument_is_read_from_the_last_row(patch):
    right = reasons._under
    patch.setattr(reasons, "_under", lambda head, lines: right(head.replace("[:1]:", ":"), lines))


@mutation(REASONS)
def an_argument_without_a_value_is_given(patch):
    right = reasons._argument
    patch.setattr(reasons, "_argument", lambda name, ref, scope: (
        line.replace("is not None:", "!= 0:") for line in right(name, ref, scope)))


@pytest.fixture(scope="module")
def readings():
    with open_readings() as opened:
        yield {reading.name: [reading] for reading in opened} | {REASONS: []}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mistake_is_caught(monkeypatch, readings, name):
    of, mutate = MUTATIONS[name]
    mutate(monkeypatch)
    assert any(differs(number, of, readings[of]) for number in range(MOST_SETS))


def differs(number, of, readings):
    seed = f"mutation {number}"
    ruleset = compile_rules(draw_rules(SCHEMA, seed=seed), SCHEMA)
    people = list(draw_customers(ruleset, count=CUSTOMERS, seed=seed, moments=(0, 99, 100)))
    found = [one for one in compare(ruleset, people, readings).differences if one.reading == of]
    return found and all(difference.facts is not None for difference in found)
