"""The process that writes the new file of a graph: it has heard of nothing but what stays.

A process that has read a deleted record may write it again where the engine writes memory as it finds it
(``kb.graph.zeroed_memory``); this one cannot.

Its arguments are the path of the new file and the bytes of its buffer pool. Of the requests, ``query`` is run, on the
rows of the Arrow file ``rows`` where one is named, and answered by its first column, or by ``fault``. The last
request closes the file.
"""

import sys
from contextlib import closing
from typing import Any

import ladybug
import pyarrow as pa

from kb.child_process import Answers, requests


def main(path: str, buffer_pool_bytes: str) -> None:
    """Answer until the parent has no more requests, or has gone."""
    answers = Answers.to_the_parent()
    with closing(ladybug.Database(path, buffer_pool_size=int(buffer_pool_bytes))) as database:
        for request in requests():
            if not request:
                break
            answers.tell(_answer(database, **request))
    answers.tell({})


def _answer(database: Any, query: str, rows: str | None = None) -> dict[str, Any]:
    parameters = {} if rows is None else {"rows": _read(rows)}
    try:
        with (closing(ladybug.Connection(database, num_threads=1)) as connection,  # it keeps what it loaded from
              connection.execute(query, parameters) as result):
            return {"values": [row[0] for row in result.get_all()]}
    except RuntimeError as fault:
        return {"fault": str(fault)}


def _read(path: str) -> pa.Table:
    with pa.memory_map(path) as file:
        return pa.ipc.open_file(file).read_all()


if __name__ == "__main__":
    main(*sys.argv[1:])
