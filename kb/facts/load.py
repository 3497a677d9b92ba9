"""Fact tables into the graph after an import or refresh, and the knowledge that a run found of each customer."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kb.facts.definitions.subscription import begun
from kb.facts.distribution import Distributions, put_distributions
from kb.facts.past_links import KeptLinks
from kb.facts.refresh import FactTables
from kb.facts.table_source import TableSource
from kb.facts.values import DECIMALS
from kb.graph.double_buffer import DoubleBuffer
from kb.graph.port import Graph
from kb.graph.row_bounds import check_rows
from kb.graph.state import Edition, changed, put_state, state_of
from kb.graph.version import FACTS_AS_OF
from kb.model.ids import ItemId, RunId
from kb.model.run import EndedScores, KeptScores, LinkChanges
from ontology.text import Text
from ontology.vocabulary import Direction, FactName, PatternKind

_PERSON = ("customer_key", "external_id", "name", "phone", "address")
_KNOWN_PERSONS = """
    MATCH (c:Customer) RETURN c.customer_key AS customer_key, c.external_id AS external_id, c.name AS name,
           c.phone AS phone, c.address AS address"""
_KEYS = "MATCH (c:Customer) RETURN c.customer_key AS customer_key"
_ITEMS = "MATCH (i:KnowledgeItem) RETURN i.id AS item"
_LINKS = """
    MATCH (c:Customer)-[h:HOLDS]->(i:KnowledgeItem)
    RETURN c.customer_key AS customer_key, i.id AS item, i.pattern_kind AS pattern_kind, h.score AS score,
           h.since AS since, h.run_id AS run_id, h.as_of AS as_of, h.recorded_at AS recorded_at,
           h.amount AS amount, h.amount_low AS amount_low, h.amount_high AS amount_high,
           h.goes_with AS goes_with"""
_ENDS = ["customer_key", "item"]
_LINK_COLUMNS = pa.schema({"customer_key": pa.string(), "item": pa.string(), "pattern_kind": pa.string(),
                           "score": pa.float64(), "since": pa.int64(), "run_id": pa.string(), "as_of": pa.int64(),
                           "recorded_at": pa.int64(), "amount": pa.float64(), "amount_low": pa.float64(),
                           "amount_high": pa.float64(), "goes_with": pa.string()})
_OF_RUN = ["run_id", "as_of"]


def load_persons(graph: Graph, persons: pa.Table) -> None:
    """Who the customers are: ``customer_key, external_id, name, phone, address``; known ones are overwritten."""
    graph.bulk_load("Customer", persons.select([name for name in _PERSON if name in persons.column_names]))


def count_renamed(graph: Graph, persons: pa.Table) -> int:
    """How many persons the graph knows by another name, phone or address than ``persons`` says."""
    schema = pa.schema([(name, pa.string()) for name in _PERSON])
    said = persons.select([name for name in _PERSON if name in persons.column_names])
    columns = [name for name in _PERSON[1:] if name in said.column_names]
    known = graph.bulk_read(_KNOWN_PERSONS, schema).rename_columns(["customer_key", *(f"_{n}" for n in _PERSON[1:])])
    both = said.join(known, "customer_key", join_type="inner")
    differs = pa.array([False] * both.num_rows, pa.bool_())
    for name in columns:
        same = pc.equal(pc.fill_null(both[name], ""), pc.fill_null(both[f"_{name}"], ""))
        differs = pc.or_(differs, pc.invert(same))
    return int(pc.sum(differs).as_py() or 0)


def load_facts(graph: Graph, facts: FactTables, tables: TableSource, labels: Mapping[str, Text]) -> None:
    """Replace the graph's customers, purchases, interactions, contacts, subscriptions and relations by a refresh's.

    A customer whom the tables no longer know keeps identity, notes and decisions, and loses all facts. ``labels``
    says what people call the categories.
    """
    graph.write([changed(Edition.FACTS)])  # what is read while tables are replaced stands no longer than the loading
    customers = facts.read(FactName.CUSTOMER)
    graph.bulk_load("Customer", _with_forgotten(graph, customers))
    wanted = [name for name in facts.columns(FactName.PURCHASE) if name not in {"_key", "days_ago"}]
    purchases = facts.read(FactName.PURCHASE, columns=wanted, repeated=["customer_key", "category"])  # there are many
    _load_purchases(graph, purchases, labels)
    _load_interactions(graph, facts.read(FactName.INTERACTION), tables)
    _load_contacts(graph, facts.read(FactName.CONTACT), tables)
    _load_subscriptions(graph, facts, tables)
    _load_relations(graph, facts.read(FactName.RELATION))
    graph.write([put_distributions(Distributions.of(facts)), put_state(FACTS_AS_OF, str(facts.moment.as_of)),
                 changed(Edition.FACTS)])


def facts_as_of(graph: Graph) -> int | None:
    """The moment of the facts in the graph, epoch seconds; ``None`` before the first load."""
    told = state_of(graph, FACTS_AS_OF)
    return None if told is None else int(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What one run says of customers.

    Args:
        rows: ``item, customer_key, score``: the customer's own.
        run_id: The run; ``None`` where nobody knows it.
        as_of: Its moment, epoch seconds.
        now: When it becomes known to us, epoch seconds.
        live_from: From when on they are live; the run's moment where left out.
        kinds: Kinds of pattern that the run brought something of: what it does not name of them has ended.
        refused: Items of any kind that it looked at and that no longer hold.
    """

    rows: pa.Table
    run_id: RunId | None = None
    as_of: int
    now: int
    live_from: int | None = None
    kinds: Collection[PatternKind] = tuple(PatternKind)
    refused: Collection[ItemId] = ()


