"""``zhike doctor --rules``: the readings of rules compared on random rules and customers, with progress."""

import os
import time
from collections.abc import Callable

import typer

from kb.model.codec import to_json
from rules.conformance import Agreement, Difference, prove
from rules.formats import rules_to_text

_SECONDS_BETWEEN = 5.0


def prove_readings(cases: int, seed: int, say: Callable[[str], None]) -> bool:
    """Compare, print what came of it, and tell whether the readings agree on every evaluation."""
    begun = time.monotonic()
    tally = prove(cases=cases, seed=seed, processes=os.cpu_count() or 1, progress=_Progress(cases, say))
    rate = tally.evaluations / (time.monotonic() - begun)
    for difference in tally.differences:
        typer.echo(_told(difference))
    typer.echo(f"{tally.evaluations:,} evaluations of {tally.rule_sets:,} rule sets, seed {seed}:"
               f" {tally.different:,} different; {tally.firings:,} firings, {tally.left_out:,} left to Python,"
               f" {rate:,.0f} a second")
    return tally.different == 0 and tally.evaluations == cases


class _Progress:
    """Says how far the comparison is, every few seconds."""

    def __init__(self, cases: int, say: Callable[[str], None]) -> None:
        self._cases, self._say = cases, say
        self._last = time.monotonic()

    def __call__(self, tally: Agreement) -> None:
        now = time.monotonic()
        if now - self._last >= _SECONDS_BETWEEN:
            self._last = now
            self._say(f"{tally.evaluations:,} of {self._cases:,}, {tally.different:,} different")


def _told(difference: Difference) -> str:
    """The difference with the rules as TOML and the customer as JSON, to be read again."""
    customer = "every customer" if difference.facts is None else to_json(difference.facts)
    rules = rules_to_text(difference.rules)
    return f"the reading {difference.reading!r} {difference.message} for {customer}\n\n{rules}"
