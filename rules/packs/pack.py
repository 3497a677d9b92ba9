"""A pack: the action catalogue, hand-written rules, the contact policy and the questions of a trade, read from TOML."""

import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from kb.errors import InvalidInput
from kb.model.action import Action, Cap, ContactPolicy, Exclusion, Holdout
from kb.model.ids import ActionId
from kb.model.rule import Rule
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, Purpose
from rules.formats import load_rules

SHIPPED = Path(__file__).parent
_OF_TABLE = "rules_of_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """How to ask a customer for the property ``name``.

    Args:
        known_by: Properties that answer it as well.
        table: The question makes sense where the base holds such rows; ``None``: anywhere.
    """

    name: str
    sentence: Text
    known_by: tuple[str, ...] = ()
    table: str | None = None

    @property
    def properties(self) -> tuple[str, ...]:
        """Every property that the answer would fill."""
        return (self.name, *self.known_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """What a release starts from before anything is mined. Actions and rules are sorted by id."""

    actions: tuple[Action, ...]
    rules: tuple[Rule, ...]
    policy: ContactPolicy
    questions: tuple[Ask, ...]


def load_pack(folder: Path = SHIPPED, *, tables: Collection[str] | None = None) -> Pack:
    """The pack in ``folder``: ``actions.toml``, ``rules.toml``, ``policy.toml`` and ``questions.toml``.

    Args:
        folder: Of the pack.
        tables: Canonical tables that the base holds. Rules that speak of one table stand in
            ``rules_of_<table>.toml``, and join where it is held; ``None``: all of them.

    Raises:
        InvalidInput: A file is missing, is no TOML or says something that is not in the vocabulary.
        InvalidRule: A rule cannot be read.
    """
    return _loaded(folder, None if tables is None else frozenset(tables), _state_of(folder))


def _state_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells whether a file of the folder is another than it was."""
    found = ((path.name, path.stat()) for path in sorted(folder.glob("*.toml")))
    return tuple((name, said.st_mtime_ns, said.st_size) for name, said in found)


@lru_cache(maxsize=16)
def _loaded(folder: Path, tables: frozenset[str] | None, _state: tuple[tuple[str, int, int], ...]) -> Pack:
    """Parsed once for as long as the files stay as they are: many calls of one page ask for it."""
    return Pack(
        actions=_by_id(map(_action, _read(folder / "actions.toml")["action"])),
        rules=tuple(sorted(_rules(folder, tables), key=lambda rule: rule.id)),
        policy=_policy(_read(folder / "policy.toml")),
        questions=_questions_of(folder, _state),
    )


def _rules(folder: Path, tables: Collection[str] | None) -> Iterator[Rule]:
    yield from load_rules(folder / "rules.toml")
    for path in folder.glob(f"{_OF_TABLE}*.toml"):
        if tables is None or path.stem.removeprefix(_OF_TABLE) in tables:
            yield from load_rules(path)


def load_questions(folder: Path = SHIPPED) -> tuple[Ask, ...]:
    """What may be asked of a customer, in the order of ``questions.toml``."""
    return _questions_of(folder, _state_of(folder))


@lru_cache(maxsize=16)
def _questions_of(folder: Path, _state: tuple[tuple[str, int, int], ...]) -> tuple[Ask, ...]:
    return tuple(_question(entry) for entry in _read(folder / "questions.toml")["question"])


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        msg = f"no file {path.name} in the pack {path.parent}"
        raise InvalidInput(msg, hint="a pack holds actions.toml, rules.toml, policy.toml and questions.toml") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: not TOML in UTF-8: {error}"
        raise InvalidInput(msg, hint="correct the line that the message names") from error


def _action(entry: Mapping[str, Any]) -> Action:
    try:
        return Action(
            id=ActionId(entry["id"]), name=_text(entry["name"]), family=ActionFamily(entry["family"]),
            purpose=Purpose(entry["purpose"]), value=float(entry["value"]), cost=float(entry["cost"]),
            prior=float(entry["prior"]), contents=_contents(entry["says"]),
            parameters=tuple(entry.get("parameters", ())), life_days=int(entry["life_days"]))
    except (KeyError, ValueError) as error:
        msg = f"action {entry.get('id', '?')!r}: {error}"
        raise InvalidInput(msg, hint="compare it with an entry of the shipped actions.toml") from error


def _contents(says: Iterable[Mapping[str, Any]]) -> Mapping[Channel, Text]:
    return {Channel(channel): _text(group) for group in says for channel in group["channels"]}


def _policy(entry: Mapping[str, Any]) -> ContactPolicy:
    plain = {name: value for name, value in entry.items() if name not in _PARTS}
    try:
        parts: dict[str, Any] = {field: tuple(map(read, entry.get(name, ())))
                                 for name, (field, read) in _PARTS.items()}
        return ContactPolicy(**parts, **plain)
    except (KeyError, TypeError, ValueError) as error:
        msg = f"contact policy: {error}"
        raise InvalidInput(msg, hint="compare it with the shipped policy.toml") from error


def _cap(entry: Mapping[str, Any]) -> Cap:
    family = ActionFamily(entry["family"]) if "family" in entry else None
    channel = Channel(entry["channel"]) if "channel" in entry else None
    return Cap(**{**entry, "family": family, "channel": channel})


def _exclusion(entry: Mapping[str, Any]) -> Exclusion:
    return Exclusion(**{**entry, "actions": tuple(entry.get("actions", ())), "families": _families(entry)})


def _holdout(entry: Mapping[str, Any]) -> Holdout:
    return Holdout(**{**entry, "families": _families(entry)})


def _families(entry: Mapping[str, Any]) -> tuple[ActionFamily, ...]:
    return tuple(map(ActionFamily, entry.get("families", ())))


_PARTS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], Cap | Exclusion | Holdout]]] = {
    "cap": ("caps", _cap), "exclusion": ("exclusions", _exclusion), "holdout": ("holdouts", _holdout)}
"""Tables of the policy file: the field that each fills, and how one is read."""


def _question(entry: Mapping[str, Any]) -> Ask:
    return Ask(name=entry["property"], sentence=_text(entry), known_by=tuple(entry.get("known_by", ())),
               table=entry.get("table"))


def _text(entry: Mapping[str, Any]) -> Text:
    return Text(zh=entry["zh"], en=entry["en"])


def _by_id(actions: Iterable[Action]) -> tuple[Action, ...]:
    return tuple(sorted(actions, key=lambda action: action.id))
