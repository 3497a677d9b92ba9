"""The population of every item is what it says: counted again by plain SQL over the tables it was mined from."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest

from kb.home import Home
from kb.tables.catalog import read_catalog
from kb.tables.run_store import RunStore
from ontology.vocabulary import PatternKind

ORDERS = """
    SELECT count(DISTINCT l.order_id) FROM order_lines l JOIN products p USING (product_id)
    WHERE l.quantity > 0 AND p.category IS NOT NULL AND l.ordered_at >= {start} AND l.ordered_at < {end}"""
BEFORE = """
    WITH whole AS (SELECT customer_key, order_id, min(ordered_at) AS stood_at, bool_or(quantity > 0) AS bought
                   FROM order_lines WHERE ordered_at < {start} AND customer_key IS NOT NULL GROUP BY ALL),
         days AS (SELECT DISTINCT customer_key, date_trunc('day', timezone('{zone}', to_timestamp(stood_at))) AS day
                  FROM whole WHERE bought),
         known AS (SELECT customer_key, count(*) AS days, max(day) AS last, min(day) AS first,
                          date_diff('day', max(day), date_trunc('day', timezone('{zone}', to_timestamp({start} - 1))))
                              AS recency FROM days GROUP BY customer_key),
         gaps AS (SELECT *, date_diff('day', first, last) / (days - 1) AS gap FROM known WHERE days > 1)"""
ACTIVE = BEFORE + "SELECT count(DISTINCT customer_key) FROM whole WHERE bought AND stood_at >= {since}"  # noqa: S608
RHYTHM = BEFORE + "SELECT count(*) FROM gaps"  # noqa: S608 - as above
AWAKE = BEFORE + "SELECT count(*) FROM gaps WHERE NOT (recency >= {silent} AND recency / gap > 3)"  # noqa: S608 - as above
BUYERS = "SELECT count(DISTINCT customer_key) FROM order_lines WHERE quantity > 0 AND ordered_at < {end}"
KNOWN_BUYERS = BUYERS.replace("{end}", "{start}")
LACKING = """
    WITH sold AS (SELECT customer_key, category FROM order_lines JOIN products USING (product_id)
                  WHERE quantity > 0 AND category IS NOT NULL AND customer_key IS NOT NULL
                    AND ordered_at > {start} - 86400 * {recent} AND ordered_at < {start})
    SELECT count(DISTINCT customer_key) FROM sold
    WHERE customer_key NOT IN (SELECT customer_key FROM sold WHERE category = '{category}')"""
LATE = """
    WITH orders AS (SELECT customer_key, order_id, ({start} - min(ordered_at)) / 86400.0 AS age
                    FROM order_lines JOIN products USING (product_id)
                    WHERE quantity > 0 AND category = '{category}' AND customer_key IS NOT NULL
                      AND ordered_at < {start} GROUP BY ALL),
         own AS (SELECT min(age) AS last, (max(age) - min(age)) / (count(*) - 1) AS gap FROM orders
                 GROUP BY customer_key HAVING count(*) >= {buys} AND max(age) > min(age))
    SELECT count(*) FROM own WHERE last >= {least} AND last < {recent} AND last >= {late} * gap"""
REACHED = """
    WITH told AS (SELECT t.*, c.kind, c.ends_at, coalesce(contacted_at, starts_at) AS stood_at FROM contacts t
                  LEFT JOIN campaigns c USING (campaign_id)),
         latest AS (SELECT *, row_number() OVER (PARTITION BY customer_key, campaign_id
                                                 ORDER BY stood_at DESC, channel) AS n
                    FROM told WHERE stood_at <= {as_of})
    SELECT count(*) FROM latest WHERE n = 1 AND ends_at <= {as_of} AND ends_at < {over} AND kind IN ({kinds})
      AND stood_at >= {start} AND stood_at < {end}"""
CONTRACTS = """
    SELECT count(*) FROM subscriptions
    WHERE (started_at IS NULL OR started_at < {start}) AND (ended_at IS NULL OR ended_at >= {start})
      AND md5(concat_ws('|', '{seed}', coalesce(started_at::VARCHAR, ''), coalesce(plan, ''),
                        coalesce(printf('%.2f', monthly_amount::DOUBLE), '')))[:4] {side} '{bound}'"""
TENANTS = """
    SELECT count(*) FROM subscriptions WHERE (started_at IS NULL OR started_at < {end})
      AND (ended_at IS NULL OR ended_at >= {end}) AND started_at IS NOT NULL AND monthly_amount IS NOT NULL"""


class Counting:
    """Counts the members of populations over the snapshots of a base."""

    def __init__(self, home):
        catalog = read_catalog(home)
        self.base = Home(home).base()
        self.con = duckdb.connect()
        for name in {name for given in catalog.contributions for name in given.tables}:
            paths = [str(home / given.tables[name].path) for given in catalog.contributions if name in given.tables]
            self.con.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({paths})")  # noqa: S608 - as above

    def size(self, item, population, as_of):
        """How many members the words and the period of a population select."""
        query, more = self.query(item, population)
        period = population.period
        text = query.format(start=period.start, end=period.end, as_of=as_of, zone=self.base.zone, **more)
        return self.con.execute(text).fetchone()[0]

    def query(self, item, population):
        what, outcome = population.what.en, item.details.get("outcome")
        match population.level:
            case "order":
                return ORDERS, {}
            case "contact":
                kinds = re.search(r"\((.*?)\)", what)[1].split(", ")
                last = date.fromisoformat(re.search(r"over by the end of ([-\d]+)", what)[1])
                return REACHED, {"kinds": ", ".join(f"'{kind}'" for kind in kinds),
                                 "over": self.midnight(last + timedelta(days=1))}
            case "subscription":
                drawn = re.search(r"begins with (less than )?([0-9a-f]{4})( or more)?, for seed (\d+)", what)
                return CONTRACTS, {"side": "<" if drawn[1] else ">=", "bound": drawn[2], "seed": drawn[4]}
        if item.pattern_kind is PatternKind.SPEND_FORECAST:
            return KNOWN_BUYERS, {}
        if item.pattern_kind is PatternKind.OFFER:
            category, recent = re.search(r"nothing of (.*), within (\d+) days of 24 hours", what).groups()
            return LACKING, {"category": category.replace("'", "''"), "recent": recent}
        if item.pattern_kind is PatternKind.REPEAT_OFFER:
            buys, category, least, recent, late = re.search(
                r"at least (\d+) orders of (.*) before the cut, the last at least (\d+) and less than (\d+) days .* at "
                r"least ([\d.]+) times", what).groups()
            return LATE, {"buys": buys, "category": category.replace("'", "''"), "least": least, "recent": recent,
                          "late": late}
        if item.pattern_kind is PatternKind.SEGMENT:
            return (TENANTS, {}) if "tenure" in what else (BUYERS, {})
        if silent := re.search(r"not silent \((\d+) days at least", what):
            return AWAKE, {"silent": silent[1]}
        if active := re.search(r"an order within (\d+) days before the cut", what):
            return ACTIVE, {"since": self.days_before(population.period.start, int(active[1]))}
        assert "known mean gap at the cut" in what, (item.id, outcome, what)
        return RHYTHM, {}

    def days_before(self, midnight, days):
        """The local midnight so many days before another."""
        zone = ZoneInfo(self.base.zone)
        return self.midnight(datetime.fromtimestamp(midnight, UTC).astimezone(zone).date() - timedelta(days=days))

    def midnight(self, day):
        """The instant at which a local day begins."""
        return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.base.zone)).timestamp())


def counted_again(home):
    """(item, stated size, size counted again) for every population of every item of the base's runs."""
    counting = Counting(home)
    for record in RunStore(home / "runs").all():
        found = RunStore(home / "runs").one(record.id).found()
        for item in (*found.items, *found.confirmed):
            for population in filter(None, (item.population, item.later_population)):
                if population.size or item.pattern_kind is not PatternKind.BELIEF:  # of untested ones it is nobody
                    yield item, population, counting.size(item, population, found.run.as_of)


