"""Whose answers can differ: what two releases read, decide by and say, compared."""

from collections.abc import Iterator
from dataclasses import replace

from kb.model.condition import Exists, Ref, walk
from kb.model.facts import Facts
from kb.model.ids import RuleId
from kb.model.rule import Conclude, Recommend, Rule
from ontology.vocabulary import FactName
from rules.condition.walk import demanded, kinds_in
from rules.decision.compiled_release import CompiledRelease
from rules.simulation.effects import RuleChange

_KNOWLEDGE = FactName.KNOWLEDGE.value


def change_of(rule_id: RuleId, live: CompiledRelease, draft: CompiledRelease) -> RuleChange:
    """What the draft does to a rule of either release."""
    before, after = live.rules.get(rule_id), draft.rules.get(rule_id)
    if before is None:
        return RuleChange.ADDED
    if after is None:
        return RuleChange.REMOVED
    return RuleChange.KEPT if _content(before) == _content(after) else RuleChange.CHANGED


def otherwise(live: CompiledRelease, draft: CompiledRelease) -> Iterator[RuleId]:
    """The rules that lead to another answer although they fire as before.

    They are new or gone or say something else, their action is another one or weighs otherwise, they rest on
    patterns that start from other categories, or read an argument or a figure from knowledge that is not the same.
    """
    for rule_id in sorted(live.rules.keys() | draft.rules.keys()):
        if change_of(rule_id, live, draft) is not RuleChange.KEPT or (
                _weight(live.rules[rule_id], live) != _weight(draft.rules[rule_id], draft)):
            yield rule_id


def may_differ(live: CompiledRelease, draft: CompiledRelease) -> frozenset[RuleId]:
    """The rules that have to be read to find the customers for whom the two releases say something else.

    Any other rule is the same in both, and reads neither knowledge that one alone publishes nor a conclusion.
    """
    rules = {**live.rules, **draft.rules}
    is_known_alike = live.items.keys() == draft.items.keys()
    return frozenset(otherwise(live, draft)).union(
        rule_id for rule_id, rule in rules.items()
        if isinstance(rule.then, Conclude) or kinds_in(rule.when) or (not is_known_alike and _reads_knowledge(rule)))


def is_everybodys(live: CompiledRelease, draft: CompiledRelease) -> bool:
    """Whether what differs may concern any customer, whatever rules fire: policy, exploration, requirement, fallback.

    A requirement acts on those for whom it does *not* fire.
    """
    return _common(live) != _common(draft)


def published_to(facts: Facts, compiled: CompiledRelease) -> Facts:
    """``facts`` with the knowledge that the release publishes, and no other."""
    rows = tuple(row for row in facts.related.get(_KNOWLEDGE, ()) if row.key in compiled.items)
    return replace(facts, related={**facts.related, _KNOWLEDGE: rows})


def _content(rule: Rule) -> tuple[object, ...]:
    return (rule.when, rule.then, rule.level, rule.propensity, rule.own_propensity, rule.value, rule.own_value,
            rule.valid_from, rule.valid_to)


def _weight(rule: Rule, compiled: CompiledRelease) -> tuple[object, ...]:
    """What a recommendation by the rule comes to, besides what the rule says itself."""
    if not isinstance(rule.then, Recommend):
        return ()
    action = compiled.actions.get(rule.then.action)
    lever = None if action is None else compiled.release.levers.weight_of(action.family)
    antecedents = [compiled.items[item].antecedent for item in rule.rests_on if item in compiled.items]
    is_read = any(isinstance(value, Ref) for value in rule.then.arguments.values())
    scored = [item in compiled.items for product in rule.own_figures for item in product.items]
    return (action, lever, antecedents, scored, _knowledge(rule, compiled) if is_read else None)


def _common(compiled: CompiledRelease) -> tuple[object, ...]:
    fallback = compiled.fallback
    lever = None if fallback is None else compiled.release.levers.weight_of(fallback.family)
    requirements = {rule.id: (_content(rule), _knowledge(rule, compiled)) for rule in compiled.requirements}
    return (compiled.release.policy, compiled.release.levers.exploration, fallback, lever, requirements)


def _knowledge(rule: Rule, compiled: CompiledRelease) -> frozenset[str] | None:
    """The published knowledge of which the rule may read a row: what it names, or any; ``None`` where it reads none."""
    asked = [demanded(node.where) for node in walk(rule.when) if isinstance(node, Exists) and node.fact == _KNOWLEDGE]
    if not asked:
        return None
    named = {one[1] for one in asked if one is not None and one[0] == "item"}
    is_named = all(one is not None and one[0] == "item" for one in asked)
    return frozenset(item for item in compiled.items if item in named or not is_named)


def _reads_knowledge(rule: Rule) -> bool:
    return any(isinstance(node, Exists) and node.fact == _KNOWLEDGE for node in walk(rule.when))
