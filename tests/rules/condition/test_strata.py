import pytest

from kb.errors import InvalidRule
from kb.model.condition import And, Concluded, Not
from kb.model.rule import Conclude, Require, Rule
from ontology.text import Text
from rules.condition.strata import stratify


def rule_of(name, *tested, concludes=None):
    then = Conclude(kind=concludes, value="yes") if concludes else Require(family="care")
    when = And(parts=tuple(Not(part=Concluded(kind=kind, value="yes")) for kind in tested))
    return Rule(id=name, name=Text.same(name), when=when, then=then, author="test")


def test_a_rule_stands_above_every_conclusion_that_it_tests():
    rules = [rule_of("c", "b", "a"), rule_of("b", "a", concludes="b"), rule_of("a", concludes="a")]
    assert [[rule.id for rule in stratum] for stratum in stratify(rules)] == [["a"], ["b"], ["c"]]


def test_a_kind_that_two_rules_conclude_waits_for_both():
    rules = [rule_of("x", concludes="x"), rule_of("m1", concludes="m"), rule_of("m2", "x", concludes="m"),
             rule_of("r", "m")]
    assert [[rule.id for rule in stratum] for stratum in stratify(rules)] == [["m1", "x"], ["m2"], ["r"]]


def test_a_conclusion_that_nobody_makes_belongs_to_no_stratum():
    assert [[rule.id for rule in stratum] for stratum in stratify([rule_of("r", "nothing")])] == [["r"]]


def test_no_rules_have_no_strata():
    assert stratify([]) == ()


def test_a_cycle_is_refused_by_name():
    rules = [rule_of("one", "b", concludes="a"), rule_of("two", "a", concludes="b")]
    with pytest.raises(InvalidRule, match=r"(a -> b -> a|b -> a -> b) \(rules one, two\)"):
        stratify(rules)


def test_a_conclusion_from_itself_is_a_cycle():
    with pytest.raises(InvalidRule, match="a -> a"):
        stratify([rule_of("one", "a", concludes="a")])
