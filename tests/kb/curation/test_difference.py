"""What one release has that another has not."""

from dataclasses import replace

import pytest

from kb.curation.difference import release_difference
from kb.model.action import Levers
from kb.model.release import Release
from ontology.text import Text
from ontology.vocabulary import ActionFamily, KnowledgeStatus, Standing


@pytest.fixture
def release(item_of, rule_of, catalogue):
    actions, policy = catalogue
    return Release(number=1, published_at=1_000, publisher="zhao", rules=(rule_of("a"), rule_of("b")), actions=actions,
                   items=(item_of("assoc-1"),), policy=policy)


def test_rules_that_come_change_and_go_are_named(release, rule_of):
    renamed = rule_of("a", name=Text(zh="新", en="renamed"))
    found = release_difference(release, replace(release, rules=(renamed, rule_of("c")))).rules
    assert {part: [*getattr(found, part)] for part in ("added", "changed", "removed")} == {
        "added": ["c"], "changed": ["a"], "removed": ["b"]}
    assert found.changed["a"].en == "renamed"


@pytest.mark.parametrize("changes", [{"valid_to": 2_000}, {"propensity": 0.5}, {"sentence": Text(zh="因", en="for")}])
def test_whatever_a_rule_says_counts_also_what_the_fingerprint_leaves_out(release, rule_of, changes):
    assert not release_difference(release, replace(release, rules=(rule_of("a", **changes), rule_of("b")))).is_empty


def test_another_number_publisher_author_status_or_measuring_again_is_no_change(release, item_of):
    same = replace(
        release, number=2, published_at=5_000, publisher="li",
        rules=tuple(replace(rule, status=KnowledgeStatus.PUBLISHED, author="li") for rule in release.rules),
        items=(item_of("assoc-1", standing=Standing.CONTRADICTED, missed_since=1),))
    assert release_difference(release, same).is_empty
    assert release_difference(release, same).digest == release_difference(release, release).digest


def test_levers_and_policy_count_and_before_the_first_release_everything_is_new(release):
    weighed = replace(release, levers=Levers(by_family={ActionFamily.CARE: 2.0}))
    stricter = replace(release, policy=replace(release.policy, pause_days=99))
    assert [(found.levers, found.policy, found.is_empty) for found in (
        release_difference(release, weighed), release_difference(release, stricter))] == [
        (True, False, False), (False, True, False)]
    assert [*release_difference(None, release).rules.added] == ["a", "b"]
