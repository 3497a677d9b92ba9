"""Where a graph is, as ZHIKE_GRAPH says it."""

from pathlib import Path

import pytest

from kb.errors import InvalidInput
from kb.graph.address import GraphAccess, GraphAddress, place_of


@pytest.mark.parametrize(("url", "server", "database", "namespace"), [
    ("ladybug:", "", "", ""),
    ("bolt://db", "bolt://db:7687", "", ""),
    ("bolt://127.0.0.1:17687/", "bolt://127.0.0.1:17687", "", ""),
    ("neo4j+ssc://db.example:7700/shop", "neo4j+ssc://db.example:7700", "shop", ""),
    ("neo4j+s://db/shop?namespace=east-1", "neo4j+s://db:7687", "shop", "east-1"),
    ("bolt+s://[::1]:7688?namespace=a_b", "bolt+s://[::1]:7688", "", "a_b"),
])
def test_a_url_names_server_database_and_namespace(url, server, database, namespace):
    assert place_of(url, Path("home")) == GraphAddress(server=server, database=database, namespace=namespace)


@pytest.mark.parametrize("url", [
    "http://db:7474", "bolt://", "bolt://db:port", "bolt://db:0", "bolt://db/one/two", "bolt://db?namespace=a b",
    "bolt://db?namespace=a.b", "bolt://db?name=x", "neo4j+tls://db", "", "ladybug:/elsewhere",
])
def test_what_names_no_graph_is_refused_with_the_form_that_was_expected(url):
    with pytest.raises(InvalidInput, match=r"expected ladybug: or bolt\|neo4j"):
        place_of(url, Path("home"))


@pytest.mark.parametrize("url", ["bolt://neo4j:secret@db", "http://neo4j:secret@db", "bolt://neo4j@db"])
def test_a_password_in_the_url_is_refused_and_not_repeated(url):
    with pytest.raises(InvalidInput) as caught:
        place_of(url, Path("home"))
    assert "secret" not in caught.value.message


def test_each_folder_has_a_namespace_of_its_own_where_the_url_asks_for_it(tmp_path):
    url = "bolt://db?namespace=shop-{home}"
    one, other = (place_of(url, tmp_path / name).namespace for name in ("one", "other"))
    assert one != other
    assert one == place_of(url, tmp_path / "other" / ".." / "one").namespace
    assert one.startswith("shop-")


def test_a_place_never_shows_its_password():
    assert "secret" not in repr(place_of("bolt://db", Path("home"), GraphAccess(password="secret")))  # noqa: S106
