"""The decision table: how rules lie in it, what a person may type, and what is said where a cell cannot be read."""

import csv

import openpyxl
import pytest

from kb.errors import InvalidRule
from kb.model.condition import ALWAYS, And, Exists, Known, Op, Test, Unknown
from kb.model.rule import Conclude, Recommend, Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily
from rules.formats.decision_table import from_rows, to_rows
from rules.formats.spreadsheet import MOST_SIGNS
from tests.rule_files import read_rules, write_rules

SCHEMA = load_schema()
OLD = Test(property="age", op=Op.GE, operand=60)
LOYAL = Test(property="loyalty", op=Op.BETWEEN, operand=(0.5, 0.9))
LOCAL = Test(property="city", op=Op.IN, operand=("Wuhan", "New York"))
BOUGHT = Exists(fact="purchase", alias="p", where=Test(property="orders_90d", op=Op.GE, operand=1))
HEADS = ["id", "Chinese name", "English name", "effect", "target"]


def rule_of(when, name="r", then=None, **more):
    return Rule(id=name, name=Text(zh="规则", en="a rule"), when=when, author="test",
                then=then or Require(family=ActionFamily.CARE), **more)


def laid_out(*whens, language="en"):
    """The rows by heading."""
    heads, *rows = to_rows([rule_of(when, f"r{number}") for number, when in enumerate(whens)], SCHEMA, language)
    return [{head: cell for head, cell in zip(heads, row, strict=True) if cell} for row in rows]


def read(cell, heading="customer: age", **more):
    row = {"id": "r", "Chinese name": "规则", "English name": "a rule", "effect": "admit family",
           "target": "customer care", heading: cell} | more
    return from_rows([list(row), list(row.values())], SCHEMA, source="t.csv")[0]


def test_leading_tests_stand_in_columns_and_the_rest_in_a_sentence():
    rows = laid_out(And(parts=(OLD, LOYAL, BOUGHT, LOCAL)), And(parts=(OLD, Unknown(property="city"), LOYAL)))
    assert rows[0]["customer: age"] == ">= 60"
    assert rows[0]["customer: loyalty"] == "between 0.5 and 0.9"
    assert rows[0]["further conditions"] == (
        "there is purchase called p where (orders, last 90 days is at least 1)"
        ' and city is one of ("Wuhan"; "New York")')
    assert rows[1]["customer: city"] == "unknown"


def test_the_columns_lie_in_the_order_of_the_tests():
    heads = to_rows([rule_of(And(parts=(OLD, LOYAL))), rule_of(And(parts=(OLD, LOCAL, LOYAL)))], SCHEMA, "zh")[0]
    assert heads[3:7] == ["客户：年龄", "客户：城市", "客户：忠诚度", "其他条件"]


@pytest.mark.parametrize("when", [
    OLD, And(parts=(OLD,)), And(parts=(OLD, OLD)), And(parts=(BOUGHT, OLD)), And(parts=(And(parts=(OLD, LOCAL)),)),
    And(parts=(And(parts=(OLD, LOCAL)), OLD)), ALWAYS, And(parts=(ALWAYS, OLD)),
    Test(property="city", op=Op.EQ, operand=5)])
def test_what_is_joined_is_told_from_what_is_not(when):
    rules = (rule_of(when), rule_of(And(parts=(LOYAL, OLD)), "other"))
    assert from_rows(to_rows(rules, SCHEMA, "en"), SCHEMA, source="t") == rules


@pytest.mark.parametrize(("cell", "op", "operand"), [
    ("5", Op.EQ, 5), ("= 5", Op.EQ, 5), (">=3", Op.GE, 3), ("< 2.5", Op.LT, 2.5), ("!= -1", Op.NE, -1),
    ("between 1 and 5", Op.BETWEEN, (1, 5)), ("介于 1 与 5", Op.BETWEEN, (1, 5)),
    ("not  between 1 and 5", Op.NOT_BETWEEN, (1, 5)), ("不介于 1 与 5", Op.NOT_BETWEEN, (1, 5)),
    ("in {1;2}", Op.IN, (1, 2)),
    ("not in { 1 ; 2 }", Op.NOT_IN, (1, 2)), ("不属于 {1}", Op.NOT_IN, (1,))])
def test_a_cell_of_numbers_may_be_typed_with_or_without_spaces(cell, op, operand):
    assert read(cell).when == Test(property="age", op=op, operand=operand)


@pytest.mark.parametrize(("cell", "heading", "value"), [
    ("New York", "city", "New York"), ("5", "city", "5"), ('"5"', "city", "5"), ("female", "gender", "female"),
    ("yes", "consent to email", True), ("FALSE", "consent to email", False), ("yes", "city", "yes")])
def test_a_cell_is_read_by_the_type_of_its_column(cell, heading, value):
    assert read(cell, f"customer: {heading}").when.operand == value


def test_known_and_unknown_are_told_in_both_languages():
    assert read("known").when == read("已知").when == Known(property="age")
    assert read("unknown").when == read("未知").when == Unknown(property="age")


