"""The few calls of durable_rules that are safe, around one of its rule sets.

No ``Host`` and no ``durable.lang``: they start threads that never end and swallow errors. One state for all customers,
emptied after each: states of their own collide by hash, and one customer's facts would join another's.
"""

from collections.abc import Iterable
from typing import Any

import durable_rules_engine

from rules.engine.json_values import GATE, SENTINEL, STATE, fact_text

_MATCHED, _NOBODY_LISTENS = 0, 1
_GATE, _SENTINEL = fact_text(GATE, -1), fact_text(SENTINEL, -2)


class EngineFault(Exception):
    """The engine refused a fact or kept one; its state can no longer be trusted."""


class Engine:
    """One of the engine's rule sets.

    Args:
        name: What the engine calls it.
        text: Its rules.
        is_joined: Whether its rules speak of more than one fact each. Taking back a fact that took part in a joined
            firing reads past the end of the engine's frame, so such a rule set has its whole state deleted, which
            the sentinel makes legal; taking back facts one by one is ten times faster, and safe for the others.
    """

    def __init__(self, name: str, text: str, *, is_joined: bool) -> None:
        self._handle: int = durable_rules_engine.create_ruleset(name, text)
        self._is_joined = is_joined

    def run(self, facts: Iterable[str]) -> set[str]:
        """The names of the rules that fire on the facts, which are forgotten again.

        The gate comes after every other fact, for the engine sees negated facts only if they came before.
        """
        kept, offset = [], 0
        for fact in (*facts, _GATE, _SENTINEL) if self._is_joined else (*facts, _SENTINEL):
            code, offset = durable_rules_engine.assert_fact(self._handle, fact)
            if code == _MATCHED:
                kept.append(fact)
            elif code != _NOBODY_LISTENS:
                msg = f"the engine answered {code} to a fact"
                raise EngineFault(msg)
        fired = self._fired(offset)
        self._forget(kept)
        fired.discard(SENTINEL)
        return fired

    def close(self) -> None:
        """Free the rule set."""
        durable_rules_engine.delete_ruleset(self._handle)

    def _fired(self, offset: int) -> set[str]:
        """The names of the rules that fire: the first word of each ``{"name":{...}}``; the facts in it are not read."""
        fired = set[str]()
        started = durable_rules_engine.start_action_for_state(self._handle, offset)
        found: Any = started[1] if started else None
        while found is not None:
            fired.add(found[2:found.index('"', 2)])
            found = durable_rules_engine.complete_and_start_action(self._handle, offset)
        return fired

    def _forget(self, facts: Iterable[str]) -> None:
        if self._is_joined:
            durable_rules_engine.delete_state(self._handle, STATE)
            return
        for fact in facts:
            durable_rules_engine.retract_fact(self._handle, fact)
