"""A release is whole or absent, immutable, and one of them is served."""

import threading

import pytest

from kb.curation.curation import Curation
from kb.errors import Conflict, InvalidRule, NotFound, StoreFailure
from kb.graph.port import Statement
from kb.model.release import Release
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus
from tests.at_once import at_once


def accept(_release):
    """Whether rules can be served is not what these tests are about."""


@pytest.fixture
def approved(curation, item_of, rule_of):
    curation.propose([item_of("a"), item_of("b")], [rule_of("rule-a", ("a",)), rule_of("rule-b", ("b",))])
    curation.save_rule(rule_of("hand", (), author="wang"), "li")
    curation.approve("a", "li")
    return curation


def served(release):
    return [rule.id for rule in release.rules], [item.id for item in release.items]


def statuses(curation, *items):
    return [curation.item(item).item.status.value for item in items]


def test_a_release_holds_what_is_approved_and_hand_written(approved, catalogue):
    release = approved.publish("zhao", *catalogue, check=accept)
    assert (release.number, release.publisher, release.published_at) == (1, "zhao", 1_000)
    assert served(release) == (["hand", "rule-a"], ["a"])
    assert approved.live() == release
    assert statuses(approved, "a", "b") == ["published", "proposed"]
    assert [approved.rule(rule).status.value for rule in ("hand", "rule-a", "rule-b")] == [
        "published", "published", "proposed"]


def test_a_release_is_the_same_after_reopening(approved, catalogue, graph, open_graph, clock):
    release = approved.publish("zhao", *catalogue, check=accept)
    graph.close()
    assert Curation(open_graph(), clock).live() == release


def test_nothing_is_served_before_the_first_release(curation):
    assert (curation.live(), curation.live_number(), curation.releases(), curation.history()) == (None, None, (), ())


def test_the_next_release_keeps_what_is_published_and_drops_what_was_retired(approved, catalogue):
    approved.publish("zhao", *catalogue, check=accept)
    approved.approve("b", "li")
    assert served(approved.publish("zhao", *catalogue, check=accept)) == (["hand", "rule-a", "rule-b"], ["a", "b"])
    approved.retire("a", "li", "outdated")
    assert served(approved.publish("zhao", *catalogue, check=accept)) == (["hand", "rule-b"], ["b"])
    assert [release.number for release in approved.releases()] == [3, 2, 1]
    assert served(approved.release(1)) == (["hand", "rule-a"], ["a"])


def test_a_release_without_changes_has_the_same_fingerprint(approved, catalogue, clock):
    first = approved.publish("zhao", *catalogue, check=accept)
    clock.time = 5_000
    assert approved.publish("li", *catalogue, check=accept).fingerprint == first.fingerprint


def test_rollback_serves_the_earlier_release_and_tells_who_did_it(approved, catalogue):
    first = approved.publish("zhao", *catalogue, check=accept)
    approved.approve("b", "li")
    approved.publish("zhao", *catalogue, check=accept)
    assert approved.rollback(1, "chen") == first
    assert approved.live() == first
    assert statuses(approved, "a", "b") == ["published", "approved"]
    assert [(act["number"], act["by"], act["act"]) for act in approved.history()] == [
        (1, "zhao", "published"), (2, "zhao", "published"), (1, "chen", "rolled back")]
    approved.rollback(2, "chen")
    assert statuses(approved, "a", "b") == ["published", "published"]


def test_rollback_does_not_bring_back_what_was_retired(approved, catalogue):
    approved.publish("zhao", *catalogue, check=accept)
    approved.retire("a", "li", "wrong")
    approved.rollback(1, "chen")
    assert statuses(approved, "a") == [KnowledgeStatus.RETIRED]


def test_an_unknown_release_is_not_found_and_nothing_changes(approved, catalogue):
    approved.publish("zhao", *catalogue, check=accept)
    for act in (lambda: approved.rollback(9, "chen"), lambda: approved.release(9)):
        with pytest.raises(NotFound, match="release 9"):
            act()
    assert approved.live_number() == 1


class Failing:
    """A graph that fails at the n-th statement of a transaction: an injected fault with state."""

    def __init__(self, graph, at):
        self.graph, self.at = graph, at

    def __getattr__(self, name):
        return getattr(self.graph, name)

    def write(self, statements):
        steps = list(statements)
        return self.graph.write([*steps[:self.at], Statement("MATCH (n:Nowhere) RETURN n"), *steps[self.at:]])


@pytest.mark.parametrize("at", range(12))
def test_a_publish_that_fails_anywhere_leaves_no_trace(approved, graph, clock, catalogue, at):
    with pytest.raises(StoreFailure):
        Curation(Failing(graph, at), clock).publish("zhao", *catalogue, check=accept)
    assert (approved.live(), approved.releases(), approved.history()) == (None, (), ())
    assert statuses(approved, "a", "b") == ["approved", "proposed"]
    assert approved.publish("zhao", *catalogue, check=accept).number == 1


