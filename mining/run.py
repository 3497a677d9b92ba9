"""One run of the miners: from tables at a moment to proposals, refusals and scores."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from kb.errors import InvalidInput
from kb.facts.moment import Moment
from kb.model.belief import Belief
from kb.model.canonical import short_id
from kb.model.ids import ItemId, RunId
from kb.model.pattern import Pattern, Run
from kb.model.run import KnownAssociation, RunFindings, RunStage
from kb.tables.tables import Tables
from mining import baskets, churn, response
from mining.beliefs import test_beliefs
from mining.context import Miner, MiningContext
from mining.gate import GateVerdict, judge
from mining.offers import offer_miner
from mining.promote import Promotion, draft_rule, item_id, promote, refuse
from mining.provenance import code_version, libraries
from mining.segments import segment_miner
from mining.value import spend_miner
from ontology.extension import extension_turtle
from ontology.schema import Schema, schema_of
from ontology.text import Text
from ontology.vocabulary import PatternKind

MINERS: Mapping[str, Callable[[], Miner]] = MappingProxyType({
    "baskets": baskets.miner,
    "offers": offer_miner.miner,
    "segments": segment_miner.miner,
    "churn": churn.miner,
    "response": response.miner,
    "value": spend_miner.miner,
})
"""Every miner by name, in the order in which they run."""

REFUSALS_LISTED = 100
"""Refusals of one miner that are kept, beside those of knowledge; the others are counted in the plan."""

_NOT_ASKED = Text(zh="{name}：本次未要求", en="{name}: not asked for")
_JUDGED = Text(zh="{name}：检验 {tried} 项，通过 {passed} 项，提出 {kept} 项",
               en="{name}: {tried} tried, {passed} passed, {kept} proposed")
_MORE_REFUSED = Text(zh="{name}：另有 {n} 项未通过，未逐条列出", en="{name}: {n} more were refused and are not listed")
_BELIEFS = Text(zh="行业常识", en="beliefs of the trade")


def mine(tables: Tables, moment: Moment, *, seed: int = 7, miners: Sequence[str] | None = None,  # noqa: PLR0913 - the parts of a mining request
         beliefs: Sequence[Belief] = (), known: Iterable[ItemId] = (),
         associations: Sequence[KnownAssociation] = (), now: int,
         progress: Callable[[RunStage], None], clock: Callable[[], int] | None = None) -> RunFindings:
    """Run the miners and the gate, and promote what passes.

    Args:
        tables: The canonical tables.
        moment: The present of the run.
        seed: Of everything drawn at random.
        miners: Names from ``MINERS``; all where ``None``.
        beliefs: Claims to be tested.
        known: Knowledge that is held already: it is measured again, and is no news.
        associations: Those among it, by their categories.
        now: Wall clock, epoch seconds.
        progress: Called when a miner begins, with the share of the miners that are done.
        clock: Wall clock at the end; ``now`` where there is none.

    Raises:
        InvalidInput: For an unknown miner.
    """
    chosen = _chosen(miners)
    schema = schema_of(extension_turtle(tables.attributes, tables.words))
    known = frozenset(known)
    material = MiningContext(tables, moment, seed=seed, schema=schema, beliefs=tuple(beliefs), known=known,
                             associations=tuple(associations))
    run = _run(tables, moment, seed=seed, chosen=chosen, beliefs=beliefs, now=now)
    context = Promotion(schema=schema, categories=tables.category_labels, run_id=run.run_id, as_of=moment.as_of,
                        now=now, datasets=run.datasets)
    with threadpool_limits(limits=1):  # small data: threads cost more than they give, and sums differ by their order
        results = [_work(miner, material) for miner in _told(chosen, progress)]
        believed = _believed(material)
    plan = [*(line for result in results for line in result.plan), *_left_out(chosen)]
    patterns = [*(p for result in results for p in result.kept), *believed]
    refused = [v for result in results for v in result.refused]
    run = replace(run, plan=tuple(plan), finished_at=clock() if clock else now)
    return _found(run, patterns, refused, context, known)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """What one miner's work came to."""

    kept: tuple[Pattern, ...]
    refused: tuple[GateVerdict, ...]
    plan: tuple[Text, ...]


def _told(chosen: Sequence[Miner], progress: Callable[[RunStage], None]) -> Iterator[Miner]:
    """The miners one by one, each told as it begins; the beliefs come after them."""
    stages = len(chosen) + 1
    for number, miner in enumerate(chosen):
        progress(RunStage(name=miner.name, label=miner.label, share=number / stages))
        yield miner
    progress(RunStage(name="beliefs", label=_BELIEFS, share=len(chosen) / stages))


