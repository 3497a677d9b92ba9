"""What a check has to say about a rule."""

from dataclasses import dataclass
from enum import StrEnum

from kb.model.ids import RuleId
from ontology.text import Text


class Severity(StrEnum):
    """An error keeps rules from being saved and published; a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


class FindingKind(StrEnum):
    """What is wrong, or looks wrong."""

    INVALID = "invalid"
    NEVER = "never"
    ALWAYS = "always"
    IDLE_PART = "idle_part"
    IDLE_TEST = "idle_test"
    SHADOWED = "shadowed"
    BLOCKED = "blocked"
    DISAGREEING = "disagreeing"
    CONTENT = "content"
    PROTECTED = "protected"
    UNTESTED = "untested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong with a rule, or looks wrong; ``rule_id`` is ``None`` where the set as a whole is."""

    rule_id: RuleId | None
    kind: FindingKind
    severity: Severity
    message: Text


def error(rule_id: RuleId | None, kind: FindingKind, message: Text) -> Finding:
    """A finding that keeps the rule from being saved and published."""
    return Finding(rule_id=rule_id, kind=kind, severity=Severity.ERROR, message=message)


def warning(rule_id: RuleId, kind: FindingKind, message: Text) -> Finding:
    """A finding that people should look at."""
    return Finding(rule_id=rule_id, kind=kind, severity=Severity.WARNING, message=message)
