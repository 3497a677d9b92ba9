"""Rates learned from outcomes: by a policy that a manager sets, in numbered states, of which one is in use."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from api.use_cases.impact import FOLLOWED_DAYS
from api.use_cases.steering import proportion_json
from api.use_cases.views import Json
from kb.curation.curation import Curation
from kb.description import BaseDescription
from kb.errors import Conflict, NotFound, ZhikeError
from kb.experiments.comparison import conclusion
from kb.facts.follow_up import FollowUp, bought_after, last_order_at
from kb.facts.home_tables import HomeTables
from kb.facts.moment import Moment
from kb.facts.taken_offers import KnownOrders
from kb.graph.port import Graph
from kb.journal.peer_journals import left_out
from kb.journal.store import Journal
from kb.model.bounds import DAY_SECONDS
from kb.model.codec import to_plain
from kb.model.pattern import Dataset, iso_instant
from kb.model.rates import Rate, Rates, RatesMode, RatesPolicy, RateSubject, ends_of
from kb.model.release import Release
from kb.rates.learning import learn
from kb.rates.rule_report import RuleControl, RuleReport, rule_reports
from kb.rates.states import RatesStates, RatesSummary
from kb.rates.trials import Trials, trials_of
from kb.supervision import SupervisedWorker
from kb.tables.tables import Tables
from ontology.text import Text
from ontology.vocabulary import OutcomeKind

_OF_ORDERS = frozenset({"order_lines", "products", "contacts"})
_HALF_LIVES = 10  # what is older counts for less than a thousandth
_RESULTS = (OutcomeKind.ACCEPTED, OutcomeKind.CONVERTED, OutcomeKind.REJECTED, OutcomeKind.IGNORED)
_HIGHER = Text(zh="向他们推荐的客户更高", en="higher among those who were recommended it")
_LOWER = Text(zh="向他们推荐的客户更低", en="lower among those who were recommended it")
_BY_ITSELF = "policy"
_LOOK_SECONDS = 3_600.0
_PATIENCE_SECONDS = 600.0  # every outcome is read
_CLOSING_SECONDS = 10.0
_OFF = Text(zh="从结果中学习已关闭", en="learning from outcomes is off")
_TURN_ON = Text(zh="可用 `zhike rates policy --mode propose` 开启",
                en="turn it on with `zhike rates policy --mode propose` or `--mode within_bounds`")
_NOTHING_LIVE = Text(zh="还没有发布版本，没有可学习的推荐", en="nothing is published, so there is nothing to learn of")
_PUBLISH = Text(zh="请先发布：`zhike publish`", en="publish first: `zhike publish`")
_NOTHING_SETTLED = Text(
    zh="没有可计入的展示：{waiting} 次展示的 {window} 天窗口尚未结束，或窗口内的订单尚未导入；"
       "{unshown} 张卡片只有答复、没有展示记录",
    en="no showing counts yet: of {waiting} the window of {window} days is not over, or orders are not known to its"
       " end, and of {unshown} cards an answer is on record but no showing")
_WAIT = Text(zh="请等窗口结束，或用 --as-of 指定时点，或缩短窗口：`zhike rates policy --window-days 0`",
             en="wait for the window, name a later moment with --as-of, or shorten it: `zhike rates policy"
                " --window-days 0`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """The use cases of rates."""

    curation: Curation
    description: BaseDescription
    graph: Graph
    journal: Journal
    states: RatesStates
    tables: HomeTables
    now: Callable[[], int] = lambda: int(time.time())

    def listed(self) -> Json:
        """The policy, who set it, every state and which of them is in use.

        ``left_out`` says in words what is not counted; null where all is.
        """
        states, in_use = self.states, self.states.in_use()
        return {"policy": to_plain(states.policy()), "in_use": in_use, "left_out": self._left_out(),
                "states": [_summary_json(one, is_used=one.number == in_use) for one in states.all()],
                "policies": [to_plain(one) | {"at": iso_instant(one.at)} for one in states.policies()],
                "uses": [to_plain(one) | {"at": iso_instant(one.at)} for one in states.uses()]}

    def state(self, number: int) -> Json:
        """One state with its rates, each beside what was assumed.

        Raises:
            NotFound: If there is none of that number.
        """
        return self._state_json(self.states.state(number))

    def set_policy(self, policy: RatesPolicy, by: str, reason: str = "") -> Json:
        """Set by which policy rates are learned; one that is off takes them out of use."""
        self.states.set_policy(policy, by, reason)
        return self.listed()

    def use(self, number: int, by: str) -> Json:
        """Make decisions under a state from now on.

        Raises:
            NotFound: If there is none of that number.
            Conflict: If learning is off.
        """
        self._demand_on(self.states.policy())
        self.states.use(number, by)
        return self.state(number)

    def learn(self, by: str, as_of: int | None = None) -> Json:
        """Learn a new state from the outcomes up to a moment; it is in use at once where the policy says so.

        Args:
            by: Who asks.
            as_of: The moment, epoch seconds; that of the facts, or of the last outcome where that is later, if left
                out.

        Raises:
            Conflict: If learning is off, nothing is published, or no showing counts yet; nothing is written then.
        """
        policy, release = self.states.policy(), self.curation.live()
        self._demand_on(policy)
        if release is None:
            raise Conflict(_NOTHING_LIVE, hint=_PUBLISH)
        moment = self._moment() if as_of is None else as_of
        with self._orders() as tables:
            read = self._read(policy, moment, tables)
        trials = read.trials
        if not trials.settled:
            raise Conflict(_NOTHING_SETTLED.fill(waiting=len(trials.waiting), unshown=trials.unshown,
                                                 window=policy.window_days), hint=_WAIT)
        rates = self._keep(read, release, policy, by, as_of=moment)
        if policy.mode is RatesMode.WITHIN_BOUNDS:
            self.states.use(rates.number, by)
        return self.state(rates.number)

    def rules(self, days: int = FOLLOWED_DAYS) -> Json:
        """What came of each rule, beside those who were held out from its cards.

        Args:
            days: For how many local days customers are followed, at least 1.
        """
        with self._orders() as tables:
            read = self._read(self.states.policy(), self._moment(), tables)
            known_until = None if tables is None else last_order_at(tables)
            follow_up = FollowUp(days=days, zone=self.description.base.zone, known_until=known_until)
            found = list(rule_reports(
                self.journal.rule_customers(), read.trials, is_over=follow_up.is_over,
                bought=lambda since: {} if tables is None else bought_after(tables, since, follow_up)))
        return {"as_of": iso_instant(self._moment()), "upto": read.upto, "days": days, "left_out": self._left_out(),
                "window_days": self.states.policy().window_days, "rules": list(self._reports(found))}

    @contextmanager
    def _orders(self) -> Iterator[Tables | None]:
        """The tables; ``None`` where another service has them, or nothing came in yet."""
        with ExitStack() as opened:
            try:
                tables = opened.enter_context(self.tables.open())
            except NotFound:
                tables = None
            yield tables

    def _reports(self, reports: Iterable[RuleReport]) -> Iterator[Json]:
        """Those of rules that are live or were the last time; others have no name any more."""
        live = self.curation.live()
        rules = {} if live is None else {rule.id: rule for rule in live.rules}
        for one in reports:
            rule = rules.get(one.rule_id)
            yield {"rule_id": one.rule_id, "name": to_plain(Text.same(one.rule_id) if rule is None else rule.name),
                   "live": rule is not None, "fired": one.fired, "shown": one.shown, "waiting": one.waiting,
                   **{kind.value: one.results.get(kind, 0) for kind in _RESULTS}, "by_orders": one.by_orders,
                   "control": None if one.control is None else _control_json(one.control)}

    def learn_daily(self) -> Json | None:
        """Learn where the policy is on and a local day has passed since the last state; ``None``: nothing was due."""
        if self.states.policy().mode is RatesMode.OFF:
            return None
        last, day = self.states.all()[-1:], self._day(self._moment())
        if last and self._day(last[0].as_of) >= day:
            return None
        try:
            return self.learn(_BY_ITSELF)
        except ZhikeError as fault:
            if fault.retryable:
                raise
            return None

    def _keep(self, read: "_Read", release: Release, policy: RatesPolicy, by: str, *, as_of: int) -> Rates:
        trials = read.trials
        rates = learn(trials.settled, release, policy, as_of=as_of)
        return self.states.add(lambda number: Rates(
            number=number, as_of=as_of, made_at=self.now(), by=by, release=release.number, journal=self.journal.id,
            upto=read.upto, policy=policy, waiting=len(trials.waiting), unshown=trials.unshown, rates=rates,
            datasets=read.datasets))

    def _read(self, policy: RatesPolicy, as_of: int, tables: Tables | None) -> "_Read":
        """What was shown up to a moment and came of it, by the journal and by orders as they are known now."""
        upto = self.journal.last_sequence()
        since = as_of - (_HALF_LIVES * policy.half_life_days + policy.window_days) * DAY_SECONDS
        orders = None if tables is None or policy.window_days == 0 else KnownOrders.read(
            tables, Moment(as_of=as_of, zone=self.description.base.zone))
        trials = trials_of(self.journal.card_outcomes(since), window_days=policy.window_days, as_of=as_of,
                           orders=orders)
        return _Read(upto=upto, trials=trials, datasets=() if tables is None or orders is None else tuple(
            one for one in tables.datasets if one.name in _OF_ORDERS))

    def _moment(self) -> int:
        return max(self.description.moment.as_of, self.journal.latest_outcome() or 0)

    def _day(self, instant: int) -> int:
        return Moment(as_of=instant, zone=self.description.base.zone).day

    def _demand_on(self, policy: RatesPolicy) -> None:
        if policy.mode is RatesMode.OFF:
            raise Conflict(_OFF, hint=_TURN_ON)

    def _left_out(self) -> Json | None:
        told = left_out(self.graph, self.journal.id)
        return None if told is None else to_plain(told)

    def _state_json(self, rates: Rates) -> Json:
        release = self.curation.release(rates.release)
        of_rules: dict[str, Text] = {rule.id: rule.name for rule in release.rules}
        of_actions: dict[str, Text] = {action.id: action.name for action in release.actions}
        plain = to_plain(rates) | {"as_of": iso_instant(rates.as_of), "made_at": iso_instant(rates.made_at)}
        return plain | {"in_use": rates.number == self.states.in_use(), "rates": [
            _rate_json(rate, (of_rules if rate.subject is RateSubject.RULE else of_actions)[rate.id])
            for rate in rates.rates]}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What rates are learned from: ``upto`` is the number of the last record, ``datasets`` the orders beside it."""

    upto: int
    trials: Trials
    datasets: tuple[Dataset, ...]


