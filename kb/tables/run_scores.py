"""The scores of a run as a Parquet file: item, customer, score, and what else the run knows of the two."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kb.model.ids import CustomerKey, ItemId
from kb.model.pattern import ExpectedAmount

_SCHEMA = pa.schema([("item", pa.string()), ("customer_key", pa.string()), ("score", pa.float64()),
                     ("amount", pa.float64()), ("amount_low", pa.float64()), ("amount_high", pa.float64()),
                     ("goes_with", pa.string())])
_Amounts = Mapping[ItemId, Mapping[CustomerKey, ExpectedAmount]]
_Companions = Mapping[ItemId, Mapping[CustomerKey, str]]
_NONE: Mapping[ItemId, Mapping[CustomerKey, Any]] = MappingProxyType({})


def write_scores(path: Path, scores: Mapping[ItemId, Mapping[CustomerKey, float]],
                 amounts: _Amounts = _NONE, companions: _Companions = _NONE) -> None:
    """Write the score of each customer for each item, with the amount and the companion where there is one."""
    _replace(path, scores_table(scores, amounts, companions))


def read_scores(path: Path) -> pa.Table:
    """The scores as ``scores_table`` gives them; earlier versions wrote no amounts and no companions."""
    return pq.read_table(path, schema=_SCHEMA)


def scores_table(scores: Mapping[ItemId, Mapping[CustomerKey, float]],
                 amounts: _Amounts = _NONE, companions: _Companions = _NONE) -> pa.Table:
    """Of each item, the score of each customer, the ``amount`` expected with its interval, and what it ``goes_with``.

    >>> amounts = {ItemId("worth"): {CustomerKey("c1"): ExpectedAmount(value=9.0, low=2.0, high=20.0)}}
    >>> scores_table({ItemId("worth"): {CustomerKey("c1"): 0.5}}, amounts).drop(["goes_with"]).to_pylist()
    [{'item': 'worth', 'customer_key': 'c1', 'score': 0.5, 'amount': 9.0, 'amount_low': 2.0, 'amount_high': 20.0}]
    """
    expected = [amounts.get(item, {}).get(key) for item, holders in scores.items() for key in holders]
    columns = {
        "item": [item for item, holders in scores.items() for _ in holders],
        "customer_key": [key for holders in scores.values() for key in holders],
        "score": [score for holders in scores.values() for score in holders.values()],
        "amount": [one and one.value for one in expected],
        "amount_low": [one and one.low for one in expected],
        "amount_high": [one and one.high for one in expected],
        "goes_with": [companions.get(item, {}).get(key) for item, holders in scores.items() for key in holders],
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
