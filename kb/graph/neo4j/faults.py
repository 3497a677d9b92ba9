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

from kb.errors import GraphUnavailable, StoreFailure, ZhikeError
from kb.graph.address import GraphAddress
from kb.graph.port import key_taken
from ontology.text import Text

_CREDENTIALS = Text(zh="请设置 ZHIKE_GRAPH_USER，以及 ZHIKE_GRAPH_PASSWORD 或 ZHIKE_GRAPH_PASSWORD_FILE",
                    en="set ZHIKE_GRAPH_USER, and ZHIKE_GRAPH_PASSWORD or ZHIKE_GRAPH_PASSWORD_FILE")
_HINTS: Mapping[str, Text] = {
    "Neo.ClientError.Security.Unauthorized": _CREDENTIALS,
    "Neo.ClientError.Security.AuthenticationRateLimit": Text(
        zh="请等几秒；然后{what}", en="wait some seconds; then {what}").fill(what=_CREDENTIALS),
    "Neo.ClientError.Security.CredentialsExpired": Text(
        zh="请先在服务器上给该用户设置新密码", en="give the user a new password on the server first"),
    "Neo.ClientError.Security.Forbidden": Text(
        zh="请授予该用户读、写和声明约束的权限", en="give the user the right to read, write and declare constraints"),
    "Neo.ClientError.Database.DatabaseNotFound": Text(
        zh="请在 ZHIKE_GRAPH 的端口后写另一个数据库名，或新建它",
        en="name another after the port in ZHIKE_GRAPH, or create it"),
}
_NOT_THERE = Text(zh="它在运行吗？ZHIKE_GRAPH 是它的地址吗？使用 TLS 时协议以 +s 结尾",
                  en="is it running, and is ZHIKE_GRAPH its address? with TLS the scheme ends in +s")
_READ_ONLY = (ForbiddenOnReadOnlyDatabase, NotALeader)


@contextmanager
def translated(place: GraphAddress) -> Iterator[None]:
    """Raise what the driver reports as a fault of the product."""
    try:
        yield
    except (DriverError, Neo4jError) as fault:
        raise fault_of(fault, place) from fault


def fault_of(fault: DriverError | Neo4jError, place: GraphAddress) -> ZhikeError:
    """The fault in the product's words.

    >>> fault_of(DriverError("no answer"), GraphAddress(server="bolt://db:7687")).message
    'Neo4j at bolt://db:7687 cannot be reached or cannot serve now: no answer'
    """
    where, why = f"Neo4j at {place.server}", _first_line(fault)
    match fault:
        case ConstraintError():
            return key_taken()
        case AuthError():
            reason = why if place.access.password else "no password was given"
            msg = Text(zh=f"{where} 拒绝用户“{place.access.user}”登录：{reason}",
                       en=f"{where} does not let the user '{place.access.user}' in: {reason}")
            return StoreFailure(msg, hint=_HINTS.get(str(fault.code), _CREDENTIALS), retryable=False)
        case UnsupportedServerProduct():
            return wrong_version(place, why)
        case _ if isinstance(fault, _READ_ONLY):
            msg = Text(zh=f"{where} 目前只读：{why}", en=f"{where} is read-only now: {why}")
            return GraphUnavailable(msg, hint=Text(zh="请等它恢复写入", en="wait until it takes writes again"))
        case ClientError() if not fault.is_retryable():
            msg = Text(zh=f"{where} 拒绝了操作：{why}", en=f"{where} refused: {why}")
            return StoreFailure(msg, hint=_HINTS.get(str(fault.code), ""), retryable=False)
    msg = Text(zh=f"{where} 无法连接，或暂时不能服务：{why}",
               en=f"{where} cannot be reached or cannot serve now: {why}")
    return GraphUnavailable(msg, hint=_NOT_THERE)


def wrong_version(place: GraphAddress, found: str) -> StoreFailure:
    """The fault of a server that this product does not work with."""
    msg = Text(zh=f"{place.server} 不是 Neo4j 5 或更新版本：{found}",
               en=f"{place.server} is not a Neo4j 5 or later: {found}")
    return StoreFailure(msg, retryable=False, hint=Text(zh="知客支持 Neo4j 5；5.26 是长期支持版本",
                                                        en="Zhike works with Neo4j 5; 5.26 is the long-term version"))


def _first_line(fault: DriverError | Neo4jError) -> str:
    text = fault.message if isinstance(fault, Neo4jError) else str(fault)
    return text.splitlines()[0] if text else type(fault).__name__
