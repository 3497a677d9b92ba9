"""Who answers a campaign, foretold from what was known before it began."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kb.facts.moment import Moment
from kb.model.condition import And, Exists, Op, Test
from kb.model.pattern import Period, Population
from mining.arrays import Floats, Ints
from mining.context import Miner, MiningContext, MiningResult, as_passed
from mining.learning.classification import Floors, classify
from mining.learning.features import (
    Feature,
    FeatureFrame,
    counting_features,
    customer_features,
    customer_frame,
    values_of,
)
from mining.learning.problem import LATER_CAMPAIGNS, RESPONSE, LabelledSample, Problem, beside
from mining.learning.time_splits import end_of_day
from mining.rate_intervals import GroupRates, drift_of
from ontology.text import Text
from ontology.vocabulary import ContactSource, FactName, PopulationLevel

_LABEL = Text(zh="活动响应", en="response to campaigns")
_FEW = Text(zh="活动响应：已结束活动的触达 {contacts} 次，不足 {least} 次，未挖掘",
            en="campaign response: {contacts} contacts in campaigns that are over, fewer than {least}: nothing mined")
_ONE_DAY = Text(zh="活动响应：全部触达在同一天，无从以后来的活动检验，未挖掘",
                en="campaign response: all contacts lie on one day, so there are no later ones to test on: nothing"
                   " mined")
_RESPOND = Text(zh="响应收到的活动", en="answer a campaign that reaches them")
_CONTACTS = Text(zh="在{day}前已结束的活动（{kinds}）中被触达的客户，每个活动一次，特征取自活动开始之前",
                 en="customers reached in campaigns ({kinds}) that were over by the end of {day}, once for each;"
                    " features from before it began")
_EVERY_KIND = Text(zh="各种类型", en="of every kind")
_OPEN = Exists(fact=FactName.CONTACT, alias="invitation", where=And(parts=(
    Test(property="source", op=Op.EQ, operand=str(ContactSource.CAMPAIGN)),
    Test(property="open", op=Op.EQ, operand=True), Test(property="responded", op=Op.EQ, operand=False))))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseLimits:
    """What bounds the learning from campaigns.

    Campaigns of all kinds are learned from together, their kind being a feature: a single kind has few of them.

    Args:
        min_contacts: Fewer contacts are not learned from.
        history_days: Contacts of the first days of orders are left out, when too little was known of anybody.
        splits: Moments at which features are read; a contact takes the latest one before its campaign began.
        later: Share of contacts, the latest ones, that is held out for the test.
        floors: What answers must reach.
    """

    min_contacts: int = 500
    history_days: int = 60
    splits: int = 4
    later: float = 0.4
    floors: Floors = field(default_factory=lambda: Floors(leaf_share=0.08))


def miner(limits: ResponseLimits | None = None) -> Miner:
    """The registry line of campaign response."""
    bounds = limits or ResponseLimits()
    return Miner(name="response", label=_LABEL, mine=lambda context: mine(context, bounds), finish=as_passed,
                 parameters=asdict(bounds), rate=bounds.floors.rate)


def mine(context: MiningContext, limits: ResponseLimits) -> MiningResult:
    """Everything tried for the question who responds."""
    asked, plan = problems(context, limits)
    parts = [classify(problem, limits.floors, seed=context.seed) for problem in asked]
    return MiningResult(trials=tuple(t for part in parts for t in part.trials),
                        plan=(*(line for part in parts for line in part.plan), *plan))


def problems(context: MiningContext, limits: ResponseLimits) -> tuple[list[Problem], list[Text]]:
    """The question who responds where there are contacts enough, and otherwise why not."""
    return context.once(("response problems", limits), lambda: _problems(context, limits))


def _problems(context: MiningContext, limits: ResponseLimits) -> tuple[list[Problem], list[Text]]:
    contacts = context.facts(context.moment, FactName.CONTACT)
    is_open = pc.fill_null(contacts["open"], False)
    over = contacts.filter(pc.and_(pc.invert(is_open), contacts["responded"].is_valid()))
    over = over.filter(pc.less(over["days_ago"], _oldest_day(context, limits.history_days)))
    waiting = contacts.filter(pc.and_(is_open, pc.invert(pc.fill_null(contacts["responded"], True))))
    if over.num_rows < limits.min_contacts:
        return [], [_FEW.fill(contacts=over.num_rows, least=limits.min_contacts)]
    if len(pc.unique(over["days_ago"])) == 1:
        return [], [_ONE_DAY]
    return [_problem(context, over, waiting, limits)], []


def _oldest_day(context: MiningContext, history_days: int) -> int:
    """How many days ago orders had been recorded for ``history_days``; everything is recent enough without orders."""
    sold = context.sales.at
    return context.moment.days_ago(int(sold.min())) - history_days if len(sold) else sys.maxsize


def _problem(context: MiningContext, over: pa.Table, waiting: pa.Table, limits: ResponseLimits) -> Problem:
    days_ago = over["days_ago"].to_numpy().astype(np.int64)
    cuts = cut_days(days_ago, limits.splits)
    features = _features(context, over, cuts[-1])
    split = _split_day(days_ago, limits.later)
    is_told = (days_ago > split) & (_ended_days_ago(context, over) > split)  # by the day on which the later ones begin
    train, later = (_Sampled(context, over.filter(pa.array(chosen)), until).sample(cuts, features)
                    for chosen, until in ((is_told, split + 1), (days_ago <= split, 0)))
    present = _rows(context, waiting, features, context.moment.as_of)
    return Problem(label="responded", outcome=_RESPOND, tested=LATER_CAMPAIGNS, train=train, later=later,
                   present=present, who=(_OPEN,), kinds=RESPONSE, drift=_drift(over))


def _drift(over: pa.Table) -> float:
    """How far the share that answers moves from one campaign to the next of its kind, beyond chance."""
    answered = over.append_column("answered", over["responded"].cast(pa.int64()))
    each = answered.group_by(["kind", "campaign_id"]).aggregate([
        ("days_ago", "max"), ("answered", "sum"), ("answered", "count")])
    in_turn = each.sort_by([("kind", "ascending"), ("days_ago_max", "descending"), ("campaign_id", "ascending")])
    rates = GroupRates(*(in_turn[name].to_numpy().astype(float) for name in ("answered_sum", "answered_count")))
    kinds = in_turn["kind"].to_pylist()
    follows = np.array([one == other for one, other in pairwise(kinds)], dtype=bool)
    return drift_of([(rates.of(np.flatnonzero(follows)), rates.of(np.flatnonzero(follows) + 1))])


def _ended_days_ago(context: MiningContext, contacts: pa.Table) -> Ints:
    """How many days ago the campaign of each contact ended; of one that does not tell its end, was contacted."""
    told = context.tables["campaigns"].select("campaign_id", "ends_at").to_pyarrow().to_pylist()
    days = {row["campaign_id"]: context.moment.days_ago(row["ends_at"]) for row in told if row["ends_at"] is not None}
    pairs = zip(contacts["campaign_id"].to_pylist(), contacts["days_ago"].to_pylist(), strict=True)
    return np.array([days.get(campaign, contacted) for campaign, contacted in pairs], dtype=np.int64)


def cut_days(days_ago: npt.NDArray[np.int64], most: int) -> tuple[int, ...]:
    """Days before which features are read, the oldest first: about as many contacts follow each.

    >>> cut_days(np.array([90, 90, 60, 60, 60, 10]), 2)
    (90, 60)
    """
    oldest_first = np.sort(days_ago)[::-1]
    starts = [int(oldest_first[len(oldest_first) * n // most]) for n in range(most)]
    return tuple(sorted(set(starts), reverse=True))


def _split_day(days_ago: npt.NDArray[np.int64], later: float) -> int:
    """The day from which on contacts are held out: whole days, so that no campaign day is on both sides."""
    return int(np.quantile(days_ago, later, method="lower"))


def _features(context: MiningContext, over: pa.Table, newest_cut: int) -> tuple[Feature, ...]:
    """Of customers as they were at the newest cut, and the kind of the campaign."""
    before = end_of_day(context.moment, newest_cut + 1)
    kind = context.schema.facts[FactName.CONTACT].properties["kind"]
    kinds = sorted(word for word in pc.unique(over["kind"]).to_pylist() if word is not None)
    return (*customer_features(context, before, steady=True),
            *counting_features(context, before),
            *(Feature(fact=FactName.CONTACT, reads="kind", value=word, labels=kind.labels) for word in kinds))


@dataclass(frozen=True, slots=True)
class _Sampled:
    """Contacts in campaigns that were over ``until`` days ago, that day among them."""

    context: MiningContext
    contacts: pa.Table
    until: int

    def sample(self, cuts: Sequence[int], features: Sequence[Feature]) -> LabelledSample:
        """One row for each contact, described as at the latest cut before its day."""
        days_ago = self.contacts["days_ago"].to_numpy()
        frames, labels = [], []
        for cut, next_cut in zip(cuts, (*cuts[1:], -1), strict=True):
            some = self.contacts.filter(pa.array((days_ago <= cut) & (days_ago > next_cut)))
            frames.append(_rows(self.context, some, features, end_of_day(self.context.moment, cut + 1).as_of))
            labels.append(some["responded"].to_numpy().astype(bool))
        frame = FeatureFrame(keys=tuple(key for part in frames for key in part.keys), features=tuple(features),
                             values=np.vstack([part.values for part in frames]))
        return LabelledSample(frame=frame, labels=np.concatenate(labels), population=self._population())

    def _population(self) -> Population:
        moment, days_ago = self.context.moment, self.contacts["days_ago"].to_numpy()
        kinds = sorted(word for word in pc.unique(self.contacts["kind"]).to_pylist() if word)
        day = end_of_day(moment, self.until).local_date.isoformat()
        period = Period(start=end_of_day(moment, int(days_ago.max(initial=0)) + 1).as_of + 1,
                        end=end_of_day(moment, int(days_ago.min(initial=0))).as_of + 1)
        return Population(what=_CONTACTS.fill(kinds=", ".join(kinds) if kinds else _EVERY_KIND, day=day),
                          level=PopulationLevel.CONTACT, size=len(days_ago), period=period)


def _rows(context: MiningContext, contacts: pa.Table, features: Sequence[Feature], as_of: int) -> FeatureFrame:
    """One row for each contact: its customer at ``as_of``, and its own kind."""
    of_contact = [feature for feature in features if feature.fact == FactName.CONTACT and not feature.counted]
    of_customer = [feature for feature in features if feature not in of_contact]
    known = customer_frame(context, Moment(as_of, context.moment.zone), of_customer)
    columns: list[Floats] = [values_of(contacts, feature) for feature in of_contact]
    return beside(known, contacts["customer_key"].to_pylist(), of_contact, columns)
