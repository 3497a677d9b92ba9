"""One row with a slip in its date does not set the moment of the base; sparse and agreed dates are no slips."""

from datetime import UTC, datetime, timedelta

import pytest

from kb.errors import InvalidMapping, InvalidSource
from kb.ingestion.latest_instant import last_day_of_the_rest

NOW = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
DAYS = [datetime(2024, 3, 1) + timedelta(days=n) for n in range(30)]  # noqa: DTZ001 - the shop's own time


def lines_on(days):
    return "".join(f"anna,{n},tea,{day:%Y-%m-%d} 09:30:00,1,9\n" for n, day in enumerate(days))


@pytest.fixture
def living(shop):
    return shop.mapping.replace('currency = "CNY"', 'currency = "CNY"\nclock = "wall"')


@pytest.mark.parametrize("clock", ["data", "wall"])
def test_a_row_after_the_clock_on_the_wall_is_refused_with_its_line(shop, living, clock):
    mapping = living if clock == "wall" else shop.mapping
    report = shop.take(shop.header + lines_on(DAYS) + "ben,99,cup,2099-01-01 10:00:00,1,9\n", mapping=mapping, now=NOW)
    assert report.tables["order_lines"].quarantined == {"ordered_at_to_come": 1}
    assert report.tables["order_lines"].quarantined_lines == {"ordered_at_to_come": 32}
    assert datetime.fromtimestamp(report.last_instant, UTC).date() == DAYS[-1].date()


def test_clocks_and_zones_of_a_source_may_be_a_day_ahead(shop):
    report = shop.take(shop.header + "ben,99,cup,2026-01-01 20:00:00,1,9\n", now=NOW)
    assert report.tables["order_lines"].kept == 1


def test_a_row_far_beyond_the_rest_is_refused_though_the_wall_is_later(shop):
    report = shop.take(shop.header + lines_on(DAYS) + "ben,99,cup,2025-03-30 10:00:00,1,9\n", now=NOW)
    assert report.tables["order_lines"].quarantined == {"ordered_at_beyond_the_rest": 1}
    assert "which ends on 2024-03-30" in report.reasons["ordered_at_beyond_the_rest"].en
    assert datetime.fromtimestamp(report.last_instant, UTC).date() == DAYS[-1].date()


@pytest.mark.parametrize("stated", ['clock = "wall"', "as_of = 2025-04-01"])
def test_where_the_data_do_not_tell_the_moment_no_pause_is_too_long(shop, stated):
    mapping = shop.mapping.replace('currency = "CNY"', f'currency = "CNY"\n{stated}')
    report = shop.take(shop.header + lines_on(DAYS) + "ben,99,cup,2025-03-30 10:00:00,1,9\n", mapping=mapping, now=NOW)
    assert report.tables["order_lines"].quarantined == {}


SPARSE = {
    "two orders, years apart": {0: 1, 2000: 1},
    "an order every half year or so": dict.fromkeys(range(0, 4000, 190), 1) | {4700: 1},
    "a second season that is no trifle": dict.fromkeys(range(100), 9) | dict.fromkeys(range(400, 450), 1),
    "a shop that closes over winter": {day: 5 for year in range(3) for day in range(year * 365, year * 365 + 180)},
    "a last order three months late": dict.fromkeys(range(365), 3) | {364 + 90: 1},
}


@pytest.mark.parametrize("days", SPARSE.values(), ids=SPARSE.keys())
def test_sparse_data_have_no_pause_that_stands_out(days):
    assert last_day_of_the_rest(days) is None


@pytest.mark.parametrize("beyond", [{3000: 1}, {3000: 1, 9000: 1}, {3000: 5, 3001: 5}])
def test_a_few_rows_after_a_pause_that_stands_out_are_none_of_the_rest(beyond):
    assert last_day_of_the_rest(dict.fromkeys(range(365), 3) | beyond) == 364


CONTRACTS = """
[sources.contracts]
format = "csv"
[tables.subscriptions]
source = "contracts"
[tables.subscriptions.columns]
customer_id = "customer"
started_at = "from"
ended_at = "to"
ended_by = "by"
"""


def test_a_contract_may_end_in_years_to_come_and_its_end_does_not_tell_the_moment(shop):
    report = shop.take(mapping=shop.mapping + CONTRACTS, now=NOW,
                       contracts="customer,from,to,by\nanna,2024-02-01,9999-12-31,\nben,2024-02-01,2024-09-01,\n")
    assert report.tables["subscriptions"].kept == 2
    assert report.last_instant == 1709348400


def test_a_contract_of_which_is_known_who_ended_it_tells_the_moment(shop):
    report = shop.take(mapping=shop.mapping + CONTRACTS, now=NOW,
                       contracts="customer,from,to,by\nanna,2024-02-01,2024-03-05 00:00:00,customer\n")
    assert report.last_instant == 1709568000


def test_a_mapping_may_not_state_a_moment_to_come(shop):
    with pytest.raises(InvalidMapping, match=r"base\.as_of is 2099-01-01, which is to come"):
        shop.take(mapping=shop.mapping.replace("[base]", "[base]\nas_of = 2099-01-01"), now=NOW)


def test_a_file_of_rows_to_come_is_refused_whole(shop):
    with pytest.raises(InvalidSource, match=r"ordered_at lies more than a day after this machine's clock"):
        shop.take(shop.header + "ben,99,cup,2099-01-01 10:00:00,1,9\n", now=NOW)
