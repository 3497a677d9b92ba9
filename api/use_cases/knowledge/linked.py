"""Published knowledge as linked data: written whole, asked in SPARQL, brought in from a file."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from api.use_cases.knowledge.turtle import TurtleDocument, read_apart
from api.use_cases.views import Json
from kb.curation import records
from kb.curation.curation import Curation
from kb.curation.validation import ShapesReport, shapes_report
from kb.description import BaseDescription
from kb.errors import NotFound, QueryRefused, QueryTooCostly, Unavailable
from kb.graph.port import Graph
from kb.home import Home, write_owner_only
from kb.local_ontology import LocalOntology
from kb.model.codec import from_json, to_plain
from kb.model.pattern import Run
from kb.model.release import Release
from kb.sparql_pool import Busy, Published, SparqlPool, TooSlow
from ontology.linked.publishing import Publication
from ontology.linked.report import report_turtle
from ontology.linked.sparql_query import QueryAnswer, QueryFault
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus

JSON_LD, TURTLE, TRIG = "application/ld+json", "text/turtle", "application/trig"
RDF_TYPES = (JSON_LD, TURTLE, TRIG)
_TICK_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedKnowledge:
    """The linked data of one base."""

    curation: Curation
    description: BaseDescription
    graph: Graph
    home: Home
    ontology: LocalOntology
    pool: SparqlPool = field(default_factory=SparqlPool)
    _one_by_one: threading.Lock = field(default_factory=threading.Lock, init=False)

    def written(self, media_type: str, as_of: str | None = None, known_at: str | None = None) -> str:
        """What the live release publishes, as JSON-LD, Turtle or TriG; with an instant, the one that was live then."""
        past = self.description.moment_at(as_of, known_at)
        curation = self.curation
        release = curation.live() if past.known_at is None else curation.live_at(past.seen_until)
        publication = self._publication(release)
        match media_type:
            case "application/trig":
                return publication.to_trig()
            case "text/turtle":
                return publication.to_turtle()
        return json.dumps(publication.to_jsonld(), ensure_ascii=False)

    def ask(self, query: str, accepted: Sequence[str]) -> QueryAnswer:
        """The answer to a SPARQL query over what the live release publishes, with the ontology.

        Raises:
            NotFound: Before the first release.
            QueryRefused: For a syntax error, a forbidden form or an answer that is too large.
            QueryTooCostly: If its time was up.
            Unavailable: If other queries keep all places.
        """
        release = self.curation.live()
        if release is None:
            msg = Text(zh="还没有发布任何版本", en="nothing is published yet")
            raise NotFound(msg, hint=Text(zh="请先发布一个版本", en="publish a release first"))
        published = Published(key=(release.number, release.fingerprint), load=self._publication(release).to_trig)
        try:
            return self.pool.ask(published, query, accepted)
        except TooSlow as fault:
            raise QueryTooCostly(fault.message, hint=fault.hint) from fault
        except Busy as fault:
            raise Unavailable(fault.message, hint=fault.hint) from fault
        except QueryFault as fault:
            raise QueryRefused(fault.message, hint=fault.hint) from fault

    def take_in(self, text: str, author: str, still_wanted: Callable[[], None] = lambda: None) -> Json:
        """Propose the knowledge of a Turtle document and keep its words; all of it, or nothing. One at a time.

        Items that had a verdict here stay as they are and are ``known``; so do those that were mined here or
        proposed by somebody else, which are ``kept``, each with the reason.

        Args:
            text: The document.
            author: Who proposes.
            still_wanted: Raises when nobody waits any more; nothing is stored then.

        Raises:
            ShapeViolation: Naming line, shape, path, value and message of what is wrong; nothing is stored then.
            QueryTooCostly: If reading it takes too long.
        """
        while not self._one_by_one.acquire(timeout=_TICK_SECONDS):
            still_wanted()
        try:
            return self._take_in(text, author, still_wanted)
        finally:
            self._one_by_one.release()

    def _take_in(self, text: str, author: str, still_wanted: Callable[[], None]) -> Json:
        told = read_apart(TurtleDocument(
            text=text, author=author, now=int(time.time()), vocabulary=str(self.home.vocabulary_path.resolve()),
            extensions=tuple(str(path.resolve()) for path in self.home.extensions)), still_wanted)
        brought = told.brought
        proposed = self.curation.propose_by_hand(brought.items)
        if brought.words:
            write_owner_only(self.home.vocabulary_path, told.vocabulary.encode())
            self.ontology.read_again()
        return {"proposed": [item.id for item in proposed.items], "status": KnowledgeStatus.PROPOSED.value,
                "known": list(proposed.judged),
                "kept": [{"id": name, "why": to_plain(why)} for name, why in proposed.kept.items()],
                "words": {name: len(values) for name, values in brought.words.items()}}

    def validate(self) -> Json:
        """The whole base against its SHACL shapes."""
        found = self._report()
        return {"conforms": found.conforms, "checked": dict(found.checked),
                "faults": [{"shape": one.fault.shape, "id": one.key, "path": one.fault.path, "value": one.fault.value,
                            "message": one.fault.message} for one in found.found]}

    def validate_as_turtle(self) -> str:
        """The same as a SHACL validation report in Turtle."""
        return report_turtle((one.key, one.fault) for one in self._report().found)

    def close(self) -> None:
        """End the processes that answer queries."""
        self.pool.close()

    def _report(self) -> ShapesReport:
        return shapes_report(self.graph)

    def _publication(self, release: Release | None) -> Publication:
        items = () if release is None else release.items
        runs = [record["body"] for run_id in sorted({item.run_id for item in items if item.run_id})
                for record in self.graph.read(records.RUN, id=run_id)]
        said = None if release is None else {
            "number": release.number, "published_at": release.published_at, "publisher": release.publisher,
            "fingerprint": release.fingerprint}
        return Publication(release=said, items=[to_plain(item) for item in items],
                           runs=[to_plain(from_json(body, Run)) for body in runs], names=self.ontology.labels())
