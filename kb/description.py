"""What an open base says of itself, and the clock that its questions are asked of."""

import time
from dataclasses import replace

from kb.errors import InvalidInput
from kb.facts.load import facts_as_of
from kb.facts.moment import Moment, parse_instant
from kb.graph.ownership import describe_graph
from kb.graph.port import Graph
from kb.home import Base, Home
from kb.model.pattern import iso_instant
from ontology.text import Text

_NOT_TOLD = Text.same("")
_SINCE = Text(zh="，也不能早于事实的时刻 {first}", en=" and not before the facts, {first}")
_NOT_USABLE = Text(zh="时刻“{given}”不可用：不能晚于现在{since}",
                   en="moment {given!r}: expected an instant that is not to come{since}")
_NOW_OR_MAP = Text(zh="不填表示现在；过去的情况请用客户知识地图的 as_of 查看",
                   en="leave it out to ask about now; a map tells of the past, with as_of")


class BaseDescription:
    """The description of one base, in its folder and in its graph."""

    def __init__(self, home: Home, graph: Graph) -> None:
        self._home = home
        self._graph = graph
        self.base: Base = home.base()

    def change(self, base: Base) -> None:
        """Let the base say something else of itself."""
        self._home.describe(base)
        describe_graph(self._graph, base, self._home.secret())
        self.base = base

    @property
    def moment(self) -> Moment:
        """The moment from which everything asks *how long ago*."""
        return self.base.moment()

    def moment_at(self, as_of: str | None, known_at: str | None) -> Moment:
        """The moment asked for on both axes (``Moment.back_to``); now where nothing is said.

        Raises:
            InvalidInput: For what is no instant.
        """
        world, known = (None if said is None else parse_instant(said, self.base.zone) for said in (as_of, known_at))
        return self.moment.back_to(world, known, clock=int(time.time()))

    def moment_of(self, instant: int | None) -> Moment:
        """The moment at an instant; now where there is none."""
        return self.moment if instant is None else replace(self.moment, as_of=instant)

    def instant_of(self, given: str | None) -> int | None:
        """The instant that a question about *then* means, epoch seconds; ``None`` where it means now.

        It lies between the moment of the facts and the wall clock: of earlier moments the past map tells.

        Raises:
            InvalidInput: For what is no instant, or lies outside.
        """
        if given is None:
            return None
        instant, first, last = parse_instant(given, self.base.zone), facts_as_of(self._graph), int(time.time())
        if instant > last or (first is not None and instant < first):
            since = _NOT_TOLD if first is None else _SINCE.fill(first=iso_instant(first))
            raise InvalidInput(_NOT_USABLE.fill(given=given, since=since), hint=_NOW_OR_MAP)
        return instant
