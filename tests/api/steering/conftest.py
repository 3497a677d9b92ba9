"""A base of forty customers, made by hand: release 1 is live, and release 2 was made with a lever of the survey.

Everybody may be asked for feedback, and the odd ones among them are welcomed. Under release 1
the welcome comes first, under release 2 the survey does.
"""

from contextlib import ExitStack

import pytest

from api.composition import open_use_cases
from kb.graph.port import Statement
from kb.home import Home
from kb.tables.catalog import Catalog, write_catalog
from ontology.text import Text
from ontology.vocabulary import ActionFamily
from tests.homes import copy_home, make_home, open_base

AS_OF = 1_514_808_000  # 2018-01-01 12:00 UTC
PEOPLE = [str(number) for number in range(40)]
_CREATE = """
    CREATE (c:Customer {customer_key: $key, external_id: $id, order_count: 30, recency_days: 4, joined_days_ago: $days,
                        consent_marketing: true})"""


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The base's folder; tests take ``home``, a copy."""
    home = make_home(tmp_path_factory.mktemp("made") / "home", name=Text.same("forty"), zone="UTC", currency="EUR",
                     as_of=AS_OF)
    write_catalog(home.path, Catalog(zone="UTC", currency="EUR"))
    base = open_base(home)
    base.graph.write([Statement(_CREATE, {"key": home.customer_key(name), "id": name,
                                          "days": 3 if int(name) % 2 else 300}) for name in PEOPLE])
    with open_use_cases(base) as service:
        service.rules.adopt_shipped("eve")
        service.publishing.publish("eve")
        service.steering.set_levers({ActionFamily.SURVEY: 100.0}, "li")
        service.publishing.publish("eve")
        service.publishing.rollback(1, "eve")
    return home


@pytest.fixture
def home(made, tmp_path):
    return Home(copy_home(made.path, tmp_path / "home"))


@pytest.fixture
def opened(home):
    """Open the base of this test; again after a close it is the same one."""
    return lambda: open_use_cases(open_base(home))


@pytest.fixture
def ending():
    """What is entered here ends with the test, or when it is closed."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def service(opened, ending):
    return ending.enter_context(opened())


@pytest.fixture
def server(home, serve_home):
    with serve_home(home.path) as running:
        yield running
