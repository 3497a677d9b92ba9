"""One decision: facts, conclusions, candidates, requirements, consent and contact policy, arbitration, an answer.

The answer is never empty without a reason. Where some action was possible but policy, consent or value holds every
one back, the answer is *no action* and says so; where no rule speaks for any, it is the fallback, with what to ask.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kb.model.action import Action
from kb.model.condition import Scalar
from kb.model.decision import Decision, FactRead, RankedAction, Reason, WithheldCard
from kb.model.facts import Facts
from kb.model.ids import ActionId, DecisionId, RuleId
from kb.model.rule import Recommend, Rule
from ontology.quantities import digits, number
from ontology.text import Text
from ontology.vocabulary import DecisionStatus, FactName, Unit
from rules.decision.arbitration import Candidate, best_of_each, gather, plain_factors
from rules.decision.compiled_release import CompiledRelease
from rules.decision.context import DecisionContext, RuleResults
from rules.decision.exploration import ShownCard, explored
from rules.decision.policy import Block, BlockKind, holdouts_of, opens_at, policy_blocks, quiet_reason, shut_out
from rules.decision.questions import questions
from rules.decision.request import Request
from rules.explain.trace_words import holding
from rules.interpreter import undecided_negation

MOST_REASONS = 3
_DAY_SECONDS = 86_400
FALLBACK_RULE = RuleId("fallback")
"""What stands in the reason of the fallback in place of a rule."""
_NAMED_WHEN_NONE = 3
_WISHED = frozenset({BlockKind.CONSENT, BlockKind.CAP, BlockKind.PAUSE, BlockKind.EXCLUSION, BlockKind.HOLDOUT,
                     BlockKind.VALUE})
"""What makes *no action* the answer: policy, value or the customer's wish, rather than nothing to say."""

_ALREADY_IN_CART = Text(zh="当前情境：{category}已在购物车里", en="moment: {category} is in the cart already")
_NOT_WORTH_IT = Text(zh="价值：预期净收益为 {net}，不值得提出", en="value: the expected net gain is {net}")
_OTHER_FAMILY = Text(zh="本次请求只要其他类别的行动", en="the request asks for actions of another family only")
_NO_ARGUMENT = Text(zh="缺少信息：{names}", en="not known: {names}")
_RULE_PAUSED = Text(zh="规则“{rule}”已暂停：它所依据的知识自 {day}起不再成立（{reason}）",
                    en='the rule "{rule}" is paused: the knowledge it rests on no longer holds since {day} ({reason})')
_REQUIRED = Text(zh="未满足前提：{requirement}", en="requirement not met: {requirement}")
_UNSURE = Text(zh="无法确认前提成立（部分记录资料不全）：{requirement}",
               en="requirement not known to be met, as some records are incomplete: {requirement}")
_HELD_BACK = Text(zh="有可推荐的行动，但暂不宜提出。{why}", en="Actions are possible, but none for now. {why}")
_GOES_WITH = Text(zh="与客户在买的“{other}”相配。", en="It goes with {other}, which they buy.")
_RHYTHM = Text(zh="平时每 {gap} 天买一次，上次在 {last} 天前。", en="Usually every {gap} days, last {last} days ago.")
_HELD_ONE = Text(zh="{name}：{why}。", en="{name}: {why}. ")
_NOTHING_TO_SAY = Text(zh="没有规则适用于这位客户，没有值得主动联系的内容，因此不打扰。{why}",
                       en="No rule applies to this customer, and nothing is worth disturbing them for. {why}")
