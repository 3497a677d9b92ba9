"""An open base: its folder, its graph, its journal and the life of its knowledge, wired together once."""

import re
import socket
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Self
from zoneinfo import ZoneInfo

from kb.curation.curation import Curation
from kb.curation.levers import StandingLevers
from kb.erasure import erased_in
from kb.errors import InvalidInput, NotFound, Unavailable
from kb.experiments.challenge import Challenges
from kb.facts.context import CategoryNames
from kb.facts.fact_cache import FactCache
from kb.facts.load import facts_as_of
from kb.facts.moment import Moment
from kb.facts.past_links import KeptLinks
from kb.facts.refresh import FactTables
from kb.graph.address import EMBEDDED, GraphAccess, place_of
from kb.graph.double_buffer import DoubleBuffer
from kb.graph.lease import Lease
from kb.graph.opening import open_graph
from kb.graph.ownership import claim_graph, describe_graph
from kb.graph.port import Graph
from kb.graph.state import put_state, state_of
from kb.graph.version import read_version
from kb.home import Base, Home, key_of, write_owner_only
from kb.ingestion.files import FileLimits
from kb.journal.projector import Projector
from kb.journal.store import Journal
from kb.knowledge_map import rehearse_map
from kb.model.ids import CustomerKey
from kb.model.pattern import iso_instant
from kb.tables.memory_limit import Memory
from kb.tables.tables import Tables, open_tables
from ontology.extension import Declared, Words, extension_turtle
from ontology.schema import Schema, load_schema
from ontology.text import Text

_WORDS = "extension"
_LEFT_OUT = Text(zh="只统计本服务作出的决策；共用此图谱的其他服务有 {count} 个，各有自己的统计。",
                 en="Only what this service decided is counted; other services that share the graph: {count}, each "
                    "with figures of its own.")
_CATCH_UP_SECONDS = 1.0
"""How long opening and closing wait for the graph to follow the journal; the next time goes on from there."""

_TABLES_TAKEN = Text(zh="数据导入、删除、时刻设定或挖掘结果装载正在进行",
                     en="an import, an erasure, another moment or the loading of mined results is under way")
_WAIT = Text(zh="请等待其结束后重试；什么都没有改变",
             en="wait until it is finished, and try again; nothing was changed")

LAST_INSTANT = 253_402_300_799
"""The last second of the year 9999: what is later has no date."""

