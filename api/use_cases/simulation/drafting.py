"""Drafts of the next release: what publishing would make now, with the changes that a manager wants to try."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cattrs import BaseValidationError, transform_error

from kb.curation.curation import Curation
from kb.curation.levers import LEVER_HINT
from kb.errors import InvalidInput, NotFound
from kb.model.action import ContactPolicy, Levers
from kb.model.bounds import LEVER
from kb.model.codec import from_plain, to_plain
from kb.model.release import Release
from kb.suggestion import did_you_mean
from ontology.schema import Schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily
from rules.lint import demand_sound
from rules.packs.pack import load_pack


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDraft:
    """What to change about the release that publishing would make now.

    Args:
        name: What the manager calls it.
        include: Items that wait for a verdict, taken as approved with their rules, and rules whose draft waits.
        exclude: Rules to leave out.
        levers: Weights of families in place of the standing ones.
        policy: Parts of the contact policy in place of the standing ones, as plain JSON values.
    """

    name: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    levers: Mapping[str, float] = field(default_factory=dict)
    policy: Mapping[str, Any] = field(default_factory=dict)


def draft_release(draft: ReleaseDraft, curation: Curation, levers: Levers, schema: Schema) -> Release:
    """The release of a draft, its rules checked as for publishing; nothing is written.

    Raises:
        NotFound: For an item or a rule that is not there.
        InvalidInput: For a family, a weight or a part of the policy that cannot be.
        InvalidRule: If a rule could not be published.
    """
    pack = load_pack()
    release = curation.draft("", pack.actions, _policy(pack.policy, draft.policy),
                                  _levers(levers, draft.levers), include=draft.include)
    _check_known(draft.exclude, release)
    kept = replace(release, rules=tuple(rule for rule in release.rules if rule.id not in draft.exclude))
    demand_sound(kept.rules, schema, {action.id: action for action in kept.actions})
    return kept


def _check_known(exclude: tuple[str, ...], release: Release) -> None:
    known = [rule.id for rule in release.rules]
    for rule_id in exclude:
        if rule_id not in known:
            msg = Text(zh=f"草案中没有可去掉的规则“{rule_id}”", en=f"the draft has no rule '{rule_id}' to leave out")
            raise NotFound(msg, hint=did_you_mean(rule_id, known))


def _levers(standing: Levers, wanted: Mapping[str, float]) -> Levers:
    for family, weight in wanted.items():
        if family not in tuple(ActionFamily):
            msg = Text(zh=f"没有名为“{family}”的行动类别", en=f"unknown family {family!r}")
            raise InvalidInput(msg, hint=did_you_mean(family, ActionFamily))
        LEVER.demand(f"lever {family}", weight, hint=LEVER_HINT)
    weights = {**standing.by_family, **{ActionFamily(name): weight for name, weight in wanted.items()}}
    return replace(standing, by_family=weights)


def _policy(standing: ContactPolicy, wanted: Mapping[str, Any]) -> ContactPolicy:
    try:
        return from_plain(to_plain(standing) | dict(wanted), ContactPolicy)
    except BaseValidationError as fault:
        msg = Text(zh=f"触达策略：{'；'.join(transform_error(fault))}",
                   en=f"contact policy: {'; '.join(transform_error(fault))}")
        raise InvalidInput(msg, hint=did_you_mean("", to_plain(standing))) from fault
