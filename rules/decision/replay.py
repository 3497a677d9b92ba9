"""A decision computed again from its own facts and request, and compared."""

from dataclasses import dataclass, replace
from typing import Any

from kb.errors import Conflict
from kb.model.codec import to_plain
from kb.model.decision import Decision
from ontology.text import Text
from rules.decision.compiled_release import CompiledRelease
from rules.decision.decide import decide
from rules.decision.request import Request

_TOLD_LATER = frozenset({"propensity_from", "value_from", "withheld_rules", "withheld_cards"})
"""What decisions of earlier versions do not tell."""


_OTHER_RATES = Text(zh="决策 {decision} 按实测响应率 {made} 作出，不是 {given}",
                    en="decision {decision} was made under rates {made}, not {given}")
_OTHER_PAUSES = Text(zh="决策 {decision} 按暂停状态 {made} 作出，不是 {given}",
                     en="decision {decision} was made under pauses {made}, not {given}")
_THOSE_PAUSES = Text(zh="请按原来的暂停状态重算", en="replay it under the pauses that the decision names")
_THOSE_RATES = Text(zh="请按原来的实测响应率重算", en="replay it under the rates that the decision names")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Whether the same answer came out; ``differences`` name the place, what was said and what comes out now."""

    equal: bool
    differences: tuple[str, ...]


def replay(decision: Decision, compiled: CompiledRelease) -> Replay:
    """The decision again under its release; id and the readings that answered do not count.

    Raises:
        Conflict: ``compiled`` is another release than the one that decided, or under other rates or pauses.
    """
    if decision.release != compiled.release.number:
        msg = Text(zh=f"决策 {decision.decision_id} 由版本 {decision.release} 作出，不是 {compiled.release.number}",
                   en=f"decision {decision.decision_id} was made under release {decision.release}, not "
                      f"{compiled.release.number}")
        raise Conflict(msg, hint=Text(zh=f"请用版本 {decision.release} 重算",
                                      en=f"replay it under release {decision.release}"))
    if decision.rates != compiled.rates_number:
        raise Conflict(_OTHER_RATES.fill(decision=decision.decision_id, made=decision.rates or "–",
                                         given=compiled.rates_number or "–"), hint=_THOSE_RATES)
    if decision.pauses != compiled.pauses:
        raise Conflict(_OTHER_PAUSES.fill(decision=decision.decision_id, made=decision.pauses or "–",
                                          given=compiled.pauses or "–"), hint=_THOSE_PAUSES)
    again = replace(
        decide(Request.from_plain(decision.request), decision.facts, compiled, decision_id=decision.decision_id),
        engine=decision.engine, readings=decision.readings)
    found = tuple(_differences("decision", to_plain(decision), to_plain(again)))
    return Replay(equal=not found, differences=found)


def _differences(place: str, before: Any, after: Any) -> list[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        keys = sorted(key for key in before.keys() | after.keys() if key not in _TOLD_LATER or before.get(key))
        return [told for key in keys for told in _differences(f"{place}.{key}", before.get(key), after.get(key))]
    if isinstance(before, list | tuple) and isinstance(after, list | tuple) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [told for index, (one, other) in pairs for told in _differences(f"{place}[{index}]", one, other)]
    return [] if before == after else [f"{place}: was {before!r}, is {after!r}"]
