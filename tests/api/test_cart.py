"""What lies in the cart at this moment, is searched for or looked at, brings the item that is missing beside it."""

import pytest

CUSTOMER = "1"


@pytest.fixture
def bought(agent):
    """The categories that the customer bought within 90 days."""
    answer = agent.post("/v1/decisions", json={"customer_ids": [CUSTOMER], "include": ["facts"]}).json()
    rows = answer["decisions"][0]["facts"]["related"]["purchase"]
    return {row["values"]["category"] for row in rows if row["values"].get("orders_90d", 0) >= 1}


@pytest.fixture
def simple(published):
    """Associations of one category with another that are offered, those that are taken most often first."""
    found = [item for item in published.values() if item["pattern_kind"] == "association"
             and len(item["antecedent"]) == 1 and item["measures"]["take_rate"] > item["measures"]["base_rate"]]
    return sorted(found, key=lambda item: -item["measures"]["take_rate"])


@pytest.fixture
def association(simple, bought):
    """The one taken most often whose consequent the customer has not bought lately."""
    return next(item for item in simple if item["consequent"][0] not in bought)


@pytest.fixture
def offered(agent):
    """Pairs of offered category and the knowledge it rests on, for a context of the moment."""
    def ask(**context):
        answer = agent.post("/v1/decisions", json={"customer_ids": [CUSTOMER], "channel": "web", "limit": 20,
                                                   "context": {**context, "family": "cross_sell"}})
        assert answer.status_code == 200, answer.text
        return [(action["arguments"]["category"], evidence["id"])
                for action in answer.json()["decisions"][0]["actions"] for reason in action["reasons"]
                for evidence in reason["knowledge"]]

    return ask


@pytest.mark.parametrize("signal", ["cart", "search", "page"])
def test_the_missing_item_is_offered_to_who_shows_the_antecedent_now(offered, association, signal):
    [antecedent], [consequent] = association["antecedent"], association["consequent"]
    shown = [antecedent] if signal == "cart" else antecedent
    assert (consequent, association["id"]) in offered(**{signal: shown})


def test_what_was_bought_lately_is_not_offered_beside_a_cart(offered, simple, bought):
    known = next(item for item in simple if item["consequent"][0] in bought)
    assert known["consequent"][0] not in {category for category, _ in offered(cart=known["antecedent"])}


def test_what_lies_in_the_cart_already_is_not_offered(offered, association):
    [antecedent], [consequent] = association["antecedent"], association["consequent"]
    assert (consequent, association["id"]) not in offered(cart=[antecedent, consequent])


def test_a_category_may_be_called_by_its_chinese_name(offered, association, agent):
    [antecedent], [consequent] = association["antecedent"], association["consequent"]
    statement = agent.get(f"/v1/knowledge/{association['id']}").json()["item"]["statement"]["zh"]
    chinese = statement.partition("买")[2].partition("的订单")[0]
    assert chinese
    assert chinese != antecedent
    assert (consequent, association["id"]) in offered(cart=[chinese])


def test_a_cart_of_things_that_nobody_sells_is_an_ordinary_answer(agent):
    answer = agent.post("/v1/decisions", json={"customer_ids": [CUSTOMER], "context": {"cart": ["moon rock", "🪨"]}})
    assert answer.status_code == 200
