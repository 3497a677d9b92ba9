"""What an import did: for each table what was read, kept, refused and why, and how much of each column is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from kb.ingestion.files import SourceFile
from kb.ingestion.mapping.declaration import BaseDefaults
from kb.model.ids import Digest
from ontology.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReport:
    """What became of the rows of one table: ``read = kept - added + merged + sum(quarantined)``.

    Args:
        read: Rows of the source that belong to this table.
        kept: Rows of the snapshot.
        merged: Rows that described a thing which another row describes too (``one_per``).
        added: Rows no source row stands for: customers that only other tables know.
        removed: Rows that the mapping's last import brought and these files do not have.
        quarantined: Reason -> rows refused.
        quarantined_amounts: Reason -> money on the refused rows, as exact decimal text; only where the table has money.
        quarantined_lines: Reason -> the line of the first row refused for it.
        varying: Attribute -> customers of whom the source tells several values, and who have none therefore.
        placeholders: Column -> rows that held a word for *unknown*, such as a customer 0, and hold nothing therefore.
        coverage: Column -> share of kept rows on which it is known, [0, 1]; columns known nowhere are left out.
        unchanged: Whether the snapshot was there already.
    """

    table: str
    source: str
    read: int
    kept: int
    merged: int = 0
    added: int = 0
    removed: int = 0
    quarantined: Mapping[str, int] = field(default_factory=dict)
    quarantined_amounts: Mapping[str, str] = field(default_factory=dict)
    quarantined_lines: Mapping[str, int] = field(default_factory=dict)
    varying: Mapping[str, int] = field(default_factory=dict)
    placeholders: Mapping[str, int] = field(default_factory=dict)
    coverage: Mapping[str, float] = field(default_factory=dict)
    digest: Digest
    unchanged: bool

    @property
    def duplicates(self) -> int:
        """Rows refused as exact copies of another."""
        return self.quarantined.get("duplicate", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """One import.

    Args:
        tables: Canonical table -> its report.
        dropped: Canonical table that the mapping no longer fills -> the rows that it brought before.
        reasons: Every reason a row was refused for, in words.
        last_instant: The data's last moment, epoch seconds; the mapping's own ``as_of`` where it states one.
        persons: ``customer_key, external_id, name, phone, address``: for the graph alone.
    """

    mapping: str
    base: BaseDefaults
    sources: tuple[SourceFile, ...]
    tables: Mapping[str, TableReport]
    reasons: Mapping[str, Text]
    last_instant: int
    dropped: Mapping[str, int] = field(default_factory=dict)
    persons: pa.Table = field(repr=False, compare=False)

    @property
    def unchanged(self) -> bool:
        """Whether nothing new was written."""
        return not self.dropped and all(table.unchanged for table in self.tables.values())
