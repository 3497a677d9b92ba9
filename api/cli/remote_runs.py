"""Mining runs at the service that holds the base."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]


class RemoteRuns:
    """The runs over HTTP; the service records the owner of the key as the one who asks."""

    def __init__(self, call: Callable[..., Json], require_owner: Callable[[str], None]) -> None:
        self._call = call
        self._require_owner = require_owner

    def start(self, *, as_of: int | None, seed: int, by: str, take_up: bool = False,
              miners: Sequence[str] | None = None) -> Json:
        """Begin a run."""
        self._require_owner(by)
        return self._call("POST", "/v1/runs", json={
            "as_of": as_of, "seed": seed, "take_up": take_up, "miners": None if miners is None else list(miners)})

    def take_up(self, run_id: str, by: str) -> Json:
        """Take up what a study found."""
        self._require_owner(by)
        return self._call("POST", f"/v1/runs/{quote(run_id, safe='')}/take-up")

    def one(self, run_id: str) -> Json:
        """How far a run is."""
        return self._call("GET", f"/v1/runs/{quote(run_id, safe='')}")

    def listed(self) -> list[Json]:
        """Every run, the latest first."""
        found: list[Json] = self._call("GET", "/v1/runs")["runs"]
        return found

    def cancel(self, run_id: str, by: str) -> Json:
        """End a run that still mines."""
        self._require_owner(by)
        return self._call("DELETE", f"/v1/runs/{quote(run_id, safe='')}")
