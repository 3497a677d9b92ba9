"""A draft of a rule stands beside what is approved, and never in its place."""

import threading
from dataclasses import replace

import pytest

from kb.curation.review_digest import draft_digest
from kb.errors import ChangedMeanwhile, Conflict, Forbidden, InvalidInput, NotFound
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus

PROPOSED, APPROVED, PUBLISHED = KnowledgeStatus.PROPOSED, KnowledgeStatus.APPROVED, KnowledgeStatus.PUBLISHED


def accept(_release):
    """Whether rules can be served is not what these tests are about."""


@pytest.fixture
def hand(rule_of):
    return rule_of("hand", (), author="wang")


@pytest.fixture
def changed(hand):
    return replace(hand, author="chen", name=Text(zh="改过的规则", en="a changed rule"))


@pytest.fixture
def live(curation, hand, catalogue):
    """A curation whose live release has the hand-written rule."""
    curation.save_rule(hand, "li")
    curation.publish("zhao", *catalogue, check=accept)
    return curation


def test_a_new_rule_is_a_draft_alone_until_a_second_person_approves_it(curation, hand, catalogue):
    assert curation.save_rule(hand).status is PROPOSED
    with pytest.raises(NotFound, match="no rule 'hand'"):
        curation.rule("hand")
    assert curation.publish("zhao", *catalogue, check=accept).rules == ()
    with pytest.raises(Forbidden, match="wang"):
        curation.approve_rule("hand", "wang")
    assert curation.approve_rule("hand", "li").status is APPROVED
    assert curation.rule("hand") == replace(hand, status=APPROVED)
    with pytest.raises(NotFound, match="no draft of rule 'hand' waits"):
        curation.approve_rule("hand", "li")


def test_a_draft_of_a_live_rule_leaves_it_in_the_next_release(live, hand, changed, catalogue):
    live.save_rule(changed)
    assert live.rule("hand").name == hand.name
    [rule] = live.publish("zhao", *catalogue, check=accept).rules
    assert rule.name == hand.name
    assert live.draft_of("hand").rule == replace(changed, status=PROPOSED)


def test_an_approved_draft_is_what_the_rule_says_from_the_next_release_on(live, hand, changed, catalogue):
    live.save_rule(changed)
    live.approve_rule("hand", "li", "better")
    assert live.live().rules[0].name == hand.name
    assert live.rule("hand") == replace(changed, status=PUBLISHED), "it is served, as the live release says it"
    assert live.publish("zhao", *catalogue, check=accept).rules[0].name == changed.name
    assert [(draft.id, draft.rule.status, draft.approver, draft.reason) for draft in live.drafts_of("hand")] == [
        ("hand#1", APPROVED, "li", "better")]


def test_a_rejected_draft_is_kept_with_its_reason_and_the_rule_goes_on(live, hand, changed, clock):
    live.save_rule(changed)
    with pytest.raises(InvalidInput, match="without a reason"):
        live.reject_rule("hand", "li", " ")
    clock.time = 2_000
    live.reject_rule("hand", "li", "no better")
    [draft] = live.drafts_of("hand")
    assert (draft.rule.status, draft.recorded_at, draft.judged_at, draft.reason) == (
        KnowledgeStatus.REJECTED, 1_000, 2_000, "no better")
    assert live.rule("hand").name == hand.name
    assert live.waiting_drafts() == ()
    live.save_rule(changed)
    assert live.draft_of("hand").id == "hand#2"


def test_another_draft_takes_the_place_of_the_one_that_waits_which_is_kept(live, changed):
    live.save_rule(changed)
    other = replace(changed, author="zhao", name=Text(zh="又一版", en="yet another"))
    live.save_rule(other)
    assert [(draft.id, draft.rule.author, draft.rule.status) for draft in live.drafts_of("hand")] == [
        ("hand#2", "zhao", PROPOSED), ("hand#1", "chen", KnowledgeStatus.RETIRED)]
    assert live.count_drafts() == 1


def test_a_draft_that_changed_after_it_was_read_is_not_approved(live, hand, changed):
    live.save_rule(changed)
    read = draft_digest(live.draft_of("hand").rule, live.rule("hand"))
    live.save_rule(replace(changed, name=Text(zh="另一个意思", en="something else")))
    with pytest.raises(ChangedMeanwhile, match="it says: something else") as told:
        live.approve_rule("hand", "li", read=read)
    assert "另一个意思" in told.value.message_text.zh
    assert live.rule("hand").name == hand.name
    live.approve_rule("hand", "li", read=told.value.digest)
    assert live.rule("hand").name.en == "something else"


