"""The numbered states of the rates, which of them is in use, and the policy by which they are learned."""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from kb.curation.history import ChangeHistory
from kb.curation.live_state import LiveState, StateUse
from kb.errors import NotFound
from kb.graph.port import Graph
from kb.graph.state import put_state, state_of, swap_state
from kb.graph.version import LIVE_RATES
from kb.model.codec import from_json, from_plain, to_json, to_plain
from kb.model.ids import Digest
from kb.model.rates import Rates, RatesMode, RatesPolicy
from ontology.text import Text

_STATES = "rates_states"
_STATE = "rates:{number}"
_MEANWHILE = Text(zh="刚刚有别人学习了响应率", en="somebody else learned rates in the same moment")
_UNKNOWN = Text(zh="没有编号为 {number} 的响应率", en="there are no rates {number}")
_LIST = Text(zh="用 `zhike rates list` 列出", en="list them with `zhike rates list`")


@dataclass(frozen=True, slots=True, kw_only=True)
class RatesSummary:
    """A state as a listing tells it.

    Args:
        size: How many rates it has; ``cut``: how many of them the bounds cut.
        waiting: Showings whose window was not over.
        digest: Of the state, as it was written; ``None`` in a listing of an earlier version.
    """

    number: int
    as_of: int
    made_at: int
    by: str
    release: int
    size: int
    cut: int
    waiting: int
    digest: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatesPolicyChange:
    """The policy as somebody set it."""

    policy: RatesPolicy
    by: str
    at: int
    reason: str = ""


class RatesStates:
    """The states of one graph; ``now`` is the wall clock in epoch seconds."""

    def __init__(self, graph: Graph, now: Callable[[], int]) -> None:
        self._graph = graph
        self._now = now
        self._policies = ChangeHistory(graph, "rates_policies", RatesPolicyChange)
        self._live = LiveState(graph, LIVE_RATES, "rates_uses", now)

    def policy(self) -> RatesPolicy:
        """The policy that stands; off before anybody set one."""
        changes = self.policies()
        return changes[-1].policy if changes else RatesPolicy()

    def policies(self) -> tuple[RatesPolicyChange, ...]:
        """Every policy that was set, oldest first."""
        return self._policies.all()

    def set_policy(self, policy: RatesPolicy, by: str, reason: str = "") -> None:
        """Set the policy; one that is off takes the rates out of use."""
        self._policies.add(RatesPolicyChange(policy=policy, by=by, at=self._now(), reason=reason))
        if policy.mode is RatesMode.OFF:
            self._live.end(by)

    def all(self) -> tuple[RatesSummary, ...]:
        """Every state, oldest first."""
        return _read(state_of(self._graph, _STATES))

    def state(self, number: int) -> Rates:
        """The state of that number.

        Raises:
            NotFound: If there is none.
        """
        found = state_of(self._graph, _STATE.format(number=number))
        if found is None:
            raise NotFound(_UNKNOWN.fill(number=number), hint=_LIST)
        return from_json(found, Rates)

    def in_use(self) -> int | None:
        """Number of the state under which decisions are made; ``None``: none is."""
        return self._live.number()

    def uses(self) -> tuple[StateUse, ...]:
        """Which state was taken into use when, and by whom, oldest first."""
        return self._live.uses()

    def add(self, make: Callable[[int], Rates]) -> Rates:
        """Keep a new state, made for the number that it gets; it is not in use by that.

        Raises:
            Conflict: If another was added in the same moment; nothing is written then.
        """
        before = state_of(self._graph, _STATES)
        known = _read(before)
        rates = make(len(known) + 1)
        after = orjson.dumps([to_plain(one) for one in (*known, _summary(rates))]).decode()
        self._graph.write([*swap_state(_STATES, before, after, guard=_MEANWHILE),
                           put_state(_STATE.format(number=rates.number), to_json(rates))])
        return rates

    def use(self, number: int, by: str) -> None:
        """Make decisions under a state from now on.

        Raises:
            NotFound: If there is none of that number.
        """
        self.state(number)
        self._live.use(number, by)


def _read(known: str | None) -> tuple[RatesSummary, ...]:
    return tuple(from_plain(one, RatesSummary) for one in orjson.loads(known or "[]"))


def _summary(rates: Rates) -> RatesSummary:
    return RatesSummary(number=rates.number, as_of=rates.as_of, made_at=rates.made_at, by=rates.by,
                        release=rates.release, size=len(rates.rates), cut=sum(rate.is_cut for rate in rates.rates),
                        waiting=rates.waiting, digest=rates.digest)
