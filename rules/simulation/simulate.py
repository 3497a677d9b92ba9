"""A draft release against the live one over the whole base.

The tables find the customers whose rules say something else. For those, and for no others, the one ``decide`` runs
under both releases, so that policy and arbitration exist once; where they are many, for a random sample.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from random import Random

from kb.errors import InvalidInput
from kb.model.facts import Facts
from kb.model.ids import CustomerKey, DecisionId
from kb.model.rule import Rule
from ontology.text import Text
from rules.batch import Source, compile_tables, steps
from rules.batch.comparison import Side, differing, published_by
from rules.decision.compiled_release import CompiledRelease
from rules.decision.decide import decide
from rules.decision.request import Request
from rules.simulation.difference import change_of, is_everybodys, may_differ, otherwise, published_to
from rules.simulation.effects import RuleChange, RuleEffect, Simulation, Step
from rules.simulation.estimate import CustomerSample
from rules.simulation.tally import First, Tally, Transitions

SAMPLE_ABOVE = 50_000
_LEAST_SAMPLE = 2
_NOT_SAID = DecisionId("simulation")  # nobody hears these answers, so none needs an id of its own


def simulate(  # noqa: PLR0913 - two releases, what both are asked of, and how many are asked
    live: CompiledRelease, draft: CompiledRelease, *, source: Source,
    facts_of: Callable[[Sequence[CustomerKey]], Iterable[Facts]],
    request: Request, as_of: int, segments: Mapping[CustomerKey, str], sample_above: int = SAMPLE_ABOVE, seed: int = 7,
) -> Simulation:
    """What would be different if ``draft`` were served in place of ``live``.

    Args:
        live: The release to compare with.
        draft: The release to try.
        source: Every customer's facts at the moment as tables, with the knowledge of both releases.
        facts_of: The same facts of some customers, each as one noun; in any order, asked for once.
        request: What both releases are asked of each customer; its first action is what is compared.
        as_of: The moment, epoch seconds.
        segments: The segment of each customer who is in one.
        sample_above: Where more customers may get another answer, so many are drawn, at least 2.
        seed: Of the draw; the same seed draws the same customers.
    """
    if sample_above < _LEAST_SAMPLE:
        msg = Text(zh=f"样本至少需要 {_LEAST_SAMPLE} 位客户，得到的是 {sample_above}",
                   en=f"a sample needs at least {_LEAST_SAMPLE} customers, got {sample_above}")
        raise InvalidInput(msg, hint=Text(zh="不填 sample_above 时最多为 50,000 位客户作决定",
                                          en="leave sample_above out to decide for up to 50,000"))
    before, after = _side(live, source, as_of), _side(draft, source, as_of)
    everybody = before.customers()
    keys = everybody if is_everybodys(live, draft) else _differing(live, draft, before, after)
    chosen = keys if len(keys) <= sample_above else _drawn(keys, sample_above, seed)
    sample = CustomerSample(size=len(chosen), population=len(keys))
    whole, transitions, by_segment = Tally(), Transitions(), defaultdict[str, Tally](Tally)
    for key, first, then in _answered(facts_of(chosen), request, live, draft):
        whole.add(first, then)
        transitions.add(key, first, then)
        by_segment[segments.get(key, "")].add(first, then)
    return Simulation(
        live=live.release.fingerprint, draft=draft.release.fingerprint, as_of=as_of, seed=seed,
        request=request.plain(), customers=len(everybody), differing=len(keys), decided=len(chosen),
        rules=tuple(_rule_effects(live, draft, before, after)), whole=whole.balance(sample),
        transitions=transitions.found(sample), families=transitions.families(sample),
        segments={name: by_segment[name].balance(sample) for name in sorted(by_segment)})


def _side(compiled: CompiledRelease, source: Source, as_of: int) -> Side:
    return Side(rules=compile_tables(compiled.ruleset, compiled.schema), source=published_by(compiled.items, source),
                as_of=as_of)


def _differing(live: CompiledRelease, draft: CompiledRelease, before: Side, after: Side) -> list[CustomerKey]:
    wanted = may_differ(live, draft)
    return differing(before.only(wanted), after.only(wanted), otherwise=frozenset(otherwise(live, draft)))


def _drawn(keys: Sequence[CustomerKey], size: int, seed: int) -> list[CustomerKey]:
    return sorted(Random(seed).sample(keys, size))  # noqa: S311  # a draw that can be repeated, no secret


def _answered(people: Iterable[Facts], request: Request, live: CompiledRelease, draft: CompiledRelease,
              ) -> Iterator[tuple[CustomerKey, First, First]]:
    for facts in people:
        firsts = [First.of(decide(request, published_to(facts, compiled), compiled, decision_id=_NOT_SAID), compiled)
                  for compiled in (live, draft)]
        yield facts.customer_key, firsts[0], firsts[1]


def _rule_effects(live: CompiledRelease, draft: CompiledRelease, before: Side, after: Side) -> Iterator[RuleEffect]:
    counts, funnels = before.counts(), after.funnels()
    for rule_id in sorted(live.rules.keys() | draft.rules.keys()):
        change, funnel = change_of(rule_id, live, draft), funnels.get(rule_id, (0,))
        fires = counts.get(rule_id, 0)
        is_told = (change in {RuleChange.ADDED, RuleChange.CHANGED}
                   or (change is RuleChange.KEPT and fires != funnel[-1]))
        rule = draft.rules.get(rule_id) or live.rules[rule_id]
        yield RuleEffect(rule_id=rule_id, name=rule.name, change=change, live=fires, draft=funnel[-1],
                         funnel=_told(rule, funnel, draft) if is_told else ())


def _told(rule: Rule, funnel: Sequence[int], compiled: CompiledRelease) -> tuple[Step, ...]:
    return tuple(Step(sentence=compiled.describe(step), customers=customers)
                 for step, customers in zip(steps(rule.when), funnel, strict=True))
