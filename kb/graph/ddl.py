"""Ladybug's declarations of the schema's tables."""

from collections.abc import Collection, Iterator, Mapping

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


def missing_declarations(schema: Schema, existing: Mapping[str, Collection[str]]) -> Iterator[str]:
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


def find_drift(schema: Schema, existing: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """How ``existing`` tables (name to columns and their types) depart from the schema.

    >>> state = NodeTable(name="State", key="name", columns={"name": ColumnType.STRING, "value": ColumnType.STRING})
    >>> schema = Schema(facts={}, nodes=(state,), relations=(), labels={}, vocabularies={}, kinds={})
    >>> list(find_drift(schema, {"State": {"name": "INT64", "value": "STRING", "mood": "STRING"}, "Extra": {}}))
    ['State.name: INT64, not STRING', 'State.mood: not in the ontology', 'Extra: not in the ontology']
    """
    declared: tuple[NodeTable | RelTable, ...] = (*schema.nodes, *schema.relations)
    tables = {table.name: table for table in declared}
    for name, table in tables.items():
        if name not in existing:
            yield f"{name}: missing"
            continue
        held = existing[name]
        for column, kind in table.columns.items():
            if held.get(column) != kind:
                yield f"{name}.{column}: {f'{held[column]}, not {kind}' if column in held else 'missing'}"
        yield from (f"{name}.{column}: not in the ontology" for column in held if column not in table.columns)
    yield from (f"{name}: not in the ontology" for name in existing if name not in tables)


def upsert(table: NodeTable, given: list[str]) -> str:
    """Node rows from the Arrow table ``$rows``, by key, setting the given columns alone."""
    others = [name for name in given if name != table.key]
    head = f"LOAD FROM $rows MERGE (n:`{table.name}` {{`{table.key}`: `{table.key}`}})"
    return f"{head} SET {', '.join(f'n.`{name}` = `{name}`' for name in others)}" if others else head


def _columns(columns: Mapping[str, ColumnType]) -> str:
    return ", ".join(f"`{name}` {kind}" for name, kind in columns.items())
