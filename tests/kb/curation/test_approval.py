"""A standing policy approves in the name of who set it."""

import pytest

from kb.curation.approval import ApprovalPolicy, Clause, load_approval_policy
from kb.curation.listing import ItemQuery
from kb.errors import InvalidInput
from ontology.vocabulary import KnowledgeStatus, PatternKind, Standing

TOML = """
name = "强关联"
set_by = "li"
[[approve]]
pattern_kind = "association"
at_least = { later_lift = 1.5, later_confidence = 0.3 }
at_most = { q_value = 0.01 }
most = 2
"""


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text(TOML, encoding="utf-8")
    return load_approval_policy(path)


def test_a_policy_file_says_kinds_and_bounds(policy):
    assert policy == ApprovalPolicy(name="强关联", set_by="li", clauses=(Clause(
        pattern_kind=PatternKind.ASSOCIATION, at_least={"later_lift": 1.5, "later_confidence": 0.3},
        at_most={"q_value": 0.01}, most=2),))


@pytest.mark.parametrize("changes", [
    {"measures": {"later_lift": 1.4, "later_confidence": 0.3, "q_value": 0.01}},
    {"measures": {"later_lift": 1.5, "later_confidence": 0.3, "q_value": 0.011}},
    {"measures": {"later_lift": 1.5, "q_value": 0.01}},
    {"standing": Standing.CONTRADICTED},
    {"author": "li"},
    {"pattern_kind": PatternKind.CHURN_RULE},
    {"status": KnowledgeStatus.REJECTED},
])
def test_what_misses_one_bound_waits_for_a_person(policy, item_of, changes):
    assert policy.chosen([item_of(**changes)]) == ()


def test_the_bounds_themselves_are_good_enough(policy, item_of):
    item = item_of(measures={"later_lift": 1.5, "later_confidence": 0.3, "q_value": 0.01})
    assert policy.chosen([item]) == (item,)


def test_only_the_strongest_are_approved_and_the_record_names_policy_and_person(curation, policy, item_of):
    curation.propose([item_of(f"assoc-{n}", strength=n / 10) for n in range(5)])
    done = curation.apply_policy(policy)
    assert [item.id for item in done] == ["assoc-4", "assoc-3"]
    item = curation.item("assoc-4").item
    assert (item.status, item.policy, item.approver) == (KnowledgeStatus.APPROVED, "强关联", "li")
    assert curation.items(ItemQuery(status=KnowledgeStatus.PROPOSED)).counts[KnowledgeStatus.PROPOSED] == 3


def test_applied_again_the_policy_approves_nothing_more(curation, policy, item_of):
    """Else every run would let the next strongest in, and `most` would say nothing."""
    curation.propose([item_of(f"assoc-{n}", strength=n / 10) for n in range(5)])
    curation.apply_policy(policy)
    assert curation.apply_policy(policy) == ()


def test_when_one_of_its_own_is_retired_the_policy_lets_the_next_in(curation, policy, item_of):
    curation.propose([item_of(f"assoc-{n}", strength=n / 10) for n in range(5)])
    curation.apply_policy(policy)
    curation.retire("assoc-4", "wang", "outdated")
    assert [item.id for item in curation.apply_policy(policy)] == ["assoc-2"]


@pytest.mark.parametrize("text", ["", "name = 'x'", TOML.replace("association", "astrology"), TOML + "[", "most = 3"])
def test_a_file_that_is_no_policy_is_refused_by_name(tmp_path, text):
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"bad\.toml"):
        load_approval_policy(path)
