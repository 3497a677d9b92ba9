"""The local words of a base: what an import writes is not undone by whoever reads what was shared before."""

import threading
from dataclasses import dataclass, field

import pytest

from kb.graph.state import state_of
from ontology.text import Text
from tests.homes import make_home, open_base


@dataclass
class Declared:
    """A number of the customer's, as a mapping declares it."""

    name: str
    labels: Text = field(default_factory=lambda: Text(zh="数", en="number"))
    sensitive: bool = False
    type: str = "number"
    unit: str | None = None
    values: dict = field(default_factory=dict)


@pytest.fixture
def base(tmp_path):
    with open_base(make_home(tmp_path / "home", name=Text.same("words"), zone="UTC", currency="EUR")) as opened:
        yield opened


def test_what_an_import_tells_stays_while_others_take_what_was_told(base):
    done = threading.Event()

    def take():
        while not done.is_set():
            base.ontology.take_over()

    taking = [threading.Thread(target=take) for _ in range(3)]
    for thread in taking:
        thread.start()
    lost = []
    for number in range(40):
        base.ontology.extend([Declared(name=f"figure_{number}")], {})
        told = base.home.extension_path.read_text(encoding="utf-8"), state_of(base.graph, "extension")
        lost += [number] if any(f"figure_{number}" not in text for text in told) else []
    done.set()
    for thread in taking:
        thread.join()

    assert lost == []
