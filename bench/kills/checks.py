"""A base held against what was acknowledged of it."""

import time
from collections.abc import Iterator

from api.composition import UseCases, open_use_cases
from api.open_base import OpenBase
from api.settings import Settings
from bench.kills.load import Acknowledged
from kb.errors import NotFound
from kb.home import Home

_LINKS = """
    MATCH (r:Release) OPTIONAL MATCH (r)-[:PUBLISHES]->(i:KnowledgeItem) WITH r, count(i) AS items
    OPTIONAL MATCH (r)-[:CONTAINS]->(u:Rule)
    RETURN r.number AS number, r.fingerprint AS fingerprint, items, count(u) AS rules"""
_SERVED = "MATCH (n:{table}) WHERE n.status = 'published' RETURN n.id AS id"
_FOLLOWED = "MATCH (d:Decision) RETURN count(d) AS nodes, count(DISTINCT d.decision_id) AS decisions"
_FOLLOWING_SECONDS = 600.0


def what_is_wrong(settings: Settings, seen: Acknowledged, *, is_whole: bool = False) -> list[str]:
    """Open the base as it is, and say in words what is not as it was promised.

    Args:
        settings: Where the base is.
        seen: What was acknowledged; which release is live is told to it.
        is_whole: Whether ``seen`` is all that ever was: then the graph must have each decision once, too.
    """
    home = Home(settings.home)
    with home.own(), open_use_cases(base := OpenBase(home, settings.graph_access())) as service:
        _await_runs(service)
        wrong = [*seen.faults, *_another_live(base, seen), *_lost(base, seen), *_half_releases(base, seen),
                 *_half_runs(base, service)]
        return [*wrong, *_not_followed(base, seen)] if is_whole else wrong


def _lost(base: OpenBase, seen: Acknowledged) -> Iterator[str]:
    journal, key_of = base.journal, base.home.customer_key
    for decision_id, (customer, actions) in seen.decisions.items():
        try:
            kept = journal.decision(decision_id)
        except NotFound:
            yield f"decision {decision_id} is lost"
            continue
        if (kept.customer_key, tuple(action.action_id for action in kept.actions)) != (key_of(customer), actions):
            yield f"decision {decision_id} is another"
    for decision_id, action, outcome in seen.outcomes:
        if (action, outcome) not in {(told.action_id, told.outcome) for told in journal.outcomes_of(decision_id)}:
            yield f"outcome {outcome} of {action} in {decision_id} is lost"
    events = journal.events_since([key_of(customer) for customer in set(seen.interactions.values())])
    posted = {one.interaction_id: one.customer_key for found in events.values() for one in found.interactions}
    yield from (f"interaction {name} is lost" for name, customer in seen.interactions.items()
                if posted.get(name) != key_of(customer))
    noted = {note.note_id for customer in set(seen.notes.values()) for note in journal.notes_of(key_of(customer))}
    yield from (f"note {name} is lost" for name in seen.notes if name not in noted)


def _half_releases(base: OpenBase, seen: Acknowledged) -> Iterator[str]:
    found = {row["number"]: row for row in base.graph.read(_LINKS)}
    for number, row in found.items():
        release = base.curation.release(number)
        if (row["fingerprint"], row["items"], row["rules"]) != (release.fingerprint, len(release.items),
                                                                len(release.rules)):
            yield f"release {release.number} is not whole: {row}"
    for number, fingerprint in seen.releases.items():
        if number not in found or found[number]["fingerprint"] != fingerprint:
            yield f"release {number} was acknowledged as {fingerprint}, there is {found.get(number)}"


def _another_live(base: OpenBase, seen: Acknowledged) -> Iterator[str]:
    live = base.curation.live()
    if live is None:
        yield "no release is live"
        return
    if live.number not in seen.live:
        yield f"live is {live.number}, acknowledged or asked for was {sorted(seen.live)}"
    seen.live = {live.number}
    for table, nouns in (("KnowledgeItem", live.items), ("Rule", live.rules)):
        compiled = {row["id"] for row in base.graph.read(_SERVED.format(table=table))}
        if compiled != {noun.id for noun in nouns}:
            yield f"live release {live.number} and the published nodes of {table} differ"


def _half_runs(base: OpenBase, service: UseCases) -> Iterator[str]:
    finished = [run for run in service.runs.listed() if run["state"] == "finished"]
    if finished:
        links = base.graph.read(f"MATCH ()-[h:{base.buffer.live()}]->() RETURN count(h) AS n")[0]["n"]
        if links != finished[0]["result"]["linked"]:
            yield f"{links} links, the last run said {finished[0]['result']['linked']}"
    if service.health.readiness()["release"]["ready"] is not True:
        yield f"not ready: {service.health.readiness()}"


def _not_followed(base: OpenBase, seen: Acknowledged) -> Iterator[str]:
    behind = base.projector.catch_up(_FOLLOWING_SECONDS)
    [row] = base.graph.read(_FOLLOWED)
    if behind.behind or row["nodes"] != row["decisions"] or row["decisions"] < len(seen.decisions):
        yield f"the graph has {row} of {len(seen.decisions)} acknowledged decisions and is {behind.behind} behind"


def _await_runs(service: UseCases) -> None:
    while any(run["state"] in {"running", "loading"} for run in service.runs.listed()):
        time.sleep(0.05)
