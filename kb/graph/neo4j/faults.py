"""Faults of the driver and of the server, told in the product's words: the one place that knows their codes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConstraintError,
    DriverError,
    ForbiddenOnReadOnlyDatabase,
    Neo4jError,
    NotALeader,
    UnsupportedServerProduct,
)

from kb.errors import Conflict, GraphUnavailable, StoreFailure, ZhikeError
from kb.graph.place import GraphPlace

_CREDENTIALS = "set ZHIKE_GRAPH_USER, and ZHIKE_GRAPH_PASSWORD or ZHIKE_GRAPH_PASSWORD_FILE"
_HINTS: Mapping[str, str] = {
    "Neo.ClientError.Security.Unauthorized": _CREDENTIALS,
    "Neo.ClientError.Security.AuthenticationRateLimit": f"wait some seconds; then {_CREDENTIALS}",
    "Neo.ClientError.Security.CredentialsExpired": "give the user a new password on the server first",
    "Neo.ClientError.Security.Forbidden": "give the user the right to read, write and declare constraints",
    "Neo.ClientError.Database.DatabaseNotFound": "name another after the port in ZHIKE_GRAPH, or create it",
}
_READ_ONLY = (ForbiddenOnReadOnlyDatabase, NotALeader)


@contextmanager
def translated(place: GraphPlace) -> Iterator[None]:
    """Raise what the driver reports as a fault of the product."""
    try:
        yield
    except (DriverError, Neo4jError) as fault:
        raise told(fault, place) from fault


def told(fault: DriverError | Neo4jError, place: GraphPlace) -> ZhikeError:
    """The fault in the product's words.

    >>> told(DriverError("no answer"), GraphPlace(server="bolt://db:7687")).message
    'Neo4j at bolt://db:7687 cannot be reached or cannot serve now: no answer'
    """
    where, why = f"Neo4j at {place.server}", _first_line(fault)
    match fault:
        case ConstraintError():
            return Conflict("a record with this key is already in the graph", hint="read it first")
        case AuthError():
            reason = why if place.access.password else "no password was given"
            return StoreFailure(f"{where} does not let the user '{place.access.user}' in: {reason}",
                                hint=_HINTS.get(str(fault.code), _CREDENTIALS), retryable=False)
        case UnsupportedServerProduct():
            return wrong_version(place, why)
        case _ if isinstance(fault, _READ_ONLY):
            return GraphUnavailable(f"{where} is read-only now: {why}", hint="wait until it takes writes again")
        case ClientError() if not fault.is_retryable():
            return StoreFailure(f"{where} refused: {why}", hint=_HINTS.get(str(fault.code), ""), retryable=False)
    return GraphUnavailable(f"{where} cannot be reached or cannot serve now: {why}",
                            hint="is it running, and is ZHIKE_GRAPH its address? with TLS the scheme ends in +s")


def wrong_version(place: GraphPlace, found: str) -> StoreFailure:
    """The fault of a server that this product does not work with."""
    return StoreFailure(f"{place.server} is not a Neo4j 5 or later: {found}", retryable=False,
                        hint="Zhike works with Neo4j 5; 5.26 is the long-term version")


def _first_line(fault: DriverError | Neo4jError) -> str:
    text = fault.message if isinstance(fault, Neo4jError) else str(fault)
    return text.splitlines()[0] if text else type(fault).__name__
