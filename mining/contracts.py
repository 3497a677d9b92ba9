"""Who ends a contract, foretold from what was known while it ran."""

import hashlib
from collections.abc import Sequence

import numpy as np

from kb.facts.moment import Moment
from kb.model.condition import Exists, Op, Test
from kb.model.pattern import Period, Population
from mining.arrays import Flags
from mining.context import MiningContext
from mining.learning.features import (
    FeatureFrame,
    counting_features,
    customer_features,
    customer_frame,
    subscription_features,
    values_of,
)
from mining.learning.problem import CHURN, HELD_OUT, LabelledSample, Problem, beside
from mining.learning.sampling_order import order_by_content
from mining.learning.time_splits import end_of_day
from ontology.quantities import span_words
from ontology.text import Text
from ontology.vocabulary import EndedBy, FactName, PopulationLevel

KEPT_MONTHS = 3
"""How long a contract that was saved is counted to go on: we know no better than that it stays a while."""

_RUNNING = Exists(fact=FactName.SUBSCRIPTION, alias="contract",
                  where=Test(property="active", op=Op.EQ, operand=True))
_CONTRACTS = Text(zh="截点时生效的合约中{part}；结果：此后 {days} 天内由客户终止",
                  en="contracts running at the cut, {part}; outcome: ended by the customer within {days} days after it")
_LEARNED = Text(zh="用于学习的部分：md5(seed|started_at|plan|monthly_amount) 的前四位不小于 {bound}，seed 为 {seed}",
                en="those learned from: md5(seed|started_at|plan|monthly_amount) begins with {bound} or more, for seed"
                   " {seed}")
_TESTED = Text(zh="留出的部分：md5(seed|started_at|plan|monthly_amount) 的前四位小于 {bound}，seed 为 {seed}",
               en="those held out: md5(seed|started_at|plan|monthly_amount) begins with less than {bound}, for seed"
                  " {seed}")
"""Instants in epoch seconds, amounts with two decimals, nothing for what is unknown; contracts that are alike in all of
it are on one side."""
_LEFT = Text(zh="{span}内主动终止合约", en="end their contract within {span}")


def contract_frame(context: MiningContext, cut: Moment, moment: Moment) -> tuple[FeatureFrame, list[str]]:
    """Contracts running at ``moment``, one row each, by features chosen at ``cut``; and the name of each."""
    rows = context.facts(moment, FactName.SUBSCRIPTION)
    rows = rows.filter(rows["active"])
    customers = customer_features(context, cut, steady=True)
    known = customer_frame(context, moment, (*customers, *counting_features(context, cut)))
    own = subscription_features(context, cut)
    keys = rows["customer_key"].to_pylist()
    frame = beside(known, keys, own, [values_of(rows, feature) for feature in own])
    return frame, [f"{key}/{name}" for key, name in zip(keys, rows["_key"].to_pylist(), strict=True)]


def left_after(context: MiningContext, names: Sequence[str]) -> Flags:
    """Of contracts that ran at some cut, which the customer had ended by the moment."""
    rows = context.facts(context.moment, FactName.SUBSCRIPTION)
    ended_by = dict(zip((f"{key}/{name}" for key, name in zip(
        rows["customer_key"].to_pylist(), rows["_key"].to_pylist(), strict=True)), rows["ended_by"].to_pylist(),
        strict=True))
    return np.array([ended_by.get(name) == EndedBy.CUSTOMER for name in names], dtype=bool)


def contract_problem(context: MiningContext, days: int, *, held_out: float) -> Problem:
    """Who ends a contract, of those that ran ``days`` ago; the share ``held_out`` of them is tested on."""
    cut = end_of_day(context.moment, days)
    frame, names = contract_frame(context, cut, cut)
    frame, twins = frame.distinct(), frame.twins
    labels = left_after(context, names)
    order = order_by_content(frame.values, labels)
    frame, labels, is_held_out = frame.rows(order), labels[order], _held_out(context, cut, held_out)[order]
    present, _ = contract_frame(context, cut, context.moment)
    said = {"days": days, "seed": context.seed, "bound": _bound(held_out)}
    period = Period(start=cut.as_of + 1, end=context.moment.as_of + 1)

    def sample(chosen: Flags, words: Text) -> LabelledSample:
        return LabelledSample(frame=frame.rows(chosen), labels=labels[chosen], population=Population(
            what=words, level=PopulationLevel.SUBSCRIPTION, period=period, size=int(chosen.sum())))

    return Problem(label="cancelled", outcome=_LEFT.fill(span=span_words(days)), tested=HELD_OUT,
                   train=sample(~is_held_out, _CONTRACTS.fill(**said, part=_LEARNED.fill(**said))),
                   later=sample(is_held_out, _CONTRACTS.fill(**said, part=_TESTED.fill(**said))),
                   present=present.only(frame.names), who=(_RUNNING,), kinds=CHURN, worth=_worth_keeping(present),
                   twins=twins)


def _held_out(context: MiningContext, cut: Moment, share: float) -> Flags:
    """Which of the contracts running at the cut are held out, in the order of ``contract_frame``: by what they are.

    Anybody can draw them again from the table, which chance by place in a list would not let them.
    """
    rows = context.facts(cut, FactName.SUBSCRIPTION)
    running = rows.filter(rows["active"])
    columns = (column.to_pylist() for column in (running["_key"], running["plan"], running["monthly_amount"]))
    return np.array([_drawn(context.seed, str(key).partition(":")[0], plan, amount) < _bound(share)
                     for key, plan, amount in zip(*columns, strict=True)], dtype=bool)


def _drawn(seed: int, started: str, plan: str | None, amount: float | None) -> str:
    """Four hexadecimal digits that stand for a contract.

    >>> _drawn(7, "1514764800", "fibre", 95.0)
    'b0da'
    """
    told = f"{seed}|{started}|{plan or ''}|{'' if amount is None else f'{amount:.2f}'}"
    return hashlib.md5(told.encode(), usedforsecurity=False).hexdigest()[:4]


def _bound(share: float) -> str:
    """The four hexadecimal digits that a share of all draws lies below.

    >>> _bound(0.5)
    '8000'
    """
    return f"{round(share * 0x10000):04x}"


def _worth_keeping(running: FeatureFrame) -> float | None:
    """So many monthly amounts of the average contract; unknown where no amount is."""
    monthly = running.column("monthly_amount")
    known = monthly[np.isfinite(monthly)]
    return round(KEPT_MONTHS * float(known.mean()), 2) if len(known) else None
