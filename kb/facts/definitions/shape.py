"""The form of every fact table: keys first, then properties, each value normalised once."""

from collections.abc import Mapping

import ibis
from ibis.expr.types import Table, Value

from kb.facts.values import DECIMALS

KEYS = ("customer_key", "_key", "days_ago")
DTYPES: Mapping[str, str] = {"number": "float64", "integer": "int64", "string": "string", "boolean": "boolean"}
"""Property types of the ontology and the column types that hold them."""


def shaped(table: Table, properties: Mapping[str, str]) -> Table:
    """``table`` cut to its keys and ``properties`` (name -> property type), numbers to nine decimals, no NaN.

    A fact type whose ``days_ago`` is a property too has it once, as the key column.
    """
    keys = {name: table[name] for name in KEYS if name in table.columns}
    rest = {name: normalised(table[name], kind) for name, kind in properties.items() if name not in keys}
    return table.select(**keys, **rest)


def normalised(value: Value, kind: str) -> Value:
    """``value`` as the column type of the property type ``kind``."""
    typed = value.cast(DTYPES[kind])
    return ibis.ifelse(typed.isnan(), ibis.null("float64"), typed.round(DECIMALS)) if kind == "number" else typed
