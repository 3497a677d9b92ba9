"""Where a base's graph is, and how to get in.

::

    ladybug:                                                     the embedded one, in the base's own folder
    bolt|neo4j[+s|+ssc]://host[:port][/database][?namespace=NAME]

With a namespace several bases live in one database: every label and relationship type begins with it. ``{home}`` in a
namespace stands for a digest of the base's folder.
"""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

from kb.errors import InvalidInput

EMBEDDED = "ladybug:"
_SCHEMES = frozenset(scheme + safety for scheme in ("bolt", "neo4j") for safety in ("", "+s", "+ssc"))
_NAMESPACE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIGEST_HEX_DIGITS = 12
_DEFAULT_PORT = 7687
_FORM = "ladybug: or bolt|neo4j[+s|+ssc]://host[:port][/database][?namespace=NAME]"


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphAccess:
    """How to get into a graph server; nothing of it is kept with the base.

    Args:
        pool_size: Connections at most, [1, inf).
        connect_seconds: How long to wait for a connection, and for a free one of the pool.
        retry_seconds: How long a transaction that failed for a passing reason is tried again.
    """

    user: str = "neo4j"
    password: str = field(default="", repr=False)
    pool_size: int = 50
    connect_seconds: float = 5.0
    retry_seconds: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphAddress:
    """One graph of one engine.

    Args:
        server: ``scheme://host:port``; empty for the embedded engine.
        database: The server's database; empty is its default one.
        namespace: What every label begins with; empty is nothing.
    """

    server: str = ""
    database: str = ""
    namespace: str = ""
    access: GraphAccess = GraphAccess()

    @property
    def is_embedded(self) -> bool:
        """Whether the graph is a file of the base's folder."""
        return not self.server


def place_of(url: str, home: Path, access: GraphAccess | None = None) -> GraphAddress:
    """The place that a URL names for the base in ``home``.

    >>> place_of("neo4j+s://graph.example/shop?namespace=east", Path(".")).server
    'neo4j+s://graph.example:7687'
    >>> place_of("ladybug:", Path(".")).is_embedded
    True

    Raises:
        InvalidInput: If it is not such a URL, or holds a password.
    """
    if url == EMBEDDED:
        return GraphAddress()
    parts = _split(url)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    namespace = given.pop("namespace", "").replace("{home}", _digest(home))
    if given or "/" in parts.path.strip("/") or (namespace and not _NAMESPACE.fullmatch(namespace)):
        msg = f"ZHIKE_GRAPH={url} names no graph; expected {_FORM}"
        raise InvalidInput(msg, hint="a namespace has letters, digits, - and _; other parameters are not known")
    return GraphAddress(server=f"{parts.scheme}://{_host(parts)}:{parts.port or _DEFAULT_PORT}",
                        database=parts.path.strip("/"), namespace=namespace, access=access or GraphAccess())


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_complete = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_complete = False
    if not is_complete:
        msg = f"ZHIKE_GRAPH={_without_password(url)} names no graph; expected {_FORM}"
        raise InvalidInput(msg, hint="for example bolt://localhost:7687")
    if "@" in parts.netloc:
        msg = "ZHIKE_GRAPH holds a user or a password"
        raise InvalidInput(msg, hint="set ZHIKE_GRAPH_USER, and ZHIKE_GRAPH_PASSWORD or ZHIKE_GRAPH_PASSWORD_FILE")
    return parts


def _without_password(url: str) -> str:
    """The URL as it may be shown.

    >>> _without_password("http://me:secret@host")
    'http://…@host'
    """
    return re.sub(r"//.*@", "//…@", url)


def _host(parts: SplitResult) -> str:
    host = str(parts.hostname)
    return f"[{host}]" if ":" in host else host


def _digest(home: Path) -> str:
    return hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:_DIGEST_HEX_DIGITS]
