"""A made-up person who left traces everywhere, and a search for them in every file of a folder.

Files are read as bytes, and Parquet and JSON also by what they say: compressed pages and escapes hide words from a
search in bytes.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow.parquet as pq

from bench.bases.corner_shop import write_sales

WHO, OTHER = "KD-77120943", "m1"
WORDS: Mapping[str, str] = {
    "id": WHO, "name": "欧阳静澜", "phone": "+86-139-7712-0943", "address": "梧桐里77号1204室",
    "complaint": "茶叶发霉了请退款", "note": "她喜欢龙井不要打电话", "contact": "问起明前茶的价格",
    "closing": "已补寄两盒龙井", "city": "乌镇西栅", "reason": "搬去外地所以停了",
}
"""What is said of the person, each found nowhere else."""

_MAPPING = """
[base]
name = { zh = "小店", en = "Corner shop" }
zone = "Asia/Shanghai"
currency = "CNY"
clock = "data"

[sources.sales]
format = "csv"
file = "sales.csv"

[sources.people]
format = "csv"
file = "people.csv"

[sources.contacts]
format = "csv"
file = "contacts.csv"

[sources.mailings]
format = "csv"
file = "mailings.csv"

[sources.plans]
format = "csv"
file = "plans.csv"

[sources.friends]
format = "csv"
file = "friends.csv"

[sources.deals]
format = "csv"
file = "deals.csv"

[tables.order_lines]
source = "sales"

[tables.order_lines.columns]
customer_id = "member"
order_id = "order"
product_id = "product"
ordered_at = { column = "at", format = "%Y-%m-%d %H:%M" }
quantity = "quantity"
amount = "amount"

[[tables.order_lines.refuse]]
reason = "zero_quantity"
why = { zh = "数量为零", en = "a quantity of zero" }
when = { quantity = "zero" }

[tables.products]
source = "sales"
one_per = ["product_id"]

[tables.products.columns]
product_id = "product"
category = "category"
name = "product"

[tables.customers]
source = "people"

[tables.customers.columns]
customer_id = "id"
name = "name"
phone = "phone"
address = "address"
city = "city"
email = "email"

[attributes.email]
type = "string"
labels = { zh = "电子邮箱", en = "e-mail" }

[tables.interactions]
source = "contacts"

[tables.interactions.columns]
interaction_id = "nr"
customer_id = "who"
at = { column = "at", format = "%Y-%m-%d %H:%M" }
kind = "kind"
channel = "channel"
text = "text"
handled_by = "by"

[tables.contacts]
source = "mailings"

[tables.contacts.columns]
customer_id = "who"
campaign_id = "campaign"
contacted_at = { column = "at", format = "%Y-%m-%d %H:%M" }
responded = "answered"

[tables.subscriptions]
source = "plans"

[tables.subscriptions.columns]
customer_id = "who"
plan = "plan"
started_at = { column = "since", format = "%Y-%m-%d %H:%M" }
reason = "reason"

[tables.relations]
source = "friends"

[tables.relations.columns]
from_customer = "one"
to_customer = "other"
kind = "kind"

[tables.opportunities]
source = "deals"

[tables.opportunities.columns]
opportunity_id = "nr"
account = "account"
agent = "agent"
product_id = "product"
stage = "stage"
"""
_AT = "2024-06-20 10:00"


def write_files(folder: Path, *, members: int = 40) -> Path:
    """The files of a shop in which the person is in every table, kept and refused; the mapping's path."""
    folder.mkdir(exist_ok=True)
    sales = write_sales(folder / "sales.csv", members=members)
    with sales.open("a", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        for week in range(8):
            rows.writerow([WHO, f"{WHO}-{week}", "tea", "TEA", f"2024-06-{week + 1:02} 10:00", 1, 12, "gold"])
        rows.writerow([WHO, f"{WHO}-x", "tea", "TEA", "2024-06-09 10:00", 0, 12, "gold"])
    others = [f"m{number}" for number in range(members)]
    for name, head, lines in _tables(others):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *lines])
    mapping = folder / "traces.toml"
    mapping.write_text(_MAPPING.replace('file = "', f'file = "{folder}/'), encoding="utf-8")
    return mapping


def _tables(others: list[str]) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    yield "people", ["id", "name", "phone", "address", "city", "email"], [
        [WHO, WORDS["name"], WORDS["phone"], WORDS["address"], WORDS["city"], f"{WHO}@example.com"],
        *([other, f"Member {other}", "", "", "", ""] for other in others)]
    yield "contacts", ["nr", "who", "at", "kind", "channel", "text", "by"], [
        ["i1", WHO, _AT, "complaint", "phone", WORDS["complaint"], "lin"],
        ["i2", WHO, _AT, "no such kind", "phone", WORDS["complaint"], "lin"],
        ["i3", OTHER, _AT, "visit", "store", "bought tea", WHO],
        ["i4", "m2", _AT, "visit", "store", "bought a cup", WORDS["name"]],
        ["i5", "m3", _AT, "enquiry", "phone", "asks for cups", "lin"],
        ["i6", "m4", _AT, "no such kind", "phone", "asks", WHO]]
    yield "mailings", ["who", "campaign", "at", "answered"], [[WHO, "spring", _AT, "yes"], [OTHER, "spring", _AT, "no"]]
    yield "plans", ["who", "plan", "since", "reason"], [[WHO, "tea club", _AT, WORDS["reason"]],
                                                        [OTHER, "tea club", _AT, ""]]
    yield "friends", ["one", "other", "kind"], [[OTHER, WHO, "referral"], [WHO, "m2", "social"],
                                                ["m2", "m3", "social"], ["m3", WHO, "no such kind"]]
    yield "deals", ["nr", "account", "agent", "product", "stage"], [
        ["o1", WHO, "lin", "tea", "won"], ["o2", OTHER, WHO, "tea", "open"], ["o3", "m2", "lin", "cup", "open"]]


def found_in(folder: Path, words: Mapping[str, str]) -> dict[str, list[str]]:
    """By word, the files that hold it, relative to the folder."""
    found: dict[str, list[str]] = {name: [] for name in words}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes() + _said(path).encode()
        for name, word in words.items():
            if word.encode() in content:
                found[name].append(path.relative_to(folder).as_posix())
    return {name: files for name, files in found.items() if files}


def _said(path: Path) -> str:
    if path.suffix == ".parquet":
        return repr(pq.ParquetFile(path).read().to_pylist())
    if path.suffix in {".json", ".jsonl"}:
        return "\n".join(json.dumps(json.loads(line), ensure_ascii=False)
                         for line in ([path.read_text(encoding="utf-8")] if path.suffix == ".json"
                                      else path.read_text(encoding="utf-8").splitlines()))
    return ""
