"""Names of groups: what a shop would call them, by what stands out, and no name twice."""

import numpy as np
import pytest

from mining.learning.features import Feature, FeatureFrame
from mining.segments.profile import describe
from ontology.text import Text
from ontology.vocabulary import FactName


def named(**columns):
    """The names of groups of ten members each, whose columns have one value a group."""
    features = tuple(Feature(fact=FactName.CUSTOMER, reads=name.partition("_is_")[0],
                             value=name.partition("_is_")[2] or None, labels=Text.same(name)) for name in columns)
    size = len(next(iter(columns.values())))
    values = np.repeat(np.column_stack(list(columns.values())).astype(float), 10, axis=0)
    frame = FeatureFrame(keys=tuple(map(str, range(10 * size))), features=features, values=values)
    profiles = describe(frame, np.repeat(np.arange(size), 10))
    return [profiles[group].name for group in range(size)]


@pytest.mark.parametrize(("spend", "names"), [
    ([10, 100, 1000], ["occasional buyers", "small spenders", "big spenders"]),
    ([50, 100, 150], ["small spenders", "average customers", "big spenders"]),
    ([10, 110, 500, 900], ["occasional buyers", "small spenders", "good customers", "big spenders"]),
    ([300, 1000, 3000, 10_000], ["occasional buyers", "small spenders", "average customers", "big spenders"]),
    ([100, 100, 100], ["average customers (1)", "average customers (2)", "average customers (3)"]),
])
def test_a_group_is_called_by_what_its_members_spend_beside_everybody(spend, names):
    assert [name.en for name in named(monetary_yearly=spend)] == names


def test_what_stands_out_besides_is_said_in_one_order_and_at_most_twice():
    names = named(monetary_yearly=[100, 900, 900, 100], age=[20, 20, 70, 70], view_count=[0, 50, 0, 50])
    assert [name.en for name in names] == [
        "small spenders: younger, browse little", "big spenders: younger, browse a lot",
        "big spenders: older, browse little", "small spenders: older, browse a lot"]
    assert names[1].zh == "较年轻、浏览较多的大客户"


def test_of_a_gender_one_word_is_said():
    names = named(monetary_yearly=[100, 900], gender_is_female=[1, 0], gender_is_male=[0, 1])
    assert [name.en for name in names] == ["small spenders: mostly women", "big spenders: fewer women"]


def test_what_is_known_of_few_is_in_the_profile_and_in_no_name():
    names = named(monetary_yearly=[100, 900, 5000], age=[20, np.nan, np.nan])
    assert not any("younger" in name.en for name in names)
