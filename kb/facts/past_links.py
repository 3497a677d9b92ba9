"""Which knowledge each run found to hold for which customer, kept beside the links that are live."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kb.errors import StoreFailure
from kb.facts.moment import Moment
from kb.graph.port import Record
from kb.model.ids import CustomerKey
from ontology.text import Text

_GROUP_ROWS = 20_000
_COLUMNS = ("item", "score", "since", "run_id", "as_of", "amount", "amount_low", "amount_high",
            "goes_with")


@dataclass(frozen=True, slots=True)
class KeptLinks:
    """The customer-knowledge links of every run, a Parquet file each, in one folder.

    A file is whole: it has every link that was live from its run until the next. Its name says the run's moment (true
    in the world) and when it was recorded (known to us), both in epoch seconds.
    """

    folder: Path

    def keep(self, links: pa.Table, *, as_of: int, recorded_at: int) -> None:
        """Keep the links of a run; the same run again replaces them.

        Args:
            links: ``from`` (customer key), ``to`` (item id), ``score``, ``since``, the ``run_id`` and ``as_of`` of the
                run that made the score, which may be an earlier one, and ``amount, amount_low, amount_high,
                goes_with``.
            as_of: The moment of the run, epoch seconds.
            recorded_at: The wall clock when it became known.
        """
        more = {name: links[name] for name in _COLUMNS[1:] if name in links.column_names}
        told = pa.table({"customer_key": links["from"], "item": links["to"], **more}).sort_by("customer_key")
        path = self.folder / f"links_{as_of}_{recorded_at}.parquet"
        beside = path.with_name(f".{path.name}.new")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(told, beside, row_group_size=_GROUP_ROWS)
            beside.replace(path)
        except OSError as fault:
            msg = Text(zh=f"无法把挖掘任务的客户得分保存到“{self.folder}”：{fault.strerror}",
                       en=f"the links of the run could not be kept in '{self.folder}': {fault.strerror}")
            raise StoreFailure(msg, hint=Text(zh="请检查剩余空间和权限",
                                              en="check free space and permissions")) from fault

    def of(self, key: CustomerKey, moment: Moment) -> list[Record] | None:
        """A customer's links at the moment as they were known then: ``item, score, since``, ``run_id, as_of``, amounts.

        They are those of the latest run that lies before the moment, in its last recording; ``None`` where no run did.
        Which run made a score, and amounts, are unknown in files that earlier versions kept.
        """
        seen = [kept for kept in self._kept() if kept.as_of <= moment.as_of and kept.recorded_at <= moment.seen_until]
        if not seen:
            return None
        latest = max(seen, key=lambda kept: (kept.as_of, kept.recorded_at))
        told = [name for name in _COLUMNS if name in pq.read_schema(latest.path).names]
        rows = pq.read_table(latest.path, columns=told, filters=[("customer_key", "=", key)])
        return [dict.fromkeys(_COLUMNS) | row for row in rows.to_pylist()]

    def _kept(self) -> Iterator["_Kept"]:
        for path in sorted(self.folder.glob("links_*.parquet")):
            _, as_of, recorded_at = path.stem.split("_")
            yield _Kept(path=path, as_of=int(as_of), recorded_at=int(recorded_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """One run's file."""

    path: Path
    as_of: int
    recorded_at: int
