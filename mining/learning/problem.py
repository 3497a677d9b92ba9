"""A yes or no to be foretold: who is asked about, when, and what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kb.model.condition import Condition
from kb.model.pattern import Population
from mining.arrays import Flags, Floats
from mining.learning.features import Feature, FeatureFrame
from ontology.text import Text
from ontology.vocabulary import PatternKind


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledSample:
    """Members whose outcome is known.

    Args:
        frame: What was known of each when the question was asked.
        labels: Whether the answer turned out to be yes.
        population: Who they are.
    """

    frame: FeatureFrame
    labels: Flags
    population: Population

    @property
    def rate(self) -> float:
        """Share of yes, [0, 1]."""
        return int(self.labels.sum()) / len(self.labels) if len(self.labels) else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """Which kinds of pattern an answer becomes; no ``factor`` where causes are not asked for."""

    model: PatternKind
    rule: PatternKind
    factor: PatternKind | None = None


CHURN = Kinds(model=PatternKind.CHURN_MODEL, rule=PatternKind.CHURN_RULE, factor=PatternKind.CHURN_FACTOR)
RESPONSE = Kinds(model=PatternKind.RESPONSE_MODEL, rule=PatternKind.RESPONSE_RULE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One question about each member, the past answers, and the members it is open for now.

    Args:
        label: The outcome's name: ``lapsed``, ``silent``, ``cancelled`` or ``responded``.
        outcome: What a yes means, as the end of a sentence about customers.
        train: What is learned from.
        later: What it is tested on: a later period, or members held out; ``tested`` says which, in words.
        present: Who is asked about at the moment.
        who: Who is asked about, as conditions of the rule language.
        kinds: What the answers become.
        restating: Properties that say the outcome in other words, as how lately somebody bought says of who will not
            buy: never a factor of it. A factor must add to what they foretell.
        worth: Money that keeping one member brings; ``None`` where the data does not tell.
        twins: Under which feature the column of another stands, for those of which several say the same.
        drift: How far the rate of yes moves from one period to the next beyond chance, as a standard deviation of log
            odds; 0 where the data tells of one period alone.
        returned: Of those of whom it came true, the share of whom it was over again as long after; ``None`` where
            nobody knows it, or it cannot be over.
    """

    label: str
    outcome: Text
    tested: Text
    train: LabelledSample
    later: LabelledSample
    present: FeatureFrame
    who: tuple[Condition, ...]
    kinds: Kinds
    restating: frozenset[str] = frozenset()
    worth: float | None = None
    twins: Mapping[str, str] = field(default_factory=dict)
    drift: float = 0.0
    returned: float | None = None


def beside(frame: FeatureFrame, keys: Sequence[str], features: Sequence[Feature],
           columns: Sequence[Floats]) -> FeatureFrame:
    """One row for each of ``keys``: what ``frame`` knows of the customer, and the row's own ``columns``.

    Args:
        frame: At most one row for each customer; a customer it lacks is all unknown.
        keys: The customer of each row.
        features: What the columns are.
        columns: As long as ``keys``.
    """
    place = {key: i for i, key in enumerate(frame.keys)}
    rows = np.array([place.get(key, -1) for key in keys], dtype=np.int64)
    known = np.vstack([frame.values, np.full((1, len(frame.features)), np.nan)])[rows]
    own = np.column_stack(columns) if columns else np.empty((len(keys), 0))
    return FeatureFrame(keys=tuple(keys), features=(*frame.features, *features), values=np.hstack([known, own]))


LATER = Text(zh="在后来的数据上", en="on later data")
HELD_OUT = Text(zh="在留出的客户上", en="on customers held out")
LATER_CAMPAIGNS = Text(zh="在后来的活动上", en="in later campaigns")
"""What a problem may have been tested on."""
