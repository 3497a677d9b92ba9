"""Arrow tables in the column types of the schema."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from kb.errors import InvalidInput
from ontology.schema import ColumnType, NodeTable, RelTable, Schema
from ontology.text import Text

ARROW_TYPES: Mapping[ColumnType, pa.DataType] = {
    ColumnType.STRING: pa.string(),
    ColumnType.INT64: pa.int64(),
    ColumnType.DOUBLE: pa.float64(),
    ColumnType.BOOL: pa.bool_(),
}
ENDS = ("from", "to")
"""The columns of a relationship table's rows that name its ends."""
_COLUMNS = Text(zh="“{name}”的行必须有 {required}，可以有 {known}；缺少：{missing}，未知：{strange}",
                en="rows for '{name}' must have {required} and may have {known}; missing: {missing},"
                   " not known: {strange}")


def find_table(schema: Schema, name: str) -> NodeTable | RelTable:
    """The declared table of that name.

    Raises:
        InvalidInput: If the schema has no such table.
    """
    tables: tuple[NodeTable | RelTable, ...] = (*schema.nodes, *schema.relations)
    found = next((table for table in tables if table.name == name), None)
    if found is None:
        known = ", ".join(sorted(table.name for table in tables))
        msg = Text(zh=f"本体没有声明图谱表“{name}”；已知：{known}",
                   en=f"the ontology declares no graph table '{name}'; known: {known}")
        raise InvalidInput(msg)
    return found


def key_type(schema: Schema, node: str) -> ColumnType:
    """The type of a node table's key."""
    table = next(table for table in schema.nodes if table.name == node)
    return table.columns[table.key]


def conform_nodes(table: NodeTable, rows: pa.Table) -> pa.Table:
    """The given columns in the table's types, the key first.

    Raises:
        InvalidInput: For a missing key, or a column that the table does not have.
    """
    _check(table.name, rows, required=(table.key,), known=table.columns)
    order = [table.key, *(name for name in rows.column_names if name != table.key)]
    return pa.table({name: _column(rows, name, table.columns[name]) for name in order})


def conform_relations(table: RelTable, rows: pa.Table, schema: Schema) -> pa.Table:
    """The ends, then every column of the table; a column that is not given is unknown throughout.

    Raises:
        InvalidInput: For a missing end, or a column that the table does not have.
    """
    ends = dict(zip(ENDS, (key_type(schema, table.source), key_type(schema, table.target)), strict=True))
    types = ends | dict(table.columns)
    _check(table.name, rows, required=ENDS, known=types)
    return pa.table({name: _column(rows, name, kind) for name, kind in types.items()})


def _check(name: str, rows: pa.Table, *, required: tuple[str, ...], known: Mapping[str, ColumnType]) -> None:
    missing = [column for column in required if column not in rows.column_names]
    strange = [column for column in rows.column_names if column not in known]
    if missing or strange:
        raise InvalidInput(_COLUMNS.fill(name=name, required=", ".join(required), known=", ".join(known),
                                         missing=", ".join(missing) or "-", strange=", ".join(strange) or "-"))


def _column(rows: pa.Table, name: str, kind: ColumnType) -> pa.Array:
    wanted = ARROW_TYPES[kind]
    if name not in rows.column_names:
        return pa.nulls(rows.num_rows, wanted)
    given = rows[name].cast(wanted)
    if kind is ColumnType.DOUBLE:
        given = pc.if_else(pc.is_finite(given), given, pa.scalar(None, wanted))
    return given.combine_chunks()
