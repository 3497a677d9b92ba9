"""Events of the journal as rows of the fact tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from kb.facts.definitions.interaction import BESIDES, MEMORY_DAYS
from kb.facts.moment import Moment
from kb.facts.values import normalised
from kb.journal.cases import is_resolved
from kb.journal.events import CONSOLE, NEEDS_RESOLUTION, CaseChange, Events, Interaction, Response
from ontology.vocabulary import ContactSource, OutcomeKind

_AGREED = frozenset({OutcomeKind.ACCEPTED, OutcomeKind.CONVERTED})
_NUMBERS = ("amount", "dwell_seconds", "score", "score_max")
_ImportedRow = Mapping[str, Any]


def interaction_records(events: Events, moment: Moment, imported: Iterable[_ImportedRow] = ()) -> list[dict[str, Any]]:
    """The rows of ``interaction`` of one customer, each as its case stands at the moment, the latest score marked.

    Args:
        events: What was posted, and how cases were changed.
        moment: What lies after it is not seen; of what lies 365 local days before it, only what is open
            and the latest score.
        imported: Rows of the history, with ``at`` and ``resolved_at``; one that was posted too counts once.
    """
    known = list(imported)
    keys = {row["_key"] for row in known}
    rows = [*known, *(_posted(posted) for posted in events.interactions if posted.interaction_id not in keys)]
    seen = [row for row in rows if moment.sees(row["at"])]
    latest = max((row for row in seen if row["score"] is not None), key=_by_score, default=None)
    changes = [change for change in events.cases if moment.sees(change.at)]
    stand = [_as_it_stands(row, changes, moment) | _scored(row, is_latest=row is latest) for row in seen]
    return [row for row in stand if row["days_ago"] < MEMORY_DAYS or row["resolved"] is False or row["latest_score"]]


def contact_records(events: Events, moment: Moment) -> list[dict[str, Any]]:
    """Answers to recommendations as rows of ``contact``, one for each recommended action that has an outcome.

    ``responded`` is true once it was accepted or converted, ``rejected`` once it was rejected; the row stands on the
    day of the first outcome, normally that of being shown. A card that stood on an agent's screen is no contact before
    the customer has answered: it was shown to the agent.
    """
    seen = [response for response in events.responses
            if moment.sees(response.outcome.at) and response.outcome.author != CONSOLE]
    return [_contact(key, list(group), moment) for key, group in _by_action(seen)]


def _as_it_stands(row: _ImportedRow, changes: Sequence[CaseChange], moment: Moment) -> dict[str, Any]:
    stands = {name: value for name, value in row.items() if name not in BESIDES}
    resolved = None
    if row["kind"] in NEEDS_RESOLUTION:
        own = [change for change in changes if change.case_id == (row["case_id"] or row["_key"])]
        resolved = is_resolved(row["at"], row["resolved_at"], own)
    return stands | {"days_ago": moment.days_ago(row["at"]), "resolved": resolved}


def _scored(row: _ImportedRow, *, is_latest: bool) -> dict[str, Any]:
    """Whether the row has the customer's latest score, and which share of its scale that is."""
    score, most = row["score"], row["score_max"]
    is_within = score is not None and most is not None and most > 0 and 0 <= score <= most
    return {"latest_score": None if score is None else is_latest,
            "score_share": normalised(score / most) if is_within else None}


def _by_score(row: _ImportedRow) -> tuple[int, float, str]:
    """The latest last; of several at one instant the lowest, as the definition for tables has it."""
    return row["at"], -row["score"], row["_key"]


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
