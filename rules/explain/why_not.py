"""Why an action is not recommended: the rules that would, what they miss, what holds it back, what came before it."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kb.errors import NotFound
from kb.model.action import Action
from kb.model.decision import FactRead
from kb.model.facts import Facts
from kb.model.ids import ActionId, CustomerKey, RuleId
from kb.model.rule import Recommend, Rule
from kb.suggestion import nearest
from ontology.text import Text
from ontology.vocabulary import ActionFamily
from rules.decision.arbitration import Candidate
from rules.decision.compiled_release import CompiledRelease
from rules.decision.decide import Deliberation, deliberate, paused_blocks, standing_blocks
from rules.decision.policy import Block, BlockKind, quiet_reason
from rules.decision.request import Request
from rules.explain.counterfactual_words import Counterfactual, changes_of
from rules.explain.trace_words import distance, found, missing, reads, tests
from rules.interpreter import Trace, fired_ids
from rules.reasoning import Plan, Search, apply_edits, cost_of

_NAMED_AHEAD = 3
_TOLD_IN_FULL = 10
_TRIED = 8

_RECOMMENDED = Text(zh="“{name}”已在推荐之列，排第 {place} 位", en='"{name}" is recommended, in place {place}')
_RANKED = Text(zh="可以推荐“{name}”，但排在第 {place} 位，前面有：{ahead}",
               en='"{name}" may be recommended, but comes in place {place}, behind: {ahead}')
_HELD = Text(zh="有推荐“{name}”的依据，但{why}", en='There is reason for "{name}", but {why}')
_NO_REASON = Text(zh="没有推荐“{name}”的依据：{missing}", en='Nothing speaks for "{name}": {missing}')
_NO_RULE = Text(zh="当前发布版本没有推荐“{name}”的规则", en='no rule of this release recommends "{name}"')
_ONLY_FALLBACK = Text(zh="只在没有别的行动可以推荐时，才会推荐“{name}”",
                      en='"{name}" is recommended only where nothing else is')
_CHANGE = Text(zh="如果满足以下条件，就会有推荐它的依据：{tests}", en="There would be reason for it with: {tests}")
_NOT_IN_EFFECT = Text(zh="规则不在有效期内", en="the rule is not in effect at this moment")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestFound:
    """One test of a rule: what it asks, whether it holds (``None``: unknown), what is there, and each value.

    Tests with the same ``alternative`` above 0 are one way to satisfy the rule; 0 is needed in any case.
    """

    __test__ = False  # pytest collects classes by this name

    sentence: Text
    truth: bool | None
    read: Text
    reads: tuple[FactRead, ...]
    alternative: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFound:
    """One rule that would recommend the action, as it stood for this customer; nearest to firing first."""

    rule_id: RuleId
    name: Text
    sentence: Text
    fires: bool
    tests: tuple[TestFound, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A candidate that came before."""

    action_id: ActionId
    name: Text
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """The whole answer.

    Args:
        verdict: The answer in one sentence.
        rules: The rules that recommend the action, at most ten, nearest to firing first.
        more_rules: How many others recommend it, all of them further from firing.
        blocks: Requirements, consent, contact policy, moment and value that hold it back, candidate or not.
        place: Its place among the candidates that nothing holds back, from 1; ``None`` when it is not among them.
        ahead: The candidates before it.
        change: The smallest change in words after which a rule would speak for it; ``None`` when one does.
        changes: Its parts; with them made, the rule fires. Empty where only the words can be told.
        change_rule: The rule that would fire; ``None`` where ``changes`` is empty.
        waits: Why contact that we start must wait for some hours, with the hour at which it may; ``None``: it need not.
    """

    action_id: ActionId
    name: Text
    customer_key: CustomerKey
    release: int
    as_of: int
    verdict: Text
    rules: tuple[RuleFound, ...]
    more_rules: int
    blocks: tuple[Block, ...]
    place: int | None
    ahead: tuple[Ahead, ...]
    change: Text | None
    changes: tuple[Counterfactual, ...] = ()
    change_rule: RuleId | None = None
    waits: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stood:
    """A rule for the action, and the edits after which it should fire, the cheapest first."""

    rule: Rule
    fires: bool
    plans: tuple[Plan, ...]
    is_paused: bool = False

    @property
    def distance(self) -> tuple[float, float]:
        """How far it is from firing."""
        return (0, 0) if self.fires else min(map(cost_of, self.plans), default=(math.inf, 0))


def why_not(action_id: ActionId, facts: Facts, compiled: CompiledRelease, request: Request) -> WhyNot:
    """Why the answer to ``request`` does not hold the action, or in which place it does.

    Raises:
        NotFound: The release has no such action.
    """
    action = _action(action_id, compiled)
    held = deliberate(request, facts, compiled)
    stood = _stood(action, held)
    traces = [(one.rule, held.context.trace(one.rule)) for one in stood[:_TOLD_IN_FULL]]
    standing = [one for one in held.standing if one.action.id == action_id]
    ahead = _ahead(standing[:1], held)
    blocks = () if standing else tuple(_blocks(action, held))
    rule_id, changes = _nearest_change(stood, held)
    return WhyNot(
        action_id=action_id, name=action.name, customer_key=facts.customer_key, release=compiled.release.number,
        as_of=facts.as_of, verdict=_verdict(action, held, traces, blocks),
        rules=tuple(_rule_found(rule, trace_, held) for rule, trace_ in traces),
        more_rules=len(stood) - len(traces), blocks=blocks, place=len(ahead) + 1 if standing else None,
        ahead=tuple(Ahead(action_id=one.action.id, name=one.action.name, score=one.score) for one in ahead),
        change=_change(changes, traces, held), changes=changes, change_rule=rule_id,
        waits=quiet_reason(request, held.context.calendar, compiled.release.policy))


