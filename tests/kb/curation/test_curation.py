"""Nothing becomes live without a second pair of eyes, and nothing is forgotten."""

import threading
from dataclasses import replace

import pyarrow as pa
import pytest

from kb.curation.curation import Curation
from kb.curation.lifecycle import NEXT
from kb.curation.listing import ItemQuery
from kb.errors import ChangedMeanwhile, Conflict, Forbidden, InvalidInput, NotFound, ShapeViolation
from kb.facts.load import Scores, load_knowledge_links
from kb.graph.double_buffer import DoubleBuffer
from kb.tables.run_scores import scores_table
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus, PatternKind, Standing
from tests.at_once import at_once


def accept(_release):
    """Whether rules can be served is not what these tests are about."""


def test_a_proposal_comes_back_whole_with_its_rule_its_run_and_its_data(curation, item_of, rule_of, run):
    curation.propose([item_of()], [rule_of()], run=run)
    record = curation.item("assoc-1")
    assert (record.item, record.rules, record.run, record.holders) == (item_of(), (rule_of(),), run, 0)


def test_an_item_says_for_how_many_customers_it_holds(curation, graph, item_of):
    curation.propose([item_of()])
    graph.bulk_load("Customer", pa.table({"customer_key": ["c1", "c2"]}))
    load_knowledge_links(DoubleBuffer(graph),
                         Scores(rows=scores_table({"assoc-1": {"c1": 0.1, "c2": 0.2}}), as_of=1, now=1))
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
    assert record.item.measured.measures == {"support": 0.2}
    assert [rule.name.en for rule in record.rules] == ["rule"]


def test_a_live_item_that_a_later_run_refuses_stays_live_and_opens_a_review(curation, item_of, run, refusal_of):
    curation.propose([item_of()], run=run)
    curation.approve("assoc-1", "li")
    curation.propose([], refusals=[refusal_of("assoc-1")], run=replace(run, run_id="run-2"))
    item = curation.item("assoc-1").item
    assert (item.status, item.standing) == (KnowledgeStatus.APPROVED, Standing.CONTRADICTED)
    assert item.missed.reason.en == "did not hold later"


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
            "retire": lambda: curation.retire("assoc-1", "li", "outdated"),
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
    curation.retire("assoc-1", "li", "outdated")
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
    assert (curation.known_rules(), curation.waiting_drafts()) == ((), ())
    saved = curation.save_rules([rule_of(name, (), author="wang") for name in ("one", "two")], "li")
    assert curation.known_rules() == saved


def test_refusals_are_kept_by_run_and_the_latest_is_told(curation, run, refusal_of):
    curation.propose([], refusals=[refusal_of("a"), refusal_of("b")], run=run)
    curation.propose([], refusals=[refusal_of("c")], run=replace(run, run_id="run-2", started_at=999, finished_at=999))
    assert [r.item_id for r in curation.refusals()] == ["c"]
    assert [r.item_id for r in curation.refusals("run-1")] == ["a", "b"]


def test_refusals_of_a_base_without_a_run_are_none(curation):
    assert curation.refusals() == ()


# What is approved is what was read, and what a person proposes overwrites nobody else's

def test_an_approval_is_of_what_was_read(curation, item_of, rule_of):
    curation.propose([item_of(author="wang")], [rule_of()])
    read = curation.item("assoc-1").digest
    other = Text(zh="另一句话", en="another sentence")
    curation.propose([item_of(author="wang", statement=other)], [rule_of()])
    with pytest.raises(ChangedMeanwhile, match="another sentence") as told:
        curation.approve("assoc-1", "li", read=read)
    assert "另一句话" in told.value.message_text.zh
    assert curation.item("assoc-1").item.status is KnowledgeStatus.PROPOSED
    assert curation.approve("assoc-1", "li", read=told.value.digest).statement == other


def test_a_rule_that_changed_after_it_was_read_is_not_approved_with_its_item(curation, item_of, rule_of):
    curation.propose([item_of()], [rule_of()])
    read = curation.item("assoc-1").digest
    curation.propose([item_of()], [rule_of(propensity=0.9)])
    with pytest.raises(ChangedMeanwhile):
        curation.approve("assoc-1", "li", read=read)


