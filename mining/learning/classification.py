"""From a question to what can be said of its answer: a model, its factors and the readable leaves of a tree.

Factors and leaves are looked at only where the model itself beats chance on later data: parts of a whole that does
not hold are not worth a look, and looking would be trying our luck.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.stats import binom

from kb.model.ids import CustomerKey
from kb.model.pattern import Pattern
from mining.arrays import Flags, Floats
from mining.context import MiningResult
from mining.gate import GateTrial, permutation_p_value
from mining.learning.factors import FeatureContrast, PlainKnowledge, alone, contribution, groups, thirds, weight
from mining.learning.features import FeatureFrame
from mining.learning.models import Model, fit_model
from mining.learning.plain_rule import PlainRule, skill, skill_interval
from mining.learning.problem import LabelledSample, Problem
from mining.learning.sampling_order import order_by_content
from mining.learning.short_rules import short_rules
from mining.learning.trees import Leaf, grow_tree
from mining.rate_intervals import rate_interval
from ontology.quantities import measure
from ontology.text import NO_WORDS, Text
from ontology.vocabulary import PatternKind

_TOO_FEW = Text(zh="{label}：训练 {train} 例、检验 {later} 例为是，少于 {least} 例，未挖掘",
                en="{label}: {train} cases to learn from and {later} to test on, fewer than {least}: nothing mined")
_MINED = Text(zh="{label}：{train} 条训练、{later} 条检验，{model}，检验 AUC {auc}",
              en="{label}: learned from {train}, tested on {later}; {model}, AUC {auc} on the test")
_NO_MODEL = Text(zh="{label}：模型在检验数据上没有比偶然、总发生率与最好的单个指标好到值得采用，未看其因素与规则",
                 en="{label}: on the test the model is not better enough than chance, the rate alone and the best"
                    " single column; its factors and rules were not looked at")
_RESTATES = Text(zh="{label}：{names}只是换个说法讲同一件事，不算原因；其他属性须在它们之外降低误差",
                 en="{label}: {names} say the same in other words and are no causes; others must add to them")


_BACK = Text(zh="（其中 {share} 随后又回来）", en=" ({share} came back as soon)")
_WORTH_TELLING = 0.01  # a percentage point of probability: less is nothing to tell an agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """What an answer must reach.

    Args:
        min_cases: Least yes, and least no, in each part.
        min_auc: Least ROC AUC on later data.
        min_skill: Least share by which a model's Brier score there lies below that of the base rate alone, and below
            that of the best single column.
        min_ratio: Least rate of a leaf over everybody's, in both parts.
        min_factor_ratio: Least rate of the upper over the lower third of a factor.
        min_added: Least share by which a factor lowers the log loss of what restates the outcome.
        min_weight: Least ROC AUC that is lost when a factor's values are shuffled.
        leaf_share: Least share of members in a leaf; ``leaf_size`` of them at least.
        shufflings: Of labels for the model, the smallest p-value being one over their number plus one.
        rate: Share of false discoveries borne.
    """

    min_cases: int = 40
    min_auc: float = 0.6
    min_skill: float = 0.01
    min_ratio: float = 1.3
    min_factor_ratio: float = 1.15
    min_added: float = 0.002
    min_weight: float = 0.001
    leaf_share: float = 0.01
    leaf_size: int = 30
    shufflings: int = 999
    rate: float = 0.01


def classify(problem: Problem, floors: Floors, *, seed: int) -> MiningResult:
    """Everything that was tried for one question."""
    cases = [min(int(s.labels.sum()), int((~s.labels).sum())) for s in (problem.train, problem.later)]
    if min(cases) < floors.min_cases:
        return MiningResult(plan=(_TOO_FEW.fill(label=problem.outcome, train=cases[0], later=cases[1],
                                                least=floors.min_cases),))
    problem = replace(problem, train=in_order(problem.train), later=in_order(problem.later))
    model = fit_model(problem.train.frame.values, problem.train.labels, seed=seed)
    answer = _Answer(problem, model, floors, seed)
    whole = answer.whole()
    auc = whole.pattern.measures["later_auc"]
    plan = _MINED.fill(label=problem.outcome, train=len(problem.train.labels), later=len(problem.later.labels),
                       model=model.words, auc=measure("auc", auc))
    if whole.p_value > floors.rate or any(whole.pattern.measures[name] < least for name, least in whole.floors.items()):
        return MiningResult(trials=(whole,), plan=(plan, _NO_MODEL.fill(label=problem.outcome)))
    return MiningResult(trials=(whole, *answer.factors(), *answer.leaves()), plan=(plan, *answer.restated()))


def in_order(sample: LabelledSample) -> LabelledSample:
    """The sample with its members in the order of their values and outcomes."""
    order = order_by_content(sample.frame.values, sample.labels)
    return replace(sample, frame=sample.frame.rows(order), labels=sample.labels[order])


@dataclass(frozen=True, slots=True)
class _Answer:
    """A fitted model of one problem, and the trials that can be made of it."""

    problem: Problem
    model: Model
    floors: Floors
    seed: int

    def whole(self) -> GateTrial:
        """The model itself, against labels dealt out at random."""
        later = self.problem.later
        plain = PlainRule.best(self.problem.train, later)
        measured = self.model.measure(later.frame.values, later.labels) | self._beside(plain)
        measures = {"rate": self.problem.train.rate, "later_rate": later.rate,
                    "auc": self.model.compared[self.model.name], **self._returned,
                    **{f"later_{name}": value for name, value in measured.items()}}
        pattern = self._pattern(self.problem.kinds.model, self.problem.label, measures,
                                scores=self._probabilities(self.problem.present),
                                details={"model": self.model.name, "model_words": self.model.words,
                                         "plain_words": self.problem.train.frame.features[plain.column].labels,
                                         "back_words": self._back_words,
                                         "compared": dict(self.model.compared)})
        chance = permutation_p_value(self.model.probability(later.frame.values), later.labels, seed=self.seed,
                                     permutations=self.floors.shufflings)
        return GateTrial(pattern=pattern, p_value=chance, floors={
            "later_auc": self.floors.min_auc, "later_base_skill": self.floors.min_skill,
            "later_skill": self.floors.min_skill})

    def _beside(self, plain: PlainRule) -> dict[str, float]:
        """Brier scores of the base rate alone and of the best single column, and the skill of the model over each."""
        later = self.problem.later
        chances = (self.model.probability(later.frame.values), plain.probability(later.frame.values),
                   np.full(len(later.labels), self.problem.train.rate))
        errors = [(each - later.labels) ** 2 for each in chances]
        own, column, base = (float(each.mean()) for each in errors)
        return {"base_brier": base, "plain_brier": column, "base_skill": skill(own, base), "skill": skill(own, column),
                **skill_interval(errors[0], errors[1], later.frame.keys)}

    def leaves(self) -> Iterator[GateTrial]:
        """Leaves of a readable tree in which the outcome is more frequent than among all."""
        train = self.problem.train
        least = max(self.floors.leaf_size, round(self.floors.leaf_share * len(train.labels)))
        tree = grow_tree(train.frame, train.labels, seed=self.seed, least=least)
        for leaf in short_rules(tree.leaves, train, least=self.floors.min_ratio * train.rate):
            yield self._leaf(leaf, _rates(train, leaf.members(train.frame)))

    def factors(self) -> Iterator[GateTrial]:
        """Each property by its most telling column, where the problem asks for factors.

        One that restates the outcome is none, and the others must add to what those foretell.
        """
        kind, train, restating = self.problem.kinds.factor, self.problem.train, self.problem.restating
        if kind is None:
            return
        restates = [feature.reads in restating for feature in train.frame.features]
        plain = PlainKnowledge(train, self.problem.later, tuple(np.flatnonzero(restates).tolist()), self.seed)
        for columns in groups(train.frame.features):
            if not restates[columns[0]]:
                trial = self._factor(kind, columns, max(columns, key=lambda c: alone(train, c)))
                yield self._beside_plain(trial, columns, plain) if plain.columns else trial

    def restated(self) -> Iterator[Text]:
        """What is no factor, and why."""
        names = [f.labels for f in self.problem.train.frame.features if f.reads in self.problem.restating]
        if names and self.problem.kinds.factor is not None:
            yield _RESTATES.fill(label=self.problem.outcome, names=Text.joined(names, zh="、", en=", "))

    def _beside_plain(self, trial: GateTrial, columns: list[int], plain: PlainKnowledge) -> GateTrial:
        skill_added, chance = plain.added(columns)
        measures = {**trial.pattern.measures, "later_added_skill": skill_added}
        return replace(trial, pattern=replace(trial.pattern, measures=measures), p_value=max(chance, trial.p_value),
                       floors={**trial.floors, "later_added_skill": self.floors.min_added})

    def _leaf(self, leaf: Leaf, before: dict[str, float]) -> GateTrial:
        later = self.problem.later
        chosen = leaf.members(later.frame)
        after = {f"later_{name}": value for name, value in _rates(later, chosen).items()}
        now = self.problem.present.rows(leaf.members(self.problem.present))
        pattern = self._pattern(self.problem.kinds.rule, f"{self.problem.label}: {leaf.subject}", before | after,
                                scores=self._probabilities(now),
                                details={"bounds": leaf.words, "signs": leaf.signs, "leaf": leaf.subject,
                                         **self._worth})
        pattern = replace(pattern, condition=leaf.condition(self.problem.who))
        yes, size = int(later.labels[chosen].sum()), int(chosen.sum())
        expected = rate_interval(yes, size, len(now.keys), self.problem.drift)
        return GateTrial(pattern=replace(pattern, measures={**pattern.measures, **expected}),
                         p_value=float(binom.sf(yes - 1, size, later.rate)) if size else 1.0,
                         floors={"later_ratio": self.floors.min_ratio, "later_members": self.floors.leaf_size / 2})

    def _factor(self, kind: PatternKind, columns: list[int], column: int) -> GateTrial:
        train, later = self.problem.train, self.problem.later
        feature, ends = train.frame.features[column], thirds(train.frame.values[:, column])
        before, after = (FeatureContrast.of(sample, column, ends) for sample in (train, later))
        higher = before.upper_rate >= before.lower_rate
        measures = before.measures(higher=higher) | {
            "weight": weight(self.model, later, columns, seed=self.seed), **after.interval(higher=higher),
            **{f"later_{name}": value for name, value in after.measures(higher=higher).items()}}
        pattern = self._pattern(kind, f"{self.problem.label}: {feature.name}", measures,
                                scores=self._contributions(columns),
                                details={"feature": feature.name, "label": feature.labels, "value": feature.value,
                                         "value_words": feature.words, "lower_end": ends[0], "upper_end": ends[1],
                                         "direction": "higher" if higher else "lower"})
        return GateTrial(pattern=pattern, p_value=after.p_value(higher=higher), floors={
            "later_ratio": self.floors.min_factor_ratio, "weight": self.floors.min_weight})

    @property
    def _returned(self) -> dict[str, float]:
        return {} if self.problem.returned is None else {"returned": self.problem.returned}

    @property
    def _back_words(self) -> Text:
        share = self.problem.returned
        return NO_WORDS if share is None else _BACK.fill(share=measure("returned", share))

    @property
    def _worth(self) -> dict[str, float]:
        worth = self.problem.worth
        return {} if worth is None else {"worth": worth}

    def _probabilities(self, members: FeatureFrame) -> dict[CustomerKey, float]:
        return _highest(members.keys, self.model.probability(members.values)) if members.keys else {}

    def _contributions(self, columns: list[int]) -> dict[CustomerKey, float]:
        present = self.problem.present
        if not present.keys:
            return {}
        added = contribution(self.model, present.values, self.problem.train.frame.values, columns)
        told = present.rows(added >= _WORTH_TELLING)
        return _highest(told.keys, added[added >= _WORTH_TELLING])

    def _pattern(self, kind: PatternKind, subject: str, measures: dict[str, float], *, details: dict[str, Any],
                 scores: dict[CustomerKey, float]) -> Pattern:
        problem = self.problem
        return Pattern(kind=kind, subject=subject, measures=measures, population=problem.train.population,
                       later_population=problem.later.population, scores=scores,
                       details={"outcome": problem.label, "outcome_words": problem.outcome, "tested": problem.tested,
                                **details})


def _rates(sample: LabelledSample, chosen: Flags) -> dict[str, float]:
    """Share of yes among the chosen and among all, their ratio, and how many and what share were chosen."""
    size = int(chosen.sum())
    rate = int(sample.labels[chosen].sum()) / size if size else 0.0
    return {"rate": rate, "base_rate": sample.rate, "ratio": rate / sample.rate if sample.rate else 0.0,
            "members": float(size), "share": size / len(chosen) if len(chosen) else 0.0}


def _highest(keys: Sequence[str], scores: Floats) -> dict[CustomerKey, float]:
    """Each customer's highest score, sorted by customer."""
    best: dict[CustomerKey, float] = {}
    for key, score in sorted(zip(keys, scores.tolist(), strict=True)):
        best[CustomerKey(key)] = score  # sorted: the highest comes last
    return best
