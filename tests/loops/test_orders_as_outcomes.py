"""Orders that are imported tell what came of recommendations: read when rates are learned, never written down."""

import csv
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from api.composition import open_use_cases
from api.settings import Settings
from kb.errors import Conflict
from kb.home import Base, Home
from kb.model.action import Holdout
from kb.model.rates import RatesMode, RatesPolicy
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel
from rules.packs.pack import load_pack
from tests.homes import open_base

MAPPING = """
[base]
name = { zh = "茶铺", en = "Tea shop" }
zone = "Asia/Shanghai"
currency = "CNY"
clock = "data"

[sources.sales]
format = "csv"
file = "FILE"

[tables.order_lines]
source = "sales"

[tables.order_lines.columns]
customer_id = "member"
order_id = "order"
product_id = "product"
ordered_at = { column = "at", format = "%Y-%m-%d %H:%M" }
quantity = "pieces"
amount = "money"
order_status = "status"

[tables.products]
source = "sales"
one_per = ["product_id"]

[tables.products.columns]
product_id = "product"
category = "product"

[tables.customers]
source = "sales"
one_per = ["customer_id"]

[tables.customers.columns]
customer_id = "member"
"""
RULE = """
[[rule]]
id = "offer-tea"
name = { zh = "推荐茶叶", en = "Offer tea" }
author = "chen"
when = { all = [] }
then = { recommend = "cross_sell", arguments = { category = "TEA" } }
"""
MEMBERS = [f"m{number}" for number in range(20)]
SHOWN = datetime(2024, 6, 1, 12)  # noqa: DTZ001 - on the clock of the shop
REJECTS, REPORTS, ACCEPTS, CANCELS, LATE = MEMBERS[:5]
BUYERS = MEMBERS[5:10]


def sale(member, product, when, status="delivered"):
    return [member, f"{member}-{product}-{when:%m%d%H%M}", product, f"{when:%Y-%m-%d %H:%M}", 1, 20, status]


RICE = [sale(member, "RICE", SHOWN - timedelta(days=days)) for member in MEMBERS for days in (0, 30)]
LATER = [sale(member, "RICE", SHOWN + timedelta(days=29)) for member in MEMBERS]
TEA = [sale(member, "TEA", SHOWN + timedelta(days=4)) for member in (REJECTS, REPORTS, ACCEPTS, *BUYERS)]
TEA += [sale(CANCELS, "TEA", SHOWN + timedelta(days=4), "cancelled"),
        sale(LATE, "TEA", datetime(2024, 6, 16, 0, 0))]  # noqa: DTZ001 - the day after the last of fourteen


HALF = Holdout(name="spring", share=0.5, families=(ActionFamily.CROSS_SELL,))


class Shop:
    """The shop's base, and the file from which its sales are imported."""

    def __init__(self, service, folder):
        self.service = service
        self._file, self._mapping = folder / "sales.csv", folder / "shop.toml"
        self._mapping.write_text(MAPPING.replace("FILE", str(self._file)), encoding="utf-8")

    def bring(self, *sales):
        with self._file.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["member", "order", "product", "at", "pieces", "money", "status"], *sales])
        self.service.ingestion.import_mapping(str(self._mapping), {}, replacing=True, progress=lambda _: None)

    def learned(self):
        """The rate of the rule in a new state."""
        state = self.service.learning.learn("li")
        return next(rate for rate in state["rates"] if rate["subject"] == "rule") | {"datasets": state["datasets"]}


@pytest.fixture
def empty(tmp_path):
    """The shop before anything is published."""
    home = Home(tmp_path / "home")
    home.create(Base(name=Text.same("tea shop"), zone="Asia/Shanghai", currency="CNY", graph=Settings().graph))
    with open_use_cases(open_base(home)) as service:
        made = Shop(service, tmp_path)
        made.bring(*RICE)
        service.rules.take_in(RULE.encode(), "rules.toml", "chen", "li")
        yield made


@pytest.fixture
def shop(empty):
    """Everybody was shown tea on 1 June; one said no, one was reported to have bought, one said yes."""
    service = empty.service
    service.publishing.publish("eve")
    service.learning.set_policy(RatesPolicy(mode=RatesMode.PROPOSE, window_days=14), "li")
    said = {REJECTS: "rejected", REPORTS: "converted", ACCEPTS: "accepted"}
    for decision in service.deciding.decide(MEMBERS, Channel.PHONE, {})["decisions"]:
        for outcome in filter(None, ("shown", said.get(decision["customer_id"]))):
            service.recording.record_outcome(decision["decision_id"], "cross_sell", outcome, "li")
    return empty


@pytest.fixture
def split(empty):
    """Half of them are held out from offers; everybody was asked about. The shop, and who is held out."""
    pack, service = load_pack(), empty.service
    service.base.curation.publish("eve", pack.actions, replace(pack.policy, holdouts=(HALF,)),
                                  check=service.releases.try_out)
    decisions = service.deciding.decide(MEMBERS, Channel.PHONE, {})["decisions"]
    return empty, [one["customer_id"] for one in decisions if one["holdouts"]], decisions


