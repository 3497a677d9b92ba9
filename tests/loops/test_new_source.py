"""A new source costs one mapping file: nothing else in the product knows of it."""

import csv
from datetime import datetime, timedelta

import pytest
from typer.testing import CliRunner

from api.cli.commands import app
from api.settings import Settings
from api.startup import open_service

MAPPING = """
[base]
name = { zh = "小店", en = "Corner shop" }
zone = "Asia/Shanghai"
currency = "CNY"
clock = "data"

[sources.sales]
format = "csv"
file = "FILE"
encoding = "gbk"

[tables.order_lines]
source = "sales"

[tables.order_lines.columns]
customer_id = "会员号"
order_id = "单号"
product_id = "商品"
ordered_at = { column = "时间", format = "%Y/%m/%d %H:%M" }
quantity = "数量"
amount = "金额"
channel = { constant = "store" }

[tables.products]
source = "sales"
one_per = ["product_id"]

[tables.products.columns]
product_id = "商品"
category = "品类"
name = "商品"

[tables.customers]
source = "sales"
one_per = ["customer_id"]

[tables.customers.columns]
customer_id = "会员号"
gender = { column = "性别", values = { "女" = "female", "男" = "male" } }
tier = "等级"

[attributes.tier]
type = "string"
labels = { zh = "会员等级", en = "membership tier" }
[attributes.tier.values]
"金" = { zh = "金卡", en = "gold" }
"普" = { zh = "普通卡", en = "standard" }
"""
GOODS = (("茶叶", "茶"), ("茶杯", "茶具"), ("米", "粮油"), ("酱油", "调味"))


def write_sales(path):
    """Forty members who buy every week for half a year; tea mostly with a cup. The last sale is on 30 June 2024."""
    with path.open("w", encoding="gbk", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["会员号", "性别", "等级", "单号", "商品", "品类", "时间", "数量", "金额"])
        for member in range(40):
            for week in range(26):
                at = datetime(2024, 6, 30, 23, 30) - timedelta(weeks=week, hours=member)  # noqa: DTZ001 - written so
                goods = GOODS[:2] if (member + week) % 3 == 0 else GOODS[2 + week % 2:3 + week % 2]
                for name, category in goods:
                    rows.writerow([f"会员{member}", "女男"[member % 2], "金普"[member % 4 > 0], f"{member}-{week}",
                                   name, category, f"{at:%Y/%m/%d %H:%M}", 1, "12.50"])


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The shop's base after the commands a stranger would type."""
    folder = tmp_path_factory.mktemp("shop")
    write_sales(folder / "sales.csv")
    mapping = folder / "corner_shop.toml"
    mapping.write_text(MAPPING.replace("FILE", str(folder / "sales.csv")), encoding="utf-8")
    home = folder / "home"
    for words in (["import", str(mapping)], ["mine"], ["publish", "--by", "manager"], ["decide", "会员7"]):
        run(home, *words)
    return home


def run(home, *words):
    """What a command prints."""
    answer = CliRunner().invoke(app, words, env={"ZHIKE_HOME": str(home), "ZHIKE_ENGINE_WORKERS": "0"})
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_every_member_gets_an_answer(shop):
    said = run(shop, "decide", "--all", "--json")
    assert '"customers": 40' in said
    assert '"unexplained": 0' in said


def test_the_map_tells_days_in_the_shops_zone_and_values_in_the_mappings_words(shop):
    with open_service(Settings(home=shop, engine_workers=0)) as service:
        assert service.describing.describe()["as_of_text"].startswith("2024-06-30 23:30 Asia/Shanghai")
        assert service.describing.describe()["currency"] == "CNY"
        shown = service.customers.knowledge_map("会员4")
        told = {entry["id"]: entry["statement"] for kind in ("information", "operational") for entry in shown[kind]}
        assert told["customer.tier"] == {"zh": "会员等级：金卡", "en": "membership tier: gold"}
        assert told["customer.gender"]["zh"] == "性别：女"
        assert told["customer.order_count"]["zh"] == "订单数：26"
        assert service.customers.knowledge_map("会员7")["customer"]["customer_id"] == "会员7"
