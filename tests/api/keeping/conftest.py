"""A small shop's base through which the whole loop has run; it takes seconds."""

import csv
from datetime import datetime, timedelta

import pytest

MAPPING = """
[base]
name = { zh = "小店", en = "Corner shop" }
zone = "Asia/Shanghai"
currency = "CNY"
clock = "data"

[sources.sales]
format = "csv"
file = "FILE"

[tables.order_lines]
source = "sales"

[tables.order_lines.columns]
customer_id = "member"
order_id = "order"
product_id = "goods"
ordered_at = { column = "at", format = "%Y/%m/%d %H:%M" }
quantity = "quantity"
amount = "amount"
channel = { constant = "store" }

[tables.products]
source = "sales"
one_per = ["product_id"]

[tables.products.columns]
product_id = "goods"
category = "category"
name = "goods"

[tables.customers]
source = "sales"
one_per = ["customer_id"]

[tables.customers.columns]
customer_id = "member"
tier = "tier"

[attributes.tier]
type = "string"
labels = { zh = "会员等级", en = "membership tier" }
"""
GOODS = (("绿茶", "茶"), ("茶杯", "茶具"), ("大米", "粮油"), ("酱油", "调味"))


def write_sales(path):
    """Thirty members who buy every week for half a year; tea mostly with a cup."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["member", "tier", "order", "goods", "category", "at", "quantity", "amount"])
        for member in range(30):
            for week in range(26):
                at = datetime(2024, 6, 30, 23, 30) - timedelta(weeks=week, hours=member)  # noqa: DTZ001 - written so
                goods = GOODS[:2] if (member + week) % 3 == 0 else GOODS[2 + week % 2:3 + week % 2]
                for name, category in goods:
                    rows.writerow([f"m{member}", "金普"[member % 4 > 0], f"{member}-{week}", name, category,
                                   f"{at:%Y/%m/%d %H:%M}", 1, "12.50"])


@pytest.fixture(scope="session")
def shop_archive(tmp_path_factory):
    """The shop's base, published as release 1 and decided for everybody, as an archive."""
    from api.serving import open_service  # here, so that the tests of the other folders need not wait for it
    from api.settings import Settings
    from api.terminal.demo import tell

    folder = tmp_path_factory.mktemp("shop")
    write_sales(folder / "sales.csv")
    (folder / "mapping.toml").write_text(MAPPING.replace("FILE", str(folder / "sales.csv")), encoding="utf-8")
    settings = Settings(home=folder / "home", engine_workers=0)
    tell(settings, mapping=str(folder / "mapping.toml"), overrides={}, serve=False, say=quiet)
    with open_service(settings) as service:
        service.archives.export(folder / "archive", quiet)
    return folder / "archive"


@pytest.fixture(scope="session")
def new_shop(shop_archive):
    """Make the shop's base in a new home, on the engine that the environment names."""
    from api.cases.keeping.restoring import import_archive
    from api.settings import Settings

    def make(home):
        import_archive(Settings(home=home), shop_archive, quiet)
        return home

    return make


@pytest.fixture
def shop(new_shop, tmp_path):
    """The shop's base, for one test to write to."""
    return new_shop(tmp_path / "home")


def quiet(_):
    """Nobody listens to the progress."""