def _work(miner: Miner, material: MiningContext) -> _Result:
    mined = miner.mine(material)
    verdicts = judge(mined.trials, rate=miner.rate, labels=_measure_labels(material.schema), known=material.is_known)
    passed = tuple(v.pattern for v in verdicts if v.reason is None)
    kept = miner.finish(material, passed)
    refused = sorted((v for v in verdicts if v.reason), key=_promise)
    of_knowledge = [v for v in refused if material.is_known(v.pattern)]
    others = [v for v in refused if not material.is_known(v.pattern)]
    plan = [*mined.plan, _JUDGED.fill(name=miner.name, tried=len(verdicts), passed=len(passed), kept=len(kept))]
    if len(others) > REFUSALS_LISTED:
        plan.append(_MORE_REFUSED.fill(name=miner.name, n=len(others) - REFUSALS_LISTED))
    return _Result(kept=kept, refused=(*of_knowledge, *others[:REFUSALS_LISTED]), plan=tuple(plan))


def _promise(verdict: GateVerdict) -> tuple[float, str]:
    """Those that looked best come first: they are what somebody would have believed."""
    measures = verdict.pattern.measures
    return -measures.get("lift", measures.get("ratio", 0.0)), verdict.pattern.subject


def _believed(material: MiningContext) -> tuple[Pattern, ...]:
    if not material.beliefs:
        return ()
    asked = [*churn.problems(material, churn.Horizon())[0], *response.problems(material, response.ResponseLimits())[0]]
    return test_beliefs(material.beliefs, material, asked)


def _found(run: Run, patterns: Sequence[Pattern], refused: Sequence[GateVerdict], context: Promotion,
           known: frozenset[ItemId]) -> RunFindings:
    ordered = sorted(patterns, key=item_id)
    items = [promote(pattern, context) for pattern in ordered]
    rules = [rule for pattern in _beside_offers(ordered) if (rule := draft_rule(pattern, context))]
    return RunFindings(run=run, items=tuple(i for i in items if i.id not in known),
                       confirmed=tuple(i for i in items if i.id in known),
                       rules=tuple(sorted(rules, key=lambda r: r.id)),
                       refusals=tuple(refuse(verdict, context) for verdict in refused),
                       scores={item_id(p): p.scores for p in ordered if p.scores},
                       amounts={item_id(p): p.amounts for p in ordered if p.amounts},
                       companions={item_id(p): p.companions for p in ordered if p.companions})


def _beside_offers(patterns: Sequence[Pattern]) -> Sequence[Pattern]:
    """The patterns as rules are drafted from them.

    Where a model of offers holds, associations speak of what lies before the customer now alone. Of what they bought
    the model knows more, and a rate of all who bought the same would be taken for that of this customer: in the demo's
    December 29.9 % of first offers were bought by the model alone, 28.8 % with all associations beside it.
    """
    if all(pattern.kind is not PatternKind.OFFER for pattern in patterns):
        return patterns
    return [baskets.of_the_cart(pattern) if pattern.kind is PatternKind.ASSOCIATION else pattern
            for pattern in patterns]


def _chosen(names: Sequence[str] | None) -> list[Miner]:
    unknown = sorted(set(names or ()) - set(MINERS))
    if unknown:
        msg = Text(zh=f"没有这种挖掘方法：{'、'.join(unknown)}", en=f"unknown miner {', '.join(map(repr, unknown))}")
        raise InvalidInput(msg, hint=Text(zh="可用：" + "、".join(MINERS), en="known: " + ", ".join(MINERS)))
    return [make() for name, make in MINERS.items() if names is None or name in names]


def _left_out(chosen: Sequence[Miner]) -> list[Text]:
    asked = {miner.name for miner in chosen}
    return [_NOT_ASKED.fill(name=name) for name in MINERS if name not in asked]


def _run(tables: Tables, moment: Moment, *, seed: int, chosen: Sequence[Miner], beliefs: Sequence[Belief],  # noqa: PLR0913 - the parts of a run's record
         now: int) -> Run:
    parameters: dict[str, object] = {miner.name: dict(miner.parameters) for miner in chosen}
    parameters["beliefs"] = [str(belief.id) for belief in beliefs]
    code, used, datasets, mappings = code_version(), libraries(), tables.datasets, tables.mappings
    run_id = short_id("run", [moment.as_of, moment.zone, seed, code, used, datasets, mappings, parameters,
                              list(beliefs)])
    return Run(run_id=RunId(run_id), as_of=moment.as_of, seed=seed, started_at=now, finished_at=now,
               code_version=code, libraries=used, datasets=datasets, mappings=mappings, parameters=parameters)


def _measure_labels(schema: Schema) -> dict[str, Text]:
    """Words for every measure and for its ``later_`` twin."""
    names = schema.vocabularies.get("measure_name", ())
    plain = {name: schema.label("measure_name", name) for name in names}
    return plain | {f"later_{name}": _LATER.fill(measure=label) for name, label in plain.items()}


_LATER = Text(zh="后来的{measure}", en="later {measure}")
