"""A small shop as a mapping, and a way to import what a test writes."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kb.ingestion.files import FileLimits
from kb.ingestion.intake import run_import
from kb.ingestion.mapping import SourceMapping, load_mapping
from kb.ingestion.report import ImportReport
from kb.tables.catalog import read_catalog
from kb.tables.tables import open_tables

_LIMITS = FileLimits()
BASE = """
[base]
name = { zh = "小店", en = "A small shop" }
zone = "Asia/Shanghai"
currency = "CNY"
"""

SHOP = BASE + """
[sources.lines]
format = "csv"

[tables.order_lines]
source = "lines"

[tables.order_lines.columns]
customer_id = "customer"
order_id = "order"
product_id = "product"
ordered_at = "at"
quantity = "pieces"
amount = "paid"

[[tables.order_lines.refuse]]
reason = "zero_quantity"
why = { zh = "数量为零", en = "a quantity of zero" }
when = { quantity = "zero" }
"""

HEADER = "customer,order,product,at,pieces,paid\n"
LINES = """\
anna,1,tea,2024-03-01 09:30:00,2,19.90
,2,tea,2024-03-01 10:00:00,1,9.95
ben,3,cup,2024-03-02 11:00:00,-1,-30
"""


class Shop:
    """A base to import into, from files that a test writes."""

    base = BASE
    mapping = SHOP
    header = HEADER
    lines = HEADER + LINES

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"

    def write(self, name: str, content: str | bytes) -> Path:
        """A file beside the base."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def load(self, mapping: str, *, name: str = "shop") -> SourceMapping:
        """A mapping from its text."""
        return load_mapping(self.write(f"{name}.toml", mapping))

    def take(self, lines: str | bytes | Path = lines, *, mapping: str = SHOP,  # noqa: PLR0913 - all that tests vary
             mapping_name: str = "shop", erased: frozenset[str] = frozenset(), name: str = "lines.csv",
             replacing: bool = False, now: int | None = None, limits: FileLimits = _LIMITS,
             **others: str) -> ImportReport:
        """Import ``lines`` and the texts of other sources."""
        files = {"lines": lines if isinstance(lines, Path) else self.write(name, lines)}
        files |= {source: self.write(f"{source}.csv", text) for source, text in others.items()}
        return run_import(self.load(mapping, name=mapping_name), home=self.home, secret=b"secret", erased=erased,
                          overrides=files, replacing=replacing, now=now, limits=limits, progress=lambda _: None)

    def rows(self, table: str) -> list[dict]:
        """The canonical table's rows, unknown columns left out."""
        with open_tables(self.home) as tables:
            found = tables[table].to_pyarrow().to_pylist()
        return [{name: value for name, value in row.items() if value is not None} for row in found]

    def quarantine(self, table: str) -> list[dict]:
        """The refused rows of the last import."""
        given = read_catalog(self.home).contribution("shop").quarantine[table]
        return pq.read_table(self.home / given.path).to_pylist()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)