@pytest.fixture(scope="module")
def demo(demo_home):
    return list(counted_again(demo_home))


def test_every_population_of_the_demo_has_its_stated_size(demo):
    assert {item.pattern_kind.value for item, _, _ in demo} >= {
        "association", "offer", "segment", "churn_model", "churn_rule", "response_model", "belief"}
    assert [(item.id, population.what.en, population.size, found) for item, population, found in demo
            if population.size != found] == []


@pytest.mark.shared_data
@pytest.mark.parametrize(("mapping", "files"), [
    ("online_retail", {"lines": "online_retail.csv.gz"}), ("telco", {"customers": "telco_churn.csv"})])
def test_so_has_every_population_of_other_trades(mapping, files, shared_data, tmp_path):
    from api.cli.client import client_in_process
    from api.cli.ingestion import import_files
    from api.cli.mining import follow_run
    from api.settings import Settings
    from api.startup import create_for, open_service

    settings = Settings(home=tmp_path / "home", engine_workers=0)
    create_for(settings, mapping)
    with open_service(settings) as service, client_in_process(service, Home(settings.home), lambda _: None) as client:
        import_files(client, mapping, {name: shared_data / file for name, file in files.items()})
        follow_run(client, client.post("/v1/runs", {"seed": 7}, by="li"))
    found = list(counted_again(tmp_path / "home"))
    assert found
    assert [(item.id, population.what.en, population.size, again) for item, population, again in found
            if population.size != again] == []
