"""What the demo says: short enough for a person, and never a figure without its interval."""

import re

import pytest

from kb.tables.run_store import RunStore
from ontology.vocabulary import PatternKind, Standing

NUMBER = re.compile(r"\d[\d,.]*")


@pytest.fixture(scope="module")
def found(demo_home):
    [record] = RunStore(demo_home / "runs").all()
    return RunStore(demo_home / "runs").one(record.id).found()


@pytest.fixture(scope="module")
def items(found):
    return (*found.items, *found.confirmed)


def test_what_a_manager_reads_has_at_most_35_words_and_four_numbers(items):
    long = [item.statement.en for item in items if item.pattern_kind is not PatternKind.BELIEF and (
        len(item.statement.en.split()) > 35 or len(NUMBER.findall(item.statement.en)) > 4)]
    assert long == []


def test_what_an_agent_reads_has_at_most_25_words_and_two_numbers(found):
    long = [rule.sentence.en for rule in found.rules
            if len(rule.sentence.en.split()) > 25 or len(NUMBER.findall(rule.sentence.en)) > 2]
    assert found.rules
    assert long == []


def test_every_item_that_could_be_tested_stands_with_an_interval(items):
    bare = [item.id for item in items if item.standing is not Standing.UNTESTED
            and not any(name.endswith(("low", "high")) for name in item.measures)]
    assert items
    assert bare == []


def test_the_ends_of_every_interval_are_in_order(items):
    for item in items:
        for name, low in item.measures.items():
            if name.endswith("_low"):
                assert low <= item.measures[name.removesuffix("low") + "high"], (item.id, name)