@dataclass(slots=True)
class DailyLearner:
    """Looks every hour, while a service runs, whether rates are to be learned, until it is closed."""

    learning: Learning
    worker: SupervisedWorker = field(init=False)

    def __post_init__(self) -> None:
        self.worker = SupervisedWorker("rates", self._look, patience_seconds=_PATIENCE_SECONDS)

    def start(self) -> None:
        """Begin."""
        self.worker.start()

    def close(self) -> None:
        """Stop; closing twice is harmless."""
        self.worker.stop(_CLOSING_SECONDS)

    def _look(self) -> float:
        self.learning.learn_daily()
        return _LOOK_SECONDS


def _summary_json(summary: RatesSummary, *, is_used: bool) -> Json:
    return to_plain(summary) | {"as_of": iso_instant(summary.as_of), "made_at": iso_instant(summary.made_at),
                                "in_use": is_used}


def _control_json(control: RuleControl) -> Json:
    verdict = conclusion(control.recommended, control.held_out, control.interval, higher=_HIGHER, lower=_LOWER)
    return {"recommended": proportion_json(control.recommended), "held_out": proportion_json(control.held_out),
            "difference": control.gained, "interval": None if control.interval is None else list(control.interval),
            "verdict": to_plain(verdict)}


def _rate_json(rate: Rate, name: Text) -> Json:
    ends = None if rate.band is None else list(ends_of(rate.band))
    return to_plain(rate) | {"name": to_plain(name), "band": ends, "factor": rate.factor, "cut": rate.is_cut}
