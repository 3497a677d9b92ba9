"""The scores of a run as a Parquet file: item, customer, score."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kb.model.ids import CustomerKey, ItemId

_SCHEMA = pa.schema([("item", pa.string()), ("customer_key", pa.string()), ("score", pa.float64())])


def write_scores(path: Path, scores: Mapping[ItemId, Mapping[CustomerKey, float]]) -> None:
    """Write the score of each customer for each item."""
    _replace(path, scores_table(scores))


def read_scores(path: Path) -> pa.Table:
    """The scores as ``scores_table`` gives them."""
    return pq.read_table(path, schema=_SCHEMA)


def scores_table(scores: Mapping[ItemId, Mapping[CustomerKey, float]]) -> pa.Table:
    """Of each item, the score of each customer, as the columns ``item, customer_key, score``.

    >>> scores_table({ItemId("tea"): {CustomerKey("c1"): 0.5}}).to_pylist()
    [{'item': 'tea', 'customer_key': 'c1', 'score': 0.5}]
    """
    columns = {
        "item": [item for item, holders in scores.items() for _ in holders],
        "customer_key": [key for holders in scores.values() for key in holders],
        "score": [score for holders in scores.values() for score in holders.values()],
    }
    return pa.table(columns, schema=_SCHEMA)


def erase_scores(runs: Path, key: CustomerKey) -> int:
    """Drop a person's scores from every run in the folder ``runs``; how many there were."""
    return sum(_erase(path, key) for path in sorted(runs.glob("*/scores.parquet")))


def _erase(path: Path, key: CustomerKey) -> int:
    rows = read_scores(path)
    kept = rows.filter(pc.not_equal(rows["customer_key"], key))
    if kept.num_rows < rows.num_rows:
        _replace(path, kept)
    return int(rows.num_rows - kept.num_rows)


def _replace(path: Path, rows: pa.Table) -> None:
    beside = path.with_name(f".{path.name}.new")
    pq.write_table(rows, beside)
    beside.replace(path)
