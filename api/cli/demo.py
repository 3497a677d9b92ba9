"""The demo: a real retailer's year from raw files to live recommendations, and a story for the first five minutes."""

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.cli.client import Client, Json, client_in_process
from api.cli.ingestion import import_files
from api.cli.mining import follow_run
from api.cli.printing import print_family_table, print_rows
from api.composition import UseCases
from api.server import bind, url_of
from api.settings import Settings
from api.startup import access_of, create_for, open_service, serve_on
from kb.errors import InvalidInput
from kb.home import Home
from kb.model.pattern import iso_instant
from ontology.vocabulary import Channel

POLICY = Path(__file__).with_name("demo.toml")
_STORY = Path(__file__).with_name("demo.txt")
_MINER = "demo"
_APPROVER = "demo-rules-approver"
_PUBLISHER = "demo-publisher"
Say = Callable[[str], None]


@dataclass(slots=True)
class DemoReport:
    """What the demo measured of itself."""

    seconds: dict[str, float] = field(default_factory=dict)
    rows_read: int = 0
    customers: int = 0
    decided: Mapping[str, Any] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str, say: Say) -> Iterator[None]:
        """Time a stage and say how long it took."""
        say(f"== {name}")
        begun = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - begun
        say(f"   {name}: {self.seconds[name]:.1f} s")


def tell(settings: Settings, *, mapping: str, overrides: Mapping[str, Path], serve: bool, say: Say) -> DemoReport:
    """Run the closed loop, print what came out, and serve it unless told not to."""
    home = Home(settings.home)
    create_for(settings, mapping)
    told = DemoReport()
    with open_service(settings) as service:
        with client_in_process(service, home, _indented(say)) as client:
            _close_the_loop(service, client, mapping, overrides, told, say)
        keys = access_of(home).issue_first()
        if serve:
            with _listener(settings, say) as listener:
                _print_story(service, url_of(listener), keys)
                serve_on(listener, service, home, say)
        else:
            _print_story(service, None, keys)
    return told


def _close_the_loop(service: UseCases, client: Client, mapping: str, overrides: Mapping[str, Path],  # noqa: PLR0913, PLR0917 - what all its stages share
                    told: DemoReport, say: Say) -> None:
    with told.stage("import", say):
        report = import_files(client, mapping, overrides)
    told.rows_read = sum(table["read"] for table in report["tables"])
    print_rows([{name: table[name] for name in ("table", "read", "kept", "quarantined", "digest")}
                for table in report["tables"]])
    with told.stage("mine", say):
        mined = follow_run(client, client.post("/v1/runs", {"seed": 7}, by=_MINER))["result"]
    with told.stage("approve and publish", say):
        client.post("/v1/rules/adopted", by=_APPROVER)
        approved = service.reviewing.apply_policy(POLICY)
        release = _publish(client)
    say(f"   {mined['proposed']} items proposed, {mined['refused']} patterns refused by the gate;"
        f" the policy of {approved['set_by']} approved {approved['approved']}, {approved['pending']} wait in the inbox")
    say(f"   release {release['number']}: {release['rules']} rules, {release['fingerprint']}")
    with told.stage("decide", say):
        summary = client.post("/v1/decisions/all", channel=Channel.PHONE, limit=3, direction="inbound")
    told.customers, told.decided = summary["customers"], summary
    print_family_table(summary)
    say(f"   from raw files to live recommendations: {sum(told.seconds.values()):.1f} s")


def _publish(client: Client) -> Json:
    """The next release; the live one where a demo before this has published the same."""
    planned = client.get("/v1/releases/next")
    if planned["changes"]["none"]:
        live: Json = next(release for release in client.get("/v1/releases")["releases"] if release["live"])
        return live
    return client.post("/v1/releases", {"digest": planned["digest"]}, by=_PUBLISHER)


def _print_story(service: UseCases, url: str | None, keys: Mapping[str, str]) -> None:
    about = service.describing.describe()
    worth = service.deciding.worth_opening()
    print_rows([{"customer": one["customer_id"], "worth opening, because": one["why"]["en"]} for one in worth])
    lines = [f"\nThe moment of this base, the data's last: {iso_instant(about['as_of'])}",
             f"  in the shop: {about['as_of_text']}",
             "Keys made for this run, shown once:", *(f"  {name:16}{key}" for name, key in keys.items())]
    if url is not None and worth:
        lines += _first_five_minutes(url, keys, worth[0]["customer_id"])
    print("\n".join(lines), flush=True)  # noqa: T201  (the demo talks to a person)


def _first_five_minutes(url: str, keys: Mapping[str, str], customer: str) -> list[str]:
    words = {"url": url, "customer": customer, "agent": keys["agent"]}
    return [line.format(**words) for line in _STORY.read_text(encoding="utf-8").splitlines()]


def _listener(settings: Settings, say: Say) -> socket.socket:
    try:
        return bind(settings.host, settings.port)
    except InvalidInput as fault:
        say(f"   {fault.message}; taking any free port")
        return bind(settings.host, 0)


def _indented(say: Say) -> Say:
    return lambda line: say(f"   {line}")
