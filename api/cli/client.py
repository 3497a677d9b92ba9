"""One set of use cases for the command line: in this process, or at the service that holds the base.

While a service owns ``ZHIKE_HOME``, commands speak to it with a key that only the owner of the folder can read.
"""

import getpass
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import httpx

from api.cli.in_process import LocalWays
from api.cli.remote_archives import RemoteArchives, RemoteChecking
from api.cli.remote_import import import_remotely
from api.cli.remote_linked_data import RemoteLinked
from api.cli.remote_rules import RemoteRules
from api.cli.remote_runs import RemoteRuns
from api.settings import Settings
from api.startup import open_service
from api.use_cases.knowledge.publishing import UNCONFIRMED, Confirmed
from api.use_cases.simulation.drafting import ReleaseDraft
from kb.errors import BaseLocked, Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated, Unavailable, ZhikeError
from kb.experiments.challenge import ChallengeMode
from kb.home import Home
from ontology.vocabulary import ActionFamily, Channel, KnowledgeStatus, PatternKind, Standing
from rules.decision.request import ContactDirection

Json = dict[str, Any]
Progress = Callable[[str], None]
_TIMEOUT_SECONDS = 600
_FAULTS: dict[int, type[ZhikeError]] = {401: Unauthenticated, 403: Forbidden, 404: NotFound, 409: Conflict,
                                        422: InvalidInput, 503: Unavailable}


@contextmanager
def open_ways(settings: Settings) -> Iterator["Ways"]:
    """The base itself, or the service that holds it."""
    home = Home(settings.home)
    try:
        with open_service(settings) as service:
            yield LocalWays(service)
            return
    except BaseLocked:
        if not home.service_path.is_file():
            raise
    with httpx.Client(timeout=_TIMEOUT_SECONDS) as http:
        yield RemoteWays(http, **json.loads(home.service_path.read_text(encoding="utf-8")))


