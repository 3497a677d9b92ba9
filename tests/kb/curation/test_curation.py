"""Nothing becomes live without a second pair of eyes, and nothing is forgotten."""

import threading
from dataclasses import replace

import pyarrow as pa
import pytest

from kb.curation.lifecycle import NEXT
from kb.errors import Conflict, Forbidden, InvalidInput, NotFound, ShapeViolation
from kb.facts.load import load_knowledge_links
from kb.graph.twin import Twin
from kb.runs.scores import scores_table
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus, PatternKind, Standing


def accept(_release):
    """Whether rules can be served is not what these tests are about."""


def test_a_proposal_comes_back_whole_with_its_rule_its_run_and_its_data(curation, item_of, rule_of, run):
    curation.propose([item_of()], [rule_of()], run=run)
    record = curation.item("assoc-1")
    assert (record.item, record.rules, record.run, record.holders) == (item_of(), (rule_of(),), run, 0)


def test_an_item_says_for_how_many_customers_it_holds(curation, graph, item_of):
    curation.propose([item_of()])
    graph.bulk_load("Customer", pa.table({"customer_key": ["c1", "c2"]}))
    load_knowledge_links(Twin(graph), scores_table({"assoc-1": {"c1": 0.1, "c2": 0.2}}), since=1, now=1)
    assert curation.item("assoc-1").holders == 2


def test_an_unknown_item_is_not_found(curation):
    with pytest.raises(NotFound, match="nobody"):
        curation.item("nobody")
    with pytest.raises(NotFound, match="nobody"):
        curation.approve("nobody", "li")


def test_proposing_the_same_again_changes_nothing(curation, item_of, rule_of, run, clock):
    curation.propose([item_of()], [rule_of()], run=run)
    clock.time = 2_000
    curation.propose([item_of(recorded_at=2_000)], [rule_of()], run=run)
    assert curation.item("assoc-1").item == item_of()
    assert len(curation.items().items) == 1


def test_a_proposed_item_takes_the_new_measures(curation, item_of):
    curation.propose([item_of()])
    curation.propose([item_of(measures={"support": 0.2}, recorded_at=2_000)])
    item = curation.item("assoc-1").item
    assert (item.measures, item.recorded_at) == ({"support": 0.2}, 1_000)


@pytest.mark.parametrize("judge", ["approve", "reject"])
def test_a_judged_item_keeps_what_was_judged_and_notes_the_new_measures(curation, item_of, rule_of, judge):
    curation.propose([item_of()], [rule_of()])
    getattr(curation, judge)("assoc-1", "li", "my reason")
    changed = rule_of(name=Text(zh="另一个", en="another"))
    curation.propose([item_of(measures={"support": 0.2}, run_id="run-2")], [changed])
    record = curation.item("assoc-1")
    assert record.item.measures == item_of().measures
    assert record.item.details["remeasured"]["measures"] == {"support": 0.2}
    assert [rule.name.en for rule in record.rules] == ["rule"]


def test_a_live_item_that_a_later_run_refuses_stays_live_and_opens_a_review(curation, item_of, run, refusal_of):
    curation.propose([item_of()], run=run)
    curation.approve("assoc-1", "li")
    curation.propose([], refusals=[refusal_of("assoc-1")], run=replace(run, run_id="run-2"))
    item = curation.item("assoc-1").item
    assert (item.status, item.standing) == (KnowledgeStatus.APPROVED, Standing.CONTRADICTED)
    assert item.details["remeasured"]["why"] == "did not hold later"


def test_a_live_item_that_a_later_run_does_not_find_is_untested_and_holds_again_when_found(curation, item_of, run):
    curation.propose([item_of(), item_of("assoc-2")], run=run)
    curation.approve("assoc-1", "li")
    curation.propose([item_of("assoc-2")], run=replace(run, run_id="run-2"))
    assert curation.item("assoc-1").item.standing is Standing.UNTESTED
    curation.propose([item_of("assoc-1"), item_of("assoc-2")], run=replace(run, run_id="run-3"))
    assert curation.item("assoc-1").item.standing is Standing.HOLDS


def test_a_run_that_looked_for_other_kinds_leaves_an_item_alone(curation, item_of, run):
    curation.propose([item_of()], run=run)
    curation.approve("assoc-1", "li")
    curation.propose([item_of("seg-1", pattern_kind=PatternKind.SEGMENT, kind="operational")],
                     run=replace(run, run_id="run-2"))
    assert curation.item("assoc-1").item.standing is Standing.HOLDS


def test_author_and_approver_differ(curation, item_of, rule_of):
    curation.propose([item_of(author="wang")])
    for approver in ("wang", "", "  "):
        with pytest.raises(Forbidden, match="wang"):
            curation.approve("assoc-1", approver)
    with pytest.raises(Forbidden, match="wang"):
        curation.save_rule(rule_of("hand", (), author="wang"), "wang")
    assert curation.approve("assoc-1", "li").approver == "li"


