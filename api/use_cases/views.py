"""The nouns as the JSON of the API: instants in ISO 8601, ids as they are, every text in both languages."""

from typing import Any

from kb.errors import ZhikeError
from kb.facts.indicators import Indicator
from kb.model.codec import to_plain
from kb.model.decision import Decision, Factors, Origin, RankedAction, Reason
from kb.model.figures import CustomerProduct
from kb.model.knowledge import KnowledgeItem
from kb.model.pattern import Population, Refusal, Run, iso_instant
from kb.model.release import Release, ReleaseSummary, summary_of
from kb.model.rule import Rule
from rules.decision.policy import Block

Json = dict[str, Any]


def decision_json(decision: Decision, customer_id: str) -> Json:
    """One answer of ``POST /v1/decisions``."""
    answer: Json = {
        "decision_id": decision.decision_id,
        "customer_id": customer_id,
        "status": decision.status.value,
        "actions": [_action(action) for action in decision.actions],
        "ask_next": [to_plain(question) for question in decision.ask_next],
        "engine": decision.engine,
        "readings": list(decision.readings),
        "release": decision.release,
        "rates": decision.rates,
        "pauses": decision.pauses,
        "holdouts": list(decision.holdouts),
        "withheld": list(decision.withheld),
        "last_event": decision.facts.sequence,
    }
    if decision.why_none is not None:
        answer["why_none"] = to_plain(decision.why_none)
    return answer


def fault_json(fault: ZhikeError, customer_id: str) -> Json:
    """What kept one customer of several from an answer."""
    return {"customer_id": customer_id, "kind": type(fault).__name__, "detail": fault.message, "hint": fault.hint}


def _action(action: RankedAction) -> Json:
    start, end = action.window
    answer: Json = {
        "action_id": action.action_id,
        "name": to_plain(action.name),
        "family": action.family.value,
        "arguments": dict(action.arguments),
        "channel": action.channel.value,
        "score": action.score,
        "factors": _factors(action.factors),
        "window": {"from": iso_instant(start), "to": iso_instant(end)} | (
            {} if action.window_reason is None else {"reason": to_plain(action.window_reason)}),
        "expires_at": iso_instant(action.expires_at),
        "shown_probability": action.shown_probability,
        "explored": action.is_explored,
        "reasons": [_reason(reason) for reason in action.reasons],
    }
    if action.content is not None:
        answer["content"] = to_plain(action.content)
    return answer


def _factors(factors: Factors) -> Json:
    return {"propensity": _sourced(factors.propensity, factors.propensity_from), "context": factors.context,
            "value": _sourced(factors.value, factors.value_from), "lever": factors.lever}


def _sourced(figure: float, origin: Origin | None) -> Json:
    """A figure and whose it is; decisions of earlier versions do not say."""
    told: Json = {"value": figure}
    if origin is not None:
        told["source"] = origin.source.value
        if origin.run_id is not None:
            told["run_id"] = origin.run_id
        if origin.rates is not None:
            told |= {"rates": origin.rates, "before": origin.before}
    return told


def _reason(reason: Reason) -> Json:
    return {
        "rule_id": reason.rule_id,
        "sentence": to_plain(reason.sentence),
        "facts": [to_plain(read) for read in reason.facts],
        "knowledge": [to_plain(evidence) for evidence in reason.knowledge],
    }


def block_json(block: Block) -> Json:
    """What holds an action back, and until when where time alone ends it."""
    return to_plain(block) | {"until": _instant(block.until)}


def item_json(item: KnowledgeItem) -> Json:
    """A knowledge item wherever it appears; with its population anybody can compute the measures again."""
    plain = to_plain(item)
    for name in ("valid_from", "valid_to", "recorded_at", "retired_at"):
        plain[name] = _instant(plain[name])
    plain["population"] = _population(item.population)
    plain["later_population"] = _population(item.later_population)
    return plain


def _population(population: Population | None) -> Json | None:
    if population is None:
        return None
    start, end = population.period.isoformat()
    return {"what": to_plain(population.what), "level": population.level, "from": start, "to": end,
            "size": population.size}


def refusal_json(refusal: Refusal) -> Json:
    """A pattern that the gate refused, with its reason."""
    return to_plain(refusal)


def rule_json(rule: Rule, sentence: Any) -> Json:
    """A rule with its sentence."""
    return {"id": rule.id, "name": to_plain(rule.name), "sentence": to_plain(sentence), "status": rule.status.value,
            "propensity": rule.propensity, "own_propensity": _product(rule.own_propensity),
            "own_value": _product(rule.own_value), "author": rule.author, "rests_on": list(rule.rests_on)}


def _product(product: CustomerProduct | None) -> Json | None:
    return None if product is None else to_plain(product)


def run_json(run: Run) -> Json:
    """A mining run: what it read, with which parameters."""
    plain = to_plain(run)
    for name in ("as_of", "started_at", "finished_at"):
        plain[name] = _instant(plain[name])
    return plain


def release_json(release: Release, *, is_live: bool) -> Json:
    """A release that was just made, or is served again."""
    return release_summary_json(summary_of(release), is_live=is_live)


def release_summary_json(release: ReleaseSummary, *, is_live: bool) -> Json:
    """A release in a listing."""
    return {"number": release.number, "published_at": iso_instant(release.published_at),
            "publisher": release.publisher, "fingerprint": release.fingerprint, "rules": release.rules,
            "items": release.items, "actions": release.actions, "live": is_live,
            "levers": {family.value: weight for family, weight in release.levers.by_family.items()},
            "exploration": {family.value: share for family, share in (release.levers.exploration or {}).items()},
            "accepted_harm": release.accepted_harm}


def indicator_json(indicator: Indicator, coverage: float | None) -> Json:
    """An indicator of the registry; ``coverage`` is the share of customers for whom it is known, [0, 1]."""
    return {"name": indicator.name, "label": to_plain(indicator.labels), "group": indicator.group.value,
            "unit": indicator.unit, "owner": to_plain(indicator.owner), "coverage": coverage,
            "formula": to_plain(indicator.formula)}


def _instant(epoch_seconds: int | None) -> str | None:
    return None if epoch_seconds is None else iso_instant(epoch_seconds)
