"""Archives, imports, erasures, and whether what a base holds is sound."""

from typing import Literal

from pydantic import Field

from api.routes.answers.base import Answer, Number, TextAnswer, absent
from kb.model.run import RunState
from ontology.vocabulary import ActionFamily


class ArchiveAnswer(Answer):
    """What an archive holds."""

    made_at: str
    files: int
    graph: dict[str, int] = Field(description="records by table")
    journal: dict[str, int] = Field(description="records by table")


class ImportedTableAnswer(Answer):
    """What became of the rows of a canonical table."""

    table: str
    read: int
    kept: int
    quarantined: str | None = Field(description="reasons with counts")
    merged: int
    added: int
    removed: int
    unchanged: bool
    digest: str


class RefusedRowsAnswer(Answer):
    """Rows that were refused for one reason."""

    table: str
    reason: str
    rows: int
    first_line: int | None
    why: TextAnswer


class LeftUnknownAnswer(Answer):
    """Values of a column that are left unknown."""

    table: str
    column: str
    why: Literal["varies", "placeholder"]
    count: int


class ImportReportAnswer(Answer):
    """What an import brought."""

    mapping: str
    unchanged: bool
    tables: list[ImportedTableAnswer]
    refused: list[RefusedRowsAnswer]
    dropped: dict[str, int] = Field(description="rows by table that the mapping no longer fills")
    left_unknown: list[LeftUnknownAnswer]
    coverage: dict[str, dict[str, Number]] = Field(description="share of rows with a value, by table and column")
    quarantined_amounts: dict[str, dict[str, Number]] = Field(description="by table and reason")
    reasons: dict[str, TextAnswer]
    left_out: dict[str, int] = Field(description="rows that no fact is made of, by table")
    renamed: int


class ImportFaultAnswer(Answer):
    """Why an import failed or was stopped, and what to try."""

    kind: str
    message: TextAnswer
    hint: TextAnswer


class ImportAnswer(Answer):
    """How far an import is."""

    id: str
    mapping: str
    state: RunState
    said: int = Field(description="lines so far")
    lines: list[str]
    report: ImportReportAnswer | None
    fault: ImportFaultAnswer | None


class SnapshotSuccessionAnswer(Answer):
    """Which snapshot was written anew; digests."""

    before: str
    after: str


class MentionAnswer(Answer):
    """A text about somebody else that names the person who was erased."""

    record: str
    id: str
    customer_id: str


class ErasureAnswer(Answer):
    """What was erased, and where others' records still name the person."""

    customer_key: str
    journal: int = Field(description="records")
    facts: int = Field(description="rows")
    graph_files: bool = Field(description="whether the files of the graph were written anew")
    snapshots: list[SnapshotSuccessionAnswer]
    mentioned: list[MentionAnswer]


class CheckAnswer(Answer):
    """One thing that must hold of a base, and what is wrong with it."""

    check: str
    says: TextAnswer
    looked_at: int
    wrong: int
    first: list[str] = absent("where something is wrong")
    remedy: TextAnswer = absent("where something is wrong")


class CheckupAnswer(Answer):
    """Every check."""

    checks: list[CheckAnswer]


class DamagedRecordAnswer(Answer):
    """A record that could not be read."""

    kind: str
    id: str
    why: str


class MendAnswer(Answer):
    """What was mended."""

    repaired: list[DamagedRecordAnswer]
    taken_out: list[DamagedRecordAnswer]
    levers: dict[ActionFamily, Number]
