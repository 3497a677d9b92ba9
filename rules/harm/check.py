"""Decide for everybody for whom it can come to a harm, and look for every row in what they would see."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import TypeAlias

from kb.model.action import Action
from kb.model.facts import Facts, Row
from kb.model.harm import CategoryState, Harm, HarmFinding, HarmReport
from kb.model.ids import ActionId, CustomerKey, HarmId, RuleId
from ontology.text import Text
from ontology.vocabulary import FactName
from rules.batch import Source
from rules.decision.arbitration import Candidate
from rules.decision.compiled_release import CompiledRelease
from rules.decision.decide import FALLBACK_RULE, deliberate
from rules.decision.request import Request
from rules.harm.binding import about_card
from rules.harm.suspects import Setting, Suspects, is_about, settings_of
from rules.interpreter.kleene import Conclusions, Reading, Scope, reading
from rules.simulation.difference import published_to
from rules.simulation.simulate import SAMPLE_ABOVE

_EXAMPLES = 3
FactsOf: TypeAlias = Callable[[Sequence[CustomerKey]], Iterable[Facts]]


def check_harms(compiled: CompiledRelease, harms: Iterable[Harm], *, source: Source | None,  # noqa: PLR0913 - the base
                everybody: Callable[[], Sequence[CustomerKey]], facts_of: FactsOf,
                now: Callable[[Request], tuple[Row, ...]], categories: Mapping[CategoryState, frozenset[str]],
                as_of: int, most: int = SAMPLE_ABOVE, seed: int = 7) -> HarmReport:
    """Every card that a row forbids, in what the release would answer.

    Args:
        compiled: The release.
        harms: The rows.
        source: Everybody's facts at the moment as tables; ``None``: they are not at hand, and everybody is a suspect.
        everybody: The customers of the base.
        facts_of: The facts of some customers, in any order, without rows of the moment.
        now: What a request says of the moment, as rows.
        categories: The categories that are in a state now.
        as_of: The moment, epoch seconds.
        most: Where there are more suspects, so many are drawn; the report tells of how many.
        seed: Of the draw.
    """
    suspects = Suspects(compiled, tuple(harms), categories)
    keys = everybody()
    settings = _settings(suspects, source, keys, as_of)
    chosen = sorted(settings) if len(settings) <= most else sorted(Random(seed).sample(sorted(settings), most))  # noqa: S311
    tally = _Tally(suspects)
    for facts in facts_of(chosen) if chosen else ():
        known = published_to(facts, compiled)
        for setting in settings[facts.customer_key]:
            tally.look(setting, _at(known, now(setting.request)))
    return HarmReport(customers=len(keys), suspects=len(settings), decided=len(chosen),
                      findings=tuple(tally.findings()),
                      without_facts={} if source is None else suspects.without_facts(source))


def _settings(suspects: Suspects, source: Source | None, keys: Sequence[CustomerKey],
              as_of: int) -> Mapping[CustomerKey, tuple[Setting, ...]]:
    if source is None:
        every = settings_of(suspects.suspicions)
        return dict.fromkeys(keys, every) if every else {}
    return {key: settings_of(found) for key, found in suspects.by_customer(source, as_of).items()}


def _at(facts: Facts, rows: tuple[Row, ...]) -> Facts:
    return replace(facts, related={**facts.related, FactName.MOMENT.value: rows})


@dataclass
class _Seen:
    """Where a row was met with an action."""

    says: Text
    rules: set[RuleId] = field(default_factory=set)
    customers: dict[CustomerKey, None] = field(default_factory=dict)


class _Tally:
    """Counts what is seen that a row forbids."""

    def __init__(self, suspects: Suspects) -> None:
        self._suspects = suspects
        self._readings: dict[tuple[HarmId, str], Reading] = {}
        self._seen: dict[tuple[HarmId, ActionId], _Seen] = defaultdict(lambda: _Seen(Text.same("")))

    def look(self, setting: Setting, facts: Facts) -> None:
        """One customer in one setting."""
        held = deliberate(setting.request, facts, self._suspects.compiled)
        for candidate in (*(one.candidate for one in held.judged if one.is_eligible), held.fallback):
            if candidate is not None:
                self._compare(candidate, setting, facts, held.context.found.conclusions)

    def findings(self) -> Iterator[HarmFinding]:
        """What was met, by row and action."""
        for (harm_id, action_id), seen in sorted(self._seen.items()):
            yield HarmFinding(harm_id=harm_id, says=seen.says, action_id=action_id, rule_ids=tuple(sorted(seen.rules)),
                              customers=len(seen.customers), examples=tuple(seen.customers)[:_EXAMPLES])

    def _compare(self, candidate: Candidate, setting: Setting, facts: Facts, conclusions: Conclusions) -> None:
        for harm in self._suspects.rows:
            if self._forbids(harm, candidate, setting, facts, conclusions):
                seen = self._seen.setdefault((harm.id, candidate.action.id), _Seen(harm.says))
                seen.rules.update({rule.id for rule in candidate.rules} or {FALLBACK_RULE})
                seen.customers[facts.customer_key] = None

    def _forbids(self, harm: Harm, candidate: Candidate, setting: Setting, facts: Facts,
                 conclusions: Conclusions) -> bool:
        action: Action = candidate.action
        return (harm.seen.cover(action, is_outbound=setting.direction == "outbound")
                and is_about(harm, candidate.arguments, self._suspects.categories)
                and self._reading(harm, candidate)(Scope.of(facts, conclusions)) is True)

    def _reading(self, harm: Harm, candidate: Candidate) -> Reading:
        key = harm.id, repr(sorted(candidate.arguments.items()))
        if key not in self._readings:
            self._readings[key] = reading(about_card(harm.when, candidate.arguments))
        return self._readings[key]
