"""A corner shop, made up: members who buy for half a year, one in four with a golden card."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

from api.settings import Settings
from api.startup import create_for, open_service

MEMBERS = 240
_WEEKS = 26
_GOODS = (("tea", "TEA"), ("cup", "CHINA"), ("rice", "GRAIN"), ("soy", "SAUCE"))
_MAPPING = """
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
product_id = "product"
ordered_at = { column = "at", format = "%Y-%m-%d %H:%M" }
quantity = "quantity"
amount = "amount"

[tables.products]
source = "sales"
one_per = ["product_id"]

[tables.products.columns]
product_id = "product"
category = "category"
name = "product"

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


def make_shop(folder: Path, settings: Settings | None = None) -> Path:
    """The shop's base in ``folder``, with the rules of the pack live as release 1; its home."""
    at = settings or Settings(home=folder / "home", engine_workers=0)
    mapping = write_mapping(folder, write_sales(folder / "sales.csv"))
    create_for(at, str(mapping))
    with open_service(at) as service:
        service.ingestion.import_mapping(str(mapping), {}, progress=lambda _: None)
        service.rules.adopt_shipped("owner")
        service.publishing.publish("owner")
    return at.home


def write_mapping(folder: Path, sales: Path) -> Path:
    """The shop's mapping as a file."""
    mapping = folder / "corner_shop.toml"
    mapping.write_text(_MAPPING.replace("FILE", str(sales)), encoding="utf-8")
    return mapping


def write_sales(path: Path, *, members: int = MEMBERS, weeks: int = _WEEKS) -> Path:
    """What every member bought, one in three often and little, the others seldom: half of them much, half very much.

    Tea goes with a cup, and rice with soy or alone.

    The last purchase is on 30 June 2024.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["member", "order", "product", "category", "at", "quantity", "amount", "tier"])
        for member in range(members):
            for week in range(0, weeks, 1 if member % 3 == 0 else 4 + member % 2):
                at = datetime(2024, 6, 30, 23, 30) - timedelta(weeks=week, hours=member)  # noqa: DTZ001  # the shop's own time
                goods = (_GOODS[:2], _GOODS[2:], _GOODS[2 + week % 2:3 + week % 2])[(member + week) % 3]
                for name, category in goods:
                    rows.writerow([f"m{member}", f"{member}-{week}", name, category, f"{at:%Y-%m-%d %H:%M}", 1,
                                   (8 + member % 5, 70 + member % 7, 300 + 3 * (member % 11))[member % 3],
                                   "standard" if member % 4 else "gold"])
    return path

