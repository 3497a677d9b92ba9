"""Random rules on random customers: the tables give the same rules and conclusions as the Python reading."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.model.ids import CustomerKey
from rules.batch import BITS, BOOLEANS, compile_tables, tables_of
from rules.engine.random_customers import draw_customers
from rules.interpreter import compile_rules, fired_ids
from tests.rules.conformance.test_readings_agree import SCHEMA, customers, rule_sets


@st.composite
def larger_sets(draw):
    """Some twenty rules: sets whose rules are told apart by name and keep their strata."""
    return [replace(rule, id=f"{rule.id} of {number}") for number in range(4) for rule in draw(rule_sets())]


def answers(rules, ruleset, people, as_of):
    """(rules, conclusions) of each customer, as the tables give them."""
    table = rules.fired(tables_of(people, SCHEMA), as_of=as_of).to_pyarrow()
    for row in table.to_pylist():
        key = row.pop("customer_key")
        fired = {rule_id for rule_id in ruleset.rules if row.pop(rule_id)}
        yield key, (fired, {pair for pair in rules.conclusions if row["=".join(pair)]})


@given(gathering=st.sampled_from([BITS, BOOLEANS]), rules=larger_sets(),
       drawn=st.lists(customers(), min_size=10, max_size=10), seed=st.integers(0, 10_000),
       as_of=st.sampled_from([0, 99, 100]))
@settings(deadline=None, derandomize=True, max_examples=60, suppress_health_check=list(HealthCheck))
def test_tables_and_closures_agree(gathering, rules, drawn, seed, as_of):
    ruleset = compile_rules(rules, SCHEMA)
    people = [*drawn, *draw_customers(ruleset, count=190, seed=seed)]
    people = [replace(facts, customer_key=CustomerKey(f"c{number}"), as_of=as_of)
              for number, facts in enumerate(people)]
    compiled = compile_tables(ruleset, SCHEMA, gathering=gathering)
    expected = {facts.customer_key: fired_ids(ruleset, facts) for facts in people}
    found = dict(answers(compiled, ruleset, people, as_of))
    assert {key: found.get(key) for key in expected if found.get(key) != expected[key]} == {}
    assert len(found) == len(people)
