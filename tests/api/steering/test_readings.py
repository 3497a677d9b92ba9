"""Which reading decides, as ``ZHIKE_ENGINE`` says it, and what an answer and readiness tell of it."""

from dataclasses import replace

import pytest

from api.composition import open_use_cases
from kb.experiments.challenge import ChallengeMode
from ontology.vocabulary import Channel
from tests.homes import open_base

from .conftest import PEOPLE

BOTH, PYTHON = ["durable_rules", "python"], ["python"]


@pytest.fixture
def deciding(home):
    """Everybody's decisions in one call, with the service that made them, at a share of answers from the engine."""
    def opened(share, workers=1):
        return open_use_cases(open_base(home), engine_workers=workers, engine_share=share)
    return opened


def decided(service, people=PEOPLE):
    return service.deciding.decide(people, Channel.WEB, {})["decisions"]


def bare(decisions):
    """What is decided, without what tells how."""
    told = {"decision_id", "engine", "readings", "last_event"}
    return [{name: value for name, value in one.items() if name not in told} for one in decisions]


@pytest.mark.parametrize(("share", "readings"), [(1.0, [BOTH]), (0.5, [BOTH, PYTHON]), (0.0, [PYTHON])])
def test_an_answer_tells_which_readings_made_it_and_is_the_same_by_any_of_them(deciding, share, readings):
    with deciding(0.0) as service:
        expected = bare(decided(service))
    with deciding(share) as service:
        answers = decided(service)
        replayed = [service.deciding.replay(one["decision_id"])["equal"] for one in answers]
    assert bare(answers) == expected
    assert sorted({tuple(one["readings"]) for one in answers}) == sorted(map(tuple, readings))
    assert all(one["engine"] == one["readings"][0] for one in answers)
    assert all(replayed)


def test_where_the_engine_only_tries_releases_none_of_its_processes_runs(deciding):
    with deciding(0.0, workers=2) as service:
        decided(service)
        state = service.health.readiness()["engine"]
    assert (state["ready"], state["workers"], state["not_sampled"]) == (True, 0, len(PEOPLE))


def test_those_who_are_asked_about_together_get_what_each_gets_alone_whichever_release_decides_for_them(deciding):
    with deciding(1.0) as service:
        service.challenging.start(2, ChallengeMode.SHARE, 0.5, "li")
        together = decided(service)
        alone = [answer for customer_id in PEOPLE for answer in decided(service, [customer_id])]
    assert bare(together) == bare(alone)
    assert {one["release"] for one in together} == {1, 2}
    assert all(one["readings"] == BOTH for one in together)


def test_a_disagreement_is_noted_in_readiness_and_the_answer_is_that_of_python(deciding):
    with deciding(0.0) as service:
        expected = bare(decided(service))
    with deciding(1.0) as service:
        decided(service)
        for compiled in service.releases.engine._served.values():
            program = compiled.program
            object.__setattr__(compiled, "program", replace(program, numbered=program.numbered[::-1]))
        answers = decided(service)
        state = service.health.readiness()["engine"]
    assert bare(answers) == expected
    assert {tuple(one["readings"]) for one in answers} == {("python",)}
    assert state["disagreed"] == len(PEOPLE)
    assert state["note"].startswith(f"{len(PEOPLE)} answers of durable_rules and Python differed")
