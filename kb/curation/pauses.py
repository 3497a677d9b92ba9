"""By which policy rules are paused whose knowledge no longer holds, the states of that, and which of them is in use.

A rule is paused where it recommends and any knowledge that it rests on has been ended by runs, unless a manager keeps
that in use. A requirement goes on guarding: to pause it would let more through.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kb.curation.history import ChangeHistory
from kb.curation.live_state import LiveState, StateUse
from kb.errors import NotFound
from kb.graph.port import Graph
from kb.graph.version import LIVE_PAUSES
from kb.model.knowledge import KnowledgeItem
from kb.model.measurement import LapseVerdict
from kb.model.pauses import PausedRule, PauseMode, RulePauses
from kb.model.rule import Recommend, Rule
from ontology.text import Text

_UNKNOWN = Text(zh="没有编号为 {number} 的暂停状态", en="there are no pauses {number}")
_LIST = Text(zh="用 `zhike pauses list` 列出", en="list them with `zhike pauses list`")


@dataclass(frozen=True, slots=True, kw_only=True)
class PausePolicyChange:
    """The policy as somebody set it; ``at`` is the wall clock, epoch seconds."""

    mode: PauseMode
    by: str
    at: int
    reason: str = ""


class PauseStates:
    """The states of one graph; ``now`` is the wall clock in epoch seconds."""

    def __init__(self, graph: Graph, now: Callable[[], int]) -> None:
        self._graph = graph
        self._now = now
        self._policies = ChangeHistory(graph, "pause_policies", PausePolicyChange)
        self._states = ChangeHistory(graph, "pause_states", RulePauses)
        self._live = LiveState(graph, LIVE_PAUSES, "pause_uses", now)

    def mode(self) -> PauseMode:
        """The policy that stands; off before anybody set one."""
        changes = self.policies()
        return changes[-1].mode if changes else PauseMode.OFF

    def policies(self) -> tuple[PausePolicyChange, ...]:
        """Every policy that was set, oldest first."""
        return self._policies.all()

    def set_mode(self, mode: PauseMode, by: str, reason: str = "") -> None:
        """Set the policy; one that is off takes the pauses out of use."""
        self._policies.add(PausePolicyChange(mode=mode, by=by, at=self._now(), reason=reason))
        if mode is PauseMode.OFF:
            self._live.end(by)

    def all(self) -> tuple[RulePauses, ...]:
        """Every state, oldest first; the first has number 1."""
        return self._states.all()

    def state(self, number: int) -> RulePauses:
        """The state of that number.

        Raises:
            NotFound: If there is none.
        """
        known = self.all()
        if not 1 <= number <= len(known):
            raise NotFound(_UNKNOWN.fill(number=number), hint=_LIST)
        return known[number - 1]

    def in_use(self) -> int | None:
        """Number of the state under which decisions are made; ``None``: none is."""
        return self._live.number()

    def uses(self) -> tuple[StateUse, ...]:
        """Which state was taken into use when, and by whom, oldest first."""
        return self._live.uses()

    def renew(self, rules: tuple[PausedRule, ...], by: str) -> None:
        """Take note of what is to be paused now: a new state where that is another than the last one says.

        It is in use at once where the policy pauses; where it proposes, it waits until somebody takes it.
        """
        mode, known = self.mode(), self.all()
        if mode is PauseMode.OFF:
            return
        if (known[-1].rules if known else ()) != rules:
            known = self._states.add(RulePauses(made_at=self._now(), by=by, rules=rules))
        if mode is PauseMode.PAUSE and known and self.in_use() != len(known):
            self._live.use(len(known), by)

    def use(self, number: int, by: str) -> None:
        """Make decisions under a state from now on.

        Raises:
            NotFound: If there is none of that number.
        """
        self.state(number)
        self._live.use(number, by)


def to_be_paused(items: Iterable[KnowledgeItem], rules: Mapping[str, Iterable[Rule]]) -> tuple[PausedRule, ...]:
    """The rules that recommend on knowledge in use that no longer holds, by id; ``rules`` rest on each item, by id."""
    found: dict[str, PausedRule] = {}
    for item in sorted(items, key=lambda one: one.id):
        for rule in rules[item.id] if is_to_be_paused(item) else ():
            if item.lapse is not None and isinstance(rule.then, Recommend):
                found.setdefault(rule.id, PausedRule(rule=rule.id, item=item.id, since=item.lapse.since,
                                                     reason=item.lapse.reason))
    return tuple(found[name] for name in sorted(found))


def is_to_be_paused(item: KnowledgeItem) -> bool:
    """Whether it no longer holds, and nobody has said that it is kept in use."""
    decision = None if item.lapse is None else item.lapse.decision
    return item.lapse is not None and (decision is None or decision.verdict is not LapseVerdict.KEEP)
