"""What every miner is given: tables, a moment, a seed, and what was already read of them."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import ibis
import pyarrow as pa

from kb.facts.complaints import complaints_above_limit
from kb.facts.moment import Moment
from kb.facts.registry import build
from kb.model.belief import Belief
from kb.model.ids import ItemId
from kb.model.pattern import Pattern
from kb.model.run import KnownAssociation
from kb.tables.tables import Tables
from mining.gate import GateTrial
from mining.kinds import mined_id
from mining.learning.time_splits import all_until
from mining.sales import Sales, read_sales
from mining.value.margin import Margin, margin_of
from mining.value.purchase_histories import PurchaseDays, read_purchases
from ontology.schema import Schema
from ontology.text import Text
from ontology.vocabulary import FactName

Made = TypeVar("Made")


class MiningContext:
    """Tables at a moment. What is read once is kept for the other miners of the run.

    Args:
        tables: The canonical tables.
        moment: The present of the run; nothing after it is read.
        seed: Of everything drawn at random.
        schema: The fact types and their labels.
        beliefs: Claims to be tested.
        known: What is knowledge already.
        associations: Those among it, by their categories.
    """

    def __init__(self, tables: Tables, moment: Moment, *, seed: int, schema: Schema,  # noqa: PLR0913 - the parts of a run
                 beliefs: tuple[Belief, ...] = (), known: frozenset[ItemId] = frozenset(),
                 associations: tuple[KnownAssociation, ...] = ()) -> None:
        self.tables = tables
        self.moment = moment
        self.seed = seed
        self.schema = schema
        self.beliefs = beliefs
        self.associations = associations
        self._known = known
        self._facts: dict[tuple[int, str], pa.Table] = {}
        self._made: dict[Hashable, Any] = {}
        self._sales: Sales | None = None

    def at(self, moment: Moment) -> "MiningContext":
        """The same tables at an earlier moment, with the facts that were read already; nothing is known yet."""
        earlier = MiningContext(self.tables, moment, seed=self.seed, schema=self.schema)
        earlier._facts = self._facts  # by instant, so that both read the same
        return earlier

    def facts(self, moment: Moment, name: str) -> Any:
        """One fact type at ``moment`` as an Arrow table, sorted by customer and row key."""
        read = (moment.as_of, name)
        if read not in self._facts:
            rows = build(self.tables, moment, name)
            keys = [key for key in ("customer_key", "_key") if key in rows.columns]
            self._facts[read] = rows.order_by(keys).to_pyarrow()
        return self._facts[read]

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What ``make`` gives, made when first asked for under ``key``."""
        if key not in self._made:
            self._made[key] = make()
        made: Made = self._made[key]
        return made

    def is_known(self, pattern: Pattern) -> bool:
        """Whether a pattern is knowledge already, whatever its numbers were then."""
        return mined_id(pattern.kind, pattern.subject) in self._known

    @cached_property
    def complained_of(self) -> frozenset[str]:
        """Categories of which there are more complaints than chance brings: nothing of them is offered."""
        interactions = self.facts(self.moment, FactName.INTERACTION)
        if not interactions.num_rows:
            return frozenset()
        return complaints_above_limit(*map(ibis.memtable, (interactions, self.facts(self.moment, FactName.PURCHASE))))

    @cached_property
    def purchases(self) -> PurchaseDays:
        """What every customer bought and sent back, day by day, up to the moment."""
        return read_purchases(self.tables, self.moment)

    @cached_property
    def margin(self) -> Margin | None:
        """What is earned of what customers spend, where costs are known."""
        return margin_of(self.tables, self.moment)

    @property
    def sales(self) -> Sales:
        """Everything sold up to the moment."""
        if self._sales is None:
            self._sales = read_sales(self.tables, all_until(self.moment))
        return self._sales


@dataclass(frozen=True, slots=True, kw_only=True)
class MiningResult:
    """What one miner brings to the gate.

    Args:
        trials: All that was tried.
        plan: What was run, and what was left out and why.
    """

    trials: tuple[GateTrial, ...] = ()
    plan: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Miner:
    """One line of the registry.

    Args:
        name: As asked for.
        label: The same for people.
        mine: From material to trials.
        finish: Which of the patterns that passed are worth proposing, completed with what only those need.
        parameters: All it was set to, for the run's record.
        rate: Share of false discoveries borne.
    """

    name: str
    label: Text
    mine: Callable[[MiningContext], MiningResult]
    finish: Callable[[MiningContext, tuple[Pattern, ...]], tuple[Pattern, ...]]
    parameters: Mapping[str, object]
    rate: float


def as_passed(_: MiningContext, patterns: tuple[Pattern, ...]) -> tuple[Pattern, ...]:
    """Every pattern that passed, as it is: the ``finish`` of a miner whose patterns are few."""
    return patterns
