"""The read side: canonical tables as Ibis tables on DuckDB, over the snapshots that the catalog names."""

from collections.abc import Mapping
from contextlib import ExitStack
from functools import cached_property, reduce
from pathlib import Path
from types import TracebackType
from typing import Self

import ibis

from kb.errors import NotFound
from kb.ingestion.files import Connection
from kb.ingestion.mapping.declaration import Attribute, Category
from kb.model.canonical import digest
from kb.model.ids import Digest
from kb.model.pattern import Dataset
from kb.tables.canonical import CANONICAL, STORED
from kb.tables.catalog import Catalog, Snapshot, read_catalog
from kb.tables.memory_limit import Memory
from ontology.text import Text


class Tables:
    """The canonical tables by name; close it when done. Not for use by several threads at once.

    Used as a context, what is done within and needs more memory than is allowed ends as ``Memory.engine`` says.

    Where several mappings fill one table, its rows stand together; a customer whom several describe is one row,
    with the first known value in the order of the mappings' names.
    """

    def __init__(self, home: Path, catalog: Catalog, memory: Memory) -> None:
        self._home = home
        self._catalog = catalog
        self._open = ExitStack()
        self._con: Connection = self._open.enter_context(memory.engine(home))
        self._opened: dict[str, ibis.Table] = {}
        self.zone = catalog.zone
        self.currency = catalog.currency
        self.last_instant = max((c.last_instant for c in catalog.contributions if c.tells_moment), default=None)
        """The moment of the data, epoch seconds; ``None`` where no mapping tells it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._open.__exit__(kind, fault, trace)

    def close(self) -> None:
        """Let go of the connection."""
        self._open.close()

    def __getitem__(self, name: str) -> ibis.Table:
        """The canonical table ``name``; one that no mapping fills is empty, never missing.

        Raises:
            NotFound: If no canonical table has that name.
        """
        if name not in CANONICAL:
            msg = f"unknown table {name!r}"
            raise NotFound(msg, hint="known: " + ", ".join(CANONICAL))
        if name not in self._opened:
            self._opened[name] = self._read(name)
        return self._opened[name]

    def has(self, name: str) -> bool:
        """Whether the table has rows."""
        return any(snapshot.rows for snapshot in self._snapshots(name))

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """The snapshots behind the tables that have rows, one for each table, sorted by name."""
        return tuple(Dataset(name=name, digest=_digest_of(self._snapshots(name)))
                     for name in sorted(CANONICAL) if self.has(name))

    @property
    def mappings(self) -> Mapping[str, Digest]:
        """The digest of each mapping whose rows the tables hold, as it was when they were imported."""
        held = {given.mapping for given in self._catalog.contributions}
        return {record.mapping: record.mapping_digest for record in self._catalog.imports if record.mapping in held}

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The customer attributes that mappings declare, sorted by name."""
        declared = {a.name: a for given in reversed(self._catalog.contributions) for a in given.attributes}
        return tuple(declared[name] for name in sorted(declared))

    @property
    def words(self) -> Mapping[str, Mapping[str, Text]]:
        """Words for values of canonical columns, by column and value; where mappings differ, the first one's."""
        words: dict[str, dict[str, Text]] = {}
        for given in reversed(self._catalog.contributions):
            for column, values in given.words.items():
                words.setdefault(column, {}).update(values)
        return words

    @cached_property
    def category_labels(self) -> Mapping[str, Text]:
        """Words for every category of a product: the mapping's own; without them the product's name, or its code."""
        found = {name: Text.same(_readable(product or name)) for name, product in self._categories}
        return found | {name: category.labels for name, category in self._stated.items()}

    @cached_property
    def offerable(self) -> frozenset[str]:
        """The categories that may be mined for and recommended: all but those which a mapping rules out."""
        return frozenset(name for name, _ in self._categories) - self.ruled_out

    @cached_property
    def ruled_out(self) -> frozenset[str]:
        """The categories that a mapping says are not to be offered, with products or without."""
        return frozenset(name for name, category in self._stated.items() if not category.offer)

    @cached_property
    def _stated(self) -> dict[str, Category]:
        return {c.name: c for given in reversed(self._catalog.contributions) for c in given.categories}

    @cached_property
    def _categories(self) -> tuple[tuple[str, str | None], ...]:
        """Each category, and the name of its product where the product is a category of its own."""
        products = self["products"].filter(lambda t: t.category.notnull())
        own = ibis.ifelse(products.category == products.product_id, products.name, None)
        found = products.group_by("category").aggregate(product=own.max()).order_by("category").to_pyarrow().to_pylist()
        return tuple((row["category"], row["product"]) for row in found)

    def _read(self, name: str) -> ibis.Table:
        schema = dict(CANONICAL[name].schema)
        if name == "customers":
            schema |= {attribute.name: STORED[attribute.type] for attribute in self.attributes}
        parts = [self._part(snapshot, schema) for snapshot in self._snapshots(name)]
        if not parts:
            return self._con.create_table(name, schema=ibis.schema(schema), temp=True)
        return _merged(parts) if name == "customers" and len(parts) > 1 else reduce(lambda a, b: a.union(b), parts)

    def _part(self, snapshot: Snapshot, schema: Mapping[str, object]) -> ibis.Table:
        rows = self._con.read_parquet(self._home / snapshot.path)
        return rows.select(**{column: rows[column] if column in rows.columns else ibis.null(kind)
                              for column, kind in schema.items()})

    def _snapshots(self, name: str) -> tuple[Snapshot, ...]:
        return tuple(given.tables[name] for given in self._catalog.contributions if name in given.tables)


def open_tables(home: Path, memory: Memory | None = None) -> Tables:
    """The tables of the base at ``home`` as they are now.

    Args:
        home: The base's folder.
        memory: The most that work on them may take; ``None``: as ``Memory.of_machine`` says.

    Raises:
        NotFound: If nothing was imported yet.
    """
    catalog = read_catalog(home)
    if catalog is None:
        msg = f"no data was imported into {home} yet"
        raise NotFound(msg, hint="run `zhike import MAPPING`")
    return Tables(home, catalog, memory or Memory.of_machine())


def _digest_of(snapshots: tuple[Snapshot, ...]) -> Digest:
    """A single snapshot's own digest, which `sha256sum` of the file shows; of several, that of their digests."""
    return snapshots[0].digest if len(snapshots) == 1 else digest([snapshot.digest for snapshot in snapshots])


def _merged(parts: list[ibis.Table]) -> ibis.Table:
    """One row a customer: the first known value, in the order of the parts."""
    ranked = reduce(lambda a, b: a.union(b), (part.mutate(_part=ibis.literal(i)) for i, part in enumerate(parts)))
    return ranked.group_by("customer_key").aggregate(**{
        name: ranked[name].first(order_by="_part") for name in parts[0].columns if name != "customer_key"})


def _readable(name: str) -> str:
    """Capitals made readable.

    >>> _readable("WHITE METAL LANTERN"), _readable("Gift voucher")
    ('White metal lantern', 'Gift voucher')
    """
    return name.capitalize() if name.isupper() else name
