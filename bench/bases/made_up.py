"""A shop of as many customers as asked for, made up from a seed and brought in as files are: by a mapping."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from api.composition import UseCases
from kb.model.ids import ItemId
from kb.model.knowledge import KnowledgeItem
from ontology.text import Text
from ontology.vocabulary import KnowledgeKind, KnowledgeStatus, PatternKind

CATEGORIES = 60
PRODUCTS = 600
LINES_EACH = 10
ITEMS = 20
_DAY = 86_400
_FIRST = 1_700_000_000
_MAPPING = """
[base]
name = { zh = "虚构商店", en = "made-up shop" }
zone = "UTC"
currency = "EUR"
clock = "data"

[sources.customers]
format = "parquet"

[sources.products]
format = "parquet"

[sources.lines]
format = "parquet"
zone = "UTC"

[tables.customers]
source = "customers"
columns = { customer_id = "id", gender = "gender", city = "city" }

[tables.products]
source = "products"
columns = { product_id = "product", category = "category" }

[tables.order_lines]
source = "lines"

[tables.order_lines.columns]
customer_id = "id"
order_id = "order"
product_id = "product"
ordered_at = "at"
quantity = "quantity"
amount = "amount"
"""


def write_sources(folder: Path, customers: int, seed: int = 7) -> Path:
    """The mapping of a shop whose files stand beside it.

    Args:
        folder: Where the files are written.
        customers: How many; each has ten order lines in a year, in a few favourite categories.
        seed: Of everything that is drawn.
    """
    draw = np.random.default_rng(seed)
    ids = np.char.add("M", np.arange(customers).astype(str))
    pq.write_table(pa.table({
        "id": ids, "gender": draw.choice(["female", "male"], customers),
        "city": draw.choice(["Lyon", "Porto", "Graz", "Turku"], customers)}), folder / "customers.parquet")
    pq.write_table(pa.table({
        "product": [f"P{number}" for number in range(PRODUCTS)],
        "category": [f"CATEGORY {number % CATEGORIES}" for number in range(PRODUCTS)]}), folder / "products.parquet")
    pq.write_table(_lines(ids, draw), folder / "lines.parquet")
    mapping = folder / "made_up.toml"
    mapping.write_text(_MAPPING, encoding="utf-8")
    return mapping


def bring_in(service: UseCases, mapping: Path) -> None:
    """Import the shop, adopt the shipped rules, and publish them as release 1."""
    files = {name: mapping.with_name(f"{name}.parquet") for name in ("customers", "products", "lines")}
    service.ingestion.import_mapping(str(mapping), files, progress=lambda _: None)
    service.rules.adopt_shipped("bench")
    service.publishing.publish("publisher")


def items() -> tuple[KnowledgeItem, ...]:
    """Knowledge for customers to hold: one next purchase for each of twenty categories."""
    return tuple(KnowledgeItem(
        id=ItemId(f"next-{number}"), kind=KnowledgeKind.HIDDEN, pattern_kind=PatternKind.ASSOCIATION,
        status=KnowledgeStatus.PROPOSED, statement=Text.same(f"next purchase {number}"), strength=0.5,
        measures={"support": 0.1, "confidence": 0.5, "lift": 2.0}, antecedent=(f"CATEGORY {number}",),
        consequent=(f"CATEGORY {number + 1}",), valid_from=_FIRST, recorded_at=_FIRST, author="bench",
    ) for number in range(ITEMS))


def links(keys: list[str], each: int) -> pa.Table:
    """``each`` items held by every customer, as rows of a relationship table."""
    held = [f"next-{(place + step) % ITEMS}" for place in range(len(keys)) for step in range(each)]
    ends = np.repeat(np.array(keys, dtype=object), each)
    return pa.table({
        "from": pa.array(ends, pa.string()), "to": pa.array(held, pa.string()),
        "score": pa.array(np.linspace(0.0, 1.0, len(held))), "since": pa.repeat(_FIRST, len(held)),
        "valid_from": pa.repeat(_FIRST, len(held)), "recorded_at": pa.repeat(_FIRST, len(held))})


def _lines(ids: np.ndarray, draw: np.random.Generator) -> pa.Table:
    count = len(ids) * LINES_EACH
    orders = np.repeat(np.arange(len(ids) * LINES_EACH // 2), 2)
    at = _FIRST + draw.integers(0, 365 * _DAY, count // 2)
    favourite = np.repeat(draw.integers(0, CATEGORIES, len(ids)), LINES_EACH)
    category = (favourite + draw.geometric(0.3, count)) % CATEGORIES
    product = category + CATEGORIES * draw.integers(0, PRODUCTS // CATEGORIES, count)
    return pa.table({
        "id": np.repeat(ids, LINES_EACH), "order": np.char.add("O", orders.astype(str)),
        "product": np.char.add("P", product.astype(str)), "at": pa.array(np.repeat(at, 2), pa.timestamp("s")),
        "quantity": draw.integers(1, 5, count), "amount": draw.gamma(2.0, 10.0, count).round(2)})
