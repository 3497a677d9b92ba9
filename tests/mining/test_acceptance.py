"""Figures on public data that anybody can compute again."""

import csv
from fractions import Fraction

import duckdb
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from kb.facts.moment import Moment
from kb.ingestion.intake import run_import
from kb.ingestion.mapping.toml_file import load_mapping
from kb.model.condition import Exists
from kb.tables.tables import open_tables
from mining.churn import Horizon, problems
from mining.context import MiningContext
from mining.learning.models import fit_model
from mining.learning.trees import MOST_LEAVES, grow_tree
from mining.run import mine
from ontology.extension import extension_turtle
from ontology.schema import schema_of


def opened(mapping, home, **overrides):
    run_import(load_mapping(mapping), home=home, secret=b"s" * 32, overrides=overrides, progress=lambda _: None)
    return open_tables(home)


@pytest.fixture(scope="module")
def grocery(complete_journey, tmp_path_factory):
    """The associations of Complete Journey, and the Parquet files they came from."""
    assert complete_journey.is_dir()
    with opened("complete_journey", tmp_path_factory.mktemp("grocery")) as tables:
        moment = Moment(tables.last_instant, tables.zone)
        found = mine(tables, moment, miners=["baskets"], now=0, progress=lambda _: None)
        return complete_journey, found, found.items


def test_ten_associations_equal_an_independent_computation_exactly(grocery):
    folder, _, items = grocery
    for item in items[:: len(items) // 10][:10]:
        for population, prefix in ((item.population, ""), (item.later_population, "later_")):
            total, left, right, both = counted(folder, item, population)
            assert population.size == total
            assert item.measures[f"{prefix}support"] == both / total
            assert item.measures[f"{prefix}confidence"] == both / left
            assert item.measures[f"{prefix}lift"] == float(Fraction(both * total, left * right))


def counted(folder, item, population):
    """Whole counts from the retailer's own files, by plain SQL over order and category."""
    lines = f"""
        SELECT basket_id, list(DISTINCT product_category) AS held
        FROM '{folder}/transactions.parquet' JOIN '{folder}/products.parquet' USING (product_id)
        WHERE quantity > 0 AND product_category IS NOT NULL
          AND epoch(transaction_timestamp) >= {population.period.start}
          AND epoch(transaction_timestamp) < {population.period.end}
        GROUP BY basket_id"""  # noqa: S608 - a path of the installed package and two numbers
    sides = [list(item.antecedent), list(item.consequent), [*item.antecedent, *item.consequent]]
    counts = ", ".join(f"count(*) FILTER (list_has_all(held, ${n}))" for n in (1, 2, 3))
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT count(*), {counts} FROM ({lines})", sides).fetchall()  # noqa: S608
    return found[0]


def test_associations_lead_to_many_things_and_each_is_an_idea_of_its_own(grocery):
    """Mirror images are one, and what hardly exceeds what order size explains is none."""
    _, found, items = grocery
    assert len({frozenset((*item.antecedent, *item.consequent)) for item in items}) == len(items) > 50
    assert min(item.measures["later_adjusted_lift"] for item in items) >= 1.25
    assert len({item.consequent for item in items}) > 25
    assert len(found.rules) > 45


def test_most_households_have_something_that_goes_with_what_they_buy(grocery):
    _, found, _ = grocery
    reached = {key for scores in found.scores.values() for key in scores}
    assert len(reached) > 0.8 * 2_469


@pytest.fixture(scope="module")
def telephone(shared_data, tmp_path_factory):
    """The question who ends a contract, of the telephone company, all of whose members are put together again."""
    given = {"customers": shared_data / "telco_churn.csv"}
    with opened("telco", tmp_path_factory.mktemp("telephone"), **given) as tables:
        schema = schema_of(extension_turtle(tables.attributes, tables.words))
        moment = Moment(tables.last_instant, tables.zone)
        return problems(MiningContext(tables, moment, seed=7, schema=schema), Horizon())[0][0]


def parts_of(problem):
    values = np.vstack([problem.train.frame.values, problem.later.frame.values])
    return values, np.concatenate([problem.train.labels, problem.later.labels])


@pytest.mark.shared_data
def test_all_leavers_who_were_customers_at_the_cut_are_asked_about(telephone, shared_data):
    with (shared_data / "telco_churn.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    _, labels = parts_of(telephone)
    assert labels.sum() == sum(row["Churn"] == "Yes" for row in rows)
    assert len(labels) == sum(int(row["tenure"]) > 0 for row in rows)


@pytest.mark.shared_data
def test_how_a_contract_ended_is_no_feature(telephone):
    assert not {f.reads for f in telephone.train.frame.features} & {"active", "ended_by", "ended_days_ago"}


@pytest.mark.shared_data
def test_a_readable_tree_and_the_best_model_foretell_who_leaves(telephone):
    values, labels = parts_of(telephone)
    folds = StratifiedKFold(5, shuffle=True, random_state=0).split(values, labels)
    trees, models = zip(*(_aucs(telephone.train.frame, values, labels, fold) for fold in folds), strict=True)
    assert np.mean(trees) >= 0.82
    assert np.mean(models) >= 0.842


def _aucs(frame, values, labels, fold):
    train, test = fold
    given = type(frame)(keys=("c",) * len(train), features=frame.features, values=values[train])
    tree = grow_tree(given, labels[train], seed=7, least=50)
    assert len(tree.leaves) <= MOST_LEAVES
    model = fit_model(values[train], labels[train], seed=7)
    return (roc_auc_score(labels[test], tree.probability(values[test])),
            roc_auc_score(labels[test], model.probability(values[test])))


@pytest.mark.shared_data
def test_the_telephone_companys_rules_ask_for_a_running_contract(telephone):
    tree = grow_tree(telephone.train.frame, telephone.train.labels, seed=7, least=50)
    for leaf in tree.leaves:
        first = leaf.condition(telephone.who).parts[0]
        assert isinstance(first, Exists)
        assert first.fact == "subscription"
