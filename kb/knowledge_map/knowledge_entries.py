"""Knowledge items that hold for the customer: segments, forecasts with their factors, what comes next."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from kb.facts.moment import Moment
from kb.graph.port import Record
from kb.knowledge_map.deviations import deviations, in_words
from kb.knowledge_map.entry import Json, ValueWords, aged, entry, evidence, measured, plain_text
from kb.model.condition import Scalar
from kb.model.pattern import ExpectedAmount
from kb.model.pattern_kinds import PATTERN_KINDS, PatternKindTraits
from kb.model.strength import HALF_LIFE_SECONDS, age_weight
from ontology.quantities import digits
from ontology.text import Text
from ontology.vocabulary import KnowledgeKind, PatternKind, Unit

KNOWLEDGE_OF_CUSTOMER = """
    MATCH (c:Customer)-[h:HOLDS]->(i:KnowledgeItem)
    WHERE c.customer_key = $asked AND i.status IN $reviewed AND h.valid_from <= $as_of
      AND (i.valid_to IS NULL OR i.valid_to > $as_of)
    RETURN i.id AS id, i.status AS status, i.body AS body, h.score AS score, h.since AS since,
           h.run_id AS run_id, h.as_of AS as_of,
           h.amount AS amount, h.amount_low AS amount_low, h.amount_high AS amount_high"""
APPLIED = """
    MATCH (c:Customer)-[:HOLDS]->(i:KnowledgeItem)<-[:RESTS_ON]-(r:Rule)
    WHERE c.customer_key = $asked AND i.status IN $reviewed AND r.status IN $reviewed
    RETURN i.id AS item, r.id AS rule, r.action AS action"""

_MOST_FACTORS = 3
_OF_RUNS = frozenset({"measured", "missed", "missed_since", "lapses"})
"""Fields of an item that its own page tells, run by run."""
_MINED = Text(zh="挖掘任务 {run}，数据：{data}", en="mining run {run} over {data}")
_TOLD = Text(zh="{author} 的经验", en="experience of {author}")
_SCORED = Text(zh="；分数来自任务 {run}（{days} 天前）", en="; the score is by run {run}, {days} days old")
_PUSHED = Text(zh="；主要因素：{factors}", en="; pushed by: {factors}")
_WITHIN = Text(zh="{value}（90% 区间 {low} 至 {high}）", en="{value} (90% interval {low} to {high})")
_COMMA = Text(zh="、", en=", ")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeEntry:
    """One item that holds for the customer, in its plain form: the map passes it on and reads little of it.

    Args:
        score: The customer's own.
        since: From when on the item held, epoch seconds.
        run_id: The run that made the score; ``None`` where nobody knows it.
        as_of: The moment of that run, epoch seconds.
        amount: What the item lets expect of the customer, where it speaks of money.
    """

    item: Mapping[str, Any]
    score: float
    since: int | None
    run_id: str | None = None
    as_of: int | None = None
    amount: ExpectedAmount | None = None

    @property
    def kind(self) -> PatternKind:
        """The shape of the pattern."""
        return PatternKind(self.item["pattern_kind"])

    @property
    def traits(self) -> PatternKindTraits:
        """How that shape is shown."""
        return PATTERN_KINDS[self.kind]

    @property
    def measured_at(self) -> int:
        """The moment of the last run that found the item, epoch seconds."""
        found = self.item.get("measured")
        return int(found["as_of"] if found else self.item["valid_from"])

    @property
    def strength(self) -> float:
        """As that run measured it, [0, 1]."""
        found = self.item.get("measured")
        return float(found["strength"] if found else self.item["strength"])

    @property
    def outcome(self) -> object:
        """What a forecast, factor or rule speaks of."""
        return self.item["details"].get("outcome")


def entries_from(records: Iterable[Record]) -> tuple[KnowledgeEntry, ...]:
    """The items of the query ``KNOWLEDGE_OF_CUSTOMER``, in their order on the map."""
    return ranked(entry_from(record, {**orjson.loads(record["body"]), "status": record["status"]})
                  for record in records)


def entry_from(link: Record, item: Mapping[str, Any]) -> KnowledgeEntry:
    """An item with what its link to the customer says."""
    amount = None
    if link.get("amount") is not None:
        amount = ExpectedAmount(value=link["amount"], low=link["amount_low"], high=link["amount_high"])
    return KnowledgeEntry(item=item, score=link["score"], since=link["since"], run_id=link["run_id"],
                          as_of=link["as_of"], amount=amount)


def ranked(entries: Iterable[KnowledgeEntry]) -> tuple[KnowledgeEntry, ...]:
    """Forecasts, their factors, what comes next, groups; the surest of each kind first, as what is old fades."""
    return tuple(sorted(entries, key=_rank))


def knowledge_entries(entries: Sequence[KnowledgeEntry], kind: KnowledgeKind, moment: Moment,
                      words: ValueWords, customer: Mapping[str, Scalar]) -> Iterator[Json]:
    """The entries of the items of one kind of knowledge; ``customer`` are the facts of whom they speak."""
    for one in entries:
        if one.item["kind"] == kind:
            yield entry(
                entry_id(one), _title(one, words), Text(**one.item["statement"]), **_value(one, customer),
                score=one.score,
                **aged(one.since, moment), scored_by=_scored_by(one, moment), strength=_faded(one, moment),
                evidence=_evidence(one, _pushing(one, entries), moment, words),
                item={name: value for name, value in one.item.items() if name not in _OF_RUNS})


def _faded(one: KnowledgeEntry, moment: Moment) -> Json:
    """The strength as it has faded since a run last found the item, and how long ago that is."""
    fades = 0.5 ** (max(0, moment.as_of - one.measured_at) / HALF_LIFE_SECONDS)
    return {"value": one.strength * fades, **measured(one.measured_at, moment)}


def _value(one: KnowledgeEntry, customer: Mapping[str, Scalar]) -> Json:
    """The customer's own: money expected with its interval, a probability, or what sets them apart from their group."""
    if one.amount is not None:
        ends = {name: digits(end, Unit.CURRENCY) for name, end in (("low", one.amount.low), ("high", one.amount.high))}
        words = _WITHIN.fill(value=digits(one.amount.value, Unit.CURRENCY), **ends)
        return {"value": one.amount.value, "value_text": words, "unit": Unit.CURRENCY.value,
                "interval": {"low": one.amount.low, "high": one.amount.high}}
    if one.kind is PatternKind.SEGMENT:
        return _beside_the_group(one.item["details"].get("profile", {}), customer)
    return {"value": one.score, "unit": Unit.SHARE.value} if one.traits.is_forecast else {}