_LITTLE_KNOWN = Text(zh="目前没有适合这位客户的行动，先了解客户，再作推荐。{why}",
                     en="Nothing fits this customer at the moment: learn more first, then recommend. {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A candidate and everything that holds it back; nothing does if ``blocks`` is empty."""

    candidate: Candidate
    blocks: tuple[Block, ...]

    @property
    def is_eligible(self) -> bool:
        """Whether nothing holds it back but a card of the same answer, without which it could be shown."""
        return all(block.kind is BlockKind.EXCLUSION and block.until is None for block in self.blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliberation:
    """How an answer came about: what was raised, best first, what was held back and what was chosen."""

    context: DecisionContext
    judged: tuple[Judged, ...]

    @property
    def standing(self) -> tuple[Candidate, ...]:
        """The best candidate of each action that nothing holds back, best first."""
        return best_of_each(one.candidate for one in self.judged if not one.blocks)

    @property
    def shown(self) -> tuple[ShownCard, ...]:
        """The cards of the answer, best first: those that it has room for, or with one that is drawn among them."""
        return self._explored or tuple(map(ShownCard, self.standing[:self.context.request.limit]))

    @property
    def _explored(self) -> tuple[ShownCard, ...]:
        if self.context.compiled.release.levers.exploration is None:  # as a rule; then it costs nothing
            return ()
        return explored([one.candidate for one in self.judged if one.is_eligible], self.context)

    @property
    def fallback(self) -> Candidate | None:
        """The card of an answer in which nothing else is shown; ``None`` where it may not be shown either.

        It is never sent: where we address the customer, there must be something to say.
        """
        action = self.context.compiled.fallback
        if action is None or self.context.request.is_outbound or any(_guards_of_fallback(action, self.context)):
            return None
        return Candidate(action=action, arguments={}, rules=(), factors=plain_factors(action, self.context.compiled))

    @property
    def withheld(self) -> tuple[ActionId, ...]:
        """Actions of which nothing but a holdout held back the best candidate, best first."""
        only = best_of_each(one.candidate for one in self.judged
                            if all(block.kind is BlockKind.HOLDOUT for block in one.blocks))
        stands = {candidate.action.id for candidate in self.standing}
        return tuple(candidate.action.id for candidate in only if candidate.action.id not in stands)

    @property
    def withheld_cards(self) -> tuple[Candidate, ...]:
        """The cards that would stand in the answer if nobody were held out, of those that are withheld."""
        free = best_of_each(one.candidate for one in self.judged
                            if all(block.kind is BlockKind.HOLDOUT for block in one.blocks))
        stands = {candidate.action.id for candidate in self.standing}
        return tuple(candidate for candidate in free[:self.context.request.limit]
                     if candidate.action.id not in stands)

    @property
    def lacks_consent(self) -> bool:
        """Whether some action is held back only because nobody asked for consent yet."""
        unasked = "consent_marketing" not in self.context.facts.customer
        return unasked and any(block.kind is BlockKind.CONSENT for one in self.judged for block in one.blocks)


def decide(request: Request, facts: Facts, compiled: CompiledRelease, found: RuleResults | None = None, *,
           decision_id: DecisionId) -> Decision:
    """What to do for one customer now, why, and what to ask next.

    Args:
        request: On which channel, in which context, how many.
        facts: What is known of the customer at the moment.
        compiled: The release that decides.
        decision_id: The id of the answer, by which outcomes speak of it.
        found: What another reading found in the *prepared* facts (``CompiledRelease.prepare``); ``None``: read here.
    """
    held = deliberate(request, facts, compiled, found)
    shown = held.shown
    status, actions, why_none = _answer(held, shown)
    prepared, withheld = held.context.facts, held.withheld
    cards = held.withheld_cards if withheld else ()
    return Decision(
        decision_id=decision_id, customer_key=prepared.customer_key, release=compiled.release.number,
        as_of=prepared.as_of, status=status, why_none=why_none, actions=actions,
        ask_next=questions(held.context, is_empty_handed=not shown, lacks_consent=held.lacks_consent),
        request=request.plain(), facts=prepared, withheld=withheld,
        withheld_rules=tuple(card.rules[0].id for card in cards),
        withheld_cards=tuple(WithheldCard(action_id=card.action.id, family=card.action.family, arguments=card.arguments,
                                          expires_at=_expires_at(card, prepared)) for card in cards),
        rates=compiled.rates_number, pauses=compiled.pauses,
        holdouts=holdouts_of(prepared.customer_key, compiled.release.policy),
        engine=held.context.found.readings[0], readings=held.context.found.readings)


def deliberate(request: Request, facts: Facts, compiled: CompiledRelease,
               found: RuleResults | None = None) -> Deliberation:
    """Everything that leads to the answer, for ``decide`` and for *why not*."""
    context = DecisionContext.of(request, facts, compiled, found)
    raised = gather(context)
    actions = {candidate.action.id: candidate.action for candidate in raised}
    held = {name: standing_blocks(action, context) for name, action in actions.items()}
    judged = tuple(Judged(candidate=candidate, blocks=(*held[candidate.action.id], *_own_blocks(candidate, compiled)))
                   for candidate in raised)
    return Deliberation(context=context, judged=tuple(_excluding(judged, context)))


def _excluding(judged: Iterable[Judged], context: DecisionContext) -> Iterator[Judged]:
    """The same, best first, with a block on each that excludes one which stands before it in the answer."""
    exclusions = context.compiled.release.policy.exclusions
    taken: dict[ActionId, Action] = {}
    for one in judged:
        action = one.candidate.action
        shut = () if one.blocks else shut_out(action, taken.values(), exclusions)
        if not one.blocks and not shut:
            taken[action.id] = action
        yield replace(one, blocks=shut) if shut else one


def requirement_blocks(action: Action, context: DecisionContext) -> Iterator[Block]:
    """A block for each requirement on the action or its family that does not hold, or is not known to hold.

    A requirement that rests on *there is none* fails safe where a row could not be decided.
    """
    compiled = context.compiled
    for rule in compiled.requirements:
        if not rule.guards(action) or not rule.is_in_effect(context.facts.as_of):
            continue
        requirement = rule.sentence or compiled.describe(rule.when)
        if not context.fires(rule):
            yield Block(kind=BlockKind.REQUIREMENT, rule_id=rule.id, sentence=_REQUIRED.fill(requirement=requirement))
        elif undecided_negation(context.trace(rule)):
            yield Block(kind=BlockKind.REQUIREMENT, rule_id=rule.id, sentence=_UNSURE.fill(requirement=requirement))


def standing_blocks(action: Action, context: DecisionContext) -> tuple[Block, ...]:
    """What holds the action back whatever its arguments: the request's family, requirements, consent and policy."""
    is_unasked = context.request.family not in {None, action.family}
    return (*((Block(kind=BlockKind.FAMILY, sentence=_OTHER_FAMILY),) if is_unasked else ()),
            *requirement_blocks(action, context),
            *policy_blocks(action, context))


def _guards_of_fallback(action: Action, context: DecisionContext) -> Iterator[Block]:
    """What holds the fallback back: the family that is asked for does not, as it stands where that has nothing."""
    yield from requirement_blocks(action, context)
    yield from policy_blocks(action, context)


def paused_blocks(action: Action, context: DecisionContext) -> Iterator[Block]:
    """A block for each rule that fires for the action and is paused, as its knowledge no longer holds."""
    for rule_id in sorted(context.found.rule_ids & context.compiled.paused.keys()):
        then, paused = context.compiled.rules[rule_id].then, context.compiled.paused[rule_id]
        if isinstance(then, Recommend) and then.action == action.id:
            day = context.calendar.date(paused.since)
            yield Block(kind=BlockKind.RULE_PAUSE, rule_id=rule_id, sentence=_RULE_PAUSED.fill(
                rule=context.compiled.rules[rule_id].name, day=day, reason=paused.reason))


def _own_blocks(candidate: Candidate, compiled: CompiledRelease) -> Iterator[Block]:
    """What holds this one candidate back: an argument without a value, the moment, or its worth."""
    missing = [name for name in candidate.action.parameters if name not in candidate.arguments]
    if missing:
        yield Block(kind=BlockKind.ARGUMENT, sentence=_NO_ARGUMENT.fill(names=", ".join(missing)))
    if candidate.factors.context == 0:
        category = compiled.word(candidate.arguments["category"])
        yield Block(kind=BlockKind.MOMENT, sentence=_ALREADY_IN_CART.fill(category=category))
    elif candidate.score <= 0:
        yield Block(kind=BlockKind.VALUE, sentence=_NOT_WORTH_IT.fill(net=digits(candidate.score, Unit.CURRENCY)))


def _answer(held: Deliberation,
            shown: Iterable[ShownCard]) -> tuple[DecisionStatus, tuple[RankedAction, ...], Text | None]:
    actions = tuple(_ranked(card, held.context) for card in shown)
    if actions:
        return DecisionStatus.RECOMMENDED, actions, None
    if any(block.kind in _WISHED for one in held.judged for block in one.blocks):
        return DecisionStatus.NO_ACTION, (), _HELD_BACK.fill(why=_why_held(held))
    return _fall_back(held)


def _fall_back(held: Deliberation) -> tuple[DecisionStatus, tuple[RankedAction, ...], Text | None]:
    candidate = held.fallback
    if candidate is None:
        return DecisionStatus.NO_ACTION, (), _NOTHING_TO_SAY.fill(why=_why_held(held))
    told = _LITTLE_KNOWN.fill(why=_why_held(held))
    reason = Reason(rule_id=FALLBACK_RULE, sentence=Text(zh=told.zh, en=told.en.rstrip()), facts=())
    return DecisionStatus.FALLBACK, (_card(ShownCard(candidate), (reason,), held.context),), None


def _why_held(held: Deliberation) -> Text:
    """The first block of each action that was possible, in words; at most three actions."""
    first = {one.candidate.action.id: one for one in reversed(held.judged) if one.blocks}
    told = [_HELD_ONE.fill(name=one.candidate.action.name, why=one.blocks[0].sentence)
            for one in sorted(first.values(), key=lambda one: one.candidate.place)[:_NAMED_WHEN_NONE]]
    return Text(zh="".join(text.zh for text in told), en="".join(text.en for text in told).strip())


def _ranked(card: ShownCard, context: DecisionContext) -> RankedAction:
    return _card(card, tuple(_reasons(card.candidate, context)), context)


def _card(card: ShownCard, reasons: tuple[Reason, ...], context: DecisionContext) -> RankedAction:
    candidate, facts, compiled = card.candidate, context.facts, context.compiled
    action = candidate.action
    policy, calendar = compiled.release.policy, context.calendar
    opens = opens_at(context.request, calendar, policy)
    expires = _expires_at(candidate, facts)
    content = action.contents.get(context.request.channel)
    return RankedAction(
        action_id=action.id, name=action.name, family=action.family, arguments=candidate.arguments,
        channel=context.request.channel, score=candidate.score, factors=candidate.factors,
        window=(opens, expires), expires_at=expires,
        content=None if content is None else compiled.say(content, candidate.arguments), reasons=reasons,
        window_reason=quiet_reason(context.request, calendar, policy), shown_probability=card.probability,
        is_explored=card.is_explored)


def _reasons(candidate: Candidate, context: DecisionContext) -> Iterator[Reason]:
    compiled = context.compiled
    for rule in candidate.rules[:MOST_REASONS]:
        firing = context.explain(rule)
        sentence = (compiled.describe(holding(context.trace(rule))) if rule.sentence is None
                    else compiled.say(rule.sentence, firing.arguments))
        own = (sentence, *_companion(rule, context), *_rhythm(firing.reads))
        yield Reason(rule_id=rule.id, sentence=Text.joined(own, zh="", en=" "), facts=firing.reads,
                     knowledge=compiled.evidence(rule, context.facts))


def _companion(rule: Rule, context: DecisionContext) -> Iterator[Text]:
    """What the customer buys that the offer goes with, where the run that scored them knows it."""
    companions = [row.values.get("goes_with") for row in context.facts.related.get(FactName.KNOWLEDGE.value, ())
                  if row.values.get("item") in rule.rests_on]
    known = next((one for one in companions if one is not None), None)
    if known is not None:
        yield _GOES_WITH.fill(other=context.compiled.word(known))


def _rhythm(read: Iterable[FactRead]) -> Iterator[Text]:
    """How often the customer buys what the rule holds them to be late with, and how long ago the last was."""
    values = {one.property: one.value for one in read if one.fact == FactName.PURCHASE}
    last, ratio = values.get("last_days_ago"), values.get("gap_ratio")
    if isinstance(last, int) and isinstance(ratio, int | float) and ratio > 0:
        yield _RHYTHM.fill(gap=number(round(last / ratio)), last=number(last))


def _expires_at(candidate: Candidate, facts: Facts) -> int:
    """The end of the action's life, cut to that of the campaign it speaks of; one that ends today lasts for today."""
    campaign: Scalar | None = candidate.arguments.get("campaign_id")
    left = [int(row.values["ends_in_days"]) + 1 for row in facts.related.get(FactName.CONTACT.value, ())
            if campaign is not None and row.values.get("campaign_id") == campaign and "ends_in_days" in row.values]
    return facts.as_of + min([candidate.action.life_days, *left]) * _DAY_SECONDS
