"""What the miners know of each kind of pattern: one row a kind.

What map, rules and pages know of a kind, its title and its place, is its row in ``kb.model.pattern_kinds``.

A sentence says the figure that was judged. Of things bought together that is the lift among orders of the same size;
the raw lift, which mostly says that big orders hold more of everything, stands in the table of measures alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kb.model.canonical import short_id
from kb.model.condition import And, Condition, Exists, Op, Ref, Scalar, Test, none_of
from kb.model.figures import AMOUNT, SCORE, CustomerFigure, CustomerProduct, score_of
from kb.model.ids import ActionId, ItemId
from kb.model.pattern import Pattern
from kb.model.rule import Recommend, Require
from ontology.quantities import NO, YES, percent
from ontology.text import Text
from ontology.vocabulary import ActionFamily, FactName, PatternKind, Standing

ASSUMED_MARGIN = 0.25
"""The share of spend that is earned, where nobody told; a rule says it and a manager may change it there."""
YEARLY_SPEND = "spend_365d"
"""The subject of the forecast of what a customer spends in a year: so long one is kept, if kept."""

_ENDS = {("higher", False): Text(zh="高", en="high"), ("lower", False): Text(zh="低", en="low"),
         ("higher", True): Text(zh="为“{value}”", en="being “{value}”"),
         ("lower", True): Text(zh="不是“{value}”", en="not being “{value}”")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The rule that a pattern can become.

    Args:
        when: For whom.
        then: What to do; what it requires holds back whatever else would recommend that.
        propensity: How often such an offer was taken, where that is measured.
        own_propensity: How likely the very customer takes it, where a model may say it.
        own_value: What a success with the very customer is worth, likewise.
    """

    when: Condition
    then: Recommend | Require
    propensity: float | None = None
    own_propensity: CustomerProduct | None = None
    own_value: CustomerProduct | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTemplate:
    """How a kind becomes rules: the name of a rule, its sentence to the agent, and the draft of one pattern.

    ``draft`` takes the pattern and its item's id; it gives ``None`` where there is nothing to do about the pattern.
    """

    name: Text
    sentence: Text
    draft: Callable[[Pattern, ItemId], Draft | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class MinedKind:
    """One kind of pattern as it is found.

    Args:
        statement: What a pattern says. Measures are filled in as words, then details that are texts; measures
            ``later_*`` are from data it was not mined from.
        other_statements: What it says where its standing is another than *holds*.
        taken: Added to the statement once the take rate is measured.
        strength: How far to trust a pattern, [0, 1].
        words: Further words of the sentences.
        rule: How it becomes a rule; ``None`` where it never does.
        is_own_id: Whether the subject is the item's id already, given by who put the question.
    """

    statement: Text
    other_statements: Mapping[Standing, Text] = field(default_factory=dict)
    taken: Text | None = None
    strength: Callable[[Pattern], float]
    words: Callable[[Pattern], Mapping[str, object]] = lambda _: {}
    rule: RuleTemplate | None = None
    is_own_id: bool = False


def mined_id(kind: PatternKind, subject: str) -> ItemId:
    """The id of mined knowledge: from its kind and subject, whatever its numbers are."""
    return ItemId(short_id(kind, [kind, subject]))


def _calibration(pattern: Pattern) -> float:
    """The smaller over the larger of what was expected and what came, on later days."""
    ends = sorted((pattern.measures["later_rate"], pattern.measures["later_probability"]))
    return ends[0] / ends[1] if ends[0] > 0 else 0.0


def _agreement(name: str) -> Callable[[Pattern], float]:
    """The smaller over the larger of a ratio's two values, on the two parts of the data."""
    def agreement(pattern: Pattern) -> float:
        ends = sorted((pattern.measures[name], pattern.measures[f"later_{name}"]))
        return ends[0] / ends[1] if ends[0] > 0 else 0.0

    return agreement


def _above_chance(pattern: Pattern) -> float:
    """2 AUC - 1 on later data: 0 is chance, 1 is perfect."""
    return min(1.0, max(0.0, 2 * pattern.measures["later_auc"] - 1))


def _skill(pattern: Pattern) -> float:
    """The share by which the squared error lies below that of the best plain rule, on later days."""
    return min(1.0, max(0.0, pattern.measures["later_skill"]))


def _steadiness(pattern: Pattern) -> float:
    """The smaller of the agreement under resampling and with the groups of a quarter ago."""
    return min(1.0, max(0.0, min(pattern.measures["stability"], pattern.measures["later_stability"])))


def _is_tested(pattern: Pattern) -> float:
    """1 where a belief holds or is contradicted, 0 where the data do not say."""
    return float(pattern.details["standing"] in (Standing.HOLDS, Standing.CONTRADICTED))


def _cross_sell(pattern: Pattern, _: ItemId) -> Draft | None:
    """Worth offering only where those for whom it holds took it more often than others, and complaints are few.

    Taken is what they bought in the next days; of what goes with a cart, what orders with the antecedent hold.
    """
    is_taken = pattern.measures.get("take_rate", 0.0) > pattern.measures.get("base_rate", 0.0)
    if not is_taken or "is_complained_of" in pattern.details:
        return None
    taken = pattern.measures["later_confidence" if "is_of_cart" in pattern.details else "take_rate"]
    return _draft(pattern, _recommend("cross_sell", category=pattern.consequent[0]), taken)


def _offer(pattern: Pattern, item: ItemId) -> Draft | None:
    """To those for whom the last run held it likely, unless they have bought it since or have it before them.

    The model's own figure for the customer, and the rate of such customers where it is not known. What too many
    complain of is offered to nobody.
    """
    if "is_complained_of" in pattern.details:
        return None
    likely = Exists(fact=FactName.KNOWLEDGE, alias="offer", where=Test(property="item", op=Op.EQ, operand=str(item)))
    offer = _recommend("cross_sell", category=pattern.consequent[0])
    lacking = _draft(pattern, offer, pattern.measures["later_rate"])
    return replace(lacking, when=And(parts=(likely, lacking.when)), own_propensity=score_of(item))


def _remind(pattern: Pattern, item: ItemId) -> Draft | None:
    """To those whom the last run held late and who still are, by the model's own figure for the customer.

    Where those who are late buy no less than those on time, a reminder can bring back nothing. What too many complain
    of nobody is reminded of.
    """
    late_rate, on_time_rate = (pattern.measures[name] for name in ("later_rate", "later_on_time_rate"))
    if "is_complained_of" in pattern.details or late_rate >= on_time_rate:
        return None
    scored = Exists(fact=FactName.KNOWLEDGE, alias="repeat", where=Test(property="item", op=Op.EQ, operand=str(item)))
    reminder = _recommend("repeat_reminder", category=pattern.consequent[0])
    late = _draft(pattern, reminder, late_rate)
    return replace(late, when=And(parts=(scored, late.when)), own_propensity=score_of(item))


def _care(pattern: Pattern, item: ItemId) -> Draft | None:
    """Thanks for the best of the most valuable segment alone, however many belong to it."""
    if "best" not in pattern.details:
        return None
    best: Any = pattern.details["best"]
    member = Exists(fact=FactName.KNOWLEDGE, alias="segment",
                    where=Test(property="item", op=Op.EQ, operand=str(item)))
    reached = Test(property=best["property"], op=Op.GE, operand=best["at_least"])
    if not best["orders"]:
        contract = And(parts=(Test(property="active", op=Op.EQ, operand=True), reached))
        paying = Exists(fact=FactName.SUBSCRIPTION, alias="contract", where=contract)
        return Draft(when=And(parts=(member, paying)), then=_recommend("care_best"))
    again = Test(property="order_count", op=Op.GE, operand=best["orders"])
    return Draft(when=And(parts=(member, again, reached)), then=_recommend("care_best"))


def _retain(pattern: Pattern, _: ItemId) -> Draft:
    """Nobody has measured yet how such an offer is taken, so the action's own prior stands.

    At stake is what the customer is likely to take away: their risk times what keeping one is worth, or times the
    share that is earned of what they are expected to spend. Who is gone already has taken it away.
    """
    if pattern.details.get("is_gone"):
        return _draft(pattern, _recommend("win_back"))
    return replace(_draft(pattern, _recommend("retention_offer")), own_value=_at_risk(pattern))


def _at_risk(pattern: Pattern) -> CustomerProduct:
    outcome = str(pattern.details.get("risk", pattern.details["outcome"]))
    risk = CustomerFigure(property=SCORE, item=mined_id(PatternKind.CHURN_MODEL, outcome))
    worth = pattern.details.get("worth")
    if isinstance(worth, float):
        return CustomerProduct(share=worth, figures=(risk,))
    spend = CustomerFigure(property=AMOUNT, item=mined_id(PatternKind.SPEND_FORECAST, YEARLY_SPEND))
    margin = pattern.details.get("margin")
    return CustomerProduct(share=margin if isinstance(margin, float) else ASSUMED_MARGIN, figures=(risk, spend))


def _only_at_risk(pattern: Pattern, item: ItemId) -> Draft:
    """No retention gift for those who leave more rarely than all together; where the model knows nothing, it stands."""
    below = And(parts=(Test(property="item", op=Op.EQ, operand=str(item)),
                       Test(property="score", op=Op.LT, operand=pattern.measures["later_rate"])))
    return Draft(when=none_of(FactName.KNOWLEDGE, "risk", below), then=Require(family=ActionFamily.RETENTION))


def _invite(pattern: Pattern, _: ItemId) -> Draft:
    """The model's own figure for the customer, and the rate of such customers where the model is not published."""
    campaign = Ref(alias="invitation", property="campaign_id")
    draft = _draft(pattern, _recommend("campaign_invitation", campaign_id=campaign), pattern.measures["later_rate"])
    model = mined_id(PatternKind.RESPONSE_MODEL, str(pattern.details["outcome"]))
    return replace(draft, own_propensity=score_of(model))


def _draft(pattern: Pattern, then: Recommend, propensity: float | None = None) -> Draft:
    """For everybody for whom the pattern holds.

    Raises:
        ValueError: If the pattern does not say for whom.
    """
    if pattern.condition is None:
        msg = f"pattern {pattern.subject!r} says for nobody what to do; it needs a condition"
        raise ValueError(msg)
    return Draft(when=pattern.condition, then=then, propensity=propensity)


def _recommend(action: str, **arguments: Scalar | Ref) -> Recommend:
    return Recommend(action=ActionId(action), arguments=arguments)


def _factor_words(pattern: Pattern) -> Mapping[str, object]:
    """The end at which it happens more often, in words, and the rates at both ends."""
    direction, value = str(pattern.details["direction"]), pattern.details["value"]
    said, wording = pattern.details["value_words"] or value, direction
    if isinstance(value, bool):
        said, wording = (YES if (direction == "higher") is value else NO), "higher"
    rates = [percent(pattern.measures[f"later_{end}_rate"]) for end in ("upper", "lower")]
    more, less = rates if direction == "higher" else rates[::-1]
    return {"feature": pattern.details["label"], "more": more, "less": less,
            "direction": _ENDS[wording, value is not None].fill(value=said)}


MINED_KINDS: Mapping[PatternKind, MinedKind] = {
    PatternKind.ASSOCIATION: MinedKind(
        statement=Text(
            zh="买{antecedent}的订单有 {later_confidence} 也买{consequent}，"
               "是同样大小订单的 {later_adjusted_lift} 倍。",
            en="{later_confidence} of orders with {antecedent} also hold {consequent}, {later_adjusted_lift} times "
               "what size explains."),
        taken=Text(
            zh="只买前者的客户有 {take_rate} 在一个月内买了后者（没买后者的全体客户为 {base_rate}）。",
            en=" With the first only, {take_rate} bought the second in a month (all: {base_rate})."),
        strength=_agreement("adjusted_lift"),
        rule=RuleTemplate(
            name=Text(zh="买{antecedent} → 推荐{consequent}", en="{antecedent} → offer {consequent}"),
            sentence=Text(
                zh="有{antecedent}、还没有{consequent}：有前者的订单 {later_confidence} 两样都买。",
                en="Has {antecedent} but no {consequent}: {later_confidence} of orders with the first hold both."),
            draft=_cross_sell)),
    PatternKind.SEGMENT: MinedKind(
        statement=Text(
            zh="客户群“{name}”：{members} 位客户，占 {share}；{words}。",
            en="Segment “{name}”: {members} customers, {share} of all; {words}."),
        strength=_steadiness,
        rule=RuleTemplate(
            name=Text(zh="价值最高的客户群 → 关怀", en="Most valuable segment → care"),
            sentence=Text(
                zh="属于价值最高的客户群（{name}）：{bar}。",
                en="Belongs to the most valuable segment ({name}): {bar}."),
            draft=_care)),
    PatternKind.CHURN_MODEL: MinedKind(
        statement=Text(
            zh="预测谁会{outcome}{back}：{tested}误差比只看发生率小 {later_base_skill}，"
               "比只看“{plain}”小 {later_skill}。",
            en="Foretells who will {outcome}{back}: {tested} {later_base_skill} less error than the rate alone, "
               "{later_skill} less than “{plain}”."),
        strength=_above_chance,
        rule=RuleTemplate(
            name=Text(zh="流失概率不低于全体才送挽留优惠（{outcome}）",
                      en="Retention offers only at the risk of all or above ({outcome})"),
            sentence=Text(
                zh="预测客户{outcome}的概率不低于全体的 {later_rate}，或没有预测",
                en="the foretold chance to {outcome} is at least the {later_rate} of all, or none is foretold"),
            draft=_only_at_risk)),
    PatternKind.CHURN_FACTOR: MinedKind(
        statement=Text(
            zh="{feature}{direction}的客户更容易{outcome}：{more}，另一端的客户为 {less}（{tested}）。",
            en="Customers with {feature} {direction} more often {outcome}: {more}, beside {less} at the other end "
               "({tested})."),
        strength=_agreement("ratio"),
        words=_factor_words),
    PatternKind.CHURN_RULE: MinedKind(
        statement=Text(
            zh="{bounds}的客户有 {later_rate} {outcome}，全体客户为 {later_base_rate}（{tested}）。",
            en="Of customers with {bounds}, {later_rate} {outcome}; of all, {later_base_rate} ({tested})."),
        strength=_agreement("ratio"),
        rule=RuleTemplate(
            name=Text(zh="流失风险：{bounds}", en="At risk: {bounds}"),
            sentence=Text(
                zh="{signs}：这样的客户有 {later_rate} {outcome}。",
                en="With {signs}: {later_rate} of such customers {outcome}."),
            draft=_retain)),
    PatternKind.RESPONSE_MODEL: MinedKind(
        statement=Text(
            zh="预测谁会{outcome}：{tested}误差比只看响应率 {later_rate} 小 {later_base_skill}，"
               "比只看“{plain}”小 {later_skill}。",
            en="Foretells who will {outcome}: {tested} {later_base_skill} less error than the rate of {later_rate} "
               "alone, {later_skill} less than “{plain}”."),
        strength=_above_chance),
    PatternKind.RESPONSE_RULE: MinedKind(
        statement=Text(
            zh="{bounds}的客户有 {later_rate} {outcome}，全体客户为 {later_base_rate}（{tested}）。",
            en="Of customers with {bounds}, {later_rate} {outcome}; of all, {later_base_rate} ({tested})."),
        strength=_agreement("ratio"),
        rule=RuleTemplate(
            name=Text(zh="易响应活动：{bounds}", en="Likely to answer: {bounds}"),
            sentence=Text(
                zh="{signs}：这样的客户有 {later_rate} 会响应活动。",
                en="With {signs}: {later_rate} of such customers answer a campaign."),
            draft=_invite)),
    PatternKind.SPEND_FORECAST: MinedKind(
        statement=Text(
            zh="预测每位客户{outcome}：误差平方比“{baseline}”低 {later_skill}；"
               "{later_coverage} 的客户落在各自的 90% 区间内。",
            en="Foretells what each customer spends {outcome}: squared error {later_skill} below “{baseline}”; "
               "{later_coverage} fell within their own 90% intervals."),
        strength=_skill),
    PatternKind.OFFER: MinedKind(
        statement=Text(
            zh="{consequent}：模型会推荐给的 {later_members} 位客户有 {later_rate} 在随后 {days} 天内购买；"
               "近期没有买过的全体客户为 {later_base_rate}。",
            en="{consequent}: of {later_members} customers to whom the model would have offered it, {later_rate} "
               "bought it within {days} days; of all who had not bought it lately, {later_base_rate}."),
        strength=_calibration,
        words=lambda pattern: {"days": pattern.details["days"]},
        rule=RuleTemplate(
            name=Text(zh="很可能会买{consequent} → 推荐", en="Likely to want {consequent} → offer it"),
            sentence=Text(
                zh="很可能会买{consequent}：这样的客户有 {later_rate} 在一个月内购买。",
                en="Likely to want {consequent}: {later_rate} of such customers bought it within a month."),
            draft=_offer)),
    PatternKind.REPEAT_OFFER: MinedKind(
        statement=Text(
            zh="{consequent}：{later_members} 位客户已超出自己平时的购买间隔一半以上，其中 {later_rate} 在随后 {days} "
               "天内再次购买；没有超出的客户为 {later_on_time_rate}。",
            en="{consequent}: of {later_members} customers late by half on their own rhythm, {later_rate} bought it "
               "again within {days} days; of those on time, {later_on_time_rate}."),
        strength=_calibration,
        words=lambda pattern: {"days": pattern.details["days"]},
        rule=RuleTemplate(
            name=Text(zh="该再买{consequent}了 → 提醒", en="Due again: {consequent} → remind"),
            sentence=Text(zh="按客户自己的节奏，早该再买{consequent}了。",
                          en="By their own rhythm, {consequent} should have been bought again by now."),
            draft=_remind)),
    PatternKind.BELIEF: MinedKind(
        statement=Text(
            zh="经验“{claim}”得到数据支持：{told}。",
            en="The belief “{claim}” is borne out by the data: {told}."),
        other_statements={
            Standing.CONTRADICTED: Text(
                zh="经验“{claim}”与数据不符：{told}。",
                en="The belief “{claim}” is contradicted by the data: {told}."),
            Standing.INCONCLUSIVE: Text(
                zh="经验“{claim}”数据还说不准：{told}。",
                en="On the belief “{claim}” the data are inconclusive: {told}."),
            Standing.UNTESTED: Text(
                zh="经验“{claim}”尚无法检验：{told}。",
                en="The belief “{claim}” could not be tested: {told}.")},
        strength=_is_tested,
        is_own_id=True),
}
