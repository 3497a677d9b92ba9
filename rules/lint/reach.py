"""Conditions that can never hold, that always hold, or of which a part can never matter."""

from collections.abc import Iterator

from kb.model.condition import ALWAYS, And, Condition, Or
from kb.model.rule import Rule
from ontology.text import Text
from rules.lint.finding import Finding, FindingKind, error, warning
from rules.lint.wording import Wording
from rules.reasoning import Logic

_NEVER = Text(zh="条件永远不可能成立：{when}", en="the condition can never hold: {when}")
_NEVER_DEFINED = Text(zh="按指标的定义，条件永远不可能成立：{when}",
                      en="by the definitions of the indicators, the condition can never hold: {when}")
_ALWAYS = Text(zh="条件对任何客户都成立：{when}", en="the condition holds for every customer: {when}")
_IDLE = Text(zh="这个分支永远不可能成立：{part}", en="this alternative can never hold: {part}")


def check_reach(rule: Rule, logic: Logic, say: Wording, defined: Logic) -> Iterator[Finding]:
    """Findings about ``rule`` alone; a condition that is written as *always* is meant so.

    Args:
        rule: Of whatever level.
        logic: Of any facts: what can never hold of these is an error.
        say: Conditions in words.
        defined: Of facts that keep to the definitions of their properties.
    """
    if logic.is_impossible(rule.when):
        yield error(rule.id, FindingKind.NEVER, _NEVER.fill(when=say(rule.when)))
        return
    if defined.is_impossible(rule.when):
        yield warning(rule.id, FindingKind.NEVER, _NEVER_DEFINED.fill(when=say(rule.when)))
        return
    if rule.when != ALWAYS and logic.is_certain(rule.when):
        yield warning(rule.id, FindingKind.ALWAYS, _ALWAYS.fill(when=say(rule.when)))
    for part, others in _alternatives(rule.when):
        if defined.is_impossible(part, *others):
            yield warning(rule.id, FindingKind.IDLE_PART, _IDLE.fill(part=say(part)))


def _alternatives(when: Condition) -> Iterator[tuple[Condition, tuple[Condition, ...]]]:
    """Each part of an *or* near the top, with what must hold beside it."""
    match when:
        case Or(parts=parts):
            yield from ((part, ()) for part in parts)
        case And(parts=parts):
            for number, part in enumerate(parts):
                others = (*parts[:number], *parts[number + 1:])
                yield from ((inner, (*others, *beside)) for inner, beside in _alternatives(part))
        case _:
            return
