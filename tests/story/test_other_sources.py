"""The same loop runs on a wholesaler and on a telephone company, by their mappings alone."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

pytestmark = pytest.mark.timeout(600)

SOURCES = {"online_retail": ("lines", "online_retail.csv.gz"), "telco": ("customers", "telco_churn.csv")}


@pytest.fixture(scope="module")
def told(shared_data, zhike, tmp_path_factory):
    """By mapping: the home that `zhike demo --no-serve` made, and what it printed; both run side by side."""
    def tell(mapping):
        source, file = SOURCES[mapping]
        home = tmp_path_factory.mktemp(mapping) / "home"
        given = ("--mapping", mapping, "--file", f"{source}={shared_data / file}")
        finished = zhike(home, "demo", "--no-serve", *given)
        assert finished.returncode == 0, finished.stderr
        return home, finished.stdout

    with ThreadPoolExecutor(len(SOURCES)) as both:
        return dict(zip(SOURCES, both.map(tell, SOURCES), strict=True))


@pytest.mark.shared_data
@pytest.mark.parametrize(("mapping", "customers"), [("online_retail", 4_372), ("telco", 7_043)])
def test_every_customer_of_another_source_gets_an_answer(told, mapping, customers):
    _, printed = told[mapping]
    assert f"{customers} customers" in printed
    assert "empty without saying why: 0" in printed


@pytest.mark.shared_data
def test_the_wholesalers_orders_give_associations_between_products(told, zhike):
    home, _ = told["online_retail"]
    listed = zhike(home, "knowledge", "list", "--kind", "association", "--status", "published", "--json")
    items = json.loads(listed.stdout)["items"]
    assert items
    assert all(item["measures"]["later_lift"] > 1 for item in items)


@pytest.mark.shared_data
def test_the_telephone_company_gets_churn_factors_and_retention(told, zhike):
    home, printed = told["telco"]
    listed = zhike(home, "knowledge", "list", "--kind", "churn_factor", "--status", "published", "--json")
    assert json.loads(listed.stdout)["items"]
    assert re.search(r"^retention +[1-9]", printed, re.MULTILINE)
