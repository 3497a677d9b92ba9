"""A constant that is a quantile is that of the base, put in its place when a release is made."""

import pytest

from kb.facts.distribution import Distributions, marks_of, put_distributions
from kb.model.codec import from_json, to_json
from kb.model.condition import And, Exists, Not, Op, Quantile, Test
from kb.model.quantile import as_written
from kb.model.rule import Rule
from ontology.text import Text

LOYAL = Test(property="loyalty", op=Op.GE, operand=0.9, quantile=Quantile(at=0.9))
AWAY = Test(property="recency_days", op=Op.GE, operand=180, quantile=Quantile(at=0.95, of="order_gap_mean"))
LONG = Exists(fact="subscription", alias="s", where=Test(property="tenure_days", op=Op.GE, operand=1095,
                                                         quantile=Quantile(at=0.8)))
SAID = Text(zh="忠诚度不低于 {loyalty >=}，{recency_days >=}没有来",
            en="loyalty of {loyalty >=}, away for {recency_days >=}")


def accept(_release):
    """Whether rules can be served is not what these tests are about."""


@pytest.fixture
def here(graph):
    """Loyalty of 0.01 to 1 and gaps of 2 to 200.5 days among a hundred customers; contracts of 30 to 3,000 days."""
    graph.write([put_distributions(Distributions({
        "customer.loyalty": marks_of([n / 100 for n in range(1, 101)]),
        "customer.order_gap_mean": marks_of([2.0 * n + 0.5 for n in range(1, 101)]),
        "subscription.tenure_days": marks_of([30 * n for n in range(1, 101)]),
    }))])


@pytest.fixture
def relative(curation, rule_of):
    when = And(parts=(LOYAL, Not(part=AWAY), LONG))
    curation.save_rule(rule_of("loyal", (), author="wang", when=when, sentence=SAID), "li")
    return curation


@pytest.mark.parametrize(("values", "hundredth", "value", "share"), [
    (range(1, 11), 90, 10, 0.1),
    (range(1, 101), 1, 2, 0.99),
    ([1, 1, 1, 5], 90, 5, 0.25),  # a tenth of four is nobody: the greatest
    ([1, 2, 2, 2], 50, 2, 0.75),  # more than half share the greatest, and are told to be
    ([1, 2, 2, 3], 60, 3, 0.25),  # three quarters reach 2, which is more than two fifths
    ([7], 50, 7, 1.0),
])
def test_a_quantile_is_the_least_value_that_few_enough_reach(values, hundredth, value, share):
    mark = marks_of(values)[hundredth - 1]
    assert (mark.value, mark.share) == (value, share)


@pytest.mark.usefixtures("here")
def test_a_release_has_the_constants_of_the_base_and_says_them(relative, catalogue):
    rule = relative.publish("zhao", *catalogue, check=accept).rules[0]
    loyal, away, long = rule.when.parts[0], rule.when.parts[1].part, rule.when.parts[2].where
    assert (loyal.operand, loyal.quantile.share) == (0.91, 0.1)
    assert (away.operand, away.quantile.share) == (193, 0.05)  # whole days, as the rule was written
    assert (long.operand, long.quantile.share) == (2430, 0.2)
    assert rule.sentence.en == ("loyalty of 0.91 (the top 10% here), away for 193 days (above the mean gap between"
                                " orders of 95% here)")
    assert rule.sentence.zh == "忠诚度不低于 0.91（本库前 10%），193 天（高于本库 95% 的平均购买间隔）没有来"


@pytest.mark.usefixtures("here")
def test_the_rule_itself_stays_as_it_was_written(relative, catalogue):
    released = relative.publish("zhao", *catalogue, check=accept).rules[0]
    stored = relative.rule("loyal")
    assert stored.when.parts[0] == LOYAL
    assert stored.sentence == SAID
    assert as_written(released.when) == stored.when


@pytest.mark.usefixtures("here")
def test_a_release_keeps_its_constants_whatever_the_base_becomes(relative, catalogue, graph):
    first = relative.publish("zhao", *catalogue, check=accept)
    graph.write([put_distributions(Distributions({"customer.loyalty": marks_of([n / 200 for n in range(1, 101)])}))])
    second = relative.draft("zhao", *catalogue)
    assert relative.release(1) == first
    assert second.rules[0].when.parts[0].operand == 0.455
    assert second.fingerprint != first.fingerprint


@pytest.mark.usefixtures("here")
def test_the_same_base_makes_the_same_release(relative, catalogue):
    first = relative.publish("zhao", *catalogue, check=accept)
    assert relative.draft("zhao", *catalogue).fingerprint == first.fingerprint


def test_where_too_little_is_known_the_written_constant_stands_and_is_said(relative, catalogue):
    rule = relative.draft("zhao", *catalogue).rules[0]
    assert rule.when.parts[0] == LOYAL
    assert rule.sentence.en == "loyalty of 0.9, away for 180 days"


def test_a_test_with_a_quantile_survives_being_stored(rule_of):
    rule = rule_of("loyal", (), when=And(parts=(LOYAL, AWAY)))
    assert from_json(to_json(rule), Rule) == rule


def test_a_test_without_one_is_stored_as_it_always_was(rule_of):
    assert "quantile" not in to_json(rule_of("plain", ()))
