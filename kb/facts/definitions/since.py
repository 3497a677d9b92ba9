"""Events of the journal as rows of the fact tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from kb.facts.definitions.interaction import BESIDES, MEMORY_DAYS
from kb.facts.moment import Moment
from kb.facts.values import normalised
from kb.journal.cases import is_resolved
from kb.journal.events import NEEDS_RESOLUTION, CaseChange, Events, Interaction, Response
from ontology.vocabulary import ContactSource, OutcomeKind

_AGREED = frozenset({OutcomeKind.ACCEPTED, OutcomeKind.CONVERTED})
_NUMBERS = ("amount", "dwell_seconds", "score", "score_max")
_ImportedRow = Mapping[str, Any]


def interaction_records(events: Events, moment: Moment, imported: Iterable[_ImportedRow] = ()) -> list[dict[str, Any]]:
    """The rows of ``interaction`` of one customer, each as its case stands at the moment.

    Args:
        events: What was posted, and how cases were changed.
        moment: What lies after it is not seen; of what lies 365 local days before it, only what is open.
        imported: Rows of the history, with ``at`` and ``resolved_at``; one that was posted too counts once.
    """
    known = list(imported)
    keys = {row["_key"] for row in known}
    rows = [*known, *(_posted(posted) for posted in events.interactions if posted.interaction_id not in keys)]
    changes = [change for change in events.cases if moment.sees(change.at)]
    return [record for row in rows if moment.sees(row["at"]) and (record := _as_it_stands(row, changes, moment))]


def contact_records(events: Events, moment: Moment) -> list[dict[str, Any]]:
    """Answers to recommendations as rows of ``contact``, one for each recommended action that has an outcome.

    ``responded`` is true once it was accepted or converted, ``rejected`` once it was rejected; the row stands on the
    day of the first outcome, normally that of being shown.
    """
    seen = [response for response in events.responses if moment.sees(response.outcome.at)]
    return [_contact(key, list(group), moment) for key, group in _by_action(seen)]


def _as_it_stands(row: _ImportedRow, changes: Sequence[CaseChange], moment: Moment) -> dict[str, Any] | None:
    """The row at the moment; ``None`` where it is neither recent nor open."""
    days, is_open = moment.days_ago(row["at"]), False
    stands = {name: value for name, value in row.items() if name not in BESIDES} | {"days_ago": days, "resolved": None}
    if row["kind"] in NEEDS_RESOLUTION:
        own = [change for change in changes if change.case_id == (row["case_id"] or row["_key"])]
        stands["resolved"] = is_resolved(row["at"], row["resolved_at"], own)
        is_open = not stands["resolved"]
    return stands if is_open or days < MEMORY_DAYS else None


def _posted(posted: Interaction) -> dict[str, Any]:
    return {
        "_key": posted.interaction_id,
        "at": posted.at,
        "resolved_at": posted.at if posted.resolved else None,
        "case_id": posted.case_id,
        "kind": posted.kind.value,
        "channel": posted.channel.value if posted.channel else None,
        "topic": posted.topic,
        "category": posted.category,
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
