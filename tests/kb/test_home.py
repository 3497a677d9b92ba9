"""A base's folder: its description, its secret, its one owner."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kb.errors import BaseLocked, InvalidInput, NotFound
from kb.home import Base, Home
from ontology.text import Text
from tests.at_once import at_once

SHOP = Base(name=Text(zh="小店", en="shop"), zone="Asia/Shanghai", currency="CNY")


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "base")
    made.create(SHOP)
    return made


def test_a_base_is_read_as_it_was_described(home):
    assert home.base() == SHOP


def test_describing_a_base_again_keeps_its_secret(home):
    """With another secret every customer would get another key."""
    before = home.secret()
    home.create(SHOP)
    assert home.secret() == before


def test_two_bases_know_the_same_person_by_different_keys(home, tmp_path):
    other = Home(tmp_path / "other")
    other.create(SHOP)
    assert home.customer_key("42") != other.customer_key("42")


def test_only_the_owner_can_read_the_folder_the_secret_and_the_description(home):
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (home.path, home.path / "secret", home.path / "base.json")]
    assert modes == [0o700, 0o600, 0o600]


def test_a_folder_without_a_base_says_how_to_make_one(tmp_path):
    with pytest.raises(NotFound) as told:
        Home(tmp_path).base()
    assert "zhike init" in told.value.hint


@pytest.mark.parametrize("content", ["", "{", '{"name": "shop"}', '{"name": {"zh": "店", "en": "shop"}}'])
def test_a_damaged_description_is_named_with_its_file(home, content):
    (home.path / "base.json").write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"base\.json"):
        home.base()


def test_an_unknown_time_zone_is_refused_with_examples():
    with pytest.raises(InvalidInput, match="Mars/Olympus") as told:
        Base(name=SHOP.name, zone="Mars/Olympus", currency="CNY")
    assert "Asia/Shanghai" in told.value.hint


def test_a_second_process_is_told_who_holds_the_base(home):
    script = f"from pathlib import Path; from kb.home import Home\nwith Home(Path({str(home.path)!r})).own(): pass"
    with home.own():
        other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False,  # noqa: S603 - our own script
                               cwd=Path(__file__).parents[2])
    assert "BaseLocked" in other.stderr
    assert "is held by process" in other.stderr
    with home.own(), pytest.raises(BaseLocked), home.own():
        pass


def test_an_erased_person_stays_on_the_list(home):
    key = home.customer_key("42")
    home.note_erased(key)
    home.note_erased(key)
    assert home.erased() == {key}


def test_of_persons_who_are_erased_at_once_each_is_on_the_list(tmp_path):
    home = Home(tmp_path)
    at_once(*(lambda number=number: home.note_erased(f"c{number}") for number in range(16)))
    assert home.erased() == {f"c{number}" for number in range(16)}
    assert [path.name for path in tmp_path.iterdir()] == ["erased"]