def load_knowledge_links(buffer: DoubleBuffer, scores: Scores, *, history: KeptLinks | None = None) -> LinkChanges:
    """Join customers to the items that a run found to hold for them, all at once, in place of earlier runs' links.

    Links to items of kinds that the run brought nothing of stay, with the run that made them. A link that was there
    before keeps its ``since``. Customers and items that the graph does not know are left out.

    Args:
        buffer: The pair of relationship tables of the graph.
        scores: What the run found.
        history: Where the links are kept for whoever asks later what was known now.

    Returns:
        Which links of earlier runs stay, and which have ended.
    """
    graph = buffer.graph
    before = graph.bulk_read(_LINKS, _LINK_COLUMNS)
    found = _found(graph, scores, before)
    is_over = _is_over(before, scores)
    kept = before.filter(pc.invert(is_over))
    links = _as_links(pa.concat_tables([kept.select(found.column_names), found]))
    check_rows(buffer.live(), links)
    if history is not None:
        live_from = scores.as_of if scores.live_from is None else scores.live_from
        history.keep(links, as_of=live_from, recorded_at=scores.now)
    buffer.replace(links)
    over = before.filter(is_over)
    ended = over.filter(pc.invert(pc.is_in(over["item"], value_set=scores.rows["item"])))
    return LinkChanges(kept=tuple(_kept(kept)), ended=tuple(_ended(ended)))


def _is_over(before: pa.Table, scores: Scores) -> pa.ChunkedArray:
    """Which earlier links the run speaks of: by kind, by item, or because it refused the item."""
    kinds = pa.array([kind.value for kind in scores.kinds], pa.string())
    spoken = pa.concat_arrays([scores.rows["item"].combine_chunks().cast(pa.string()),
                               pa.array(sorted(scores.refused), pa.string())])
    return pc.or_(pc.is_in(before["pattern_kind"], value_set=kinds), pc.is_in(before["item"], value_set=spoken))


def _kept(links: pa.Table) -> Iterator[KeptScores]:
    for row in _counted(links, "pattern_kind"):
        yield KeptScores(kind=PatternKind(row["pattern_kind"]), run_id=row["run_id"], as_of=row["as_of"],
                         scores=row["customer_key_count"])


def _ended(links: pa.Table) -> Iterator[EndedScores]:
    for row in _counted(links, "item", "pattern_kind"):
        yield EndedScores(item=ItemId(row["item"]), kind=PatternKind(row["pattern_kind"]), run_id=row["run_id"],
                          as_of=row["as_of"], scores=row["customer_key_count"])


def _counted(links: pa.Table, *by: str) -> list[dict[str, Any]]:
    """How many links there are of each, and of each run that made them."""
    counted = links.group_by([*by, *_OF_RUN]).aggregate([("customer_key", "count")])
    found: list[dict[str, Any]] = counted.sort_by([(name, "ascending") for name in (*by, *_OF_RUN)]).to_pylist()
    return found


def _found(graph: Graph, scores: Scores, before: pa.Table) -> pa.Table:
    """The scores of customers and items that the graph knows, each ``since`` it first held, with the run's name."""
    known = scores.rows
    for query, name in ((_KEYS, "customer_key"), (_ITEMS, "item")):
        there = graph.bulk_read(query, pa.schema([(name, pa.string())]))
        known = known.join(there, name, join_type="left semi")
    found = known.join(before.select([*_ENDS, "since"]), _ENDS, join_type="left outer")
    began, rows = pc.fill_null(found["since"], scores.as_of), found.num_rows
    found = found.drop_columns("since").append_column("since", began)
    for name, value, kind in (("run_id", scores.run_id, pa.string()), ("as_of", scores.as_of, pa.int64()),
                              ("recorded_at", scores.now, pa.int64())):
        found = found.append_column(name, pa.repeat(pa.scalar(value, kind), rows))
    return found


