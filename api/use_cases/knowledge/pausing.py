"""Rules whose knowledge no longer holds, paused by a policy that a manager sets, in numbered states."""

from dataclasses import dataclass

from api.use_cases.views import Json
from kb.curation.curation import Curation
from kb.curation.pauses import PauseStates, to_be_paused
from kb.errors import Conflict
from kb.model.codec import to_plain
from kb.model.pattern import iso_instant
from kb.model.pauses import PausedRule, PauseMode, RulePauses
from ontology.text import Text

_OFF = Text(zh="规则暂停已关闭", en="pausing rules is off")
_TURN_ON = Text(zh="可用 `zhike pauses policy propose` 或 `pause` 开启",
                en="turn it on with `zhike pauses policy propose` or `pause`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pausing:
    """The use cases of pauses."""

    curation: Curation
    states: PauseStates

    def listed(self) -> Json:
        """The policy, who set it, every state, which of them is in use, and what is to be paused now."""
        states, in_use = self.states, self.states.in_use()
        return {"mode": states.mode().value, "in_use": in_use,
                "to_be_paused": [to_plain(one) | {"since": iso_instant(one.since)} for one in self._now()],
                "states": [_state_json(number, state, in_use) for number, state in enumerate(states.all(), start=1)],
                "policies": [to_plain(one) | {"at": iso_instant(one.at)} for one in states.policies()],
                "uses": [to_plain(one) | {"at": iso_instant(one.at)} for one in states.uses()]}

    def state(self, number: int) -> Json:
        """One state with its rules.

        Raises:
            NotFound: If there is none of that number.
        """
        return _state_json(number, self.states.state(number), self.states.in_use())

    def set_mode(self, mode: PauseMode, by: str, reason: str = "") -> Json:
        """Set the policy: ``off``, ``propose`` or ``pause``; one that is off takes the pauses out of use."""
        self.states.set_mode(mode, by, reason)
        self.renew(by)
        return self.listed()

    def use(self, number: int, by: str) -> Json:
        """Make decisions under a state from now on.

        Raises:
            NotFound: If there is none of that number.
            Conflict: If pausing is off.
        """
        if self.states.mode() is PauseMode.OFF:
            raise Conflict(_OFF, hint=_TURN_ON)
        self.states.use(number, by)
        return self.state(number)

    def renew(self, by: str) -> None:
        """Take note of what no longer holds, after a run or a manager's word; nothing where pausing is off."""
        if self.states.mode() is not PauseMode.OFF:
            self.states.renew(self._now(), by)

    def _now(self) -> tuple[PausedRule, ...]:
        lapsed = self.curation.lapsed()
        return to_be_paused(lapsed, self.curation.rules_of([item.id for item in lapsed]))


def _state_json(number: int, state: RulePauses, in_use: int | None) -> Json:
    return {"number": number, "made_at": iso_instant(state.made_at), "by": state.by, "in_use": number == in_use,
            "rules": [to_plain(one) | {"since": iso_instant(one.since)} for one in state.rules]}
