"""The passes over related facts, joined to the table of what asks for them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import ibis
from ibis.expr.types import BooleanValue, IntegerColumn, Table, Value

from kb.model.condition import Condition, Exists, Ref
from rules.batch.expressions import KEY, Answer, TableScope, column, holds
from rules.batch.gathering import Gathering
from rules.batch.plan import Pass
from rules.batch.source import FactColumns


def answered(frame: TableScope, passes: Iterable[Pass], facts: FactColumns, gathering: Gathering) -> TableScope:
    """``frame`` with the answers to everything that ``passes`` find out, as columns of its table.

    Each pass aggregates the rows of a fact type once, by customer or by the rows of ``frame``, and is joined to the
    left; what has no rows gets nought.
    """
    table, answers = frame.table, dict(frame.answers)
    for number, one in enumerate(passes):
        inside = answered(_inside(frame, one, facts, number), one.inner, facts, gathering)
        found = _Found.of(one, f"_{one.alias}_{number}", gathering)
        by = frame.ids if one.is_joined else (KEY,)
        rows = inside.table.group_by(by).aggregate(**found.aggregates(inside))
        table = _joined_left(table, rows, by, found)
        answers |= found.answers()
    return TableScope(table=table, ids=frame.ids, answers=answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What one pass finds out: whether there is a row, for the tests ``sought``, and how many, for those ``counted``.

    The names of its columns begin with ``name``.
    """

    one: Pass
    name: str
    gathering: Gathering
    sought: Mapping[Condition, int]
    counted: Mapping[Condition, int]

    @classmethod
    def of(cls, one: Pass, name: str, gathering: Gathering) -> "_Found":
        sought = dict.fromkeys(asked.where for asked in one.tests if asked.is_sought)
        counted = dict.fromkeys(asked.where for asked in one.tests if not asked.is_sought)
        return cls(one=one, name=name, gathering=gathering, sought={where: at for at, where in enumerate(sought)},
                   counted={where: at for at, where in enumerate(counted)})

    def aggregates(self, inside: TableScope) -> dict[str, Value]:
        flags = [holds(where, inside, self.one.alias) for where in self.sought]
        counts = {f"{self.name}_count_{at}": _count(holds(where, inside, self.one.alias))
                  for where, at in self.counted.items()}
        return {**self.gathering.gather(f"{self.name}_any_", flags), **counts}

    def filled(self, name: str, value: Value) -> Value:
        return value.fill_null(0 if name.startswith(f"{self.name}_count_") else self.gathering.missing)

    def answers(self) -> Iterator[tuple[Exists, Answer]]:
        return ((asked, self._answer(asked)) for asked in self.one.tests)

    def _answer(self, asked: Exists) -> Answer:
        if asked.is_sought:
            any_at = self.sought[asked.where]
            return lambda table: _as_asked(asked, self.gathering.read(table, f"{self.name}_any_", any_at))
        count_at = self.counted[asked.where]
        return lambda table: _is_within(table[f"{self.name}_count_{count_at}"], asked)


def _inside(frame: TableScope, one: Pass, facts: FactColumns, number: int) -> TableScope:
    """The rows of a pass: alone, or beside what stands outside.

    The key of a row is called by the ``number`` of its pass too, so that no two passes read the same: Ibis would
    write one common table for them, and DuckDB hold that in memory, which takes twice as long as reading twice.
    """
    key = f"_key_{one.alias}_{number}"
    rows = facts.related(one.fact, one.alias, key)
    if not one.is_joined:
        return TableScope(table=rows, ids=(KEY, key), answers={})
    same = [frame.table[KEY] == rows[KEY]]
    same += [frame.table[column(key.operand.alias, key.operand.property)] == rows[column(one.alias, key.property)]
             for key in one.keys if isinstance(key.operand, Ref)]
    own = [rows[name] for name in rows.columns if name != KEY]
    beside = frame.table.inner_join(rows, same).select(frame.table, *own)
    return TableScope(table=beside, ids=(*frame.ids, key), answers={})


def _joined_left(table: Table, rows: Table, by: tuple[str, ...], found: _Found) -> Table:
    added = [name for name in rows.columns if name not in by]
    both = table.left_join(rows, list(by))
    return both.select(table, *(found.filled(name, rows[name]).name(name) for name in added))


def _count(where: BooleanValue) -> IntegerColumn:
    return ibis.ifelse(where, 1, 0).sum()


def _as_asked(exists: Exists, is_any: BooleanValue) -> BooleanValue:
    return is_any if exists.at_least else ~is_any


def _is_within(count: IntegerColumn, exists: Exists) -> BooleanValue:
    least = count >= exists.at_least
    return least if exists.at_most is None else least & (count <= exists.at_most)
