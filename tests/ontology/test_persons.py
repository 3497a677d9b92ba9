"""Every column that names a person and every record that tells of one is so described in the ontology."""

import pytest

from kb.tables.canonical import CANONICAL, CanonicalType
from ontology.persons import columns_that_name, tables_that_tell_of_one, ways_to_what_tells
from ontology.schema import load_schema

KINDS = {"Customer": CanonicalType.CUSTOMER, "Staff": CanonicalType.STAFF}
SHARED = {"Customer", "Category", "Campaign", "KnowledgeItem", "Action"}
"""Node tables beside a customer or a record of one that go on without the customer."""


def test_the_canonical_columns_that_hold_a_persons_id_are_those_that_the_ontology_says():
    typed = {column.name: column.type for table in CANONICAL.values() for column in table.columns
             if column.type in KINDS.values()}
    assert typed == {name: KINDS[whom] for name, whom in columns_that_name().items()}


def test_no_column_that_names_a_customer_is_stored_as_it_was_told():
    stored = {column.stored for table in CANONICAL.values() for column in table.columns
              if column.type is CanonicalType.CUSTOMER}
    assert stored == {"customer_key", "from_customer_key", "to_customer_key", "account_key"}


def test_what_names_a_person_is_never_shown_in_quarantine():
    assert all(column.personal for table in CANONICAL.values() for column in table.columns
               if column.name in columns_that_name())


def test_every_node_beside_a_customer_tells_of_that_one_or_is_of_everybody():
    """Who adds a table of records of a customer says so in the ontology, and erasing finds them."""
    schema, told = load_schema(), tables_that_tell_of_one()
    beside = {end for relation in schema.relations for end in (relation.source, relation.target)
              if {relation.source, relation.target} & {"Customer", *told}}
    assert beside == SHARED | told


@pytest.mark.parametrize("table", sorted(tables_that_tell_of_one()))
def test_there_is_a_way_from_the_customer_to_every_record_that_tells_of_one(table):
    assert any(way.endswith(f"(n:{table})") for way in ways_to_what_tells(load_schema()))
