"""Tests of a rule that other tests of the same rule make superfluous."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from kb.model.condition import ALWAYS, And, Condition, Exists, Known, Or, Test, walk
from kb.model.rule import Rule
from ontology.text import Text
from rules.explain.phrases import joined
from rules.lint.finding import Finding, FindingKind, warning
from rules.lint.wording import Wording
from rules.reasoning import Logic

_IMPLIED = Text(zh="“{part}”是多余的：只要“{others}”成立，它就成立",
                en="'{part}' adds nothing: it holds whenever this does: {others}")
_DEFINED = Text(zh="按指标的定义，“{part}”是多余的：只要“{others}”成立，它就成立",
                en="by the definitions of the indicators, '{part}' adds nothing: it holds whenever this does: {others}")
_CERTAIN = Text(zh="“{part}”是多余的：它对任何客户都成立", en="'{part}' adds nothing: it holds for every customer")
_COVERED = Text(zh="分支“{part}”是多余的：它成立时，另一分支“{others}”也成立",
                en="the alternative '{part}' adds nothing: whenever it holds, another does: {others}")
_AND = Text(zh="，且", en=" and ")
_OR = Text(zh="，或", en=" or ")

Rows: TypeAlias = tuple[tuple[str, str], ...]


def check_idle(rule: Rule, logic: Logic, defined: Logic, say: Wording) -> Iterator[Finding]:
    """The tests without which ``rule`` holds for the same customers.

    Args:
        rule: One that can hold.
        logic: Of any facts.
        defined: Of facts that keep to the definitions of their properties.
        say: Conditions in words.
    """
    for idle in _Idle(logic, defined).within(rule.when, (), ()):
        yield warning(rule.id, FindingKind.IDLE_TEST, idle.told.fill(
            part=say(idle.part), others=joined([say(one) for one in idle.others], idle.word)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _IdlePart:
    """A part that adds nothing, and what makes it so."""

    part: Condition
    others: Sequence[Condition]
    told: Text
    word: Text = _AND


@dataclass(frozen=True, slots=True)
class _Idle:
    """The search through one condition."""

    logic: Logic
    defined: Logic

    def within(self, when: Condition, beside: tuple[Condition, ...], rows: Rows) -> Iterator[_IdlePart]:
        """The idle parts of ``when``, where all of ``beside`` holds of the same fact."""
        match when:
            case And(parts=parts):
                yield from self._of_all(parts, beside, rows)
            case Or(parts=parts):
                yield from self._of_any(parts, beside, rows)
            case Exists(where=where, alias=alias, fact=fact):
                yield from self.within(where, (), (*rows, (alias, fact)))

    def _of_all(self, parts: tuple[Condition, ...], beside: tuple[Condition, ...], rows: Rows) -> Iterator[_IdlePart]:
        kept = list(parts)
        for place in reversed(range(len(parts))):
            others = (*beside, *kept[:place], *kept[place + 1:])
            if others and self._follows(And(parts=others), parts[place], rows):
                del kept[place]
                yield self._implied(parts[place], others, rows)
        for place, part in enumerate(kept):
            yield from self.within(part, (*beside, *kept[:place], *kept[place + 1:]), rows)

    def _of_any(self, parts: tuple[Condition, ...], beside: tuple[Condition, ...], rows: Rows) -> Iterator[_IdlePart]:
        kept = list(parts)
        for place in reversed(range(len(parts))):
            others = (*kept[:place], *kept[place + 1:])
            narrow = And(parts=(*beside, parts[place]))
            if others and self._follows(narrow, Or(parts=others), rows) and not self._follows(narrow, _NEVER, rows):
                del kept[place]
                covering = [one for one in others if self._follows(narrow, one, rows)][:1] or others
                yield _IdlePart(part=parts[place], others=covering, told=_COVERED, word=_OR)
        for part in kept:
            yield from self.within(part, beside, rows)

    def _implied(self, part: Condition, others: Sequence[Condition], rows: Rows) -> _IdlePart:
        if self.logic.implies(And(parts=()), part, *rows):
            return _IdlePart(part=part, others=(), told=_CERTAIN)
        is_plain = self.logic.implies(_firm(And(parts=tuple(others))), part, *rows)
        implying = [one for one in others if self._follows(one, part, rows)][:1] or others
        return _IdlePart(part=part, told=_IMPLIED if is_plain else _DEFINED, others=implying)

    def _follows(self, narrow: Condition, wide: Condition, rows: Rows) -> bool:
        return not _moves(wide) and self.defined.implies(_firm(narrow), wide, *rows)


_NEVER = Or(parts=())


def _moves(condition: Condition) -> bool:
    """Whether a constant of the condition is taken from the base, and another one after the next import."""
    return any(isinstance(node, Test) and node.quantile is not None for node in walk(condition))


def _firm(condition: Condition) -> Condition:
    """What holds wherever the condition does, whatever the base makes of its constants."""
    match condition:
        case _ if not _moves(condition):
            return condition
        case And(parts=parts) | Or(parts=parts):
            return replace(condition, parts=tuple(map(_firm, parts)))
        case Test(property=name):
            return Known(property=name)
        case _:
            return ALWAYS
