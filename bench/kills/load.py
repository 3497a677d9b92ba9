"""A load of everything that a service acknowledges, and the list of what it did acknowledge."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import httpx

_DECIDERS = 3
_REFUSALS = {409, 503}  # another was faster, or the graph's server was killed: nothing was promised


@dataclass(slots=True)
class Acknowledged:
    """What was answered with 200 or 201.

    Args:
        decisions: Decision -> customer and recommended actions.
        outcomes: Decision, action, outcome.
        interactions, notes: Id -> customer.
        releases: Number -> fingerprint.
        live: Numbers that may be live: the last acknowledged, and what was asked for since and not answered.
        faults: Answers that nobody should get.
        refused: How many answers promised nothing (409, 503).
    """

    decisions: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    outcomes: set[tuple[str, str, str]] = field(default_factory=set)
    interactions: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    releases: dict[int, str] = field(default_factory=dict)
    live: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    refused: int = 0

    def __str__(self) -> str:
        return (f"{len(self.decisions):,} decisions, {len(self.outcomes):,} outcomes, {len(self.interactions):,}"
                f" interactions, {len(self.notes):,} notes, {len(self.releases)} releases; {self.refused:,} refused")

    def add(self, other: "Acknowledged") -> None:
        """Take in what another round was promised; what may be live now is what that round leaves."""
        for mine, theirs in ((self.decisions, other.decisions), (self.interactions, other.interactions),
                             (self.notes, other.notes), (self.releases, other.releases)):
            mine.update(theirs)
        self.outcomes |= other.outcomes
        self.faults += other.faults
        self.refused += other.refused
        self.live = other.live


class Load:
    """Threads that ask the service for as long as it lives.

    Args:
        keys: The key of the agent and of the manager.
        round_name: Makes ids of interactions its own.
    """

    def __init__(self, url: str, keys: dict[str, str], seen: Acknowledged, *, seed: int, round_name: str) -> None:
        self._url, self._keys, self.seen, self._name = url, keys, seen, round_name
        self._ends = threading.Event()
        steps = [*[("agent", self._decide)] * _DECIDERS, ("agent", self._talk), ("manager", self._manage)]
        self._threads = [threading.Thread(target=self._work, args=(holder, step, Random(f"{seed}-{number}")),  # noqa: S311
                                          daemon=True) for number, (holder, step) in enumerate(steps)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Stop asking and wait until everybody has heard or lost the answer."""
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def _work(self, holder: str, step: Callable[[httpx.Client, Random], None], chance: Random) -> None:
        headers = {"Authorization": f"Bearer {self._keys[holder]}"}
        with httpx.Client(base_url=self._url, headers=headers, timeout=60) as http:
            while not self._ends.is_set():
                try:
                    step(http, chance)
                except httpx.TransportError:
                    return

    def _decide(self, http: httpx.Client, chance: Random) -> None:
        answer = self._asked(http, "/v1/decisions", {"customer_ids": [_somebody(chance)]})
        for decision in answer.get("decisions", ()):
            actions = tuple(action["action_id"] for action in decision["actions"])
            self.seen.decisions[decision["decision_id"]] = (decision["customer_id"], actions)
            for action in actions[:1]:
                told = {"decision_id": decision["decision_id"], "action_id": action,
                        "outcome": chance.choice(["shown", "accepted", "rejected"])}
                if self._asked(http, "/v1/outcomes", told):
                    self.seen.outcomes.add((told["decision_id"], action, told["outcome"]))

    def _talk(self, http: httpx.Client, chance: Random) -> None:
        customer, number = _somebody(chance), len(self.seen.interactions)
        told = {"interaction_id": f"{self._name}-{number}", "customer_id": customer, "kind": "enquiry"}
        if self._asked(http, "/v1/interactions", told):
            self.seen.interactions[told["interaction_id"]] = customer
        note = self._asked(http, f"/v1/customers/{customer}/notes", {"text": f"note {number} of {self._name}"})
        if note:
            self.seen.notes[note["note_id"]] = customer

    def _manage(self, http: httpx.Client, chance: Random) -> None:
        """Publish, or serve an earlier release again; until the answer is here, both may be live."""
        known = sorted(self.seen.releases)
        if known and chance.random() < 0.5:
            number = chance.choice(known)
            self.seen.live = {*self.seen.live, number}
            released = self._asked(http, f"/v1/releases/{number}/rollback", None)
        else:
            self._asked(http, "/v1/levers", {"levers": {"survey": chance.randint(1, 9)}})
            self.seen.live = {*self.seen.live, max(known, default=1) + 1}
            released = self._asked(http, "/v1/releases", None)
        if released:
            self.seen.releases[released["number"]] = released["fingerprint"]
            self.seen.live = {released["number"]}
        time.sleep(chance.uniform(0.0, 0.2))

    def _asked(self, http: httpx.Client, path: str, body: object) -> dict[str, object]:
        """What was acknowledged; nothing where the answer promises nothing."""
        answer = http.post(path, json=body)
        if answer.is_success:
            return dict(answer.json())
        if answer.status_code in _REFUSALS and is_told_when(answer):
            self.seen.refused += 1
        else:
            self.seen.faults.append(f"{path}: {answer.status_code} {answer.text[:200]}")
        return {}


def is_told_when(answer: httpx.Response) -> bool:
    """Whether an answer of *unavailable* says when to try again; others need not."""
    return answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or answer.headers.get("retry-after", "").isdecimal()


def _somebody(chance: Random) -> str:
    return f"m{chance.randrange(200)}"
