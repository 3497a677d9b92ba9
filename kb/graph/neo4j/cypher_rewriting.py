"""Query texts as they are written, made into what a Neo4j that many bases and many processes share is asked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from kb.errors import StoreFailure
from kb.graph.double_buffer import TWINS, on_table
from ontology.schema import NodeTable, RelTable, Schema
from ontology.text import Text

_SECOND = "~2"
_LABELS = re.compile(r"([(\[]\s*\w*\s*:\s*)(`?\w+`?(?:\s*[|:&]\s*`?\w+`?)*)")
_LABEL = re.compile(r"`?(\w+)`?")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_NESTED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_AFTER_COLUMNS = re.compile(r"\b(?:ORDER\s+BY|SKIP|LIMIT)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreNames:
    """What the schema's tables are called in the store.

    A relationship table has two names there, which take turns: it is filled anew under the one that is out of turn.

    Args:
        tables: Every table of the schema.
        namespace: What the names begin with; empty is nothing.
        turned: Relationship tables that stand under their second name.
        live: The table that ``HOLDS`` stands for.
    """

    tables: frozenset[str]
    namespace: str = ""
    turned: frozenset[str] = frozenset()
    live: str = TWINS[0]

    def stored(self, table: str) -> str:
        """The name in the store, quoted.

        >>> StoreNames(tables=frozenset(), namespace="east", turned=frozenset({"KNOWS"})).stored("KNOWS")
        '`east.KNOWS~2`'
        """
        prefix = f"{self.namespace}." if self.namespace else ""
        return f"`{prefix}{table}{_SECOND if table in self.turned else ''}`"

    def turning(self, table: str) -> "StoreNames":
        """The names once ``table`` stands under its other one."""
        return replace(self, turned=self.turned ^ {table})


@lru_cache(maxsize=2_048)
def stored_text(text: str, names: StoreNames) -> str:
    """The query with every table under its name in the store.

    >>> names = StoreNames(tables=frozenset({"Customer", "HAD"}), namespace="east")
    >>> stored_text("MATCH (c:Customer {name: $name})-[:HAD]->(x) RETURN c.name AS name", names)
    'MATCH (c:`east.Customer` {name: $name})-[:`east.HAD`]->(x) RETURN c.name AS name'

    Raises:
        StoreFailure: If it names a table that the ontology does not declare.
    """
    def stored(found: re.Match[str]) -> str:
        table = on_table(found[1], names.live)
        if table not in names.tables:
            msg = Text(zh=f"图谱拒绝了操作：本体没有声明表 {table}",
                       en=f"the graph refused: the ontology declares no table {table}")
            raise StoreFailure(msg, retryable=False)
        return names.stored(table)

    return _LABELS.sub(lambda found: found[1] + _LABEL.sub(stored, found[2]), text)


@lru_cache(maxsize=2_048)
def columns_of(text: str) -> tuple[str, ...]:
    """The columns that a query returns.

    >>> columns_of("MATCH (c:Customer) RETURN c.name AS name, collect({a: 1, b: 2}) AS pairs ORDER BY name LIMIT 3")
    ('name', 'pairs')
    """
    flat = _QUOTED.sub("", text)
    while (flatter := _NESTED.sub("", flat)) != flat:
        flat = flatter
    returned = _AFTER_COLUMNS.split(re.split(r"\bRETURN\b", flat)[-1])[0]
    return tuple(column.split()[-1] for column in returned.split(",") if column.split())


@dataclass(frozen=True, slots=True)
class CombinedQuery:
    """Several queries in one text, one way to the server and back.

    Args:
        text: Returns ``query``, the name of one, and ``rows``, some of its rows; the queries are answered in order.
        columns: What each query returns, by its name.
    """

    text: str
    columns: Mapping[str, tuple[str, ...]]


def reading_of(queries: Mapping[str, str], names: StoreNames, *, are_gathered: bool) -> CombinedQuery:
    """Queries by name as one.

    >>> print(reading_of({"one": "RETURN 1 AS a", "two": "RETURN 2 AS b, 3 AS c"}, StoreNames(tables=frozenset()),
    ...                  are_gathered=False).text)
    CALL { RETURN 1 AS a } RETURN 'one' AS query, [[a]] AS rows
    UNION ALL
    CALL { RETURN 2 AS b, 3 AS c } RETURN 'two' AS query, [[b, c]] AS rows

    Args:
        queries: Each gives its columns names; their own names are words of the code.
        names: What the tables are called in the store.
        are_gathered: All rows of a query come as one record, in a third of the time, and are held by the server at
            once; else each row comes by itself.
    """
    row = "collect([{}])" if are_gathered else "[[{}]]"
    columns = {name: columns_of(text) for name, text in queries.items()}
    text = "\nUNION ALL\n".join(
        f"CALL {{ {stored_text(query, names).strip()} }} RETURN '{name}' AS query,"
        f" {row.format(', '.join(columns[name]))} AS rows" for name, query in queries.items())
    return CombinedQuery(text, columns)


def named_in(text: str, parameters: Mapping[str, object]) -> dict[str, object]:
    """The parameters that a text names.

    >>> named_in("RETURN $a AS a, $ab AS ab", {"a": 1, "ab": 2, "b": 3})
    {'a': 1, 'ab': 2}
    """
    named = set(re.findall(r"\$(\w+)", text))
    return {name: value for name, value in parameters.items() if name in named}


def upsert(table: NodeTable, given: Sequence[str]) -> str:
    """Node rows from the lists ``$c0``, ``$c1``, ... of the given columns, by key, which comes first.

    >>> upsert(NodeTable(name="State", key="name", columns={}), ["name", "value"])
    'UNWIND range(0, size($c0) - 1) AS i MERGE (n:State {`name`: $c0[i]}) SET n += {`value`: $c1[i]}'
    """
    head = f"UNWIND range(0, size($c0) - 1) AS i MERGE (n:{table.name} {{`{table.key}`: $c0[i]}})"
    return f"{head} SET n += {_values(given, first=1)}" if len(given) > 1 else head


def append(table: RelTable, schema: Schema, given: Sequence[str]) -> str:
    """Relationships from the lists ``$c0`` and ``$c1`` of their ends' keys and those of the other given columns.

    Returns:
        A text that returns how many were ``joined``; one whose end is not there is left out.
    """
    keys = {node.name: node.key for node in schema.nodes}
    return (f"UNWIND range(0, size($c0) - 1) AS i MATCH (a:{table.source} {{`{keys[table.source]}`: $c0[i]}})"
            f" MATCH (b:{table.target} {{`{keys[table.target]}`: $c1[i]}})"
            f" CREATE (a)-[r:{table.name} {_values(given, first=2)}]->(b) RETURN count(r) AS joined")


TURN = """
    MATCH (g:{storage} {one})
    SET g.turned = CASE WHEN $table IN g.turned THEN [t IN g.turned WHERE t <> $table] ELSE g.turned + [$table] END"""
"""The two names of a relationship table take turns."""


def _values(given: Sequence[str], *, first: int) -> str:
    pairs = (f"`{name}`: $c{number}[i]" for number, name in enumerate(given) if number >= first)
    return f"{{{', '.join(pairs)}}}"
