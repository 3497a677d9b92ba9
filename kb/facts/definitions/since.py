"""Events of the journal as rows of the fact tables."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from kb.facts.definitions.interaction import MEMORY_DAYS, NEEDS_RESOLUTION
from kb.facts.moment import Moment
from kb.facts.values import normalised
from kb.journal.events import Events, Interaction, Response
from ontology.vocabulary import ContactSource, OutcomeKind

_AGREED = frozenset({OutcomeKind.ACCEPTED, OutcomeKind.CONVERTED})
_NUMBERS = ("amount", "dwell_seconds", "score")


def interaction_records(events: Events, moment: Moment) -> list[dict[str, Any]]:
    """Posted interactions as rows of ``interaction``: those of the last 365 local days up to the moment."""
    return [_interaction(posted, moment) for posted in events.interactions if moment.is_within(posted.at, MEMORY_DAYS)]


def contact_records(events: Events, moment: Moment) -> list[dict[str, Any]]:
    """Answers to recommendations as rows of ``contact``, one for each recommended action that has an outcome.

    ``responded`` is true once it was accepted or converted, ``rejected`` once it was rejected; the row stands on the
    day of the first outcome, normally that of being shown.
    """
    seen = [response for response in events.responses if moment.sees(response.outcome.at)]
    return [_contact(key, list(group), moment) for key, group in _by_action(seen)]


def _interaction(posted: Interaction, moment: Moment) -> dict[str, Any]:
    resolved = bool(posted.resolved) if posted.kind in NEEDS_RESOLUTION else None
    return {
        "_key": posted.interaction_id,
        "days_ago": moment.days_ago(posted.at),
        "kind": posted.kind.value,
        "channel": posted.channel.value if posted.channel else None,
        "topic": posted.topic,
        "category": posted.category,
        "resolved": resolved,
        **{name: normalised(getattr(posted, name)) for name in _NUMBERS},
    }


def _by_action(responses: Iterable[Response]) -> Iterator[tuple[tuple[str, str], Iterable[Response]]]:
    def key(response: Response) -> tuple[str, str]:
        return response.outcome.decision_id, response.outcome.action_id

    return groupby(sorted(responses, key=key), key=key)


def _contact(key: tuple[str, str], responses: list[Response], moment: Moment) -> dict[str, Any]:
    said = {response.outcome.outcome for response in responses}
    first = responses[0]
    return {
        "_key": "/".join(key),
        "days_ago": max(moment.days_ago(response.outcome.at) for response in responses),
        "source": ContactSource.RECOMMENDATION.value,
        "campaign_id": first.arguments.get("campaign_id"),
        "action_id": first.outcome.action_id,
        "family": first.family.value,
        "channel": first.channel.value,
        "responded": bool(said & _AGREED),
        "rejected": OutcomeKind.REJECTED in said,
        "category": first.arguments.get("category"),
    }
