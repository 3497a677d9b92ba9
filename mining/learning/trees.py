"""A tree that a person can read, and its leaves as conditions of the rule language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, inf, log10
from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from kb.model.condition import And, Condition, Exists, Op, Test
from mining.arrays import Flags, Floats
from mining.learning.features import Feature, FeatureFrame
from ontology.text import Text
from ontology.vocabulary import FactName

MOST_LEAVES = 12
_COST_OF_A_LEAF = 2e-4
_SIGNIFICANT_DIGITS = 3
_HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitBound:
    """``low <= feature < high``; unknown lies in no bound.

    >>> age = Feature(fact=FactName.CUSTOMER, reads="visits", whole=True, labels=Text(zh="到访", en="visits"))
    >>> SplitBound(feature=age, low=3, high=inf).words.en
    'visits at least 3'
    """

    feature: Feature
    low: float = -inf
    high: float = inf

    def holds(self, column: Floats) -> Flags:
        """For which values it holds."""
        within: Flags = (column >= self.low) & (column < self.high)
        return within

    @property
    def tests(self) -> tuple[Test, ...]:
        """The bound as tests of the feature's own property."""
        name, value = self.feature.reads, self.feature.value
        if isinstance(value, bool):
            return (Test(property=name, op=Op.EQ, operand=value is (self.low > -inf)),)
        if value is not None:
            return (Test(property=name, op=Op.EQ if self.low > -inf else Op.NE, operand=value),)
        ends = ((Op.GE, self.low), (Op.LT, self.high))
        return tuple(Test(property=name, op=op, operand=int(end) if self.feature.whole else end)
                     for op, end in ends if abs(end) < inf)

    @property
    def words(self) -> Text:
        """The bound in words."""
        if self._without_number is not None:
            return self._without_number
        shape = _RANGE[self.low > -inf, self.high < inf]
        return shape.fill(name=self.feature.labels, low=self._end(self.low), high=self._end(self.high))

    @property
    def sign(self) -> Text:
        """The bound as people say it without a number."""
        return self._without_number or _SIGN[self.low > -inf, self.high < inf].fill(name=self.feature.labels)

    @property
    def numbers(self) -> int:
        """How many numbers its words hold."""
        return 0 if self._without_number else (self.low > -inf) + (self.high < inf)

    @property
    def _without_number(self) -> Text | None:
        """What is said of a value, and of none or one at least of what is counted; ``None`` of any other number."""
        name, value = self.feature.labels, self.feature.value
        if value is not None:
            return _CHOICE[isinstance(value, bool), self.low > -inf].fill(name=name, value=self.feature.words or value)
        return {(-inf, 1.0): self.feature.none, (1.0, inf): self.feature.some}.get((self.low, self.high))

    def _end(self, end: float) -> Text:
        """The number as people write it, with its unit."""
        return self.feature.quantity(end, exact=True)


