"""Each expression of a mapping, worked out by hand on values a file may hold."""

from datetime import UTC, datetime
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from kb.ingestion.expressions import SourceFrame, read_expression
from kb.ingestion.mapping.declaration import (
    BandEnd,
    Column,
    Constant,
    DayEdge,
    Format,
    IsKnown,
    Per,
    Product,
    Source,
    Sum,
)
from kb.tables.canonical import CanonicalType

SHANGHAI = "Asia/Shanghai"


@pytest.fixture(scope="module")
def con():
    connection = ibis.duckdb.connect()
    yield connection
    connection.disconnect()


@pytest.fixture
def reading(con):
    """The values of an expression, and which of them were faults."""
    def read(expression, kind, *, zone=None, blanks=(), **columns):
        rows = con.create_table(ibis.util.gen_name("rows"), pa.table(columns), temp=True)
        source = Source(name="s", path=None, format=Format.CSV, zone=zone, blanks=blanks)
        found = read_expression(expression, kind, SourceFrame(rows=rows, source=source, zone=SHANGHAI))
        answer = rows.select(value=found.value, faulty=found.faulty).to_pyarrow().to_pylist()
        return [row["value"] for row in answer], [bool(row["faulty"]) for row in answer]
    return read


def at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp())


def test_text_is_trimmed_and_blanks_are_unknown(reading):
    values, _ = reading(Column(column="a"), CanonicalType.STRING, a=["  tea ", "", "  ", None, "n/a"], blanks=("n/a",))
    assert values == ["tea", None, None, None, None]


def test_equal_words_become_equal_bytes(reading):
    values, _ = reading(Column(column="a"), CanonicalType.STRING, a=["café", "cafe\u0301"])
    assert values[0] == values[1]


def test_a_name_stored_as_a_number_loses_its_decimal_point(reading):
    whole = Column(column="a", whole=True)
    assert reading(whole, CanonicalType.CUSTOMER, a=["17850.0", "0012", "A.0"])[0] == ["17850", "0012", "A.0"]
    assert reading(whole, CanonicalType.CUSTOMER, a=[17850.0, None])[0] == ["17850", None]


@pytest.mark.parametrize(("kind", "given", "expected"), [
    (CanonicalType.MONEY, "12.5", Decimal("12.5000")),
    (CanonicalType.MONEY, "-3", Decimal("-3.0000")),
    (CanonicalType.NUMBER, "1e3", 1000.0),
    (CanonicalType.INTEGER, "7.0", 7),
    (CanonicalType.BOOLEAN, "Yes", True),
    (CanonicalType.BOOLEAN, "0", False),
])
def test_a_text_is_read_as_the_type_it_fills(reading, kind, given, expected):
    assert reading(Column(column="a"), kind, a=[given]) == ([expected], [False])


@pytest.mark.parametrize(("kind", "given"), [
    (CanonicalType.MONEY, "much"), (CanonicalType.NUMBER, "inf"), (CanonicalType.NUMBER, "nan"),
    (CanonicalType.INTEGER, "7.5"),
    (CanonicalType.BOOLEAN, "perhaps"), (CanonicalType.INSTANT, "2024-02-30 10:00:00"),
])
def test_what_cannot_be_read_is_a_fault_and_blanks_are_none(reading, kind, given):
    assert reading(Column(column="a"), kind, a=[given, ""]) == ([None, None], [True, False])


def test_an_instant_is_told_by_the_clock_of_its_source(reading):
    column, text = Column(column="a"), "2024-07-01 00:30:00"
    assert reading(column, CanonicalType.INSTANT, a=[text], zone="UTC")[0] == [at(2024, 7, 1, 0, 30)]
    assert reading(column, CanonicalType.INSTANT, a=[text], zone="America/New_York")[0] == [at(2024, 7, 1, 4, 30)]
    assert reading(column, CanonicalType.INSTANT, a=[text])[0] == [at(2024, 6, 30, 16, 30)]


