"""The folder ``runs`` of a base: one folder a run, with its request, its record and what it found."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from kb.errors import NotFound
from kb.home import write_owner_only
from kb.model.codec import from_json, to_json
from kb.model.ids import CustomerKey, ItemId
from kb.model.run import MiningRequest, RunFindings, RunRecord
from kb.tables.run_scores import read_scores, write_scores
from ontology.text import Text

_NO_SCORES: Mapping[ItemId, Mapping[CustomerKey, float]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run; each appears whole or not at all.

    ::

        request.json    what the miners are given        record.json     how far it is
        found.json      what they found, written last    scores.parquet  whom it holds for
        miner.log       what their process complained of
    """

    path: Path

    @property
    def log_path(self) -> Path:
        """Where the miners' process complains."""
        return self.path / "miner.log"

    def make(self, request: MiningRequest, record: RunRecord) -> None:
        """Begin the run."""
        self.path.mkdir(mode=0o700, parents=True)
        self._write("request.json", to_json(request))
        self.tell(record)

    def request(self) -> MiningRequest:
        """What was asked for."""
        return from_json((self.path / "request.json").read_bytes(), MiningRequest)

    def tell(self, record: RunRecord) -> None:
        """Write how far the run is.

        Raises:
            StoreFailure: If the disk refuses.
        """
        self._write("record.json", to_json(record))

    def record(self) -> RunRecord:
        """How far the run is."""
        return from_json((self.path / "record.json").read_bytes(), RunRecord)

    def keep(self, found: RunFindings) -> None:
        """Write what the miners found."""
        write_scores(self.path / "scores.parquet", found.scores, found.amounts, found.companions)
        plain = RunFindings(run=found.run, items=found.items, confirmed=found.confirmed, rules=found.rules,
                            refusals=found.refusals, scores=_NO_SCORES)
        self._write("found.json", to_json(plain))

    def found(self) -> RunFindings:
        """What the miners found, without the scores."""
        return from_json((self.path / "found.json").read_bytes(), RunFindings)

    def scores(self) -> pa.Table:
        """Whom each item holds for: ``item, customer_key, score``."""
        return read_scores(self.path / "scores.parquet")

    def drop_scores(self) -> None:
        """Delete whom it holds for: what was taken up is kept among the base's links."""
        (self.path / "scores.parquet").unlink(missing_ok=True)

    def _write(self, name: str, text: str) -> None:
        write_owner_only(self.path / name, text.encode())


class RunStore:
    """All runs of a base."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def folder(self, run_id: str) -> RunFolder:
        """The folder of a run that is about to begin."""
        return RunFolder(self._path / run_id)

    def all(self) -> tuple[RunRecord, ...]:
        """Every run, the latest first."""
        found = [RunFolder(path.parent).record() for path in self._path.glob("*/record.json")]
        return tuple(sorted(found, key=lambda record: (record.requested_at, record.id), reverse=True))

    def one(self, run_id: str) -> RunFolder:
        """The run of that id.

        Raises:
            NotFound: If there is none.
        """
        known = {path.parent.name: path.parent for path in self._path.glob("*/record.json")}
        if run_id not in known:  # an id from outside never becomes a path
            msg = Text(zh=f"没有挖掘任务“{run_id}”", en=f"there is no mining run '{run_id}'")
            raise NotFound(msg, hint=Text(zh="挖掘任务见“挖掘”页",
                                          en="list them with GET /v1/runs or `zhike runs list`"))
        return RunFolder(known[run_id])