_CHOICE = {
    (True, True): Text(zh="{name}：是", en="{name}: yes"),
    (True, False): Text(zh="{name}：否", en="{name}: no"),
    (False, True): Text(zh="{name}为“{value}”", en="{name} “{value}”"),
    (False, False): Text(zh="{name}不是“{value}”", en="{name} not “{value}”"),
}
_SIGN = {
    (True, True): Text(zh="{name}居中", en="{name} in the middle"),
    (True, False): Text(zh="{name}偏高", en="{name} high"),
    (False, True): Text(zh="{name}偏低", en="{name} low"),
}
_RANGE = {
    (True, True): Text(zh="{name}不低于 {low} 且低于 {high}", en="{name} at least {low} and below {high}"),
    (True, False): Text(zh="{name}不低于 {low}", en="{name} at least {low}"),
    (False, True): Text(zh="{name}低于 {high}", en="{name} below {high}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One path from the root, as bounds on distinct features in the order of the path."""

    bounds: tuple[SplitBound, ...]

    def members(self, frame: FeatureFrame) -> Flags:
        """Rows of the frame that every bound holds for; ``frame`` has the features the tree was grown on."""
        chosen = np.ones(len(frame.keys), dtype=bool)
        for bound in self.bounds:
            chosen &= bound.holds(frame.column(bound.feature.name))
        return chosen

    def condition(self, asked: Sequence[Condition]) -> Condition:
        """The leaf in the rule language.

        Args:
            asked: Who is asked about. Bounds on a related row, such as the running contract, are put into the
                existence test of that row among these.
        """
        rows = [self._into(part) if isinstance(part, Exists) else part for part in asked]
        of_customer = [test for bound in self._of(FactName.CUSTOMER) for test in bound.tests]
        counts = [_count(b, n) for n, b in enumerate(b for b in self.bounds if b.feature.counted)]
        return And(parts=(*rows, *of_customer, *counts))

    @property
    def words(self) -> Text:
        """The bounds in words."""
        return Text.joined([bound.words for bound in self.bounds], zh="、", en=" and ")

    @property
    def signs(self) -> Text:
        """The bounds without their numbers."""
        return Text.joined([bound.sign for bound in self.bounds], zh="、", en=", ")

    @property
    def subject(self) -> str:
        """The bounds as an unambiguous line.

        >>> spend = Feature(fact=FactName.CUSTOMER, reads="spend", labels=Text.same("spend"))
        >>> Leaf(bounds=(SplitBound(feature=spend, low=1.5),)).subject
        'spend[1.5,inf)'
        """
        return " & ".join(sorted(f"{b.feature.name}[{b.low:g},{b.high:g})" for b in self.bounds))

    def _into(self, row: Exists) -> Exists:
        tests = tuple(test for bound in self._of(row.fact) for test in bound.tests)
        return replace(row, where=And(parts=(row.where, *tests))) if tests else row

    def _of(self, fact: str) -> list[SplitBound]:
        return [b for b in self.bounds if b.feature.fact == fact and not b.feature.counted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A grown tree; a row whose value is unknown is sorted as if it had the median."""

    leaves: tuple[Leaf, ...]
    _fitted: Any
    _medians: Floats

    def probability(self, values: Floats) -> Floats:
        """Share of yes in each row's leaf, [0, 1]."""
        shares: Floats = self._fitted.predict_proba(_filled(values, self._medians))[:, 1]
        return shares


def grow_tree(frame: FeatureFrame, labels: Flags, *, seed: int, least: int) -> Tree:
    """A tree of at most twelve leaves, best splits first, pruned where a leaf does not pay for itself.

    Args:
        frame: What may be asked.
        labels: Yes or no for each row.
        seed: For ties between splits.
        least: Members of a leaf.
    """
    medians = np.array([np.nanmedian(c) if np.isfinite(c).any() else 0.0 for c in frame.values.T])
    model = DecisionTreeClassifier(criterion="entropy", max_leaf_nodes=MOST_LEAVES, min_samples_leaf=least,
                                   ccp_alpha=_COST_OF_A_LEAF, random_state=seed)
    model.fit(_filled(frame.values, medians), labels)
    leaves = tuple(Leaf(bounds=tuple(_tighten(path))) for path in _paths(model.tree_, frame.features) if path)
    return Tree(leaves=leaves, _fitted=model, _medians=medians)


def _paths(tree: Any, features: Sequence[Feature]) -> Iterator[list[SplitBound]]:
    """The bounds on the way to each leaf, left to right."""
    waiting: list[tuple[int, list[SplitBound]]] = [(0, [])]
    while waiting:
        node, path = waiting.pop()
        if tree.children_left[node] < 0:
            yield path
            continue
        feature = features[tree.feature[node]]
        cut = readable(float(tree.threshold[node]), feature)
        waiting.append((int(tree.children_right[node]), [*path, SplitBound(feature=feature, low=cut)]))
        waiting.append((int(tree.children_left[node]), [*path, SplitBound(feature=feature, high=cut)]))


def _tighten(path: Sequence[SplitBound]) -> Iterator[SplitBound]:
    """One bound for each feature, the tightest of the path."""
    for feature in dict.fromkeys(bound.feature for bound in path):
        same = [bound for bound in path if bound.feature == feature]
        yield SplitBound(feature=feature, low=max(b.low for b in same), high=min(b.high for b in same))


def readable(threshold: float, feature: Feature) -> float:
    """The threshold as people would write it: whole where values are, else three significant digits.

    >>> spend = Feature(fact=FactName.CUSTOMER, reads="spend", labels=Text.same("spend"))
    >>> readable(1234.567, spend), readable(0.0123456, spend)
    (1230.0, 0.0123)
    """
    if feature.value is not None:
        return _HALF
    if feature.whole:
        return float(ceil(threshold))
    if threshold == 0:
        return 0.0
    return round(threshold, _SIGNIFICANT_DIGITS - 1 - floor(log10(abs(threshold))))


def _count(bound: SplitBound, place: int) -> Exists:
    test = bound.feature.counted
    assert test is not None  # noqa: S101 - the caller asks for counts only
    return Exists(fact=bound.feature.fact, alias=f"counted{place}", where=test, at_least=max(0, int(bound.low))
                  if bound.low > -inf else 0, at_most=int(bound.high) - 1 if bound.high < inf else None)


def _filled(values: Floats, medians: Floats) -> Floats:
    return np.where(np.isnan(values), medians, values)
