"""The order in which rules may build on each other's conclusions."""

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from kb.errors import InvalidRule
from kb.model.rule import Conclude, Rule
from ontology.text import Text
from rules.condition.walk import kinds_in


def stratify(rules: Iterable[Rule]) -> tuple[tuple[Rule, ...], ...]:
    """The rules in strata: each tests only conclusions of the strata before its own; sorted by id within one.

    Args:
        rules: In any order. A conclusion that no rule makes belongs to no stratum and is never true.

    Raises:
        InvalidRule: A kind of conclusion depends on itself; the message names the cycle.
    """
    ordered = sorted(rules, key=lambda rule: rule.id)
    heights = _heights(ordered)
    level = {rule.id: max((heights.get(kind, 0) for kind in kinds_in(rule.when)), default=0) for rule in ordered}
    return tuple(tuple(rule for rule in ordered if level[rule.id] == height)
                 for height in range(max(level.values(), default=-1) + 1))


def _heights(rules: list[Rule]) -> dict[str, int]:
    """For each kind that some rule concludes, the first stratum that may test it."""
    needs: dict[str, set[str]] = {}
    for rule in rules:
        if isinstance(rule.then, Conclude):
            needs.setdefault(rule.then.kind, set()).update(kinds_in(rule.when))
    try:
        order = tuple(TopologicalSorter(needs).static_order())
    except CycleError as error:
        cycle = " -> ".join(reversed(error.args[1]))
        makers = [rule.id for rule in rules if isinstance(rule.then, Conclude) and rule.then.kind in error.args[1]]
        msg = Text(zh=f"结论互相依赖成环：{cycle}（规则 {'、'.join(makers)}）",
                   en=f"conclusions depend on themselves: {cycle} (rules {', '.join(makers)})")
        raise InvalidRule(msg, hint=Text(zh="请让其中一条规则测试事实而不是结论",
                                         en="let one of these rules test facts instead of a conclusion")) from error
    heights: dict[str, int] = {}
    for kind in order:
        if kind in needs:
            heights[kind] = 1 + max((heights.get(tested, 0) for tested in needs[kind]), default=0)
    return heights