class RemoteWays:
    """The use cases over HTTP; the service records the owner of the key as the one who acts."""

    def __init__(self, http: httpx.Client, url: str, key: str) -> None:
        self._http = http
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}"}
        self.archives = RemoteArchives(self._call)
        self.checking = RemoteChecking(self._call)
        self.linked = RemoteLinked(self._send, _require_owner)
        self.rules = RemoteRules(self._send, _require_owner)
        self.simulations = RemoteSimulations(self._call)
        self.runs = RemoteRuns(self._call, _require_owner)

    def import_mapping(self, mapping: str, overrides: Mapping[str, Path], *, replacing: bool = False,
                       progress: Progress) -> Json:
        """Bring a source in by its mapping; the service reads the files."""
        return import_remotely(self._call, mapping, overrides, replacing=replacing, progress=progress)

    def set_moment(self, told: str, by: str, *, progress: Progress) -> Json:
        """Set the moment of the base; the service computes the facts anew at it."""
        _require_owner(by)
        progress("the service that holds the base computes the facts anew; it goes on answering")
        return self._call("POST", "/v1/moment", json={"moment": told})

    def indicators(self) -> list[Json]:
        """The registry of indicators."""
        found: list[Json] = self._call("GET", "/v1/indicators")["indicators"]
        return found

    def list_knowledge(self, status: KnowledgeStatus | None, kind: PatternKind | None, q: str | None,  # noqa: PLR0913 - its filters
                       cursor: str | None, limit: int = 50, *, standing: Standing | None = None,
                       as_of: str | None = None, known_at: str | None = None) -> Json:
        """List knowledge items, also those of a past."""
        asked = {"status": status, "kind": kind, "standing": standing, "q": q, "cursor": cursor, "limit": limit,
                 "as_of": as_of, "known_at": known_at}
        return self._call("GET", "/v1/knowledge", params={k: v for k, v in asked.items() if v is not None})

    def knowledge(self, item_id: str) -> Json:
        """One item."""
        return self._call("GET", f"/v1/knowledge/{_quoted(item_id)}")

    def review(self, item_id: str, verdict: str, reason: str, reviewer: str, *, read: str | None = None) -> Json:
        """Approve, reject or retire."""
        _require_owner(reviewer)
        return self._call("POST", f"/v1/knowledge/{_quoted(item_id)}/review",
                          json={"verdict": verdict, "reason": reason, "digest": read})

    def findings(self) -> list[Json]:
        """What looks wrong with the rules."""
        found: list[Json] = self._call("GET", "/v1/rules/findings")["findings"]
        return found

    def seed_rules(self, approver: str) -> int:
        """Approve the shipped rules."""
        _require_owner(approver)
        return int(self._call("POST", "/v1/rules/adopted")["adopted"])

    def next_release(self) -> Json:
        """What publishing now would change and end."""
        return self._call("GET", "/v1/releases/next")

    def publish(self, publisher: str, *, aside: bool = False, confirmed: Confirmed = UNCONFIRMED) -> Json:
        """Publish a release."""
        _require_owner(publisher)
        return self._call("POST", "/v1/releases", params={"aside": aside}, json=asdict(confirmed))

    def release(self, number: int) -> Json:
        """A release, and what serving it would change and end."""
        return self._call("GET", f"/v1/releases/{number}")

    def releases(self, as_of: str | None = None) -> list[Json]:
        """List the releases."""
        asked = {} if as_of is None else {"as_of": as_of}
        found: list[Json] = self._call("GET", "/v1/releases", params=asked)["releases"]
        return found

    def rollback(self, number: int, by: str, confirmed: Confirmed = UNCONFIRMED) -> Json:
        """Serve an earlier release again."""
        _require_owner(by)
        return self._call("POST", f"/v1/releases/{number}/rollback", json=asdict(confirmed))

    def levers(self) -> Json:
        """The levers of the live release and of the next one."""
        return self._call("GET", "/v1/levers")

    def set_levers(self, weights: Mapping[ActionFamily, float], by: str, reason: str = "") -> Json:
        """Set levers for the next release."""
        _require_owner(by)
        return self._call("POST", "/v1/levers", json={"levers": {**weights}, "reason": reason})

    def contact_policy(self) -> Json:
        """The contact policy in force."""
        return self._call("GET", "/v1/contact-policy")

    def holdout_report(self) -> Json:
        """What came of holding customers out."""
        return self._call("GET", "/v1/holdouts/report")

    def start_challenger(self, release: int, mode: ChallengeMode, share: float, by: str) -> Json:
        """Let a release challenge the live one."""
        _require_owner(by)
        return self._call("POST", "/v1/challengers", json={"release": release, "mode": mode, "share": share})

    def stop_challenger(self, by: str) -> Json:
        """End the challenge."""
        _require_owner(by)
        return self._call("DELETE", "/v1/challengers")

    def challenger_report(self) -> Json:
        """What came of the challenger beside the live release."""
        return self._call("GET", "/v1/challengers/report")

    def decide(self, customer_ids: Sequence[str], channel: Channel, context: Json, limit: int = 3,
               *, include: Sequence[str] = ()) -> Json:
        """Recommend actions."""
        return self._call("POST", "/v1/decisions", json={
            "customer_ids": list(customer_ids), "channel": channel, "context": context, "limit": limit,
            "include": list(include)})

    def decide_all(self, *, channel: Channel, limit: int, progress: Progress,
                   direction: ContactDirection = "outbound") -> Json:
        """Recommend actions for every customer and sum up."""
        progress(f"deciding in the service at {self._url}")
        return self._call("POST", "/v1/decisions/all",
                          params={"channel": channel, "limit": limit, "direction": direction})

    def change_case(self, case_id: str, *, resolved: bool, author: str, reason: str = "",
                    at: int | None = None) -> Json:
        """Resolve a case or open it again."""
        _require_owner(author)
        told = {"reason": reason} if at is None else {"reason": reason, "at": at}
        return self._call("POST", f"/v1/cases/{_quoted(case_id)}/{'resolve' if resolved else 'reopen'}", json=told)

    def why_not(self, customer_id: str, action_id: str, channel: Channel = Channel.PHONE,
                direction: ContactDirection | None = None) -> Json:
        """What keeps an action back."""
        asked = {"action_id": action_id, "channel": channel} | ({} if direction is None else {"direction": direction})
        return self._call("GET", f"/v1/customers/{_quoted(customer_id)}/why-not", params=asked)

    def replay(self, decision_id: str) -> Json:
        """Compute a decision again."""
        return self._call("POST", f"/v1/decisions/{_quoted(decision_id)}/replay")

    def erase(self, customer_id: str) -> Json:
        """Erase a person everywhere."""
        return self._call("POST", "/v1/erasures", json={"customer_id": customer_id})

    def readiness(self) -> dict[str, Json]:
        """Whether each part can serve."""
        answer = self._http.get(f"{self._url}/readyz", headers=self._headers)
        found: dict[str, Json] = answer.json()["parts"]
        return found

    def _call(self, method: str, path: str, **request: Any) -> Json:
        body: Json = self._send(method, path, **request).json()
        return body

    def _send(self, method: str, path: str, *, accept: str = "", content_type: str = "",
              **request: Any) -> httpx.Response:
        more = {name: value for name, value in (("Accept", accept), ("Content-Type", content_type)) if value}
        try:
            answer = self._http.request(method, self._url + path, headers=self._headers | more, **request)
        except httpx.TransportError as fault:
            msg = f"the service at {self._url} does not answer: {fault}"
            raise Unavailable(msg, hint="look whether it still runs") from fault
        if answer.is_error:
            body: Json = answer.json()
            kind = _FAULTS.get(answer.status_code, ZhikeError)
            raise kind(body.get("detail", str(body)), hint=body.get("hint", ""))
        return answer


class RemoteSimulations:
    """Simulations in the service."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def simulate(self, drafts: Sequence[ReleaseDraft], channel: Channel, *, seed: int, author: str,  # noqa: PLR0913 - what is asked
                 progress: Progress, direction: ContactDirection | None = None) -> Json:
        """Try drafts of the next release."""
        _require_owner(author)
        progress("simulating in the service")
        told = {"drafts": list(map(asdict, drafts)), "channel": channel, "seed": seed}
        whose = {} if direction is None else {"direction": direction}
        return self._call("POST", "/v1/simulations", json=told | whose)

    def listed(self) -> list[Json]:
        """What was simulated."""
        found: list[Json] = self._call("GET", "/v1/simulations")["simulations"]
        return found

    def one(self, simulation_id: str) -> Json:
        """One simulation."""
        return self._call("GET", f"/v1/simulations/{_quoted(simulation_id)}")

    def compare(self, simulation_ids: Sequence[str]) -> Json:
        """Simulations side by side."""
        return self._call("GET", "/v1/simulations/comparison", params={"id": list(simulation_ids)})


def _quoted(part: str) -> str:
    """One part of a path, whatever characters an id has."""
    return quote(part, safe="")


def _require_owner(by: str) -> None:
    """The service records the owner of the key as the one who acts; another name must not be lost silently.

    Raises:
        InvalidInput: If somebody else is named.
    """
    if by != getpass.getuser():
        msg = f"a running service holds the base and records {getpass.getuser()} as the one who acts, not {by}"
        raise InvalidInput(msg, hint=f"let {by} act with a key of their own, or stop the service")


Ways: TypeAlias = LocalWays | RemoteWays
"""The use cases, wherever they run."""
