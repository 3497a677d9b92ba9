"""The proof that what is mined is worth acting on: out of time, beside what one would do without it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from kb.facts.moment import Moment
from kb.model.pattern import Pattern
from kb.tables.tables import Tables
from mining import churn, response
from mining.context import MiningContext
from mining.interval_evaluation import INTERVALS, IntervalEvaluation, evaluate_intervals
from mining.learning.time_splits import all_until
from mining.offers.candidates import OfferQuestion
from mining.offers.evaluation import BasketEvaluation, OfferEvaluation, evaluate_baskets, evaluate_offers
from mining.sales import Sales, read_sales
from mining.segments.segment_evaluation import SegmentEvaluation, evaluate_segments
from mining.value import spend_miner
from mining.value.spend_miner import PLAIN_RULES
from ontology.extension import extension_turtle
from ontology.schema import schema_of
from ontology.text import Text
from ontology.vocabulary import PatternKind

QUESTIONS = {
    OfferQuestion.EXPLORE: Text(zh="客户现在不买、接下来会买的品类",
                                en="what customers buy next that they do not buy now"),
    OfferQuestion.REPEAT: Text(zh="客户有规律地购买、如今已逾期的品类",
                               en="what customers buy with a rhythm and are late with"),
    OfferQuestion.EITHER: Text(zh="客户的下一个购物篮", en="the next basket"),
}
"""What is asked, in words."""

_MODEL, _RATE = Text(zh="本产品的模型", en="model"), Text(zh="只看发生率", en="the rate alone")
_COLUMN = Text(zh="只看“{column}”", en="“{column}” alone")
_FORECASTS = (PatternKind.CHURN_MODEL, PatternKind.RESPONSE_MODEL, PatternKind.SPEND_FORECAST)
_SEGMENTS = Text(zh="客户群", en="segments")
_LEFT_OUT = Text(zh="{what}：历史太短，或再次光顾的客户太少，无法检验",
                 en="{what}: not tested, the past is too short or too few customers come again")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastError:
    """How far one way to foretell was from what came: a Brier score, or money as the root of the mean square."""

    method: Text
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastEvaluation:
    """What each customer was foretold, beside plain ways to foretell it.

    Args:
        kind: Of the pattern that it would be proposed as.
        what: The outcome, in words.
        tested: On what.
        customers: How many members were tested: customers, contacts or contracts.
        methods: The model first.
        coverage: Share of members whose outcome lay within their 90% interval; ``None`` where there is none.
    """

    kind: PatternKind
    what: Text
    tested: Text
    customers: int
    methods: tuple[ForecastError, ...]
    coverage: float | None = None

    @classmethod
    def of(cls, pattern: Pattern) -> "ForecastEvaluation":
        """That of a model or a forecast of spend, by what its miner measured."""
        measures, details, size = pattern.measures, pattern.details, pattern.later_population or pattern.population
        is_money = pattern.kind is PatternKind.SPEND_FORECAST
        errors = _of_money(details) if is_money else _of_chances(pattern)
        model = ForecastError(method=_MODEL, error=measures["later_error" if is_money else "later_brier"])
        outcome, tested = details["outcome_words"], details["tested"]
        assert isinstance(outcome, Text)  # noqa: S101  # of every forecast, for the type checker
        assert isinstance(tested, Text)  # noqa: S101  # likewise
        return cls(kind=pattern.kind, what=outcome, tested=tested, customers=size.size, methods=(model, *errors),
                   coverage=measures.get("later_coverage"))


def _of_chances(model: Pattern) -> tuple[ForecastError, ...]:
    column = _COLUMN.fill(column=model.details["plain_words"])
    return (ForecastError(method=column, error=model.measures["later_plain_brier"]),
            ForecastError(method=_RATE, error=model.measures["later_base_brier"]))


def _of_money(details: Mapping[str, Any]) -> Iterator[ForecastError]:
    for name, error in details["baseline_errors"].items():
        yield ForecastError(method=PLAIN_RULES[name], error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What was tested at a moment.

    Args:
        as_of: The end of the data used, epoch seconds.
        seed: Of everything drawn at random.
        offers: Of what customers do not buy now, and of what is due again, as far as they could be tested.
        basket: The next basket, by category; ``None`` where it could not be tested.
        product_basket: The same by product; ``None`` also where it was not asked for, or categories are products.
        forecasts: Of who leaves, who answers and what is spent, whether or not it beat the plain ways.
        segments: As they would have been made a quarter ago; ``None`` where none would have been, or none are now.
        intervals: How often those of items cover; none where no period could be foretold.
        left_out: What could not be tested, and why.
    """

    as_of: int
    seed: int
    offers: tuple[OfferEvaluation, ...]
    basket: BasketEvaluation | None
    product_basket: BasketEvaluation | None
    forecasts: tuple[ForecastEvaluation, ...]
    segments: SegmentEvaluation | None
    intervals: tuple[IntervalEvaluation, ...]
    left_out: tuple[Text, ...]