@pytest.mark.parametrize(("then", "effect", "target", "arguments"), [
    (Recommend(action="survey"), "recommend", "survey", ""),
    (Recommend(action="cross_sell", arguments={"category": "=1"}), "recommend", "cross_sell", '"category" = "=1"'),
    (Require(action="survey"), "admit action", "survey", ""),
    (Require(family=ActionFamily.CARE), "admit family", "customer care", ""),
    (Conclude(kind="mood", value="+bad"), "conclude", "mood", '"+bad"')])
def test_every_effect_has_its_cells(then, effect, target, arguments):
    heads, row = to_rows([rule_of(OLD, then=then)], SCHEMA, "en")
    cells = dict(zip(heads, row, strict=True))
    assert (cells["effect"], cells["target"], cells["arguments"]) == (effect, target, arguments)


@pytest.mark.parametrize(("cell", "heading", "message", "hint"), [
    ("about 5", "customer: age", "t.csv, row 2, customer: age: 'about 5' is no value of age", "between 1 and 5"),
    ("in {}", "customer: age", "t.csv, row 2, customer: age: 'in {}' is no test of age", "in {a; b}"),
    ("femal", "customer: gender", "t.csv, row 2, customer: gender: unknown value 'femal'", "did you mean 'female'?"),
    ("5", "customer: agee", "t.csv: no rule has a column called 'customer: agee'", "did you mean 'customer: age'?"),
    ("age is odd", "further conditions", "t.csv, row 2, further conditions: line 1, column 8: found 'odd'", "quotes"),
    ("", "further conditions", "t.csv, row 2: no condition is given", "further conditions"),
    ("high", "propensity", "t.csv, row 2, propensity: 'high' is no number", "digits"),
    ("soon", "valid from", "t.csv, row 2, valid from: 'soon' is no instant", "2018-01-01"),
    ("public", "status", "t.csv, row 2, status: unknown name 'public'", "did you mean 'published'?"),
    ('"a', "author", 't.csv, row 2, author: "a begins with a quote', "backslash"),
    ("", "id", "t.csv, row 2: no id is given", '""'),
    ("", "target", "t.csv, row 2: no target is given", '""'),
    ("", "effect", "t.csv, row 2: no effect is given", "recommend"),
])
def test_a_mistake_is_told_with_row_and_column(cell, heading, message, hint):
    more = {} if heading.startswith(("customer", "further")) else {"customer: city": "known"}
    with pytest.raises(InvalidRule) as caught:
        read(cell, heading, **more)
    assert caught.value.message.startswith(message)
    assert hint in caught.value.hint


def test_a_table_without_a_needed_column_is_refused():
    with pytest.raises(InvalidRule, match="the first row has no column effect, target"):
        from_rows([HEADS[:3]], SCHEMA, source="t.csv")
    with pytest.raises(InvalidRule, match="two columns are called 'id'"):
        from_rows([[*HEADS, "id"]], SCHEMA, source="t.csv")


ODD = ("=1+1", "+1", "-1", "@SUM(A1)", "#N/A", "5", "007", "TRUE", "_x000D_", "\n", "'x", '"x"', " x ", "客户")


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_no_cell_begins_like_a_formula(tmp_path, suffix):
    path = tmp_path / f"rules{suffix}"
    rules = tuple(rule_of(Test(property="city", op=Op.EQ, operand=odd), odd, Conclude(kind=odd, value=odd),
                          rests_on=(odd,)) for odd in ODD)
    write_rules(path, rules, SCHEMA, "en")
    for cell in cells_of(path):
        assert cell[:1] not in {"=", "+", "@", "#"}
    assert read_rules(path, SCHEMA) == rules


def cells_of(path):
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [cell for row in csv.reader(file) for cell in row]
    cells = [cell for row in openpyxl.load_workbook(path).active.iter_rows() for cell in row]
    assert {cell.number_format for cell in cells} == {"@"}
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    return [cell.value or "" for cell in cells]


def typed(path, **cells):
    """A workbook as a person would leave it: numbers, dates and truth values of the spreadsheet's own."""
    book = openpyxl.Workbook()
    for column, (heading, value) in enumerate(cells.items(), 1):
        book.active.cell(1, column, heading.replace("_", " "))
        book.active.cell(2, column, value)
    book.save(path)


def test_numbers_and_truth_values_of_a_spreadsheet_are_read(tmp_path):
    path = tmp_path / "typed.xlsx"
    row = {"id": "r", "Chinese_name": "规则", "English_name": "r", "effect": "admit family", "target": "customer care"}
    typed(path, **row, propensity=0.5, **{"customer: age": 30, "customer: consent to email": True})
    rule, = read_rules(path, SCHEMA)
    assert rule.propensity == 0.5
    assert rule.when == And(parts=(Test(property="age", op=Op.EQ, operand=30),
                                   Test(property="consent_email", op=Op.EQ, operand=True)))
    typed(path, **row, **{"customer: age": "=A1"})
    with pytest.raises(InvalidRule, match="row 2, column 6 holds the formula =A1"):
        read_rules(path, SCHEMA)


def test_a_text_longer_than_a_cell_is_refused_and_no_file_is_written(tmp_path):
    with pytest.raises(InvalidRule, match="Excel holds 32767"):
        write_rules(tmp_path / "r.xlsx", [rule_of(OLD, "x" * (MOST_SIGNS + 1))], SCHEMA, "en")
    assert not list(tmp_path.iterdir())