def test_an_instant_that_names_its_offset_asks_no_clock(reading):
    texts = ["2024-07-01T00:30:00Z", "2024-07-01 00:30:00+02:00"]
    assert reading(Column(column="a"), CanonicalType.INSTANT, a=texts)[0] == [
        at(2024, 7, 1, 0, 30), at(2024, 6, 30, 22, 30)]
    typed = pa.array([datetime(2024, 7, 1, 0, 30, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    assert reading(Column(column="a"), CanonicalType.INSTANT, a=typed)[0] == [at(2024, 7, 1, 0, 30)]


def test_an_instant_is_read_in_the_stated_format(reading):
    column = Column(column="a", format="%d/%m/%Y %H:%M")
    assert reading(column, CanonicalType.INSTANT, a=["01/07/2024 08:00", "2024-07-01"], zone="UTC") == (
        [at(2024, 7, 1, 8), None], [False, True])


def test_a_day_stands_for_its_first_instant_in_the_base_or_for_that_of_the_next(reading):
    start, end = (Column(column="a", day=edge) for edge in DayEdge)
    assert reading(start, CanonicalType.INSTANT, a=["2024-07-01"], zone="UTC")[0] == [at(2024, 6, 30, 16)]
    assert reading(end, CanonicalType.INSTANT, a=["2024-07-01"], zone="UTC")[0] == [at(2024, 7, 1, 16)]
    typed = [datetime.fromisoformat("2024-07-01 00:00")]
    assert reading(start, CanonicalType.INSTANT, a=typed, zone="UTC")[0] == [at(2024, 6, 30, 16)]


def test_months_are_counted_back_from_the_stated_day(reading):
    column = Column(column="a", months_before="2024-03-01")
    assert reading(column, CanonicalType.INSTANT, a=["0", "1", "x"]) == (
        [at(2024, 2, 29, 16), at(2024, 1, 31, 16), None], [False, False, True])


def test_a_value_is_mapped_to_a_value_and_an_unlisted_one_is_a_fault(reading):
    column = Column(column="a", values={"Y": "yes", "N": ""})
    assert reading(column, CanonicalType.BOOLEAN, a=["Y", "N", "Z", ""]) == (
        [True, None, None, None], [False, False, True, False])


@pytest.mark.parametrize(("band", "low", "high"), [
    ("45-54", 45, 54), ("65+", 65, None), ("Under 15K", 0, 14_999), ("35-49K", 35_000, 49_999),
    ("250K+", 250_000, None)])
def test_a_band_has_bounds_and_an_open_end_is_unknown(reading, band, low, high):
    bounds = [reading(Column(column="a", bound=bound), CanonicalType.INTEGER, a=[band]) for bound in BandEnd]
    assert bounds == [([low], [False]), ([high], [False])]


def test_what_is_no_band_is_a_fault(reading):
    assert reading(Column(column="a", bound=BandEnd.LOW), CanonicalType.INTEGER, a=["old"]) == ([None], [True])


def test_an_amount_by_the_year_is_kept_by_the_month(reading):
    assert reading(Column(column="a", per=Per.YEAR), CanonicalType.MONEY, a=["120", "100"])[0] == [
        Decimal("10.0000"), Decimal("8.3333")]
    assert reading(Column(column="a", bound=BandEnd.LOW, per=Per.YEAR), CanonicalType.MONEY, a=["24-35K"])[0] == [
        Decimal("2000.0000")]


def test_money_is_added_and_multiplied_exactly_and_unknown_stays_unknown(reading):
    columns = {"a": ["0.1", "2", None], "b": ["0.2", "3", "1"]}
    assert reading(Sum(columns=("a", "b")), CanonicalType.MONEY, **columns)[0] == [Decimal("0.3"), Decimal(5), None]
    assert reading(Product(columns=("a", "b")), CanonicalType.MONEY,
                   **columns)[0] == [Decimal("0.02"), Decimal(6), None]


def test_a_part_that_cannot_be_read_makes_the_whole_a_fault(reading):
    assert reading(Sum(columns=("a", "b")), CanonicalType.MONEY, a=["x"], b=["1"]) == ([None], [True])


def test_a_constant_is_the_same_on_every_row(reading):
    assert reading(Constant(value="store"), CanonicalType.STRING, a=["x", "y"])[0] == ["store", "store"]


def test_whether_a_value_is_known_is_never_unknown(reading):
    assert reading(IsKnown(column="a"), CanonicalType.BOOLEAN, a=["x", "", None])[0] == [True, False, False]
