"""Segments through time on the demo's year and on Online Retail: ``python -m bench segments``.

Printed of each: the number of groups for each of twenty seeds; the adjusted Rand index between the groups made a
quarter before the end of the data and those made at its end, each from what was known by then; and what share of the
variance of that quarter's spend lies between the earlier groups, beside each single column cut into as many parts.
"""

import time
from collections import Counter

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from bench.bases.imported import imported
from kb.facts.moment import Moment
from kb.home import Home
from kb.tables.tables import Tables, open_tables
from mining.context import MiningContext
from mining.segments.segment_evaluation import evaluate_segments, segments_of
from ontology.extension import extension_turtle
from ontology.schema import schema_of

QUARTER = 92
SEEDS = range(20)


def main() -> None:
    for home in imported():
        base = Home(home).base()
        with open_tables(home) as tables, threadpool_limits(limits=1):
            _measure(tables, Moment(as_of=base.as_of, zone=base.zone))


def _measure(tables: Tables, now: Moment) -> None:
    present = _context(tables, now)
    present.facts(present.moment, "customer")  # every miner reads them
    begun = time.perf_counter()
    segments_of(present)
    print(f"{time.perf_counter() - begun:.2f} s; groups by seed: {dict(_by_seed(present))}")
    found = evaluate_segments(present, QUARTER)
    if found is None:
        print("no segments would have been proposed a quarter ago")
        return
    print(f"adjusted Rand index over {found.days} days, {found.customers:,} customers of both: {found.agreement:.3f}")
    print(f"variance of the spend of these days between {found.groups} groups: {found.explained:.1%}; between as many "
          "parts of")
    for one in found.columns:
        print(f"  {one.column.en:32}{one.explained:8.1%}")


def _by_seed(present: MiningContext) -> Counter[int]:
    """How many seeds give how many groups."""
    counted: Counter[int] = Counter()
    for seed in SEEDS:
        present.seed = seed
        counted[len(set(segments_of(present).values()))] += 1
    return counted


def _context(tables: Tables, moment: Moment) -> MiningContext:
    return MiningContext(tables, moment, seed=7, schema=schema_of(extension_turtle(tables.attributes, tables.words)))


if __name__ == "__main__":
    main()
