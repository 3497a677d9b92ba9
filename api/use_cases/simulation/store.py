"""Simulations that were made, one JSON file each under the home, by an id that is made from their content."""

import json
from pathlib import Path
from typing import Any

from kb.errors import NotFound
from kb.home import write_owner_only
from kb.model.canonical import short_id
from kb.model.ids import CustomerKey
from ontology.text import Text

Json = dict[str, Any]


class SimulationStore:
    """The simulations in ``folder``; it is made with the first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, found: Json, *, made_at: str, author: str) -> Json:
        """``found`` with its id, when and for whom it was made; the same content again is one simulation."""
        kept = {"simulation_id": short_id("sim", found), "made_at": made_at, "author": author} | found
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._write(self._folder / f"{kept['simulation_id']}.json", kept)
        return kept

    def all(self) -> list[Json]:
        """Every simulation, the latest first."""
        found = [_read(path) for path in sorted(self._folder.glob("sim-*.json"))]
        return sorted(found, key=lambda one: one["made_at"], reverse=True)

    def one(self, simulation_id: str) -> Json:
        """The simulation of that id.

        Raises:
            NotFound: If none has it.
        """
        path = self._folder / f"{simulation_id}.json"
        if path not in set(self._folder.glob("sim-*.json")):  # an id from outside never becomes a path
            msg = Text(zh=f"没有编号为“{simulation_id}”的模拟", en=f"no simulation has the id '{simulation_id}'")
            raise NotFound(msg, hint=Text(zh="已保存的模拟见“假设分析”页",
                                          en="list them with GET /v1/simulations or `zhike simulations`"))
        return _read(path)

    def forget(self, key: CustomerKey) -> int:
        """Take an erased person out of the examples of every simulation; out of how many."""
        touched = 0
        for path in self._folder.glob("sim-*.json"):
            kept = _read(path)
            told = [one for one in (*kept["transitions"], *kept.get("harms", {}).get("findings", ()))
                    if key in one["examples"]]
            for one in told:
                one["examples"] = [example for example in one["examples"] if example != key]
            if told:
                self._write(path, kept)
                touched += 1
        return touched

    @staticmethod
    def _write(path: Path, kept: Json) -> None:
        write_owner_only(path, json.dumps(kept, ensure_ascii=False, indent=1).encode())


def _read(path: Path) -> Json:
    kept: Json = json.loads(path.read_text(encoding="utf-8"))
    return kept
