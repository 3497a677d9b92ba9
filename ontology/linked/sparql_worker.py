"""The process that answers SPARQL queries: a dataset first, then a query a line, an answer a line; it can do no more.

It is started by ``kb.sparql_pool`` and ended by it. Once the dataset is read it can open no file and no
connection, and it has bounds of memory and of processor time that end it even if its owner is gone.
"""

import json
import resource
import sys
from typing import Any

from rdflib import Dataset

from ontology.linked.sparql_query import CSV, JSON_RESULTS, TURTLE, QueryFault, Size, answer
from ontology.terms import ontology_graph

_MEMORY_BYTES = 1 << 30
_DEPTH = 2_000
_WARM = {JSON_RESULTS: "SELECT ?s { ?s a zk:Run FILTER REGEX(STR(?s), 'x') }", CSV: "SELECT * { ?s a zk:Run }",
         TURTLE: "CONSTRUCT WHERE { ?s a zk:Release }"}


def main() -> None:
    """Read the dataset, then answer until the owner closes the pipe."""
    dataset = _read(json.loads(sys.stdin.readline())["trig"])
    for media_type, query in _WARM.items():
        answer(dataset, query, [media_type], Size(rows=1_000_000, bytes=1 << 30))
    _lock_in()
    _tell({"ready": len(dataset)})
    for line in sys.stdin:
        _tell(_reply(dataset, json.loads(line)))


def _read(trig: str) -> Dataset:
    """What is published, with the ontology, whose words the queries may ask for; all of it is asked together."""
    dataset = Dataset(default_union=True)
    dataset.parse(data=trig, format="trig")
    for triple in ontology_graph():
        dataset.add(triple)
    return dataset


def _lock_in() -> None:
    """From here on: no further file or socket, and no more memory than a query may need."""
    sys.setrecursionlimit(_DEPTH)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


def _reply(dataset: Dataset, asked: dict[str, Any]) -> dict[str, Any]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + int(asked["seconds"]) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
    try:
        told = answer(dataset, asked["query"], asked["accepted"], Size(**asked["size"]))
    except QueryFault as fault:
        return {"message": fault.message, "hint": fault.hint}
    except RecursionError:
        return {"message": "the query is nested too deeply", "hint": "write it with fewer brackets inside each other",
                "is_worn": True}
    except MemoryError:
        return {"message": "the query needs more memory than one query may have", "hint": "narrow it, or add LIMIT",
                "is_worn": True}
    return {"media_type": told.media_type, "body": told.body}


def _tell(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
