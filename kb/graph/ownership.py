"""To which base a graph belongs: its node ``State`` named ``base`` tells that base from every other by the secret."""

import hashlib
import hmac
from dataclasses import dataclass, replace

from kb.errors import Conflict
from kb.graph.address import EMBEDDED
from kb.graph.port import Graph, Statement
from kb.graph.state import put_state, state_of
from kb.home import Base
from kb.model.codec import from_json, to_json
from ontology.text import Text

_STATE = "base"
_FINGERPRINT_HEX_DIGITS = 16
_TAKE = "MERGE (s:State {name: $name}) ON CREATE SET s.value = $value RETURN s.value AS value"


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphOwnership:
    """What a graph says of its base.

    Args:
        fingerprint: Of the base's secret.
        base: What it says of itself, without the place of its graph.
    """

    fingerprint: str
    base: Base


def claim_graph(graph: Graph, base: Base, secret: bytes) -> GraphOwnership:
    """Make a graph that is nobody's the base's own; what the graph says of its base.

    Raises:
        Conflict: If it belongs to another base; nothing was written.
    """
    found = belonging_of(graph) or _taken(graph, _said(base, secret))
    if found.fingerprint != fingerprint_of(secret):
        msg = Text(zh=f"图谱属于另一个知识库“{found.base.name.zh}”，它的密钥不同",
                   en=f"the graph belongs to another base, '{found.base.name.en}', which has another secret")
        raise Conflict(msg, hint=Text(zh="请在 ZHIKE_GRAPH 中指定另一个图谱或命名空间",
                                      en="name another graph or another namespace in ZHIKE_GRAPH"))
    return found


def describe_graph(graph: Graph, base: Base, secret: bytes) -> None:
    """Write into the graph what its base says of itself now."""
    graph.write([put_state(_STATE, to_json(_said(base, secret)))])


def belonging_of(graph: Graph) -> GraphOwnership | None:
    """What a graph says of its base; ``None`` where it is nobody's."""
    told = state_of(graph, _STATE)
    return None if told is None else from_json(told, GraphOwnership)


def fingerprint_of(secret: bytes) -> str:
    """What tells a secret from others without telling it.

    >>> fingerprint_of(b"one") == fingerprint_of(b"other"), len(fingerprint_of(b"one"))
    (False, 16)
    """
    return hmac.new(secret, b"zhike base", hashlib.sha256).hexdigest()[:_FINGERPRINT_HEX_DIGITS]


def _said(base: Base, secret: bytes) -> GraphOwnership:
    return GraphOwnership(fingerprint=fingerprint_of(secret), base=replace(base, graph=EMBEDDED))


def _taken(graph: Graph, said: GraphOwnership) -> GraphOwnership:
    """Whoever comes first, of several processes, has taken it."""
    [[found]] = graph.write([Statement(_TAKE, {"name": _STATE, "value": to_json(said)})])
    return from_json(found["value"], GraphOwnership)
