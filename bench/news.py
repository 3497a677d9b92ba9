"""What a run brings month after month on the demo's year and on Online Retail: ``python -m bench news``.

Three runs a month apart, each told what the ones before found. Printed of each kind of associations and offers: how
many held before and hold now, how many of those that hold both times kept their id, how many are news, and how many
are gone.
"""

from collections.abc import Iterator

from bench.bases.imported import imported
from kb.facts.moment import Moment
from kb.home import Home
from kb.model.ids import ItemId
from kb.tables.tables import Tables, open_tables
from mining.learning.time_splits import end_of_day
from mining.run import mine
from ontology.vocabulary import PatternKind

MINERS = ("baskets", "offers")
MONTH = 30
MONTHS = 3


def main() -> None:
    for home in imported():
        base = Home(home).base()
        with open_tables(home) as tables:
            _compare(tables, Moment(as_of=base.as_of, zone=base.zone))


def _compare(tables: Tables, now: Moment) -> None:
    print(f"{'day':12}{'kind':14}{'before':>8}{'now':>8}{'kept':>8}{'news':>8}{'gone':>8}")
    known: set[tuple[PatternKind, ItemId]] = set()
    before: set[tuple[PatternKind, ItemId]] = set()
    for moment in _moments(now):
        found = mine(tables, moment, miners=MINERS, known=[item for _, item in known], now=moment.as_of,
                     progress=lambda _: None)
        ids = {(item.pattern_kind, item.id) for item in (*found.items, *found.confirmed)}
        for kind in sorted({kind for kind, _ in ids | before}):
            then, here = ({one for one in some if one[0] == kind} for some in (before, ids))
            print(f"{moment.local_date.isoformat():12}{kind:14}{len(then):>8}{len(here):>8}{len(then & here):>8}"
                  f"{len(here - then):>8}{len(then - here):>8}", flush=True)
        known, before = known | ids, ids


def _moments(now: Moment) -> Iterator[Moment]:
    yield from (end_of_day(now, months * MONTH) for months in range(MONTHS - 1, 0, -1))
    yield now