_SHOWN = 200  # of what somebody gave as an id
_NOT_TOLD = Text.same("")
_SINCE = Text(zh="，也不能早于事实的时刻 {first}", en=" and not before the facts, {first}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ANYBODY = "MATCH (c:Customer) RETURN c.customer_key AS key ORDER BY key LIMIT 1"
_CUSTOMER_ID = "MATCH (c:Customer {customer_key: $key}) RETURN c.external_id AS external_id"


class OpenBase:
    """Everything that a use case may touch. The caller holds the home's lock."""

    def __init__(self, home: Home, access: GraphAccess | None = None, memory: Memory | None = None,
                 limits: FileLimits | None = None) -> None:
        self.home = home
        self.limits = limits or FileLimits()
        self.table_memory = memory or Memory.of_machine()
        self._access = access
        self._tables = threading.Lock()
        self.base: Base = home.base()
        self._secret = home.secret()
        self._wording = threading.Lock()
        self.journal = Journal(home.journal_path)
        self._open_graph()
        self.projector = Projector(self.journal, lambda: self.graph)
        self.memory = FactCache()
        self.take_words()
        self.projector.catch_up(_CATCH_UP_SECONDS)

    def _open_graph(self) -> None:
        self.schema: Schema = load_schema(*self.home.extensions)
        self.graph: Graph = graph_of(self.home, self.base.graph, self.schema, self._access)
        try:
            claim_graph(self.graph, self.base, self._secret)
        except BaseException:
            self.graph.close()
            raise
        self.buffer = DoubleBuffer(self.graph, self._rehearse)
        self.curation = Curation(self.graph, now=lambda: int(time.time()))
        self.levers = StandingLevers(self.graph, now=lambda: int(time.time()))
        self.challenges = Challenges(self.graph)

    def _rehearse(self, holds: str) -> None:
        version = replace(read_version(self.graph), holds=holds)
        for anybody in self.graph.read(_ANYBODY):
            rehearse_map(self.graph, anybody["key"], version)

    def take_schema(self) -> None:
        """Let the graph hold what the ontology's extension and the description say now; readers go on."""
        self.base = self.home.base()
        self.renew_words()
        self.graph.declare(self.schema)

    def renew_words(self) -> None:
        """Read the ontology's local extensions again; tables stay as they are."""
        self.schema = load_schema(*self.home.extensions)

    def describe(self, base: Base) -> None:
        """Let the base say something else of itself, in its folder and in its graph."""
        self.home.describe(base)
        describe_graph(self.graph, base, self._secret)

    @property
    def is_embedded(self) -> bool:
        """Whether the graph is this process's own, so that no other service can share it."""
        return self.base.graph == EMBEDDED

    @property
    @contextmanager
    def alone_with_tables(self) -> Iterator[None]:
        """The right to change this home's tables, which one thread at a time has.

        Raises:
            Unavailable: On entering, if another thread has it.
        """
        if not self._tables.acquire(blocking=False):
            raise Unavailable(_TABLES_TAKEN, hint=_WAIT)
        try:
            yield
        finally:
            self._tables.release()

    @property
    @contextmanager
    def ingesting(self) -> Iterator[None]:
        """The right to import, to erase, to compute facts and to take up what was mined: one at a time has it.

        Raises:
            Unavailable: On entering, if another thread or another service has it.
        """
        with self.alone_with_tables:
            if self.is_embedded:
                yield
                return
            holder = f"{self.home.path.resolve()} at {socket.gethostname()} ({self.journal.id})"
            with Lease(lambda: self.graph, "feeding", holder=holder, now=lambda: int(time.time())).holding():
                yield

    def tell_words(self, attributes: Iterable[Declared], words: Words) -> None:
        """Write the local extension of the ontology, and let other services on the graph know it."""
        told = extension_turtle(attributes, words)
        with self._wording:
            write_owner_only(self.home.extension_path, told)
            self.graph.write([put_state(_WORDS, told.decode())])

    def take_words(self) -> bool:
        """Take over the extension that another service shared; whether it was another than known here."""
        path = self.home.extension_path
        with self._wording:  # else what an import has just written here would give way to what was shared before
            told = state_of(self.graph, _WORDS)
            if told is None or (path.exists() and path.read_text(encoding="utf-8") == told):
                return False
            write_owner_only(path, told.encode())
        self.renew_words()
        return True

    @property
    def moment(self) -> Moment:
        """The moment from which everything asks *how long ago*."""
        return self.base.moment()

    @property
    def links(self) -> KeptLinks:
        """What earlier runs found to hold for whom."""
        return KeptLinks(self.home.links_path)

    def left_out(self) -> Text | None:
        """What figures of the own journal leave out, in words; ``None`` where no other service shares the graph."""
        others = read_version(self.graph).journals - {self.journal.id}
        return _LEFT_OUT.fill(count=len(others)) if others else None

    def moment_at(self, as_of: str | None, known_at: str | None) -> Moment:
        """The moment asked for on both axes (``Moment.back_to``); now where nothing is said.

        Raises:
            InvalidInput: For what is no instant.
        """
        world, known = (None if said is None else parse_instant(said, self.base.zone) for said in (as_of, known_at))
        return self.moment.back_to(world, known, clock=int(time.time()))

    def parse_as_of(self, told: str | None) -> int | None:
        """The instant that a question about *then* means, epoch seconds; ``None`` where it means now.

        It lies between the moment of the facts and the wall clock: of earlier moments the past map tells.

        Raises:
            InvalidInput: For what is no instant, or lies outside.
        """
        if told is None:
            return None
        asked, first, last = parse_instant(told, self.base.zone), facts_as_of(self.graph), int(time.time())
        if asked > last or (first is not None and asked < first):
            since = _NOT_TOLD if first is None else _SINCE.fill(first=iso_instant(first))
            msg = Text(zh=f"时刻“{told}”不可用：不能晚于现在{since.zh}",
                       en=f"moment {told!r}: expected an instant that is not to come{since.en}")
            raise InvalidInput(msg, hint=Text(zh="不填表示现在；过去的情况请用客户知识地图的 as_of 查看",
                                              en="leave it out to ask about now; a map tells of the past, with as_of"))
        return asked

    def moment_of(self, instant: int | None) -> Moment:
        """The moment at an instant; now where there is none."""
        return self.moment if instant is None else replace(self.moment, as_of=instant)

    def tables(self) -> Tables:
        """The canonical tables; close them when done.

        Raises:
            NotFound: If nothing was imported yet, or by another service that shares the graph.
        """
        try:
            return open_tables(self.home.path, self.table_memory)
        except NotFound as fault:
            raise self._imported_elsewhere(fault) from fault

    def fact_tables(self) -> FactTables:
        """The fact tables of the last refresh.

        Raises:
            NotFound: If there was none, or by another service that shares the graph.
        """
        try:
            return FactTables.open(self.home.facts_path)
        except NotFound as fault:
            raise self._imported_elsewhere(fault) from fault

    def _imported_elsewhere(self, fault: NotFound) -> NotFound:
        if facts_as_of(self.graph) is None:
            return fault
        msg = Text(zh="数据由共用此图谱的另一个服务导入，数据表在那个服务的文件夹里",
                   en="another service on this graph imported the data, and the tables are in its home")
        return NotFound(msg, hint=Text(zh="请在那里挖掘、模拟和导入；推荐、客户知识地图和审核可以在这里进行",
                                       en="mine, simulate and import there; decisions, maps and curation work here"))

    def labels(self) -> Mapping[str, Text]:
        """Words for the values that facts hold: category names above all."""
        found = self.graph.read("MATCH (k:Category) RETURN k.name AS name, k.label_zh AS zh, k.label_en AS en")
        return {row["name"]: Text(zh=row["zh"], en=row["en"]) for row in found}

    def category_names(self) -> CategoryNames:
        """The index by which words of a cart, a search or a page find their category."""
        try:
            with self.tables() as tables:
                return CategoryNames.of(tables, tables.category_labels)
        except NotFound:  # the tables are in the home of the service that imported them; categories are in the graph
            return CategoryNames.of_labels(self.labels())

    def customer_id(self, key: CustomerKey) -> str:
        """The external id behind a key; the key itself where the person was erased."""
        found = self.graph.read(_CUSTOMER_ID, key=key)
        return str(found[0]["external_id"]) if found else key

    def customer_key(self, customer_id: str) -> CustomerKey:
        """The key under which a person is known everywhere but in the graph."""
        return key_of(customer_id, self._secret)

    def erased(self) -> frozenset[str]:
        """Keys of the persons who were erased, here or by a service that shares the graph; imports leave them out."""
        return self.home.erased() | erased_in(self.graph)

    def require_customer(self, customer_id: str) -> CustomerKey:
        """The key of one customer who is known.

        Raises:
            NotFound: If the graph does not know that id.
        """
        key = self.customer_key(customer_id)
        if not self.graph.read(_CUSTOMER_ID, key=key):
            raise unknown_customer(customer_id)
        return key

    def close(self) -> None:
        """Let go of graph and journal."""
        self.projector.close(_CATCH_UP_SECONDS)
        self.journal.close()
        self.graph.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def graph_of(home: Home, url: str, schema: Schema, access: GraphAccess | None) -> Graph:
    """The graph that a URL names for a home, with the tables of a schema."""
    return open_graph(place_of(url, home.path, access), home.path / "graph", schema)


def unknown_customer(customer_id: str) -> NotFound:
    """The fault of asking about somebody who is not a customer of this base."""
    shown = customer_id if len(customer_id) <= _SHOWN else f"{customer_id[:_SHOWN]}…"
    return NotFound(Text(zh=f"没有客户 {shown!r}", en=f"unknown customer {shown!r}"), hint=Text(
        zh="用 GET /v1/customers?q= 查找", en="find one with GET /v1/customers?q="))


def parse_instant(text: str, zone: str = "UTC") -> int:
    """Epoch seconds of an ISO 8601 instant or of a number of seconds; a day stands for its last second in ``zone``.

    >>> parse_instant("1970-01-02T00:00:00Z"), parse_instant("86400"), parse_instant("1970-01-02", "Asia/Shanghai")
    (86400, 86400, 143999)

    Raises:
        InvalidInput: For anything else.
    """
    try:
        if _DAY.fullmatch(text):
            return int(datetime.fromisoformat(f"{text}T23:59:59").replace(tzinfo=ZoneInfo(zone)).timestamp())
        given = datetime.fromtimestamp(int(text), UTC) if text.isdecimal() else datetime.fromisoformat(text)
        return int((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError, OSError) as fault:
        msg = Text(zh=f"“{text}”不是一个时刻", en=f"{text!r} is not an instant")
        raise InvalidInput(msg, hint=Text(zh="例如 2018-01-01、2018-01-01T00:00:00Z，或自 1970 年起的秒数",
                                          en="for example 2018-01-01, 2018-01-01T00:00:00Z, or epoch "
                                             "seconds")) from fault

