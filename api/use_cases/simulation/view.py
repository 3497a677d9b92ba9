"""Simulations as the JSON of the API, alone and side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from api.use_cases.simulation.drafting import ReleaseDraft
from kb.model.codec import to_plain
from kb.model.ids import ActionId
from kb.model.pattern import iso_instant
from ontology.vocabulary import PatternKind
from rules.decision.compiled_release import CompiledRelease
from rules.simulation import Balance, RuleChange, Simulation, Transition

Json = dict[str, Any]
_OF_ALL = ("customers", "differing", "decided", "sampled")
_SAME_GROUND = ("live", "as_of", "request")


def simulation_json(found: Simulation, draft: ReleaseDraft, live: CompiledRelease, tried: CompiledRelease,
                    currency: str) -> Json:
    """A simulation with names for everything it speaks of, so that it can be read when the releases are gone."""
    return {
        "name": draft.name,
        "draft": {"include": sorted(draft.include), "exclude": sorted(draft.exclude), "levers": dict(draft.levers),
                  "policy": dict(draft.policy), "rules": len(tried.rules), "fingerprint": found.draft},
        "live": {"release": live.release.number, "rules": len(live.rules), "fingerprint": found.live},
        "as_of": iso_instant(found.as_of), "request": dict(found.request), "seed": found.seed, "currency": currency,
        "customers": found.customers, "differing": found.differing, "decided": found.decided,
        "sampled": found.is_sampled,
        **_balance(found.whole),
        "families": [{"family": family.value, **asdict(shift)} for family, shift in found.families.items()],
        "transitions": [_transition(way, live, tried) for way in found.transitions],
        "segments": [{"segment": name or None, "name": _segment_name(name, live), **_balance(balance)}
                     for name, balance in found.segments.items()],
        "rules": [to_plain(rule) for rule in found.rules],
    }


def summary_json(kept: Json) -> Json:
    """A simulation in a listing."""
    return {name: kept[name] for name in ("simulation_id", "name", "made_at", "author", "draft", "live", "as_of",
                                          *_OF_ALL, "moves", "value", "cost", "currency")}


def comparison_json(kept: Sequence[Json]) -> Json:
    """Simulations side by side: each row has a value for each of them, in their order.

    ``comparable`` is false where they do not start from the same release, moment and request. A rule that a
    simulation's draft does not have is ``null`` there; rules that no draft changes for anybody are left out.
    """
    return {"simulations": [summary_json(one) for one in kept],
            "comparable": all(one[name] == kept[0][name] for one in kept for name in _SAME_GROUND),
            "rows": list(_rows(kept)), "rules": list(_rules(kept))}


def _rows(kept: Sequence[Json]) -> Iterator[Json]:
    for name in ("customers", "differing", "decided"):
        yield {"row": name, "values": [{"value": one[name], "low": one[name], "high": one[name]} for one in kept]}
    for move in kept[0]["moves"]:
        yield {"row": move, "values": [one["moves"][move] for one in kept]}
    for money in ("value", "cost"):
        yield {"row": money, "values": [one[money]["change"] for one in kept]}


def _rules(kept: Sequence[Json]) -> Iterator[Json]:
    by_id: list[dict[str, Json]] = [{rule["rule_id"]: rule for rule in one["rules"]} for one in kept]
    for rule_id in sorted(set().union(*by_id)):
        found = [rules.get(rule_id) for rules in by_id]
        told = [rule for rule in found if rule is not None]
        if any(rule["live"] != rule["draft"] or rule["change"] != RuleChange.KEPT for rule in told):
            yield {"rule_id": rule_id, "name": told[0]["name"], "live": max(rule["live"] for rule in told),
                   "drafts": [None if rule is None or rule["change"] == RuleChange.REMOVED else rule["draft"]
                              for rule in found]}


def _balance(balance: Balance) -> Json:
    return {"moves": {move.value: asdict(number) for move, number in balance.moves.items()},
            "value": asdict(balance.value), "cost": asdict(balance.cost)}


def _transition(way: Transition, live: CompiledRelease, tried: CompiledRelease) -> Json:
    return {"move": way.move.value, "before": _action(way.before, live), "after": _action(way.after, tried),
            "customers": asdict(way.customers), "examples": list(way.examples)}


def _action(action_id: ActionId | None, compiled: CompiledRelease) -> Json | None:
    if action_id is None:
        return None
    action = compiled.actions[action_id]
    return {"action_id": action.id, "name": to_plain(action.name), "family": action.family.value}


def _segment_name(item_id: str, compiled: CompiledRelease) -> Mapping[str, Any] | None:
    item = next((item for item in compiled.items.values() if item.id == item_id
                 and item.pattern_kind is PatternKind.SEGMENT), None)
    if item is None:
        return None
    name = item.details.get("name")
    return dict(name) if isinstance(name, Mapping) else to_plain(item.statement)
