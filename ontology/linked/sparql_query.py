"""One SPARQL 1.1 query over one dataset: checked, answered, written in a form of the protocol.

Nothing here ends a query that runs away; whoever asks does (``kb.sparql_pool``), by ending the process.
Source: SPARQL 1.1 Query Language and SPARQL 1.1 Protocol (W3C, 2013).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO, StringIO
from itertools import islice
from typing import Any

from pyparsing import ParseException, ParseResults
from rdflib import Dataset, Graph
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.evaluate import evalQuery
from rdflib.plugins.sparql.parser import parseQuery, parseUpdate
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.results.csvresults import CSVResultSerializer
from rdflib.plugins.sparql.results.jsonresults import JSONResultSerializer
from rdflib.query import Result

from ontology.linked.writing import PREFIXES, write_turtle

JSON_RESULTS = "application/sparql-results+json"
CSV = "text/csv"
TURTLE = "text/turtle"

_FORBIDDEN = {
    "ServiceGraphPattern": "SERVICE is not allowed: it asks another server",
    "DatasetClause": "FROM and FROM NAMED are not allowed: they load another dataset",
}
_ONLY_READ = "only what is published here is asked: SELECT, ASK, CONSTRUCT and DESCRIBE without FROM and SERVICE"


class QueryFault(Exception):
    """A query that is not answered.

    Args:
        message: Why.
        hint: What to try.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAnswer:
    """What a query brought, as text of a media type."""

    media_type: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much one answer may hold: rows or triples, and bytes of its text."""

    rows: int
    bytes: int


def answer(dataset: Dataset, text: str, accepted: Iterable[str], size: Size) -> QueryAnswer:
    """The answer to a query, in the first accepted media type that its form has.

    SELECT has JSON and CSV, ASK has JSON, CONSTRUCT and DESCRIBE have Turtle; where none is accepted, the first.

    Raises:
        QueryFault: For a syntax error, a forbidden form, or an answer that is too large.
    """
    parsed = _parsed(text)
    for name in _names_in(parsed):
        if name in _FORBIDDEN:
            raise QueryFault(_FORBIDDEN[name], _ONLY_READ)
    try:
        found = evalQuery(dataset, translateQuery(parsed, initNs=dict(PREFIXES)))
        return _within(_written(found, frozenset(accepted), size), size)
    except (QueryFault, RecursionError, MemoryError):
        raise
    except Exception as fault:  # RDFLib says what is odd about a query by whatever comes to hand, bare Exception too
        msg = f"the query cannot be answered: {fault}"
        raise QueryFault(msg, "is every prefix declared, and every variable bound where it is used?") from fault


def _parsed(text: str) -> ParseResults:
    try:
        return parseQuery(text)
    except ParseException as fault:
        if _is_update(text):
            msg = "this changes data, and nothing can be changed here"
            raise QueryFault(msg, _ONLY_READ) from fault
        msg = f"line {fault.lineno}, column {fault.column}: {fault.msg}"
        raise QueryFault(msg, "see SPARQL 1.1; zk:, prov:, skos: and rdfs: are declared already") from fault


def _is_update(text: str) -> bool:
    try:
        return bool(parseUpdate(text).request)
    except ParseException:
        return False


def _names_in(part: Any) -> Iterator[str]:
    """The names of all grammar parts of a parsed query."""
    if isinstance(part, CompValue):
        yield part.name
        inner: Iterable[Any] = part.values()
    else:
        inner = part if isinstance(part, ParseResults | list | tuple | set) else ()
    for child in inner:
        yield from _names_in(child)


def _written(found: Mapping[str, Any], accepted: frozenset[str], size: Size) -> QueryAnswer:
    match found["type_"]:
        case "SELECT":
            rows = list(islice(found["bindings"], size.rows + 1))
            _require_rows(len(rows), size)
            result = Result("SELECT")
            result.vars, result.bindings = found["vars_"], rows
            is_csv = CSV in accepted and JSON_RESULTS not in accepted
            return QueryAnswer(media_type=CSV, body=_csv(result)) if is_csv else _json(result)
        case "ASK":
            result = Result("ASK")
            result.askAnswer = found["askAnswer"]
            return _json(result)
    graph: Graph = found["graph"]
    _require_rows(len(graph), size)
    return QueryAnswer(media_type=TURTLE, body=write_turtle(graph))


def _json(result: Result) -> QueryAnswer:
    text = StringIO()
    JSONResultSerializer(result).serialize(text)
    return QueryAnswer(media_type=JSON_RESULTS, body=text.getvalue())


def _csv(result: Result) -> str:
    text = BytesIO()
    CSVResultSerializer(result).serialize(text)  # type: ignore[arg-type]  # it takes any result of a SELECT
    return text.getvalue().decode()


def _require_rows(count: int, size: Size) -> None:
    if count > size.rows:
        msg = f"the answer has more than {size.rows:,} rows"
        raise QueryFault(msg, "add LIMIT and OFFSET, or narrow it")


def _within(told: QueryAnswer, size: Size) -> QueryAnswer:
    if len(told.body.encode()) > size.bytes:
        msg = f"the answer is larger than {size.bytes:,} bytes"
        raise QueryFault(msg, "add LIMIT, or ask for fewer columns")
    return told
