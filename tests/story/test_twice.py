"""The same data, moment and seed give the same release, in another base and in the same one again."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.homes import copy_home

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def fingerprint(told_demo):
    return fingerprint_of(told_demo.printed)


def fingerprint_of(printed):
    """Of the release that the demo says it published."""
    [found] = re.findall(r"release \d+: \d+ rules, (sha256:[0-9a-f]{64})", printed)
    return found


@pytest.fixture(scope="module")
def homes(demo_home, tmp_path_factory):
    """A new home, and a copy of the one that has run the demo once."""
    folder = tmp_path_factory.mktemp("twice")
    return {"another": folder / "another", "same": copy_home(demo_home, folder / "same")}


@pytest.fixture(scope="module")
def told(homes, zhike):
    """What `zhike demo --no-serve` said in either home; both run side by side."""
    with ThreadPoolExecutor(len(homes)) as both:
        finished = dict(zip(homes, both.map(lambda home: zhike(home, "demo", "--no-serve"), homes.values()),
                            strict=True))
    assert all(process.returncode == 0 for process in finished.values()), finished
    return {name: process.stderr for name, process in finished.items()}


def test_another_base_with_another_secret_publishes_the_same_release(told, homes, demo_home, fingerprint):
    """Its customers' keys are others, so nothing may hang on their order."""
    assert (homes["another"] / "secret").read_bytes() != (demo_home / "secret").read_bytes()
    assert fingerprint_of(told["another"]) == fingerprint


def test_the_demo_again_in_the_same_home_has_nothing_to_publish_and_keeps_the_release(told, homes, fingerprint, zhike):
    releases = json.loads(zhike(homes["same"], "releases", "--json").stdout)
    assert "nothing has changed" in told["same"]
    assert fingerprint_of(told["same"]) == fingerprint
    assert [(release["number"], release["fingerprint"]) for release in releases] == [(1, fingerprint)]


@pytest.mark.usefixtures("told")
def test_importing_the_same_files_again_changes_nothing(homes, zhike, demo_home):
    report = json.loads(zhike(homes["same"], "import", "complete_journey", "--json").stdout)
    assert report["unchanged"]
    assert (homes["same"] / "catalog.json").read_bytes() == (demo_home / "catalog.json").read_bytes()
    assert len(list((homes["same"] / "snapshots").rglob("*.parquet"))) == len(report["tables"])
