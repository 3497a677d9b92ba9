"""What an import must not do in silence: bring in nothing of a file, or take away what an earlier one brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis

from kb.errors import Conflict, InvalidSource
from kb.ingestion.cleaning import ERASED, REASON, Sifted
from kb.ingestion.files import LINE, Connection, physical_line
from kb.tables.canonical import CANONICAL
from kb.tables.catalog import Contribution, Snapshot
from ontology.quantities import percent
from ontology.text import Text

MAY_GO_SHARE = 0.05
"""The share of a table's rows that an import may take away without being asked to replace them. It holds for tables of
any size: of fewer than twenty rows none may go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Rows of one table that an import takes away.

    Args:
        stand: Rows that the mapping's last import brought.
        removed: How many of them the new files do not have.
        come: Rows of the new files.
    """

    table: str
    stand: int
    removed: int
    come: int

    @property
    def is_grave(self) -> bool:
        """Whether more goes than may go unasked."""
        return self.removed > MAY_GO_SHARE * self.stand

    @property
    def words(self) -> Text:
        """The figures in a sentence."""
        remain = self.stand - self.removed
        return _LOSS.fill(table=self.table, stand=f"{self.stand:,}", remain=f"{remain:,}",
                          added=f"{self.come - remain:,}")


def require_rows(one: Sifted) -> None:
    """Return if something of the table's rows is kept; rows of erased persons are no fault of the file.

    Raises:
        InvalidSource: With every reason, how many rows it refused, and the line of the first.
    """
    told = _refused_by_reason(one)
    if not told or {row[REASON] for row in told} == {ERASED} or _is_anything_kept(one):
        return
    reasons = Text.joined(_REASON.fill(
        reason=row[REASON], n=f"{row['n']:,}", words=one.reasons[row[REASON]],
        line=physical_line(one.staged.source, one.staged.path, row["line"])) for row in told)
    raise InvalidSource(_ALL_REFUSED.fill(path=one.staged.path, n=f"{one.staged.read:,}",
                                          table=one.staged.mapping.name, reasons=reasons), hint=_CORRECT)


def losses_of(con: Connection, home: Path, before: Contribution | None,
              fresh: Mapping[str, tuple[Path, Snapshot]]) -> Mapping[str, Loss]:
    """What becomes of each table's rows that the mapping brought before.

    Args:
        con: Where they are counted.
        home: The base's folder.
        before: What the mapping gives now.
        fresh: Canonical table -> what its new rows are written to, and as what they will be known.
    """
    found = {}
    for name, snapshot in ({} if before is None else before.tables).items():
        path, come = fresh.get(name, (None, None))
        removed = 0 if come == snapshot else _removed(con, name, home / snapshot.path, path)
        found[name] = Loss(table=name, stand=snapshot.rows, removed=removed, come=0 if come is None else come.rows)
    return found


def require_no_losses(mapping: str, losses: Sequence[Loss]) -> None:
    """Return if no table loses more than may go unasked.

    Raises:
        Conflict: With the figures of every table that would.
    """
    grave = [loss.words for loss in losses if loss.is_grave]
    if grave:
        raise Conflict(_TAKES_AWAY.fill(mapping=mapping, share=percent(MAY_GO_SHARE), losses=Text.joined(grave)),
                       hint=_REPLACE.fill(mapping=mapping))


def _removed(con: Connection, name: str, before: Path, after: Path | None) -> int:
    """How many rows of ``before`` are not in ``after``; of rows that are known by the same, as many as are missing."""
    identity = list(CANONICAL[name].stored_identity)
    stood = _counted(con, before, identity)
    if after is None:
        return int(stood["n"].sum().execute() or 0)
    come = _counted(con, after, identity).rename({f"{column}_": column for column in identity} | {"still": "n"})
    both = stood.left_join(come, [stood[column] == come[f"{column}_"] for column in identity])
    return int(ibis.greatest(both["n"] - both["still"].fill_null(0), 0).sum().execute() or 0)


def _counted(con: Connection, path: Path, identity: list[str]) -> ibis.Table:
    rows = con.read_parquet(path)
    return rows.group_by(identity).aggregate(n=rows.count())


def _refused_by_reason(one: Sifted) -> list[dict[str, Any]]:
    refused = one.refused.group_by(REASON).aggregate(n=one.refused.count(), line=one.refused[LINE].min())
    found: list[dict[str, Any]] = refused.order_by("line").to_pyarrow().to_pylist()
    return found


def _is_anything_kept(one: Sifted) -> bool:
    return bool(one.kept.limit(1).count().execute())


_LOSS = Text(zh="{table} 现有 {stand} 行，只会留下 {remain} 行，另有 {added} 行是新的",
             en="of {table} {stand} rows stand, {remain} of them would remain, {added} others are new")
_REASON = Text(zh="{n} 行：{words}（{reason}，例如第 {line} 行）",
               en="{n}: {words} ({reason}, for example line {line})")
_ALL_REFUSED = Text(zh="{path}：{table} 的 {n} 行全部被拒：{reasons}",
                    en="{path}: all {n} rows of {table} were refused: {reasons}")
_CORRECT = Text(zh="请更正文件或映射；原有数据未受影响", en="correct the file or the mapping; the base is as it was")
_TAKES_AWAY = Text(
    zh="此次导入会取走映射 {mapping} 先前带来的数据，超过一张表的 {share}：{losses}",
    en="this import would take away more than {share} of what the mapping {mapping} brought before: {losses}")
_REPLACE = Text(
    zh="原有数据未受影响。若新文件就是全部数据，请加 --replace；若属于另一来源，请为其映射文件另取名称"
       "（{mapping} 已被使用）",
    en="the base is as it was; if the new files are the whole truth, repeat it with --replace; if they are of another "
       "source, give its mapping a file name of its own, other than {mapping}")
