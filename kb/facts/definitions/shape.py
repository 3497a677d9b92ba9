"""The form of every fact table: keys first, then the properties of the ontology, each value normalised once."""

from collections.abc import Collection, Mapping

import ibis
from ibis.expr.types import Table, Value

from kb.facts.values import DECIMALS
from ontology.schema import PropertyType, load_schema
from ontology.vocabulary import FactName

_KEYS = ("customer_key", "_key", "days_ago")
_DTYPES: Mapping[PropertyType, str] = {
    PropertyType.NUMBER: "float64",
    PropertyType.INTEGER: "int64",
    PropertyType.STRING: "string",
    PropertyType.BOOLEAN: "boolean",
}


def shaped(table: Table, name: FactName, *, declared: Mapping[str, str] | None = None,
           besides: Collection[str] = ()) -> Table:
    """``table`` cut to its keys and to the properties of the fact type ``name``; a column it lacks is unknown.

    Numbers get nine decimals, and what is not a number becomes unknown. A fact type of which ``days_ago`` is a
    property has it once, among the keys. ``declared`` names the attributes that a source adds to the customer, with
    their property types, and ``besides`` whole columns that are no properties and are kept as they are.
    """
    terms = {term.name: term.type for term in load_schema().facts[name].properties.values()}
    terms |= {added: PropertyType(kind) for added, kind in (declared or {}).items()}
    keys = {key: table[key] for key in (*_KEYS, *besides) if key in table.columns}
    return table.select(**keys, **{term: _normalised(table, term, kind) for term, kind in terms.items()
                                   if term not in keys})


def _normalised(table: Table, term: str, kind: PropertyType) -> Value:
    if term not in table.columns:
        return ibis.null(_DTYPES[kind])
    value = table[term].cast(_DTYPES[kind])
    if kind is not PropertyType.NUMBER:
        return value
    return ibis.ifelse(value.isnan(), ibis.null("float64"), value.round(DECIMALS))