def test_of_publishes_at_once_each_gets_a_number_of_its_own(approved, catalogue):
    numbers, barrier = [], threading.Barrier(4)

    def publish():
        barrier.wait()
        try:
            numbers.append(approved.publish("zhao", *catalogue, check=accept).number)
        except Conflict:
            numbers.append(None)

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = sorted(number for number in numbers if number)
    assert done == list(range(1, len(done) + 1))
    assert approved.live_number() == done[-1]


def test_every_publish_and_rollback_that_was_acknowledged_is_in_the_history(approved, services, clock, catalogue):
    """The last of them is what is served; whoever was overtaken was told."""
    curations = [Curation(graph, clock) for graph in services]
    approved.publish("zhao", *catalogue, check=accept)
    acts = [(lambda who=who, by=f"p{who}": curations[who % 2].publish(by, *catalogue, check=accept), f"p{who}")
            for who in range(3)]
    acts += [(lambda who=who, by=f"r{who}": curations[who % 2].rollback(1, by), f"r{who}") for who in range(3)]

    done = at_once(*(act for act, _ in acts))

    kept = [by for (_, by), answer in zip(acts, done, strict=True) if isinstance(answer, Release)]
    refused = [answer for answer in done if not isinstance(answer, Release)]
    assert kept
    assert sorted(act["by"] for act in approved.history()) == sorted(["zhao", *kept])
    assert approved.live_number() == approved.history()[-1]["number"]
    assert all(isinstance(fault, Conflict) and "another release" in fault.message for fault in refused)


def test_of_two_releases_kept_aside_at_once_each_has_a_number_of_its_own(approved, catalogue):
    done = at_once(*(lambda: approved.publish("zhao", *catalogue, check=accept, aside=True) for _ in range(4)))

    numbers = sorted(one.number for one in done if isinstance(one, Release))
    assert numbers == list(range(1, len(numbers) + 1))
    assert all("another release was made" in str(fault) for fault in done if not isinstance(fault, Release))


def test_a_rule_that_is_written_anew_while_it_is_published_stops_the_publish(approved, graph, clock, catalogue,
                                                                             rule_of):
    """What is marked as published would not be what the release says otherwise."""
    class Slow(Failing):
        def write(self, statements):
            approved.save_rule(rule_of("hand", (), author="wang", name=Text.same("anew")), "li")
            return self.graph.write(list(statements))

    with pytest.raises(Conflict, match="changed by somebody else"):
        Curation(Slow(graph, 0), clock).publish("zhao", *catalogue, check=accept)
    assert approved.live() is None


def test_knowledge_that_is_retired_while_it_is_published_stops_the_publish(approved, graph, clock, catalogue):
    class Slow(Failing):
        def write(self, statements):
            approved.retire("a", "li", "just now")
            return self.graph.write(list(statements))

    with pytest.raises(Conflict, match="changed by somebody else"):
        Curation(Slow(graph, 0), clock).publish("zhao", *catalogue, check=accept)
    assert approved.live() is None


def test_a_release_that_cannot_be_served_is_not_published(approved, catalogue):
    """What is served now stays, and the number is not used up."""
    def refuse(release):
        msg = f"release {release.number} cannot be served"
        raise InvalidRule(msg)

    first = approved.publish("zhao", *catalogue, check=accept)
    with pytest.raises(InvalidRule, match="release 2"):
        approved.publish("zhao", *catalogue, check=refuse)
    assert approved.live_number() == first.number
    assert [release.number for release in approved.releases()] == [1]


def test_a_draft_is_what_publishing_would_make_and_writes_nothing(approved, catalogue):
    draft = approved.draft("zhao", *catalogue)
    assert (approved.live(), approved.releases()) == (None, ())
    assert approved.publish("zhao", *catalogue, check=accept) == draft


def test_a_draft_takes_included_items_as_approved_with_their_rules(approved, catalogue):
    draft = approved.draft("zhao", *catalogue, include=["b"])
    assert served(draft) == (["hand", "rule-a", "rule-b"], ["a", "b"])
    assert {item.status for item in draft.items} == {KnowledgeStatus.PUBLISHED}
    assert statuses(approved, "a", "b") == ["approved", "proposed"]


def test_a_draft_refuses_what_is_unknown_or_was_rejected(approved, catalogue):
    approved.reject("b", "li", "a coincidence")
    for item_id in ("b", "nothing"):
        with pytest.raises(NotFound, match=f"'{item_id}'"):
            approved.draft("zhao", *catalogue, include=[item_id])
