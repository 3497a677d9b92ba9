"""SIGKILL at random moments under load: what was acknowledged is there, nothing is half. ``bench kills`` does more."""

import pytest

from bench.kills.rounds import Proof


@pytest.fixture(scope="module")
def proof(tmp_path_factory):
    with Proof(tmp_path_factory.mktemp("kills"), seed=11, longest=1.0) as made:
        yield made


@pytest.mark.parametrize("kind", ["service", "import", "loading"])
def test_nothing_acknowledged_is_lost_when_it_is_killed(proof, kind):
    said = proof.kill_once(kind)
    assert proof.wrong == [], said


def test_all_of_it_is_there_in_the_end_and_in_the_graph_once(proof):
    assert proof.told.decisions
    assert proof.told.outcomes
    assert proof.told.interactions
    assert proof.told.notes
    assert proof.check_all() == []
