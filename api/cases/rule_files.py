"""Rules out to a file that people edit, and in again: as sentences, as a decision table, or as TOML."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from api.cases.base import OpenBase
from api.cases.views import Json
from kb.errors import Conflict
from kb.model.ids import RuleId
from kb.model.rule import Rule
from rules.check import demand_sound
from rules.language.files import read_rules, write_rules
from rules.pack import load_pack


class RuleFiles:
    """The rules of one base as files."""

    def __init__(self, base: OpenBase) -> None:
        self._base = base

    def export(self, path: Path, language: str) -> Json:
        """Write the rules that are live or wait for a verdict; how many.

        Raises:
            InvalidInput: The suffix is none of ``rules.language.files``, or the file cannot be written.
        """
        rules = self._base.curation.drafts()
        write_rules(path, rules, self._base.schema, language)
        return {"file": str(path), "rules": len(rules)}

    def take_in(self, path: Path, author: str, approver: str | None = None) -> Json:
        """Write what is new or changed in a file: all of it, or nothing.

        Author and status are not taken from the file. What says the same as before is left as it is.

        Args:
            path: As ``export`` writes it.
            author: Who wrote the rules.
            approver: A second person who approves them; ``None``: they are drafts.

        Returns:
            The ids of the ``new`` and the ``changed`` rules, how many are ``unchanged``, and the ``status`` they have.

        Raises:
            InvalidRule: A rule cannot be read or never fires, or would not stand together with those of the base.
            Conflict: A changed rule lives with its knowledge.
            Forbidden: The approver wrote them.
        """
        known = {rule.id: rule for rule in self._base.curation.drafts()}
        read = read_rules(path, self._base.schema)
        fresh = [replace(rule, author=author) for rule in read if not _says_the_same(rule, known.get(rule.id))]
        self._check(read, known)
        _check_not_mined(fresh, tuple(known.values()))
        saved = self._base.curation.save_rules(fresh, approver) if fresh else ()
        return {"new": [rule.id for rule in saved if rule.id not in known],
                "changed": [rule.id for rule in saved if rule.id in known], "unchanged": len(read) - len(saved),
                "status": "proposed" if approver is None else "approved"}

    def _check(self, read: Sequence[Rule], known: Mapping[RuleId, Rule]) -> None:
        others = [rule for rule in known.values() if rule.id not in {other.id for other in read}]
        demand_sound([*read, *others], self._base.schema, {action.id: action for action in load_pack().actions},
                     before=known.values())


def _says_the_same(rule: Rule, known: Rule | None) -> bool:
    return known is not None and replace(rule, author=known.author, status=known.status) == known


def _check_not_mined(fresh: Sequence[Rule], known: Sequence[Rule]) -> None:
    mined = {rule.id: rule.rests_on for rule in known if rule.rests_on}
    for rule in fresh:
        if rule.id in mined:
            msg = f"rule {rule.id!r} rests on {', '.join(mined[rule.id])} and lives with it"
            raise Conflict(msg, hint="give the changed rule an id of its own and nothing to rest on")