def evaluate(tables: Tables, moment: Moment, *, seed: int, progress: Callable[[Text], None],
             is_by_product: bool = False) -> Evaluation:
    """Every evaluation that the data allow.

    Args:
        tables: The canonical tables.
        moment: The end of the data that are used: answers are known up to it.
        seed: Of everything drawn at random.
        progress: Called with the question that comes next.
        is_by_product: Whether the next basket is foretold by product too, which takes minutes in a large assortment.
    """
    schema = schema_of(extension_turtle(tables.attributes, tables.words))
    context = MiningContext(tables, moment, seed=seed, schema=schema)
    sales = context.sales
    offerable = np.array([category in tables.offerable for category in sales.categories], dtype=bool)
    offers: dict[OfferQuestion, OfferEvaluation | None] = {}
    with threadpool_limits(limits=1):  # as the miners run, so that sums do not depend on their order
        for question in (OfferQuestion.EXPLORE, OfferQuestion.REPEAT):
            progress(QUESTIONS[question])
            offers[question] = evaluate_offers(sales, moment, question, offerable, labels=tables.category_labels,
                                               seed=seed)
        progress(QUESTIONS[OfferQuestion.EITHER])
        basket = evaluate_baskets(sales, seed=seed)
        product_basket = _by_product(tables, moment, sales, seed=seed) if is_by_product else None
        forecasts, plan = _forecasts(context, progress)
        progress(_SEGMENTS)
        segments = evaluate_segments(context)
        progress(INTERVALS)
        intervals = evaluate_intervals(context)
    missing = [question for question, found in {**offers, OfferQuestion.EITHER: basket}.items() if found is None]
    return Evaluation(as_of=moment.as_of, seed=seed, offers=tuple(one for one in offers.values() if one), basket=basket,
                      product_basket=product_basket, forecasts=forecasts, segments=segments, intervals=intervals,
                      left_out=(*(_LEFT_OUT.fill(what=QUESTIONS[question]) for question in missing), *plan))


def _by_product(tables: Tables, moment: Moment, sales: Sales, *, seed: int) -> BasketEvaluation | None:
    """The next basket by product, unless each category is one."""
    products = read_sales(tables, all_until(moment), by="product_id")
    return None if len(products.categories) == len(sales.categories) else evaluate_baskets(products, seed=seed)


def _forecasts(context: MiningContext,
               progress: Callable[[Text], None]) -> tuple[tuple[ForecastEvaluation, ...], tuple[Text, ...]]:
    """Every forecast that the miners tried; of a miner that tried none, why."""
    found: list[ForecastEvaluation] = []
    plan: list[Text] = []
    for miner in (churn.miner(), response.miner(), spend_miner.miner()):
        progress(miner.label)
        mined = miner.mine(context)
        tried = [ForecastEvaluation.of(trial.pattern) for trial in mined.trials if trial.pattern.kind in _FORECASTS]
        found += tried
        plan += [] if tried else mined.plan
    return tuple(found), tuple(plan)
