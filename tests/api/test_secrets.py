"""What must not be readable is not there: keys, external ids, files of others."""

import json
import signal
import sqlite3
import stat

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api.settings import Settings
from api.startup import create_for
from kb.home import Home
from tests.homes import is_on_server


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_keys_are_stored_as_hashes_only(shared_server):
    stored = (shared_server.home / "access.db").read_bytes()
    assert stored.count(b"agent")
    assert not any(key.encode() in stored for key in shared_server.keys.values())


def test_no_key_is_said_or_logged_by_the_service(shared_server):
    assert not any(key in line for key in shared_server.keys.values() for line in shared_server.lines)


@pytest.mark.parametrize("name", ["base.json", "secret", "access.db", "service"])
def test_what_opens_the_base_is_for_its_owner_alone(shared_server, name):
    assert mode(shared_server.home / name) == 0o600
    assert mode(shared_server.home) == 0o700


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT], ids=lambda end: end.name)
def test_a_service_that_is_stopped_takes_its_address_and_key_with_it(serve_home, demo_copy, end):
    with serve_home(demo_copy) as server:
        told = json.loads((demo_copy / "service").read_text())
        assert told["url"] == server.url
        server.process.send_signal(end)
        server.process.wait(timeout=30)
        assert not (demo_copy / "service").exists()
        with Home(demo_copy).own():
            pass
    assert not [line for line in server.lines if "leaked" in line]


@pytest.fixture(scope="module")
def external_ids(complete_journey):
    households = pq.read_table(complete_journey / "transactions.parquet", columns=["household_id"])
    return {str(household) for household in households["household_id"].to_pylist()}


def columns_of(folder):
    """Every column of text or whole numbers in the Parquet files under a folder, as text values."""
    for path in sorted(folder.rglob("*.parquet")):
        table = pq.read_table(path)
        for name in table.column_names:
            if pa.types.is_string(table[name].type) or pa.types.is_large_string(table[name].type):
                yield path.relative_to(folder).as_posix(), name, set(table[name].unique().to_pylist())


def test_snapshots_and_facts_carry_keys_and_no_external_id(demo_home, external_ids):
    """No column holds the households' ids; ids of products, stores and campaigns may be equal to some of them."""
    for folder in ("snapshots", "facts"):
        for path, name, values in columns_of(demo_home / folder):
            assert not external_ids <= values, (path, name)
            if name.startswith("customer"):
                assert name == "customer_key"
                assert all(key is None or (len(key) == 33 and key.startswith("c")) for key in values)


def test_the_journal_carries_keys_and_no_external_id(shared_server, agent):
    """What says whose record it is, is read: ids of this base are short numbers, which occur in any text by chance."""
    agent.post("/v1/decisions", json={"customer_ids": ["2351"]})
    with sqlite3.connect(f"file:{shared_server.home / 'journal.db'}?mode=ro", uri=True) as journal:
        [(body,)] = journal.execute("SELECT body FROM decisions ORDER BY sequence DESC LIMIT 1").fetchall()
        keys = {key for key, in journal.execute("SELECT DISTINCT customer_key FROM decisions")}
    told = json.loads(body)
    assert told["customer_key"] == Home(shared_server.home).customer_key("2351")
    assert "customer_id" not in body
    assert "external_id" not in body
    assert '"2351"' not in body
    assert all(len(key) == 33 for key in keys)


def test_a_base_that_an_import_makes_takes_the_secret_it_is_given(tmp_path):
    """The keys of its customers are then those of the other bases with that secret."""
    (tmp_path / "secret").write_bytes(b"shared by several homes of a base")
    settings = Settings(home=tmp_path / "home", graph="ladybug:", secret_file=tmp_path / "secret")
    create_for(settings, "online_retail")
    assert Home(settings.home).secret() == b"shared by several homes of a base"


def test_an_id_that_no_file_has_by_chance_is_in_no_file_but_the_graph(tmp_path, zhike):
    """A base of one strange customer: the bytes of every file are searched."""
    strange = "Квіткова-客户-77"
    source = tmp_path / "orders.csv"
    source.write_text("who,order,product,at,n,money\n" + "\n".join(
        f"{strange},o{day},p{day % 2},2024-01-{day:02d},1,2.50" for day in range(1, 29)), encoding="utf-8")
    mapping = tmp_path / "shop.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    home = tmp_path / "home"
    finished = zhike(home, "import", str(mapping), "--file", f"lines={source}")
    assert finished.returncode == 0, finished.stderr
    holding = {path.relative_to(home).parts[0] for path in home.rglob("*")
               if path.is_file() and strange.encode() in path.read_bytes()}
    assert holding == (set() if is_on_server() else {"graph"})


MAPPING = """
[base]
name = { zh = "小店", en = "Shop" }
zone = "Asia/Shanghai"
currency = "CNY"
clock = "data"

[sources.lines]
format = "csv"
zone = "Asia/Shanghai"

[tables.order_lines]
source = "lines"

[tables.order_lines.columns]
customer_id = "who"
order_id = "order"
product_id = "product"
ordered_at = { column = "at", format = "%Y-%m-%d" }
quantity = "n"
amount = "money"
"""
