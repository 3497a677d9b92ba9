"""From a pattern that passed the gate to a knowledge item, and to the draft of a rule.

How far to trust an item (``strength``, [0, 1]), by kind of pattern:

============================  =======================================================================================
association                   the smaller over the larger of the two periods' lifts adjusted for order size
churn_rule, response_rule,    the smaller over the larger of the ratios on the two parts of the data
churn_factor
churn_model, response_model   2 AUC - 1 on later data: 0 is chance, 1 is perfect
segment                       the smaller of the stability under resampling and between halves
belief                        1 where it holds or is contradicted, 0 where it could not be tested
============================  =======================================================================================
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kb.model.canonical import short_id
from kb.model.condition import And, Exists, Op, Ref, Scalar, Test
from kb.model.ids import ActionId, ItemId, RuleId, RunId
from kb.model.knowledge import KnowledgeItem
from kb.model.pattern import Dataset, Pattern, Refusal
from kb.model.rule import Recommend, Rule
from mining.gate import GateVerdict
from ontology.schema import Schema
from ontology.text import Text
from ontology.vocabulary import FactName, KnowledgeStatus, PatternKind, Standing

_TEMPLATES = Path(__file__).with_name("templates.toml")

_RATIOS = frozenset({"lift", "adjusted_lift", "ratio"})
_COUNTS = frozenset({"members"})
_PLAIN = frozenset({"auc", "brier", "stability", "silhouette", "weight"})

_ENDS = {("higher", False): Text(zh="高", en="high"), ("lower", False): Text(zh="低", en="low"),
         ("higher", True): Text(zh="为“{value}”", en="being “{value}”"),
         ("lower", True): Text(zh="不是“{value}”", en="not being “{value}”")}
_YES, _NO = Text(zh="是", en="yes"), Text(zh="否", en="no")
_AND = Text(zh="和", en=" and ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """What promotion needs to know of the run.

    Args:
        as_of: From then the item is true; ``now`` is when it is recorded.
        categories: Words for the categories of products.
    """

    schema: Schema
    categories: Mapping[str, Text]
    run_id: RunId
    as_of: int
    now: int
    datasets: tuple[Dataset, ...]


def item_id(pattern: Pattern) -> ItemId:
    """The id of the pattern's knowledge: from its kind and subject, whatever its numbers are."""
    if pattern.kind is PatternKind.BELIEF:
        return ItemId(pattern.subject)
    return ItemId(short_id(pattern.kind, [pattern.kind, pattern.subject]))


def promote(pattern: Pattern, run: Promotion) -> KnowledgeItem:
    """The proposed knowledge item of a pattern.

    Raises:
        ValueError: If a measure is not a finite number.
    """
    odd = [name for name, value in pattern.measures.items() if not isfinite(value)]
    if odd:
        msg = f"pattern {pattern.subject!r} has measures that are not finite: {', '.join(odd)}"
        raise ValueError(msg)
    return KnowledgeItem(
        id=item_id(pattern), kind=run.schema.kinds[pattern.kind], pattern_kind=pattern.kind,
        status=KnowledgeStatus.PROPOSED, statement=state(pattern, run), strength=_STRENGTH[pattern.kind](pattern),
        subject=pattern.subject, standing=Standing(str(pattern.details.get("standing", Standing.HOLDS))),
        measures=dict(sorted(pattern.measures.items())), antecedent=pattern.antecedent, consequent=pattern.consequent,
        population=pattern.population, later_population=pattern.later_population, details=_plain(pattern.details),
        valid_from=run.as_of, recorded_at=run.now, run_id=run.run_id, datasets=run.datasets,
        author=str(pattern.details.get("author", run.run_id)))


def refuse(verdict: GateVerdict, run: Promotion) -> Refusal:
    """The record of a pattern that did not pass.

    Raises:
        ValueError: If the verdict has no reason.
    """
    if verdict.reason is None:
        msg = f"pattern {verdict.pattern.subject!r} passed and cannot be refused"
        raise ValueError(msg)
    pattern = verdict.pattern
    return Refusal(item_id=item_id(pattern), pattern_kind=pattern.kind, subject=pattern.subject,
                   statement=state(pattern, run), reason=verdict.reason, measures=pattern.measures)


def state(pattern: Pattern, run: Promotion) -> Text:
    """What the pattern says, in words with its numbers in them."""
    template = _template(pattern)
    parts = [template["statement"], *([template["taken"]] if "take_rate" in pattern.measures else [])]
    said = [_filled(part, pattern, run) for part in parts]
    return Text(zh="".join(t.zh for t in said), en="".join(t.en for t in said))


def draft_rule(pattern: Pattern, run: Promotion) -> Rule | None:
    """The rule that the pattern can become, as a proposal; ``None`` where there is nothing to do about it."""
    draft = _DRAFTS.get(pattern.kind)
    made = draft(pattern) if draft else None
    if made is None:
        return None
    when, then, propensity = made
    worth = pattern.details.get("worth")
    told, item = _template(pattern), item_id(pattern)
    return Rule(id=RuleId(f"rule-{item}"), name=_filled(told["name"], pattern, run), when=when, then=then,
                propensity=propensity, value=worth if isinstance(worth, float) else None,
                sentence=_filled(told["sentence"], pattern, run), rests_on=(item,), author=str(run.run_id))


_Draft = tuple[Any, Recommend, float | None]


def _cross_sell(pattern: Pattern) -> _Draft | None:
    """Worth offering only where those for whom it holds took the consequent more often than others."""
    if pattern.measures.get("take_rate", 0.0) <= pattern.measures.get("base_rate", 0.0):
        return None
    return pattern.condition, _recommend("cross_sell", category=pattern.consequent[0]), pattern.measures["take_rate"]