def _beside_the_group(profile: Mapping[str, Mapping[str, float]], customer: Mapping[str, Scalar]) -> Json:
    """How the member differs; nothing where the profile does not say how far the group reaches."""
    if not any("high" in row for row in profile.values()):
        return {}
    found = deviations(profile, customer)
    told = [{"indicator": one.indicator, "value": one.own, "typical": one.typical, "words": plain_text(one.words)}
            for one in found]
    words = in_words(found)
    return {"value": words.en, "value_text": words, "deviations": told or None}


def _scored_by(one: KnowledgeEntry, moment: Moment) -> Json | None:
    """The run that made the score, its moment and how old that is; ``None`` where nobody knows it."""
    return None if one.run_id is None else {"run_id": one.run_id, **measured(one.as_of, moment)}


def knowledge_links(entries: Sequence[KnowledgeEntry], applied: Iterable[Record]) -> list[Json]:
    """Where each item leads: factor to forecast, item to rule to action, item to run to data; each link once."""
    links = {(link["source"], link["target"]): link for link in _links(entries, applied)}
    return list(links.values())


def _links(entries: Sequence[KnowledgeEntry], applied: Iterable[Record]) -> Iterator[Json]:
    for one in entries:
        for factor in _pushing(one, entries):
            yield _link(entry_id(factor), entry_id(one), "pushes")
        if one.item["run_id"]:
            yield _link(entry_id(one), one.item["run_id"], "mined_by")
            for dataset in one.item["datasets"]:
                yield _link(one.item["run_id"], dataset["digest"], "used")
    for record in applied:
        yield _link(_entry_id(record["item"]), record["rule"], "applied_by")
        if record["action"] is not None:
            yield _link(record["rule"], record["action"], "recommends")


def entry_id(one: KnowledgeEntry) -> str:
    """The id of an item's entry on the map."""
    return _entry_id(one.item["id"])


def _entry_id(item: str) -> str:
    return f"item.{item}"


def _link(source: str, target: str, kind: str) -> Json:
    return {"source": source, "target": target, "kind": kind}


def _rank(one: KnowledgeEntry) -> tuple[int, float, str]:
    sureness = one.score * one.item["measures"].get("take_rate", 1.0) * age_weight(one.measured_at)
    return (tuple(PATTERN_KINDS).index(one.kind), -sureness, one.item["id"])


def _pushing(forecast: KnowledgeEntry, entries: Sequence[KnowledgeEntry]) -> list[KnowledgeEntry]:
    """The factors that push this customer towards what a forecast speaks of, the heaviest first."""
    pushed_by = forecast.traits.pushed_by
    factors = [one for one in entries if one.kind is pushed_by and one.outcome == forecast.outcome]
    return sorted(factors, key=lambda one: (-one.score, one.item["id"]))[:_MOST_FACTORS]


def _title(one: KnowledgeEntry, words: ValueWords) -> Text:
    title, name = one.traits.title, _name(one, words)
    if title is None or name is None:
        return words.schema.label("pattern_kind", one.kind)
    return title.fill(name=name)


def _name(one: KnowledgeEntry, words: ValueWords) -> Text | None:
    """What the item is about: the category that comes next, the group's name, the factor's feature, the outcome."""
    detail = one.traits.named_by
    if detail is None:
        return _list([words.term("category", name) for name in one.item["consequent"]])
    return _text(one.item["details"].get(detail))


def _text(plain: object) -> Text | None:
    is_text = isinstance(plain, Mapping) and {"zh", "en"} <= plain.keys()
    return Text(zh=str(plain["zh"]), en=str(plain["en"])) if is_text and isinstance(plain, Mapping) else None


def _evidence(one: KnowledgeEntry, factors: Sequence[KnowledgeEntry], moment: Moment, words: ValueWords) -> Json:
    run, datasets = one.item["run_id"], one.item["datasets"]
    data = ", ".join(dataset["name"] for dataset in datasets)
    source = _MINED.fill(run=run, data=data) if run else _TOLD.fill(author=one.item["author"])
    names = [name for factor in factors if (name := _name(factor, words)) is not None]
    pushed = _PUSHED.fill(factors=_list(names)) if names else Text.same("")
    scored = Text.same("")
    if one.run_id is not None and one.as_of is not None and one.run_id != run:
        scored = _SCORED.fill(run=one.run_id, days=max(0, moment.days_ago(one.as_of)))
    return evidence(Text(zh=source.zh + scored.zh + pushed.zh, en=source.en + scored.en + pushed.en), run_id=run,
                    scored_by=one.run_id, datasets=datasets or None,
                    measures=one.item["measures"],
                    factors=[entry_id(factor) for factor in factors] or None)


def _list(names: Sequence[Text]) -> Text:
    return Text(zh=_COMMA.zh.join(name.zh for name in names), en=_COMMA.en.join(name.en for name in names))
