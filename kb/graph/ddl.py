"""Ladybug's declarations of the schema's tables."""

from collections.abc import Iterator, Mapping

from ontology.schema import ColumnType, NodeTable, RelTable, Schema


def create_node_table(table: NodeTable) -> str:
    """The declaration of a node table.

    >>> create_node_table(NodeTable(name="State", key="name", columns={"name": ColumnType.STRING}))
    'CREATE NODE TABLE `State`(`name` STRING, PRIMARY KEY(`name`))'
    """
    return f"CREATE NODE TABLE `{table.name}`({_columns(table.columns)}, PRIMARY KEY(`{table.key}`))"


def create_rel_table(table: RelTable) -> str:
    """The declaration of a relationship table.

    >>> create_rel_table(RelTable(name="HAD", source="Customer", target="Interaction", columns={}))
    'CREATE REL TABLE `HAD`(FROM `Customer` TO `Interaction`)'
    """
    parts = [f"FROM `{table.source}` TO `{table.target}`", *([_columns(table.columns)] if table.columns else [])]
    return f"CREATE REL TABLE `{table.name}`({', '.join(parts)})"


def missing_declarations(schema: Schema, existing: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """What must be declared so that a store with ``existing`` tables (name to columns) has the whole schema.

    Nodes come before the relationships between them. Columns are only ever added.
    """
    declarations: list[tuple[NodeTable | RelTable, str]] = [(node, create_node_table(node)) for node in schema.nodes]
    declarations += [(relation, create_rel_table(relation)) for relation in schema.relations]
    for table, declaration in declarations:
        if table.name not in existing:
            yield declaration
            continue
        for column, kind in table.columns.items():
            if column not in existing[table.name]:
                yield f"ALTER TABLE `{table.name}` ADD `{column}` {kind}"


def upsert(table: NodeTable, given: list[str]) -> str:
    """Node rows from the Arrow table ``$rows``, by key, setting the given columns alone."""
    others = [name for name in given if name != table.key]
    head = f"LOAD FROM $rows MERGE (n:`{table.name}` {{`{table.key}`: `{table.key}`}})"
    return f"{head} SET {', '.join(f'n.`{name}` = `{name}`' for name in others)}" if others else head


def _columns(columns: Mapping[str, ColumnType]) -> str:
    return ", ".join(f"`{name}` {kind}" for name, kind in columns.items())
