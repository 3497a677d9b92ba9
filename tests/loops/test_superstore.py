"""The loop on a superstore whose file is in Chinese and made up: little is mined, and nobody is harmed."""

import csv
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

pytestmark = pytest.mark.shared_data
MAPPING = Path(__file__).with_name("superstore.toml")


@pytest.fixture(scope="module")
def lines(shared_data, tmp_path_factory):
    """The sheet of the orders as CSV; one order id is shared by several customers, so an order is named by both."""
    sheet = CalamineWorkbook.from_path(shared_data / "superstore_zh" / "superstore.xls").get_sheet_by_name("订单")
    head, *rows = sheet.to_python()
    order, customer = head.index("订单 ID"), head.index("客户 ID")
    path = tmp_path_factory.mktemp("superstore") / "lines.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[*head, "订单"], *([*row, f"{row[order]} {row[customer]}"] for row in rows)])
    return path


@pytest.fixture(scope="module")
def loop(close_the_loop, lines, tmp_path_factory):
    home = tmp_path_factory.mktemp("superstore-base") / "home"
    with close_the_loop(home, str(MAPPING), lines=lines) as loop:
        yield loop


def test_every_customer_gets_an_answer_and_none_is_empty_without_a_word(loop):
    assert loop.summary["customers"] == 790
    assert loop.summary["unexplained"] == 0


def test_nobody_sees_what_must_never_be_seen(loop):
    found = loop.service.harms.of_next()
    assert (found["customers"], found["findings"]) == (790, [])
    assert {"courting-the-unhappy", "contact-on-a-refused-channel"} <= {
        row["harm_id"] for row in found["without_facts"]}
