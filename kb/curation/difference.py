"""What one release has that another has not: which rules, items and actions come, change and go."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from kb.model.action import Action, Levers
from kb.model.canonical import short_id
from kb.model.codec import to_plain
from kb.model.knowledge import KnowledgeItem
from kb.model.release import Release
from kb.model.rule import Rule
from ontology.text import Text

_Noun = TypeVar("_Noun", Rule, Action, KnowledgeItem)
_OF_THE_LIFE = frozenset({"status", "author", "examples"})
_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Of one kind of noun: what comes, says something else, and goes; ids with what people call them, by id."""

    added: Mapping[str, Text]
    changed: Mapping[str, Text]
    removed: Mapping[str, Text]

    @property
    def is_empty(self) -> bool:
        """Whether nothing comes, changes or goes."""
        return not (self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDifference:
    """What serving a release in place of the live one would do.

    Args:
        levers: Whether the weights of the families are others; ``policy`` whether the contact policy is.
        digest: Of all of it, and of the live release that it was seen against: a confirmation names it.
    """

    rules: Changes
    items: Changes
    actions: Changes
    levers: bool
    policy: bool
    digest: str

    @property
    def is_empty(self) -> bool:
        """Whether the two releases answer everybody alike."""
        return not (self.levers or self.policy) and all(
            part.is_empty for part in (self.rules, self.items, self.actions))


def release_difference(live: Release | None, other: Release) -> ReleaseDifference:
    """What ``other`` would do in place of the live release; before the first everything is new."""
    parts = {
        "rules": _changes(() if live is None else live.rules, other.rules, _rule_content, lambda rule: rule.name),
        "items": _changes(() if live is None else live.items, other.items, _item_content, lambda item: item.statement),
        "actions": _changes(() if live is None else live.actions, other.actions, to_plain, lambda action: action.name)}
    levers = Levers() if live is None else live.levers
    return ReleaseDifference(
        **parts, levers=levers != other.levers,
        policy=live is not None and live.policy != other.policy,
        digest=short_id("change", [None if live is None else live.number, _content(other)], length=_LENGTH))


def _changes(before: Iterable[_Noun], after: Iterable[_Noun], content: Callable[[_Noun], object],
             name: Callable[[_Noun], Text]) -> Changes:
    old, new = ({str(noun.id): noun for noun in nouns} for nouns in (before, after))
    return Changes(
        added={key: name(noun) for key, noun in new.items() if key not in old},
        changed={key: name(noun) for key, noun in new.items() if key in old and content(noun) != content(old[key])},
        removed={key: name(noun) for key, noun in old.items() if key not in new})


def _content(release: Release) -> object:
    return [[_rule_content(rule) for rule in release.rules], [_item_content(item) for item in release.items],
            [to_plain(action) for action in release.actions], to_plain(release.policy), to_plain(release.levers)]


def _rule_content(rule: Rule) -> object:
    return {name: value for name, value in to_plain(rule).items() if name not in _OF_THE_LIFE}


def _item_content(item: KnowledgeItem) -> object:
    """What is told of the item and served from it; that a run measured it again is no change of what is said."""
    return {"id": item.id, "statement": to_plain(item.statement), "measures": dict(item.measures),
            "strength": item.strength, "antecedent": item.antecedent, "consequent": item.consequent,
            "valid_from": item.valid_from, "valid_to": item.valid_to}
