"""The tables in the home of a base: the canonical ones, and those of the facts; who shares a graph may have none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kb.errors import NotFound
from kb.facts.context import CategoryNames
from kb.facts.load import facts_as_of
from kb.facts.refresh import FactTables
from kb.graph.port import Graph
from kb.home import Home
from kb.tables.memory_limit import Memory
from kb.tables.tables import Tables, open_tables
from ontology.text import Text

_ELSEWHERE = Text(zh="数据由共用此图谱的另一个服务导入，数据表在那个服务的文件夹里",
                  en="another service on this graph imported the data, and the tables are in its home")
_ASK_THERE = Text(zh="请在那里挖掘、模拟和导入；推荐、客户知识地图和审核可以在这里进行",
                  en="mine, simulate and import there; decisions, maps and curation work here")


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeTables:
    """The tables of one base.

    Args:
        home: Where they are.
        graph: Tells whether another service imported them.
        memory: The most that work on them may take.
    """

    home: Home
    graph: Graph
    memory: Memory

    def open(self) -> Tables:
        """The canonical tables; close them when done.

        Raises:
            NotFound: If nothing was imported yet, or by another service that shares the graph.
        """
        try:
            return open_tables(self.home.path, self.memory)
        except NotFound as fault:
            raise self._imported_elsewhere(fault) from fault

    def facts(self) -> FactTables:
        """The fact tables of the last refresh.

        Raises:
            NotFound: If there was none, or by another service that shares the graph.
        """
        try:
            return FactTables.open(self.home.facts_path)
        except NotFound as fault:
            raise self._imported_elsewhere(fault) from fault

    def category_names(self, labels: Callable[[], Mapping[str, Text]]) -> CategoryNames:
        """The index by which words of a cart, a search or a page find their category.

        Args:
            labels: Those of the categories in the graph, for where the tables are in another service's home.
        """
        try:
            with self.open() as tables:
                return CategoryNames.of(tables, tables.category_labels)
        except NotFound:
            return CategoryNames.of_labels(labels())

    def _imported_elsewhere(self, fault: NotFound) -> NotFound:
        return fault if facts_as_of(self.graph) is None else NotFound(_ELSEWHERE, hint=_ASK_THERE)
