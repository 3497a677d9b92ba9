"""The table reading: which rules fire for all customers at once, as one SELECT over the fact tables.

``plan`` finds the passes over related facts that answer every ``Exists`` of a rule set, ``passes`` makes them,
``reading`` says what a condition means in a table, ``compiled`` puts a rule set together, and ``source`` makes tables
of facts that are not in one.
"""

from rules.batch.compiled import TableRules, compile_tables
from rules.batch.gathering import BITS, BOOLEANS, Gathering
from rules.batch.plan import steps
from rules.batch.source import Backend, Source, opened_backend, same_for_all, stored_tables, tables_of, unfilled

__all__ = ["BITS", "BOOLEANS", "Backend", "Gathering", "Source", "TableRules", "compile_tables", "opened_backend",
           "same_for_all", "steps", "stored_tables", "tables_of", "unfilled"]
