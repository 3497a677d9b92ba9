import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import Conflict, InvalidInput
from kb.experiments.challenge import Challenge, ChallengeMode, Challenges
from ontology.text import Text
from tests.at_once import at_once

WHY = Text(zh="够了", en="enough")


def challenge(mode=ChallengeMode.SHADOW, share=0.0, release=2):
    return Challenge(release=release, against=1, mode=mode, share=share, since=5, started_at=10, started_by="li")


def test_a_challenge_comes_back_equal_from_the_graph(graph):
    kept = Challenges(graph)
    assert kept.latest() is None
    kept.begin(challenge(ChallengeMode.SHARE, 0.1))
    assert Challenges(graph).latest() == challenge(ChallengeMode.SHARE, 0.1)


def test_the_end_is_written_on_the_latest_and_those_before_are_kept(graph):
    kept = Challenges(graph)
    kept.begin(challenge())
    first = challenge().ended(until=9, at=20, by="wang", why=WHY)
    kept.end(first)
    kept.begin(challenge(release=3))
    assert kept.all() == (first, challenge(release=3))
    assert [one.is_open for one in kept.all()] == [False, True]


def test_of_two_services_that_start_a_challenger_at_once_one_is_told(services):
    done = at_once(*(lambda graph=graph, release=release: Challenges(graph).begin(challenge(release=release))
                     for graph, release in zip(services, (2, 3), strict=True)))

    [told] = [answer for answer in done if isinstance(answer, Conflict)]
    [begun] = Challenges(services[0]).all()
    assert told.message == f"release {begun.release} challenges release 1 already"
    assert begun.release == (3 if done[0] is told else 2)


def test_a_challenge_ends_once(graph):
    kept = Challenges(graph)
    kept.begin(challenge())
    ended = challenge().ended(until=9, at=20, by="wang", why=WHY)
    done = at_once(*(lambda by=by: kept.end(challenge().ended(until=9, at=20, by=by, why=WHY)) for by in ("a", "b")))
    assert [isinstance(answer, Conflict) for answer in done].count(True) == 1
    with pytest.raises(Conflict, match="somebody else has ended the challenge of release 2"):
        kept.end(ended)
    assert [one.ended_by for one in kept.all()] == ["b" if done[0] else "a"]


def test_nothing_that_never_began_can_end(graph):
    with pytest.raises(Conflict, match="release 2"):
        Challenges(graph).end(challenge().ended(until=9, at=20, by="wang", why=WHY))


@pytest.mark.parametrize(("mode", "share"), [("share", 0.0), ("share", 1.0), ("share", -0.1), ("shadow", 0.1)])
def test_a_share_that_makes_no_comparison_is_refused(mode, share):
    with pytest.raises(InvalidInput, match="share"):
        challenge(ChallengeMode(mode), share)


KEYS = st.text("0123456789abcdef", min_size=32, max_size=32).map("c{}".format)


@given(KEYS)
def test_a_challenger_decides_for_nobody_in_shadow_and_always_for_the_same_customers_on_a_share(key):
    assert not challenge().decides_for(key)
    share = challenge(ChallengeMode.SHARE, 0.3)
    assert share.decides_for(key) is challenge(ChallengeMode.SHARE, 0.3).decides_for(key)
    assert challenge(ChallengeMode.SHARE, 0.6).decides_for(key) or not share.decides_for(key)
