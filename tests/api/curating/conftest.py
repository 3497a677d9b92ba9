"""The base of forty customers that the tests of steering use, and a service over it: release 1 is live."""

import pytest

from kb.model.bounds import DAY_SECONDS
from kb.model.knowledge import KnowledgeItem
from kb.model.pattern import Refusal, Run
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus, PatternKind
from tests.api.steering.conftest import ending, home, made, opened, server, service  # noqa: F401 - fixtures
from tests.rule_files import read_rules, write_rules

SCHEMA = load_schema()
RATE = {"later_rate": 0.4, "later_members": 200.0}
FELL = {"later_rate": 0.1, "later_members": 100.0}


@pytest.fixture
def rule_file(tmp_path):
    """Write a file of rules: ``rule_file(*rules)`` is its path."""
    def write(*rules, name="规则.txt"):
        path = tmp_path / name
        write_rules(path, rules, SCHEMA, "zh")
        assert len(read_rules(path, SCHEMA)) == len(rules)
        return path

    return write


@pytest.fixture
def tell(service):  # noqa: F811 - the fixture
    """Let a run of a day say of an offer that it found it (with measures), or refused it (with what it measured)."""
    curation, moment = service.base.curation, service.base.description.moment.as_of

    def item(day, measures):
        return KnowledgeItem(
            id="offer-melons", kind=service.base.ontology.schema.kinds[PatternKind.OFFER], measures=measures,
            pattern_kind=PatternKind.OFFER, status=KnowledgeStatus.PROPOSED, strength=0.8, author=f"run-{day}",
            statement=Text(zh="瓜类：可推荐", en="melons: to be offered"), consequent=("MELONS",),
            valid_from=moment + (day - 400) * DAY_SECONDS, recorded_at=moment, run_id=f"run-{day}")

    def run(day, measures=None, refused=None):
        found = item(day, measures or RATE)
        told = Refusal(item_id=found.id, pattern_kind=PatternKind.OFFER, subject="MELONS", statement=found.statement,
                       reason=Text(zh="购买率过低", en="the rate is too low"), measures=refused or {})
        curation.propose([] if refused else [found], refusals=[told] if refused else [], run=Run(
            run_id=f"run-{day}", as_of=found.valid_from, seed=7, started_at=0, finished_at=1, code_version="x",
            datasets=(), parameters={}))
        return service.reviewing.item(found.id)

    return run