def _care(pattern: Pattern) -> _Draft | None:
    """Thanks for the best of the most valuable segment alone, however many belong to it."""
    if "best" not in pattern.details:
        return None
    best: Any = pattern.details["best"]
    member = Exists(fact=FactName.KNOWLEDGE, alias="segment",
                    where=Test(property="item", op=Op.EQ, operand=str(item_id(pattern))))
    reached = Test(property=best["property"], op=Op.GE, operand=best["at_least"])
    if not best["orders"]:
        contract = And(parts=(Test(property="active", op=Op.EQ, operand=True), reached))
        return And(parts=(member, Exists(fact=FactName.SUBSCRIPTION, alias="contract", where=contract))), _recommend(
            "care_best"), None
    again = Test(property="order_count", op=Op.GE, operand=best["orders"])
    return And(parts=(member, again, reached)), _recommend("care_best"), None


def _retain(pattern: Pattern) -> _Draft:
    """Nobody has measured yet how such an offer is taken, so the action's own prior stands."""
    return pattern.condition, _recommend("win_back" if pattern.details.get("is_gone") else "retention_offer"), None


def _invite(pattern: Pattern) -> _Draft:
    campaign = Ref(alias="invitation", property="campaign_id")
    return pattern.condition, _recommend("campaign_invitation", campaign_id=campaign), pattern.measures["later_rate"]


_DRAFTS: Mapping[PatternKind, Callable[[Pattern], _Draft | None]] = MappingProxyType({
    PatternKind.ASSOCIATION: _cross_sell,
    PatternKind.SEGMENT: _care,
    PatternKind.CHURN_RULE: _retain,
    PatternKind.RESPONSE_RULE: _invite,
})


def _recommend(action: str, **arguments: Scalar | Ref) -> Recommend:
    return Recommend(action=ActionId(action), arguments=arguments)


def _agreement(name: str) -> Callable[[Pattern], float]:
    def agreement(pattern: Pattern) -> float:
        ends = sorted((pattern.measures[name], pattern.measures[f"later_{name}"]))
        return ends[0] / ends[1] if ends[0] > 0 else 0.0

    return agreement


def _above_chance(pattern: Pattern) -> float:
    return min(1.0, max(0.0, 2 * pattern.measures["later_auc"] - 1))


def _steadiness(pattern: Pattern) -> float:
    return min(1.0, max(0.0, min(pattern.measures["stability"], pattern.measures["later_stability"])))


def _told(pattern: Pattern) -> float:
    return 0.0 if pattern.details["standing"] == Standing.UNTESTED else 1.0


_STRENGTH: Mapping[PatternKind, Callable[[Pattern], float]] = MappingProxyType({
    PatternKind.ASSOCIATION: _agreement("adjusted_lift"),
    PatternKind.SEGMENT: _steadiness,
    PatternKind.CHURN_MODEL: _above_chance,
    PatternKind.CHURN_FACTOR: _agreement("ratio"),
    PatternKind.CHURN_RULE: _agreement("ratio"),
    PatternKind.RESPONSE_MODEL: _above_chance,
    PatternKind.RESPONSE_RULE: _agreement("ratio"),
    PatternKind.BELIEF: _told,
})


@cache
def _templates() -> Mapping[str, Any]:
    return tomllib.loads(_TEMPLATES.read_text(encoding="utf-8"))


def _template(pattern: Pattern) -> Mapping[str, Any]:
    told: Mapping[str, Any] = _templates()[pattern.kind]
    return told if pattern.kind is not PatternKind.BELIEF else told[str(pattern.details["standing"])]


def _filled(template: Mapping[str, str], pattern: Pattern, run: Promotion) -> Text:
    words: dict[str, object] = {name: _number(name, value) for name, value in pattern.measures.items()}
    words |= {name: value for name, value in pattern.details.items() if isinstance(value, Text)}
    words |= {"antecedent": _listed(pattern.antecedent, run.categories),
              "consequent": _listed(pattern.consequent, run.categories),
              "outcome": pattern.details.get("outcome_words", ""),
              "model": pattern.details.get("model_words", "")}
    if "direction" in pattern.details:
        words |= _factor_words(pattern)
    return Text(**template).fill(**words)


def _factor_words(pattern: Pattern) -> dict[str, object]:
    direction, value = str(pattern.details["direction"]), pattern.details["value"]
    said, wording = pattern.details["value_words"] or value, direction
    if isinstance(value, bool):
        said, wording = (_YES if (direction == "higher") is value else _NO), "higher"
    rates = [f"{pattern.measures[f'later_{end}_rate']:.1%}" for end in ("upper", "lower")]
    more, less = rates if direction == "higher" else rates[::-1]
    return {"feature": pattern.details["label"], "more": more, "less": less,
            "direction": _ENDS[wording, value is not None].fill(value=said)}


def _number(name: str, value: float) -> str:
    """A measure as people read it: ratios with two decimals, shares as percentages, counts whole."""
    bare = name.removeprefix("later_")
    if bare in _COUNTS:
        return f"{value:,.0f}"
    if bare in _RATIOS:
        return f"{value:.2f}"
    return f"{value:.3f}" if bare in _PLAIN or bare.startswith(("auc_", "brier_")) else f"{value:.1%}"


def _listed(items: tuple[str, ...], words: Mapping[str, Text]) -> Text:
    said = [words.get(item, Text.same(item)) for item in items]
    return Text(zh=_AND.zh.join(t.zh for t in said), en=_AND.en.join(t.en for t in said))


def _plain(value: Any) -> Any:
    """Details as JSON values: texts become objects of both languages."""
    if isinstance(value, Text):
        return {"zh": value.zh, "en": value.en}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return value
