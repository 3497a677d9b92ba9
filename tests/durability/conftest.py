"""A small shop's base that is copied for each test, and services over it."""


import pytest

from api.composition import open_use_cases
from bench.bases.corner_shop import make_shop
from kb.home import Home
from tests.homes import copy_home, open_base


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """The shop's base with release 1 live. Read only: tests which write take ``home``."""
    return make_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def home(shop, tmp_path):
    """A copy of the shop's base that one test may write to."""
    return copy_home(shop, tmp_path / "home")


@pytest.fixture(scope="session")
def open_service_of():
    """Open a service over a home in this process."""
    return lambda home: open_use_cases(open_base(Home(home)))
