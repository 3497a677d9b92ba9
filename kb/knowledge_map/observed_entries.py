"""Operational knowledge that the records give directly: indicators, purchases, interactions, contacts."""

from collections.abc import Iterator

from kb.facts.indicators import INDICATORS
from kb.knowledge_map.entry import Json, ValueWords, entry, evidence, said
from kb.model.facts import Facts, Row
from ontology.text import Text
from ontology.vocabulary import ContactSource, FactName, InteractionKind, KnowledgeKind, Unit

_MOST_CATEGORIES = 5
_MOST_EVENTS = 5
_BOUGHT = Text(zh="近一年 {orders} 个订单，消费 {spend}，最近一次在 {days} 天前",
               en="{orders} orders in a year, spend {spend}, the last {days} days ago")
_RECORDS = Text(zh="订单明细，按品类汇总", en="order lines, summed by category")
_RECORDED = Text(zh="互动记录", en="recorded interaction")
_POSTED = Text(zh="推荐记录", en="answer to a recommendation")
_CAMPAIGN = Text(zh="营销活动记录", en="campaign on record")
_CAMPAIGN_NAMED = Text(zh="营销活动 {what}", en="campaign {what}")
_OFFERED = Text(zh="推荐过：{what}", en="offered: {what}")
_PRESSING = frozenset({InteractionKind.COMPLAINT, InteractionKind.FAULT})
_ANSWERS = {(True, False): Text(zh="已响应", en="responded"), (False, True): Text(zh="已拒绝", en="rejected"),
            (False, False): Text(zh="未响应", en="no response")}
_OPEN = Text(zh="未解决", en="unresolved")
_RESOLVED = Text(zh="已解决", en="resolved")


def measured_entries(facts: Facts, words: ValueWords, measured: Json) -> Iterator[Json]:
    """Indicators in the order of the ontology, the categories bought most, and the latest contacts.

    Args:
        facts: The customer's.
        words: Labels and units.
        measured: ``as_of`` and ``age_days`` of the refresh that computed the indicators; empty where it is unknown.
    """
    formulas = {indicator.name: indicator.formula for indicator in INDICATORS}
    for name, prop in words.schema.facts[FactName.CUSTOMER].properties.items():
        if prop.kind is KnowledgeKind.OPERATIONAL and name in facts.customer:
            value = facts.customer[name]
            yield entry(f"customer.{name}", prop.labels, said(prop.labels, words.value(prop, value)),
                        value=value, value_text=words.value(prop, value) if isinstance(value, str) else None,
                        unit=prop.unit, **measured, evidence=evidence(formulas.get(name, _RECORDS)))
    for row in _bought_most(facts):
        yield _purchase(row, words)
    for row in facts.related.get(FactName.CONTACT, ())[:_MOST_EVENTS]:
        yield _contact(row, words)


def event_entries(facts: Facts, words: ValueWords) -> Iterator[Json]:
    """What still presses, all of it and first; then what happened last, posted contacts among them."""
    rows = facts.related.get(FactName.INTERACTION, ())
    pressing = [row for row in rows if _is_pressing(row)]
    others = [row for row in rows if not _is_pressing(row)]
    for row in [*pressing, *others[:max(0, _MOST_EVENTS - len(pressing))]]:
        yield _interaction(row, words)


def _is_pressing(row: Row) -> bool:
    """Whether it is a complaint or a fault that nobody has called resolved."""
    return row.values.get("kind") in _PRESSING and row.values.get("resolved") is not True


def _bought_most(facts: Facts) -> list[Row]:
    def rank(row: Row) -> tuple[float, float, str]:
        return (-float(row.values.get("orders_365d", 0)), -float(row.values.get("spend_365d", 0)), row.key)

    return sorted(facts.related.get(FactName.PURCHASE, ()), key=rank)[:_MOST_CATEGORIES]


def _purchase(row: Row, words: ValueWords) -> Json:
    spend = words.number(float(row.values.get("spend_365d", 0.0)), Unit.CURRENCY.value)
    told = _BOUGHT.fill(orders=row.values.get("orders_365d", 0), spend=spend, days=row.days_ago)
    return entry(f"purchase.{row.key}", words.term("category", row.key), told,
                 value=row.values.get("orders_365d"), unit=Unit.COUNT.value, age_days=row.days_ago,
                 evidence=evidence(_RECORDS, facts=dict(row.values)))


def _interaction(row: Row, words: ValueWords) -> Json:
    kind = words.term("interaction_kind", row.values["kind"])
    parts = [words.term(name, row.values[name]) for name in ("channel", "category", "topic") if name in row.values]
    case: Json = {}
    if "resolved" in row.values:
        parts.append(_RESOLVED if row.values["resolved"] else _OPEN)
        case = {"case_id": row.values.get("case_id", row.key), "resolved": row.values["resolved"]}
    return entry(f"interaction.{row.key}", kind, _joined([kind, *parts]), age_days=row.days_ago, **case,
                 evidence=evidence(_RECORDED, facts=dict(row.values)))


def _contact(row: Row, words: ValueWords) -> Json:
    is_own = row.values.get("source") == ContactSource.RECOMMENDATION
    what = (words.term("action_family", row.values.get("family", "")) if is_own
            else words.term("campaign", row.values.get("campaign_id", row.key)))
    answered = bool(row.values.get("responded")), bool(row.values.get("rejected"))
    label = (_OFFERED if is_own else _CAMPAIGN_NAMED).fill(what=what)
    told = [_ANSWERS[answered], *(words.term(name, row.values[name]) for name in ("channel",) if name in row.values)]
    return entry(f"contact.{row.key}", label, said(label, _joined(told)), age_days=row.days_ago,
                 value=_ANSWERS[answered].en, value_text=_ANSWERS[answered],
                 evidence=evidence(_POSTED if is_own else _CAMPAIGN, facts=dict(row.values)))


def _joined(parts: list[Text]) -> Text:
    return Text(zh="，".join(part.zh for part in parts), en=", ".join(part.en for part in parts))