def test_a_draft_is_not_approved_over_a_rule_that_changed_after_the_two_were_compared(live, changed):
    live.save_rule(changed)
    read = draft_digest(live.draft_of("hand").rule, live.rule("hand"))
    live.save_rule(replace(changed, name=Text(zh="直接批准", en="approved at once")), "zhao")
    with pytest.raises(ChangedMeanwhile):
        live.approve_rule("hand", "li", read=read)
    assert live.rule("hand").name.en == "approved at once"


def test_a_retired_rule_is_in_no_later_release_and_says_why(live, catalogue):
    with pytest.raises(InvalidInput, match="cannot be retired without a reason"):
        live.retire_rule("hand", "li", "")
    assert live.retire_rule("hand", "li", "outdated").status is KnowledgeStatus.RETIRED
    assert live.publish("zhao", *catalogue, check=accept).rules == ()
    assert [(draft.rule.status, draft.approver, draft.reason) for draft in live.drafts_of("hand")] == [
        (KnowledgeStatus.RETIRED, "li", "outdated")]
    with pytest.raises(Conflict, match="is retired and cannot be retired"):
        live.retire_rule("hand", "li", "again")
    with pytest.raises(NotFound):
        live.retire_rule("nothing", "li", "outdated")


def test_a_mined_rule_is_judged_with_its_item_and_no_other_way(curation, item_of, rule_of):
    curation.propose([item_of()], [rule_of()])
    for act in (lambda: curation.approve_rule("rule-1", "li"), lambda: curation.reject_rule("rule-1", "li", "no"),
                lambda: curation.retire_rule("rule-1", "li", "no"),
                lambda: curation.save_rule(rule_of("rule-1", (), author="wang"))):
        with pytest.raises(Conflict, match="rests on assoc-1"):
            act()
    assert curation.rule("rule-1").status is PROPOSED


def test_the_rules_as_drafted_are_the_approved_ones_with_every_draft_in_place(live, changed, rule_of):
    live.save_rules([changed, rule_of("new", (), author="chen")])
    assert [(rule.id, rule.name.en) for rule in live.known_rules()] == [("hand", "rule")]
    assert [(rule.id, rule.name.en) for rule in live.rules_as_drafted()] == [
        ("hand", "a changed rule"), ("new", "rule")]


def test_a_release_is_tried_with_drafts_taken_as_approved(live, changed, catalogue):
    live.save_rule(changed)
    [rule] = live.draft("zhao", *catalogue, include=["hand"]).rules
    assert (rule.name, rule.status) == (changed.name, PUBLISHED)
    assert live.rule("hand").name.en == "rule"
    with pytest.raises(NotFound, match="'nothing'"):
        live.draft("zhao", *catalogue, include=["nothing"])


def test_of_drafts_that_come_at_once_one_waits_and_none_is_lost(live, changed):
    outcomes, barrier = [], threading.Barrier(4)

    def bring(number):
        barrier.wait()
        try:
            live.save_rule(replace(changed, author=f"author-{number}", name=Text.same(f"text {number}")))
            outcomes.append(number)
        except Conflict:
            outcomes.append(None)

    threads = [threading.Thread(target=bring, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = {f"author-{number}" for number in outcomes if number is not None}
    assert {draft.rule.author for draft in live.drafts_of("hand")} == done
    assert live.count_drafts() == 1


def test_of_two_who_judge_a_draft_at_once_one_wins_and_the_other_hears_of_it(live, changed):
    live.save_rule(changed)
    verdicts, barrier = [], threading.Barrier(2)

    def judge(act):
        barrier.wait()
        try:
            act()
            verdicts.append("done")
        except (Conflict, NotFound):
            verdicts.append("refused")

    acts = (lambda: live.approve_rule("hand", "li"), lambda: live.reject_rule("hand", "zhao", "no"))
    threads = [threading.Thread(target=judge, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts) == ["done", "refused"]
    [draft] = live.drafts_of("hand")
    assert (draft.rule.status is APPROVED) == (live.rule("hand").name == changed.name)
