"""A base in which a made-up person has left traces everywhere."""

import time

import pytest

from api.composition import open_use_cases
from api.settings import Settings
from api.use_cases.simulation.drafting import ReleaseDraft
from kb.experiments.challenge import ChallengeMode
from kb.home import Base, Home
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel
from tests.erasure.traces import OTHER, WHO, WORDS, write_files
from tests.homes import copy_home, open_base

_MOST_POLLS = 3_000


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory):
    """The base's folder and its mapping. Read only: tests which write take ``home``."""
    folder = tmp_path_factory.mktemp("lived")
    mapping = write_files(folder / "files")
    home = Home(folder / "home")
    home.create(Base(name=Text.same("shop"), zone="Asia/Shanghai", currency="CNY", graph=Settings().graph))
    with open_use_cases(open_base(home)) as service:
        service.ingestion.import_mapping(str(mapping), {}, progress=lambda _: None)
        sales = folder / "files" / "sales.csv"
        with sales.open("a", encoding="utf-8", newline="") as file:
            file.write("m1,late,tea,TEA,2024-06-30 20:00,1,8,standard\r\n")
        service.ingestion.import_mapping(str(mapping), {}, progress=lambda _: None)  # supersedes the earlier snapshots
        _live(service)
        _mined(service)
        _told(service)
    return home.path, mapping


def _live(service):
    service.rules.adopt_shipped("eve")
    service.publishing.publish("eve")
    service.steering.set_levers({ActionFamily.SURVEY: 2.0}, "li")
    service.publishing.publish("eve", aside=True)
    service.challenging.start(2, ChallengeMode.SHADOW, 0.0, "eve")


def _mined(service):
    run = service.runs.start(as_of=None, seed=7, by="eve")
    for _ in range(_MOST_POLLS):
        if (run := service.runs.one(run["id"]))["state"] not in {"running", "loading"}:
            break
        time.sleep(0.1)
    assert run["state"] == "finished", run
    service.simulations.simulate([ReleaseDraft()], Channel.PHONE, seed=7, author="eve", progress=lambda _: None)


def _told(service):
    for customer in (WHO, OTHER, "m2"):
        decision = service.deciding.decide([customer], Channel.PHONE, {})["decisions"][0]
        for action in decision["actions"][:1]:
            service.recording.record_outcome(decision["decision_id"], action["action_id"], "shown", "li")
    service.recording.record_interaction({"customer_id": WHO, "interaction_id": f"call-{WHO}", "kind": "enquiry",
                              "channel": "phone", "text": WORDS["contact"]}, "li")
    service.recording.change_case("i1", resolved=True, author="li", reason=WORDS["closing"])
    service.recording.add_note(WHO, WORDS["note"], "li")
    service.recording.add_note("m5", f"is a friend of {WORDS['name']} and of KD-7", "li")


@pytest.fixture
def mapping(lived_in):
    return str(lived_in[1])


@pytest.fixture
def home(lived_in, tmp_path):
    """A copy of the base that one test may write to."""
    return Home(copy_home(lived_in[0], tmp_path / "home"))


@pytest.fixture
def opened():
    """Open the service over a home in this process."""
    return lambda home: open_use_cases(open_base(home))
