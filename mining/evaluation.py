"""The proof that what is mined is worth acting on: out of time, beside what one would do without it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from kb.facts.moment import Moment
from kb.tables.tables import Tables
from mining.learning.time_splits import all_until
from mining.offers.candidates import OfferQuestion
from mining.offers.evaluation import BasketEvaluation, OfferEvaluation, evaluate_baskets, evaluate_offers
from mining.sales import read_sales
from ontology.text import Text

QUESTIONS = {
    OfferQuestion.EXPLORE: Text(zh="客户现在不买、接下来会买的品类",
                                en="what customers buy next that they do not buy now"),
    OfferQuestion.REPEAT: Text(zh="客户现在购买、应再次购买的品类", en="what customers buy now that is due again"),
    OfferQuestion.EITHER: Text(zh="客户的下一个购物篮", en="the next basket"),
}
"""What is asked, in words."""

_LEFT_OUT = Text(zh="{what}：历史太短，或再次光顾的客户太少，无法检验",
                 en="{what}: not tested, the past is too short or too few customers come again")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What was tested at a moment.

    Args:
        as_of: The end of the data used, epoch seconds.
        seed: Of everything drawn at random.
        offers: Of what customers do not buy now, and of what is due again, as far as they could be tested.
        basket: The next basket, by category; ``None`` where it could not be tested.
        left_out: What could not be tested, and why.
    """

    as_of: int
    seed: int
    offers: tuple[OfferEvaluation, ...]
    basket: BasketEvaluation | None
    left_out: tuple[Text, ...]


def evaluate(tables: Tables, moment: Moment, *, seed: int, progress: Callable[[Text], None]) -> Evaluation:
    """Every evaluation that the data allow.

    Args:
        tables: The canonical tables.
        moment: The end of the data that are used: answers are known up to it.
        seed: Of everything drawn at random.
        progress: Called with the question that comes next.
    """
    sales = read_sales(tables, all_until(moment))
    offerable = np.array([category in tables.offerable for category in sales.categories], dtype=bool)
    offers: dict[OfferQuestion, OfferEvaluation | None] = {}
    with threadpool_limits(limits=1):  # as the miners run, so that sums do not depend on their order
        for question in (OfferQuestion.EXPLORE, OfferQuestion.REPEAT):
            progress(QUESTIONS[question])
            offers[question] = evaluate_offers(sales, moment, question, offerable, labels=tables.category_labels,
                                               seed=seed)
        progress(QUESTIONS[OfferQuestion.EITHER])
        basket = evaluate_baskets(sales, seed=seed)
    missing = [question for question, found in {**offers, OfferQuestion.EITHER: basket}.items() if found is None]
    return Evaluation(as_of=moment.as_of, seed=seed, offers=tuple(one for one in offers.values() if one), basket=basket,
                      left_out=tuple(_LEFT_OUT.fill(what=QUESTIONS[question]) for question in missing))
