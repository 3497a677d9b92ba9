"""Segments through time on the demo's year and on Online Retail: ``python -m bench segments``.

Printed of each: the number of groups for each of twenty seeds; the adjusted Rand index between the groups made a
quarter before the end of the data and those made at its end, each from what was known by then; and what share of the
variance of that quarter's spend lies between the earlier groups, beside each single column cut into as many parts.
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from bench.offers import BASES, run_command
from kb.facts.moment import Moment
from kb.home import Home
from kb.tables.tables import Tables, open_tables
from mining.context import MiningContext
from mining.learning.time_splits import end_of_day
from mining.segments.grouping import equal_parts, explained_share
from mining.segments.indicators import read_indicators
from mining.segments.segment_miner import SegmentLimits, mine
from ontology.extension import extension_turtle
from ontology.schema import schema_of

QUARTER = 92
SEEDS = range(20)


def main() -> None:
    for mapping, files in BASES.items():
        missing = [path for _, path in files if not path.is_file()]
        if missing:
            print(f"no {missing[0].name} in ../shared/data: {mapping} is not measured", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as folder:
            options = [word for name, path in files for word in ("--file", f"{name}={path}")]
            run_command(Path(folder), "import", mapping, *options, quiet=True)
            print(f"-- {mapping}", flush=True)
            base = Home(Path(folder) / "home").base()
            with open_tables(Path(folder) / "home") as tables, threadpool_limits(limits=1):
                _measure(tables, Moment(as_of=base.as_of, zone=base.zone))


def _measure(tables: Tables, now: Moment) -> None:
    present, past = _context(tables, now, 7), _context(tables, end_of_day(now, QUARTER), 7)
    present.facts(present.moment, "customer")  # every miner reads them
    begun = time.perf_counter()
    after = _groups(present)
    print(f"{time.perf_counter() - begun:.2f} s; groups by seed: {dict(_by_seed(tables, now))}")
    before = _groups(past)
    both = sorted(before.keys() & after.keys())
    agreement = adjusted_rand_score([before[key] for key in both], [after[key] for key in both])
    print(f"adjusted Rand index over {QUARTER} days, {len(both):,} customers of both: {agreement:.3f}")
    _print_explained(present, before)


def _by_seed(tables: Tables, now: Moment) -> Counter[int]:
    """How many seeds give how many groups."""
    first = _context(tables, now, 0)
    counted = []
    for seed in SEEDS:
        first.seed = seed
        counted.append(len(set(_groups(first).values())))
    return Counter(counted)


def _print_explained(present: MiningContext, before: Mapping[str, str]) -> None:
    history = read_indicators(present)
    then = history.on(QUARTER, QUARTER)
    named = [place for place, key in enumerate(history.keys) if key in before]
    names = {name: number for number, name in enumerate(sorted(set(before.values())))}
    groups, paid = np.array([names[before[history.keys[place]]] for place in named]), then.paid_after[named]
    print(f"variance of the spend of these {QUARTER} days between {len(names)} groups: "
          f"{explained_share(groups, paid):.1%}; between as many parts of")
    for feature, column in zip(history.features, then.values[named].T, strict=True):
        if np.isfinite(column).any():
            print(f"  {feature.labels.en:32}{explained_share(equal_parts(column, len(names)), paid):8.1%}")


def _groups(context: MiningContext) -> dict[str, str]:
    """The segment of each customer, by name."""
    return {str(key): trial.pattern.subject for trial in mine(context, SegmentLimits()).trials
            for key in trial.pattern.scores}


def _context(tables: Tables, moment: Moment, seed: int) -> MiningContext:
    return MiningContext(tables, moment, seed=seed, schema=schema_of(extension_turtle(tables.attributes, tables.words)))


if __name__ == "__main__":
    main()
