"""A real graph with somebody listening: what it is asked is noted, and answered as ever."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kb.graph.port import Graph

_ASKING = ("read", "bulk_read")


@contextmanager
def overhearing(graph: Graph) -> Iterator[list[str]]:
    """The queries that ``graph`` answers meanwhile, each as often as it is asked, of whatever thread."""
    asked: list[str] = []
    noting = threading.Lock()

    def note(*queries: str) -> None:
        with noting:
            asked.extend(queries)

    before = {name: getattr(graph, name) for name in (*_ASKING, "snapshot")}

    def listening(name: str) -> Any:
        def ask(query: str, /, *more: Any, **parameters: Any) -> Any:
            note(query)
            return before[name](query, *more, **parameters)

        return ask

    def snapshot(queries: Mapping[str, str], /, **parameters: Any) -> Any:
        note(*queries.values())
        return before["snapshot"](queries, **parameters)

    heard = {name: listening(name) for name in _ASKING} | {"snapshot": snapshot}
    for name, method in heard.items():
        setattr(graph, name, method)
    try:
        yield asked
    finally:
        for name in heard:
            delattr(graph, name)