def counts(rate):
    return {name: rate[name] for name in ("accepted", "converted", "by_orders", "rejected", "ignored")}


ALL_TOLD = {"accepted": 0, "converted": 7, "by_orders": 6, "rejected": 1, "ignored": 12}


def test_what_was_bought_within_the_window_is_converted_and_whose_word_it_is_is_told(shop):
    """Six bought and nobody reported it; a cancelled order and one of the fifteenth day are none; a no stays a no."""
    shop.bring(*RICE, *LATER, *TEA)
    assert counts(shop.learned()) == ALL_TOLD
    [told] = [rule for rule in shop.service.learning.rules()["rules"] if rule["rule_id"] == "offer-tea"]
    assert counts(told) == ALL_TOLD
    counted = shop.service.impact.counted(days=14)
    outcomes = {one["outcome"]: one["cards"] for one in counted["outcomes"]}
    assert outcomes["converted"] == 1  # the journal holds what was recorded, and nothing of this
    assert counted["by_orders"] == {"cards": 6, "customers": 6}


def test_the_same_import_a_second_time_changes_nothing(shop):
    shop.bring(*RICE, *LATER, *TEA)
    first = shop.learned()
    shop.bring(*RICE, *LATER, *TEA)
    assert shop.learned() == first
    assert [data["name"] for data in first["datasets"]] == ["order_lines", "products"]


def test_sales_that_are_taken_back_count_no_more_and_a_decision_replays_under_the_state_it_names(shop):
    shop.bring(*RICE, *LATER, *TEA)
    before = shop.learned()
    shop.service.learning.use(1, "li")
    [decision] = shop.service.deciding.decide(MEMBERS[-1:], Channel.PHONE, {})["decisions"]
    assert decision["rates"] == 1
    shop.bring(*RICE, *LATER, *TEA[:3])
    after = shop.learned()
    assert counts(after) == {"accepted": 0, "converted": 2, "by_orders": 1, "rejected": 1, "ignored": 17}
    assert before["datasets"] != after["datasets"]
    assert shop.service.deciding.replay(decision["decision_id"])["equal"]


def test_who_is_erased_is_counted_no_more(shop):
    shop.bring(*RICE, *LATER, *TEA)
    shop.service.erasing.erase(BUYERS[0])
    assert counts(shop.learned()) == ALL_TOLD | {"converted": 6, "by_orders": 5}


def test_while_later_sales_are_not_imported_nobody_is_taken_to_have_ignored_it(shop):
    """The journal goes on to the twentieth day, the sales end on the tenth: they would all be bought later, or not."""
    shop.bring(*RICE, *TEA[:8], sale(MEMBERS[19], "RICE", SHOWN + timedelta(days=9)))
    tenth = shop.service.base.description.moment.as_of
    with pytest.raises(Conflict, match="of 20 the window of 14 days is not over, or orders are not known to its end"):
        shop.service.learning.learn("li", tenth + 10 * 86_400)
    assert shop.service.learning.learn("li", tenth + 20 * 86_400)["waiting"] == 0  # they are not waited for for ever


def conversion(shop, days=14):
    [one] = shop.service.impact.counted(days)["controlled"]
    return next((line for line in one["figures"] if line["measure"] == "conversion"), None)


def test_those_held_out_are_counted_by_the_same_rule(split):
    """Four of each side buy tea in time, of each one later; what is reported of an offer counts on neither."""
    shop, held, decisions = split
    assert all(shop.service.deciding.replay(one["decision_id"])["equal"] for one in decisions[:5])
    offered = [member for member in MEMBERS if member not in held]
    for decision in decisions:
        if decision["customer_id"] == offered[-1]:
            shop.service.recording.record_outcome(decision["decision_id"], "cross_sell", "converted", "li")
    tea = [sale(member, "TEA", SHOWN + timedelta(days=days)) for side in (held, offered)
           for member, days in zip(side[:5], (1, 2, 3, 14, 15), strict=True)]
    shop.bring(*RICE, *LATER, *tea)
    told = conversion(shop)
    assert told["recommended"] == {"customers": len(offered), "mean": pytest.approx(4 / len(offered))}
    assert told["control"] == {"customers": len(held), "mean": pytest.approx(4 / len(held))}
    assert conversion(shop, days=2)["control"]["mean"] == pytest.approx(2 / len(held))


def test_where_an_answer_does_not_say_what_it_withheld_no_conversion_is_compared(split):
    """So it is with decisions of earlier versions: those held out would seem to have bought nothing of it."""
    shop, held, decisions = split
    shop.bring(*RICE, *LATER, sale(MEMBERS[0], "TEA", SHOWN + timedelta(days=20)))
    assert conversion(shop)["control"]["mean"] == 0.0
    journal = shop.service.base.home.journal_path
    told = next(one["decision_id"] for one in decisions if one["customer_id"] == held[0])
    with closing(sqlite3.connect(journal)) as connection, connection:
        connection.execute("UPDATE decisions SET body = json_remove(body, '$.withheld_cards') WHERE decision_id = ?",
                           (told,))
    assert conversion(shop) is None
