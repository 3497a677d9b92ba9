"""The customers of a base: found by what a person types, and the knowledge map of each, now or of a past."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from api.use_cases.views import Json
from kb.curation.curation import Curation
from kb.customers import CustomerDirectory, unknown_customer
from kb.description import BaseDescription
from kb.errors import NotFound
from kb.facts.fact_cache import FactCache
from kb.facts.home_tables import HomeTables
from kb.facts.past_links import KeptLinks
from kb.graph.port import Graph
from kb.graph.version import GraphVersion, read_version
from kb.home import Home
from kb.journal.store import Journal
from kb.knowledge_map import Archive, past_map
from kb.knowledge_map import knowledge_map as assemble_map
from kb.knowledge_map.entry import ValueWords
from kb.local_ontology import LocalOntology
from ontology.rdf import knowledge_map_to_jsonld, to_trig, to_turtle
from ontology.schema import Schema

_FIND = """
    MATCH (c:Customer) WHERE c.external_id = $text OR c.external_id STARTS WITH $text OR c.name CONTAINS $text
    RETURN c.external_id AS customer_id, c.name AS name, c.order_count AS orders, c.recency_days AS recency
    ORDER BY size(c.external_id), c.external_id LIMIT $most"""


@dataclass(slots=True, kw_only=True)
class Customers:
    """The customers of one base."""

    cache: FactCache
    curation: Curation
    description: BaseDescription
    directory: CustomerDirectory
    graph: Graph
    home: Home
    journal: Journal
    ontology: LocalOntology
    tables: HomeTables
    _words: tuple[Schema, str, ValueWords] | None = field(default=None, init=False)

    def find(self, q: str, limit: int) -> list[Json]:
        """Customers whose id begins with ``q`` or whose name contains it, shortest id first."""
        return [{"customer_id": row["customer_id"], "name": row["name"], "summary": _summary(row)}
                for row in self.graph.read(_FIND, text=q, most=limit)]

    def words(self) -> ValueWords:
        """What people call the terms of the ontology and the names of the data now."""
        return self._words_under(read_version(self.graph))

    def knowledge_map(self, customer_id: str, as_of: str | None = None, known_at: str | None = None) -> Json:
        """Everything known of a customer, in three kinds.

        Args:
            customer_id: Whose map.
            as_of: What was true then, ISO 8601 or epoch seconds; a day is asked of at its end, in the base's zone.
            known_at: As it was known then; where left out, at ``as_of``: *what did we know on that day*.
        """
        key = self.directory.key_of(customer_id)
        moment = self.description.moment_at(as_of, known_at)
        try:
            if moment.known_at is None:
                return assemble_map(self.graph, self.journal, key, self._words_under, moment, memory=self.cache)
            archive = Archive(graph=self.graph, journal=self.journal, curation=self.curation,
                              links=KeptLinks(self.home.links_path), tables=self.tables.open)
            return past_map(archive, key, self.words(), moment)
        except NotFound as fault:
            raise unknown_customer(customer_id) from fault

    def written_map(self, customer_id: str, media_type: str, as_of: str | None = None,
                    known_at: str | None = None) -> str:
        """The map as JSON, JSON-LD, Turtle or TriG text."""
        shown = self.knowledge_map(customer_id, as_of, known_at)
        match media_type:
            case "application/ld+json":
                return json.dumps(knowledge_map_to_jsonld(shown), ensure_ascii=False)
            case "text/turtle":
                return to_turtle(knowledge_map_to_jsonld(shown))
            case "application/trig":
                return to_trig(knowledge_map_to_jsonld(shown))
            case _:
                return json.dumps(shown, ensure_ascii=False)

    def _words_under(self, version: GraphVersion) -> ValueWords:
        """Read anew when facts have changed."""
        schema, known = self.ontology.schema, self._words
        if known is None or known[0] is not schema or known[1] != version.facts:
            known = self._words = (schema, version.facts, ValueWords(schema, self.ontology.labels()))
        return known[2]


def _summary(row: Mapping[str, object]) -> Json:
    if not row["orders"]:
        return {"zh": "没有订单", "en": "no orders"}
    return {"zh": f"{row['orders']} 个订单，最近一次在 {row['recency']} 天前",
            "en": f"{row['orders']} orders, the last {row['recency']} days ago"}
