"""The moment of a base follows its data back as well as on, and a person can set it."""

import json
import re

import pytest

from api.composition import open_use_cases
from api.use_cases import ingestion
from bench.bases.corner_shop import write_mapping, write_sales
from kb.errors import InvalidInput
from kb.facts.refresh import FactTables
from kb.home import Home
from tests.homes import open_base

pytestmark = pytest.mark.timeout(300)
LAST = 1719761400
"""2024-06-30 23:30 in Shanghai: the last purchase."""


def quiet(_):
    """Nobody listens."""


@pytest.fixture
def right(tmp_path):
    """The mapping of the shop, and its file."""
    return str(write_mapping(tmp_path, write_sales(tmp_path / "sales.csv")))


@pytest.fixture
def late(tmp_path):
    """The same with an order two weeks later."""
    (tmp_path / "late").mkdir()
    sales = write_sales(tmp_path / "late" / "sales.csv")
    with sales.open("a", encoding="utf-8", newline="") as file:
        file.write("m1,late,tea,TEA,2024-07-14 10:00,1,9,gold\r\n")
    return str(write_mapping(tmp_path / "late", sales))


def moments(home):
    """Of the base and of its facts."""
    return Home(home).base().as_of, FactTables.open(home / "facts").moment.as_of


def test_the_right_file_brings_the_moment_back(home, right, late):
    with open_use_cases(open_base(Home(home))) as service:
        service.ingestion.import_mapping(late, {}, progress=quiet)
        assert moments(home)[0] > LAST
        service.ingestion.import_mapping(right, {}, progress=quiet)
    assert moments(home) == (LAST, LAST)


def test_a_moment_that_the_mapping_states_counts_though_the_rows_are_the_same(home, right, tmp_path):
    stated = tmp_path / "corner_shop.toml"
    stated.write_text(stated.read_text(encoding="utf-8").replace("[base]", "[base]\nas_of = 2024-06-15"),
                      encoding="utf-8")
    with open_use_cases(open_base(Home(home))) as service:
        assert service.ingestion.import_mapping(right, {}, progress=quiet)["unchanged"]
    assert moments(home) == (1718380800, 1718380800)


def test_a_row_of_the_year_2099_is_refused_and_the_moment_stays(home, right, tmp_path, zhike):
    with (tmp_path / "sales.csv").open("a", encoding="utf-8", newline="") as file:
        file.write("m1,typo,tea,TEA,2099-07-14 10:00,1,9,gold\r\n")
    told = zhike(home, "import", right)
    assert "1 refused, ordered_at lies more than a day after this machine's clock" in told.stdout
    assert moments(home) == (LAST, LAST)


def test_a_person_sets_the_moment_and_it_is_on_record_who_when_and_what_stood_before(home, zhike):
    set_ = json.loads(zhike(home, "moment", "set", "2024-06-10", "--by", "chen", "--json").stdout)
    assert set_["as_of_text"].startswith("2024-06-10 23:59")
    change, = json.loads(zhike(home, "moment", "show", "--json").stdout)["changes"]
    assert (change["by"], change["before"], change["after"]) == ("chen", LAST, set_["as_of"])
    assert change["at"] > LAST
    assert moments(home) == (set_["as_of"], set_["as_of"])
    shown = zhike(home, "moment", "show").stdout
    assert re.search(r"it stays\n.*: chen set it to 2024-06-10.*; before: 2024-06-30", shown)


def test_what_comes_in_leaves_a_moment_that_was_set_and_says_so(home, late):
    said = []
    with open_use_cases(open_base(Home(home))) as service:
        before = service.ingestion.set_moment("2024-06-10", "chen", progress=quiet)["as_of"]
        service.ingestion.import_mapping(late, {}, progress=said.append)
        assert moments(home) == (before, before)
        assert any("the moment stays at 2024-06-10" in line and "as chen set it" in line for line in said)
        service.ingestion.set_moment("data", "li", progress=quiet)
        assert moments(home)[0] == moments(home)[1] > LAST


def test_a_base_can_be_let_to_live_by_the_wall(home, right):
    with open_use_cases(open_base(Home(home))) as service:
        assert service.ingestion.set_moment("wall", "chen", progress=quiet)["lives"]
        service.ingestion.import_mapping(right, {}, progress=quiet)
    assert Home(home).base().as_of is None


@pytest.mark.parametrize(("told", "why"), [("2099-01-01", "is to come"), ("soon", "is not an instant")])
def test_a_moment_that_is_none_is_refused_and_nothing_has_changed(home, told, why):
    before = (home / "base.json").read_bytes()
    with open_use_cases(open_base(Home(home))) as service, pytest.raises(InvalidInput, match=why):
        service.ingestion.set_moment(told, "chen", progress=quiet)
    assert (home / "base.json").read_bytes() == before


def test_a_moment_whose_facts_were_cut_off_is_finished_when_the_base_is_opened(home, monkeypatch):
    def cut_off(*_, **__):
        raise KeyboardInterrupt

    with open_use_cases(open_base(Home(home))) as service:
        monkeypatch.setattr(ingestion.Ingestion, "_renew_facts", cut_off)
        with pytest.raises(KeyboardInterrupt):
            service.ingestion.set_moment("2024-06-10", "chen", progress=quiet)
        monkeypatch.undo()
    assert moments(home)[1] == LAST
    with open_use_cases(open_base(Home(home))):
        pass
    assert moments(home)[0] == moments(home)[1] < LAST


def test_the_facts_of_an_import_that_was_cut_off_are_not_forgotten_where_the_moment_is_set(home, late, monkeypatch):
    def cut_off(*_, **__):
        raise KeyboardInterrupt

    with open_use_cases(open_base(Home(home))) as service:
        monkeypatch.setattr(ingestion, "load_persons", cut_off)
        with pytest.raises(KeyboardInterrupt):
            service.ingestion.import_mapping(late, {}, progress=quiet)
        monkeypatch.undo()
        said = []
        service.ingestion.set_moment("data", "chen", progress=said.append)
    assert any("was cut off; it is being finished" in line for line in said)
    assert moments(home)[0] == moments(home)[1] > LAST


def test_the_same_rows_with_another_name_are_not_called_the_same(home, right, tmp_path):
    mapping = tmp_path / "corner_shop.toml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace(
        'tier = "tier"', 'tier = "tier"\nname = "member"', 1), encoding="utf-8")
    said = []
    with open_use_cases(open_base(Home(home))) as service:
        report = service.ingestion.import_mapping(right, {}, progress=said.append)
    assert report["renamed"] == 240
    assert "name, phone or address of 240 customers changed" in said[-1]
