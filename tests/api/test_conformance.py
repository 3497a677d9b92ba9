"""``zhike doctor --rules``: count, seed, differences and exit code, without a base."""

from typer.testing import CliRunner

from api.cli import commands as cli
from api.cli import keeping
from kb.model.codec import from_json
from kb.model.facts import Facts
from ontology.schema import load_schema
from rules import conformance
from rules.conformance import Agreement, Difference, draw_rules
from rules.engine.random_customers import draw_customers
from rules.formats import rules_from_text
from rules.interpreter import compile_rules

RULES = draw_rules(load_schema(), seed=1)
FACTS = next(iter(draw_customers(compile_rules(RULES, load_schema()), count=1, seed=1)))


def test_it_prints_its_count_its_seed_and_no_difference(zhike, tmp_path):
    told = zhike(tmp_path / "nothing", "doctor", "--rules", "--cases", "30", "--seed", "3")
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("30 evaluations of 1 rule sets, seed 3: 0 different; ")
    assert not (tmp_path / "nothing").exists()


def test_a_difference_is_told_so_that_it_can_be_repeated_and_the_exit_code_is_not_nought(monkeypatch):
    found = Difference(reading="tables", rules=RULES, facts=FACTS, message="fires rule 0")
    monkeypatch.setattr(conformance, "prove", lambda **_: Agreement(evaluations=10, rule_sets=1, different=1,
                                                                    differences=(found,)))
    told = CliRunner().invoke(cli.app, ["doctor", "--rules", "--cases", "10"])
    assert told.exit_code == 1
    assert "10 evaluations of 1 rule sets, seed 7: 1 different" in told.stdout
    head, _, toml = told.stdout.partition("\n\n")
    assert head.startswith("the reading 'tables' fires rule 0 for {")
    assert from_json(head[head.index("{"):], Facts) == FACTS
    assert tuple(rules_from_text(toml[:toml.rindex("\n10 evaluations")], source="told")) == RULES


def test_fewer_evaluations_than_asked_for_are_no_proof(monkeypatch):
    monkeypatch.setattr(conformance, "prove", lambda **_: Agreement(evaluations=9))
    assert CliRunner().invoke(cli.app, ["doctor", "--rules", "--cases", "10"]).exit_code == 1


def test_progress_is_told_every_few_seconds(monkeypatch):
    said = []
    monkeypatch.setattr(keeping, "_SECONDS_BETWEEN", 0.0)
    keeping._Progress(100, said.append)(Agreement(evaluations=50))
    assert said == ["50 of 100, 0 different"]
