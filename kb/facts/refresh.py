"""Fact tables on disk: computed whole from the canonical tables at one moment, read by every reading."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis.expr.types import Table

from kb.errors import NotFound, StoreFailure
from kb.facts.definitions.interaction import MEMORY_DAYS
from kb.facts.moment import Moment
from kb.facts.registry import FACTS, build_kept
from kb.facts.table_source import TableSource
from kb.facts.values import TESTABLE_BYTES, TEXT_FORM
from kb.model.canonical import short_id
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import FactName

_MANIFEST = "facts.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactTables:
    """The fact tables of one refresh.

    Args:
        folder: Holds ``<fact>.parquet`` for each fact type, sorted by customer and key.
        rows: How many rows each fact type has.
        left_out: How many rows of a fact type are in the tables and not among the facts, because they are too old.
        form: Which properties fact types had when they were computed (``facts_form``); empty where nobody said.
        coverage: Share of customers for whom each property of the customer is known, [0, 1]; indicators among them.
    """

    folder: Path
    moment: Moment
    rows: Mapping[str, int]
    coverage: Mapping[str, float]
    left_out: Mapping[str, int] = field(default_factory=dict)
    form: str = ""

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The tables that the last refresh left in ``folder``.

        Raises:
            NotFound: When no refresh has finished there.
        """
        try:
            said = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            msg = Text(zh=f"“{folder}”中没有事实表", en=f"no fact tables in '{folder}'")
            raise NotFound(msg, hint=Text(zh="请先导入数据；每次导入都会更新事实",
                                          en="Import data first; every import refreshes the facts.")) from error
        return cls(folder=folder, moment=Moment(**said["moment"]), rows=said["rows"], coverage=said["coverage"],
                   left_out=said.get("left_out", {}), form=said.get("form", ""))

    def path(self, name: str) -> Path:
        """The Parquet file of one fact type.

        Raises:
            NotFound: For a fact type that has no table.
        """
        if name not in self.rows:
            msg = Text(zh=f"没有事实表“{name}”；已有：{'、'.join(self.rows)}",
                       en=f"no fact table '{name}'; there are: {', '.join(self.rows)}")
            raise NotFound(msg, hint=Text(zh="知识来自图谱，时刻来自请求",
                                          en="Knowledge comes from the graph and the moment from the request."))
        return self.folder / f"{name}.parquet"

    def read(self, name: str, *, columns: Sequence[str] | None = None, repeated: Sequence[str] = ()) -> pa.Table:
        """All rows of one fact type.

        Args:
            name: Which.
            columns: Those that are wanted; ``None``: all.
            repeated: Columns whose values repeat: each is held once.
        """
        return pq.read_table(self.path(name), columns=columns, read_dictionary=repeated)

    def columns(self, name: str) -> list[str]:
        """The columns of one fact type."""
        names: list[str] = pq.read_schema(self.path(name)).names
        return names


def facts_form() -> str:
    """Tells the facts of this version from those of another, which knew other properties of a fact type."""
    facts = load_schema().facts
    return short_id("facts", {name: sorted(facts[name].properties) for name in FACTS})


def refresh(tables: TableSource, moment: Moment, folder: Path, progress: Callable[[str], None]) -> FactTables:
    """Compute every fact type at ``moment`` and write it to ``folder``.

    Each file appears whole or not at all, the manifest last; readers of the files before keep what they have open.

    Raises:
        StoreFailure: When the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        rows = {name.value: _write(name, build_kept(tables, moment, name), folder, progress) for name in FACTS}
        left_out = _left_out(folder, progress)
        made = FactTables(folder=folder, moment=moment, rows=rows, coverage=_coverage(folder), left_out=left_out,
                          form=facts_form())
        _replace(folder / _MANIFEST, lambda path: path.write_text(_manifest(made), encoding="utf-8"))
    except OSError as error:
        msg = Text(zh=f"无法把事实表写入“{folder}”：{error.strerror}",
                   en=f"fact tables could not be written to '{folder}': {error.strerror}")
        raise StoreFailure(msg, hint=Text(zh="请检查剩余空间和权限", en="Check free space and permissions.")) from error
    return made


def _write(name: FactName, facts: Table, folder: Path, progress: Callable[[str], None]) -> int:
    ordered = facts.order_by([key for key in ("customer_key", "_key") if key in facts.columns])
    read = normalise_strings(ordered.to_pyarrow())
    _replace(folder / f"{name}.parquet", lambda path: pq.write_table(read, path))
    progress(f"{name}: {read.num_rows:,}")
    return int(read.num_rows)


def normalise_strings(table: pa.Table) -> pa.Table:
    """Every string in NFC; one that is too long to be tested becomes unknown."""
    for place, column in enumerate(table.schema):
        if pa.types.is_string(column.type):
            text = pc.utf8_normalize(table.column(place), form=TEXT_FORM)
            fitting = pc.less_equal(pc.binary_length(text), TESTABLE_BYTES)
            table = table.set_column(place, column, pc.if_else(fitting, text, pa.scalar(None, column.type)))
    return table


def _coverage(folder: Path) -> Mapping[str, float]:
    customers = pq.read_table(folder / f"{FactName.CUSTOMER}.parquet").drop_columns("customer_key")
    known = {name: customers.num_rows - customers.column(name).null_count for name in customers.column_names}
    return {name: count / max(1, customers.num_rows) for name, count in known.items()}


def _left_out(folder: Path, progress: Callable[[str], None]) -> Mapping[str, int]:
    customers = pq.read_table(folder / f"{FactName.CUSTOMER}.parquet", columns=["older_interactions"])
    older = int(pc.sum(customers["older_interactions"]).as_py() or 0)
    if older:
        progress(f"{FactName.INTERACTION}: {older:,} of more than {MEMORY_DAYS} days ago are not among the facts: none"
                 " is open, and none has a customer's latest score")
    return {FactName.INTERACTION.value: older} if older else {}


def _manifest(made: FactTables) -> str:
    return json.dumps({"moment": asdict(made.moment), "rows": made.rows, "coverage": made.coverage,
                       "left_out": made.left_out, "form": made.form}, indent=1)


def _replace(path: Path, fill: Callable[[Path], object]) -> None:
    """Fill a file beside ``path`` and put it in its place at once."""
    beside = path.with_name(f".{path.name}.new")
    fill(beside)
    beside.replace(path)
