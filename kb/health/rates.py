"""The rates under which decisions are made: there, as they were written, and within their own bounds."""

from collections.abc import Iterator

from cattrs import BaseValidationError

from kb.errors import NotFound
from kb.graph.port import Graph
from kb.graph.state import state_of
from kb.graph.version import LIVE_RATES
from kb.health.check import CheckContext, CheckResult
from kb.model.rates import Rates, RatesMode
from kb.rates.states import RatesStates


def rates_sound(context: CheckContext) -> CheckResult:
    """The state of the rates that is in use, and what is wrong with it; none where decisions take figures as they are.

    A value is ``action survey: 0.9 > 0.4`` where the bounds of the state's own policy end at 0.4.
    """
    named = state_of(context.graph, LIVE_RATES) or "0"
    return CheckResult(0) if named == "0" else CheckResult(1, tuple(_wrong(context.graph, named)))


def _wrong(graph: Graph, named: str) -> Iterator[str]:
    states = RatesStates(graph, now=lambda: 0)
    try:
        rates = states.state(int(named))
        summary = next((one for one in states.all() if one.number == rates.number), None)
    except (NotFound, ValueError, BaseValidationError):
        yield f"{LIVE_RATES} -> {named}"
        return
    if summary is None:
        yield f"rates {named}: -"
    elif summary.digest is not None and summary.digest != rates.digest:
        yield f"rates {named}: {rates.digest}"
    if states.policy().mode is RatesMode.OFF:
        yield f"rates {named}: {RatesMode.OFF}"
    yield from _beyond(rates)


def _beyond(rates: Rates) -> Iterator[str]:
    for rate in rates.rates:
        nearest = rates.policy.within(rate.value, rate.prior)
        if rate.value != nearest:
            sign = ">" if rate.value > nearest else "<"
            yield f"{rate.subject} {rate.id}: {rate.value:g} {sign} {nearest:g}"