def test_a_rejection_needs_a_reason(curation, item_of):
    curation.propose([item_of()])
    with pytest.raises(InvalidInput, match="without a reason"):
        curation.reject("assoc-1", "li", " ")
    assert curation.reject("assoc-1", "li", "已知").reason == "已知"


PATHS = {
    KnowledgeStatus.PROPOSED: (), KnowledgeStatus.APPROVED: ("approve",), KnowledgeStatus.REJECTED: ("reject",),
    KnowledgeStatus.PUBLISHED: ("approve", "publish"), KnowledgeStatus.RETIRED: ("retire",),
}
VERDICTS = {"approve": KnowledgeStatus.APPROVED, "reject": KnowledgeStatus.REJECTED, "retire": KnowledgeStatus.RETIRED}


@pytest.fixture
def moves(curation, catalogue):
    return {"approve": lambda: curation.approve("assoc-1", "li"),
            "reject": lambda: curation.reject("assoc-1", "li", "because"),
            "retire": lambda: curation.retire("assoc-1", "li"),
            "publish": lambda: curation.publish("zhao", *catalogue, check=accept)}


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("current", PATHS, ids=str)
def test_a_verdict_is_allowed_or_refused_by_the_table_naming_the_status(curation, item_of, moves, current, verdict):
    curation.propose([item_of()])
    for move in PATHS[current]:
        moves[move]()
    if VERDICTS[verdict] in NEXT[current]:
        assert moves[verdict]().status is VERDICTS[verdict]
    else:
        with pytest.raises(Conflict, match=f"is {current} and cannot be {VERDICTS[verdict]}"):
            moves[verdict]()


def test_rules_share_the_life_of_their_item(curation, item_of, rule_of):
    curation.propose([item_of()], [rule_of()])
    curation.approve("assoc-1", "li")
    assert curation.rule("rule-1").status is KnowledgeStatus.APPROVED
    curation.retire("assoc-1", "li")
    assert curation.rule("rule-1").status is KnowledgeStatus.RETIRED


def test_a_record_that_fits_no_shape_is_refused_whole(curation, item_of):
    with pytest.raises(ShapeViolation, match="assoc-2"):
        curation.propose([item_of(), item_of("assoc-2", statement=Text(zh="", en="empty"))])
    assert curation.items().items == ()


def test_of_two_who_judge_at_once_one_wins_and_the_other_hears_of_it(curation, item_of):
    curation.propose([item_of()])
    verdicts, barrier = [], threading.Barrier(2)

    def judge(act):
        barrier.wait()
        try:
            act()
            verdicts.append("done")
        except Conflict:
            verdicts.append("conflict")

    acts = (lambda: curation.approve("assoc-1", "li"), lambda: curation.reject("assoc-1", "zhao", "no"))
    threads = [threading.Thread(target=judge, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    status = curation.item("assoc-1").item.status
    assert sorted(verdicts) == ["conflict", "done"] or (verdicts == ["done", "done"]
                                                        and status is KnowledgeStatus.REJECTED)


def test_a_rule_that_rests_on_knowledge_is_not_saved_by_hand(curation, item_of, rule_of):
    curation.propose([item_of()], [rule_of()])
    with pytest.raises(Conflict, match="assoc-1"):
        curation.save_rule(rule_of(), "li")


def test_hand_written_rules_are_saved_all_or_none(curation, rule_of):
    with pytest.raises(Conflict, match="assoc-1"):
        curation.save_rules([rule_of("hand", (), author="wang"), rule_of()], "li")
    assert curation.drafts() == ()
    saved = curation.save_rules([rule_of(name, (), author="wang") for name in ("one", "two")], "li")
    assert curation.drafts() == saved


def test_a_hand_written_rule_is_a_draft_until_a_second_person_approves_it(curation, rule_of):
    curation.save_rule(rule_of("hand", (), author="wang"))
    assert curation.rule("hand").status is KnowledgeStatus.PROPOSED
    assert curation.approve_rule("hand", "li").status is KnowledgeStatus.APPROVED
    with pytest.raises(Conflict, match="is approved"):
        curation.approve_rule("hand", "li")


def test_drafts_are_the_rules_that_are_live_or_wait_for_a_verdict(curation, rule_of):
    for name, approver in (("b", None), ("a", "wang")):
        curation.save_rule(replace(rule_of("item"), id=name, rests_on=(), author="li"), approver)
    assert [(rule.id, rule.status) for rule in curation.drafts()] == [
        ("a", KnowledgeStatus.APPROVED), ("b", KnowledgeStatus.PROPOSED)]


def test_refusals_are_kept_by_run_and_the_latest_is_told(curation, run, refusal_of):
    curation.propose([], refusals=[refusal_of("a"), refusal_of("b")], run=run)
    curation.propose([], refusals=[refusal_of("c")], run=replace(run, run_id="run-2", started_at=999, finished_at=999))
    assert [r.item_id for r in curation.refusals()] == ["c"]
    assert [r.item_id for r in curation.refusals("run-1")] == ["a", "b"]


def test_refusals_of_a_base_without_a_run_are_none(curation):
    assert curation.refusals() == ()