def test_the_same_found_by_another_run_is_still_what_was_read(curation, item_of, run):
    curation.propose([item_of()], run=run)
    read = curation.item("assoc-1").digest
    curation.propose([item_of(run_id="run-2")], run=replace(run, run_id="run-2"))
    assert curation.approve("assoc-1", "li", read=read).status is KnowledgeStatus.APPROVED


def test_what_a_run_found_or_another_person_proposed_or_was_judged_is_nobodys_to_overwrite(curation, item_of, run):
    mined = item_of("mined", author="li")  # a belief of the trade has an author too
    curation.propose([mined], run=run)
    curation.propose_by_hand([item_of("hers", author="wang", run_id=None), item_of("judged", author="wang")])
    curation.approve("judged", "li")
    said = Text(zh="改写", en="rewritten")
    brought = [item_of(name, author="li", statement=said) for name in ("mined", "hers", "judged", "new")]
    told = curation.propose_by_hand(brought)
    assert [item.id for item in told.items] == ["new"]
    assert told.judged == ("judged",)
    assert {name: why.en for name, why in told.kept.items()} == {
        "mined": "was mined here, by run-1", "hers": "was proposed by 'wang'"}
    assert {name for name in ("mined", "hers", "judged") if curation.item(name).item.statement == said} == set()
    assert curation.item("hers").item.author == "wang"


def test_a_proposal_brought_twice_is_the_one_that_was_read_and_its_author_may_mend_it(curation, item_of, clock):
    first = item_of("own", author="wang", valid_from=1_000, recorded_at=1_000)
    curation.propose_by_hand([first])
    read = curation.item("own").digest
    clock.time = 9_000
    again = replace(first, valid_from=9_000, recorded_at=9_000)
    assert curation.propose_by_hand([again]).items == (again,)
    assert curation.item("own").digest == read
    curation.propose_by_hand([replace(again, strength=0.9)])
    assert curation.item("own").digest != read
    assert curation.item("own").item.strength == 0.9


def test_items_are_listed_by_standing_and_those_in_use_that_no_longer_hold_are_counted(curation, item_of, run):
    curation.propose([item_of("a"), item_of("b")], run=run)
    curation.propose_by_hand([item_of("c", author="wang", standing=Standing.UNTESTED)])
    for name in ("a", "c"):
        curation.approve(name, "li")
    assert dict(curation.items().doubtful) == {}
    curation.propose([item_of("a", standing=Standing.CONTRADICTED), item_of("b", standing=Standing.CONTRADICTED)])
    page = curation.items(ItemQuery(standing=Standing.CONTRADICTED))
    assert [item.id for item in page.items] == ["a", "b"]
    assert dict(page.doubtful) == {Standing.CONTRADICTED: 1}, "neither what waits nor what no run has measured here"
    assert [item.id for item in curation.items(ItemQuery(standing=Standing.UNTESTED)).items] == ["c"]


def test_of_two_managers_who_judge_at_once_one_is_told_and_the_other_verdict_stands_whole(services, clock, item_of,
                                                                                        rule_of):
    one, other = (Curation(graph, clock) for graph in services)
    for number in range(8):
        name = f"item-{number}"
        one.propose([item_of(name)], [rule_of(f"rule-{number}", (name,))])
        done = at_once(lambda name=name: one.approve(name, "li"), lambda name=name: other.reject(name, "zhao", "no"))

        refused = [answer for answer in done if isinstance(answer, Conflict)]
        found = one.item(name)
        assert len(refused) == 1 or found.item.status is KnowledgeStatus.REJECTED  # approved first, rejected then
        assert found.item.approver == ("li" if isinstance(done[1], Conflict) else "zhao")
        assert [rule.status for rule in found.rules] == [found.item.status]


def test_of_two_managers_who_approve_at_once_one_is_told(services, clock, item_of):
    one, other = (Curation(graph, clock) for graph in services)
    one.propose([item_of()])
    done = at_once(lambda: one.approve("assoc-1", "li"), lambda: other.approve("assoc-1", "zhao"))
    [kept] = [answer for answer in done if not isinstance(answer, Conflict)]
    assert one.item("assoc-1").item == kept