def _as_links(found: pa.Table) -> pa.Table:
    """Rows of the relationship table, in an order that does not hang on how they were joined."""
    ranked = found.sort_by([(name, "ascending") for name in _ENDS])
    return pa.table({"from": ranked["customer_key"], "to": ranked["item"], "score": ranked["score"],
                     "since": ranked["since"], "run_id": ranked["run_id"], "as_of": ranked["as_of"],
                     "valid_from": ranked["since"], "recorded_at": ranked["recorded_at"], "amount": ranked["amount"],
                     "amount_low": ranked["amount_low"], "amount_high": ranked["amount_high"],
                     "goes_with": ranked["goes_with"]})


def _with_forgotten(graph: Graph, customers: pa.Table) -> pa.Table:
    held = graph.bulk_read(_KEYS, pa.schema([customers.schema.field("customer_key")]))
    forgotten = held.filter(pc.invert(pc.is_in(held["customer_key"], value_set=customers["customer_key"])))
    return pa.concat_tables([customers, forgotten], promote_options="default")


def _load_purchases(graph: Graph, purchases: pa.Table, labels: Mapping[str, Text]) -> None:
    names = sorted(set(pc.unique(purchases["category"]).to_pylist()) | set(labels))
    texts = [labels.get(name) or Text.same(name) for name in names]
    graph.bulk_load("Category", pa.table({
        "name": pa.array(names, pa.string()),
        "label_zh": pa.array([text.zh for text in texts], pa.string()),
        "label_en": pa.array([text.en for text in texts], pa.string()),
    }))
    ends = purchases.rename_columns({"customer_key": "from", "category": "to"})
    check_rows("PURCHASED", ends)
    graph.bulk_load("PURCHASED", ends, replace=True)


def _load_interactions(graph: Graph, interactions: pa.Table, tables: TableSource) -> None:
    raw = tables["interactions"].select("interaction_id", "text", author="handled_by").to_pyarrow()
    stored = interactions.drop_columns(["days_ago", "score_share", "latest_score"])
    told = stored.rename_columns({"_key": "interaction_id"})
    nodes = told.join(raw, "interaction_id").drop_columns(["customer_key"])
    graph.bulk_load("Interaction", nodes, replace=True)
    graph.bulk_load("HAD", pa.table({"from": told["customer_key"], "to": told["interaction_id"]}), replace=True)


def _load_contacts(graph: Graph, contacts: pa.Table, tables: TableSource) -> None:
    campaigns = tables["campaigns"].select("campaign_id", "kind", "offer", "starts_at", "ends_at", "category")
    named = set(pc.unique(contacts["campaign_id"]).to_pylist())
    known = campaigns.to_pyarrow()
    unknown = sorted(named - set(known["campaign_id"].to_pylist()))
    graph.bulk_load("Campaign", known)
    graph.bulk_load("Campaign", pa.table({"campaign_id": pa.array(unknown, pa.string())}))
    ends = contacts.drop_columns(["_key"]).rename_columns({"customer_key": "from"})
    graph.bulk_load("CONTACTED", ends.append_column("to", contacts["campaign_id"]), replace=True)


def _load_subscriptions(graph: Graph, facts: FactTables, tables: TableSource) -> None:
    contracts = begun(tables["subscriptions"], facts.moment)
    amount = contracts.monthly_amount.cast("float64").round(DECIMALS)
    known = contracts.select("customer_key", "_key", "plan", "started_at", "ended_at", "ended_by",
                             monthly_amount=amount).to_pyarrow()
    ids = pc.binary_join_element_wise(known["customer_key"], known["_key"], ":")
    nodes = known.drop_columns(["customer_key", "_key"]).append_column("subscription_id", ids)
    graph.bulk_load("Subscription", nodes, replace=True)
    graph.bulk_load("SUBSCRIBED", pa.table({"from": known["customer_key"], "to": ids}), replace=True)


def _load_relations(graph: Graph, relations: pa.Table) -> None:
    led = relations.filter(pc.equal(relations["direction"], Direction.FROM.value))
    others = [key.split(":", 2)[2] for key in led["_key"].to_pylist()]  # direction:kind:customer
    graph.bulk_load("KNOWS", pa.table({"from": led["customer_key"], "to": pa.array(others, pa.string()),
                                       "kind": led["kind"]}), replace=True)