def _action(action_id: ActionId, compiled: CompiledRelease) -> Action:
    if action_id in compiled.actions:
        return compiled.actions[action_id]
    near = nearest(action_id, compiled.actions)
    msg = Text(zh=f"没有行动“{action_id}”；可用：{'、'.join(sorted(compiled.actions))}",
               en=f"unknown action {action_id!r}; known: {', '.join(sorted(compiled.actions))}")
    raise NotFound(msg, hint=f"did you mean {near!r}?" if near else "ask for one of the known actions")


def _stood(action: Action, held: Deliberation) -> list[_Stood]:
    """Each rule for the action, nearest to firing first."""
    context, compiled = held.context, held.context.compiled
    search = Search(logic=compiled.logic, facts=context.facts, conclusions=context.found.conclusions)
    stood = [_Stood(rule=rule, fires=context.fires(rule), is_paused=rule.id in compiled.paused,
                    plans=tuple(search.plans(compiled.regions[rule.id])))
             for rule in compiled.release.rules if isinstance(rule.then, Recommend) and rule.then.action == action.id]
    return sorted(stood, key=lambda one: (one.distance, one.rule.id))


def _nearest_change(stood: list[_Stood], held: Deliberation) -> tuple[RuleId | None, tuple[Counterfactual, ...]]:
    """The first change, of the cheapest, after which its rule does fire and is not paused; none where one does now."""
    free = [one for one in stood if not one.is_paused]
    if any(one.fires for one in free):
        return None, ()
    tried = sorted(((cost_of(plan), one.rule.id, plan) for one in free for plan in one.plans), key=lambda one: one[:2])
    for _, rule_id, plan in tried[:_TRIED]:
        if rule_id in fired_ids(held.context.compiled.ruleset, apply_edits(plan, held.context.facts))[0]:
            return rule_id, changes_of(plan, held.context.compiled)
    return None, ()


def _blocks(action: Action, held: Deliberation) -> Iterator[Block]:
    """What holds the best candidate back; where none is raised, what would, and which of its rules are paused."""
    raised = next((one for one in held.judged if one.candidate.action.id == action.id), None)
    if raised is not None:
        yield from raised.blocks
        return
    yield from paused_blocks(action, held.context)
    yield from standing_blocks(action, held.context)


def _ahead(own: list[Candidate], held: Deliberation) -> tuple[Candidate, ...]:
    return tuple(other for one in own for other in held.standing if other.place < one.place)


def _verdict(action: Action, held: Deliberation, traces: list[tuple[Rule, Trace]], blocks: tuple[Block, ...]) -> Text:
    chosen = [place for place, one in enumerate(held.shown, start=1) if one.candidate.action.id == action.id]
    standing = [one for one in held.standing if one.action.id == action.id]
    if chosen:
        return _RECOMMENDED.fill(name=action.name, place=chosen[0])
    if standing:
        ahead = _ahead(standing[:1], held)
        names = _listed(one.action.name for one in ahead[:_NAMED_AHEAD])
        return _RANKED.fill(name=action.name, place=len(ahead) + 1, ahead=names)
    is_paused = any(block.kind is BlockKind.RULE_PAUSE for block in blocks)
    if is_paused or any(one.candidate.action.id == action.id for one in held.judged):
        return _HELD.fill(name=action.name, why=blocks[0].sentence)
    if not traces:
        return (_ONLY_FALLBACK if action.family is ActionFamily.FALLBACK else _NO_RULE).fill(name=action.name)
    return _NO_REASON.fill(name=action.name, missing=_listed(_lacking(traces, held)))


def _lacking(traces: list[tuple[Rule, Trace]], held: Deliberation) -> Iterator[Text]:
    """What each of the nearest rules misses, in words."""
    for rule, near in _nearest(traces):
        lacks = missing(near)
        yield from (found(one, held.context.compiled) for one in lacks) if lacks else (_not_firing(rule, held),)


def _not_firing(rule: Rule, held: Deliberation) -> Text:
    return _NOT_IN_EFFECT if not rule.is_in_effect(held.context.facts.as_of) else rule.name


def _nearest(traces: list[tuple[Rule, Trace]]) -> list[tuple[Rule, Trace]]:
    """The rules that are nearest to firing, at most two."""
    return [pair for pair in traces[:2] if distance(pair[1]) == distance(traces[0][1])]


def _change(changes: tuple[Counterfactual, ...], traces: list[tuple[Rule, Trace]], held: Deliberation) -> Text | None:
    """The change in words; where none could be made, what the nearest rule misses."""
    lacks = missing(traces[0][1]) if traces else ()
    told = [one.sentence for one in changes] or [held.context.compiled.describe(one.condition) for one in lacks]
    return _CHANGE.fill(tests=_joined(told)) if told else None


def _rule_found(rule: Rule, traced: Trace, held: Deliberation) -> RuleFound:
    compiled = held.context.compiled
    return RuleFound(
        rule_id=rule.id, name=rule.name, sentence=compiled.describe(rule.when),
        fires=held.context.fires(rule),
        tests=tuple(TestFound(sentence=compiled.describe(one.condition), truth=one.truth, read=found(one, compiled),
                              reads=reads(one), alternative=alternative)
                    for alternative, one in tests(traced)))


def _listed(texts: Iterable[Text]) -> Text:
    told = list(dict.fromkeys(texts))
    return Text(zh="；".join(text.zh for text in told), en="; ".join(text.en for text in told))


def _joined(texts: Iterable[Text]) -> Text:
    told = list(texts)
    return Text(zh="，并且".join(text.zh for text in told), en=" and ".join(text.en for text in told))
