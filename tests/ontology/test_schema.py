"""Fact types, tables and labels are what the ontology says, and a base may add attributes of its customers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from ontology.extension import extension_turtle
from ontology.schema import ColumnType, Property, PropertyType, load_schema, schema_of
from ontology.text import Text
from ontology.vocabulary import Channel, FactName, IndicatorGroup, KnowledgeKind, PatternKind

WINDOWS = ("7d", "30d", "90d", "365d", "all")
FACTS = {
    "customer": (
        "age:integer age_low:integer age_high:integer gender:string monthly_income:number income_low:number "
        "income_high:number occupation:string city:string region:string joined_days_ago:integer "
        "consent_marketing:boolean " + " ".join(f"consent_{channel}:boolean" for channel in Channel) +
        " dwell_seconds:number view_count:integer monetary_total:number monetary_yearly:number monetary_30d:number "
        "monetary_90d:number recency_days:integer order_count:integer order_gap_mean:number order_gap_std:number "
        "silence_ratio:number basket_mean:number preferred_category:string preferred_store:string "
        "preferred_channel:string preferred_weekday:integer preferred_hour:integer discount_share:number "
        "older_interactions:integer undelivered_orders:integer failed_order_days_ago:integer "
        "spend_trend:number loyalty:number"),
    "purchase": (
        "category:string " + " ".join(f"orders_{window}:integer" for window in WINDOWS) + " " +
        " ".join(f"spend_{window}:number" for window in WINDOWS) +
        " first_days_ago:integer last_days_ago:integer share:number gap_ratio:number"),
    "interaction": (
        "kind:string channel:string topic:string category:string days_ago:integer case_id:string resolved:boolean "
        "amount:number dwell_seconds:number score:number score_max:number score_share:number latest_score:boolean"),
    "contact": (
        "source:string campaign_id:string action_id:string family:string kind:string offer:string channel:string "
        "days_ago:integer responded:boolean rejected:boolean open:boolean ends_in_days:integer category:string"),
    "subscription": (
        "plan:string active:boolean tenure_days:integer monthly_amount:number ended_by:string "
        "ended_days_ago:integer"),
    "relation": "kind:string direction:string",
    "knowledge": ("item:string pattern_kind:string label:string score:number amount:number goes_with:string "
                  "since_days_ago:integer "
                  "run_id:string"),
    "moment": "signal:string value:string category:string number:number",
}
NODES = {
    "Category": "name label_zh label_en",
    "Campaign": "campaign_id kind offer starts_at:i ends_at:i category",
    "Interaction": ("interaction_id kind channel topic category at:i case_id resolved:b resolved_at:i amount:d "
                    "dwell_seconds:d score:d score_max:d text author"),
    "Subscription": "subscription_id plan started_at:i ended_at:i ended_by monthly_amount:d",
    "KnowledgeItem": ("id kind pattern_kind status subject statement_zh statement_en strength:d standing valid_from:i "
                      "valid_to:i recorded_at:i retired_at:i measured_at:i author approver run_id body"),
    "Measurement": "measurement_id item_id as_of:i body",
    "KnowledgeVersion": "version_id item_id known_from:i body",
    "Note": "note_id text author at:i reviewed:b journal",
    "Rule": "id status level action body",
    "RuleDraft": "draft_id rule_id status recorded_at:i judged_at:i approver reason body",
    "Action": "id family body",
    "Release": "number:i published_at:i publisher fingerprint body",
    "Run": "run_id as_of:i started_at:i body",
    "Dataset": "digest name",
    "Refusal": "id run_id pattern_kind body",
    "Decision": "decision_id at:i release:i status journal",
    "Outcome": "outcome_id outcome at:i action_id family channel arguments author journal",
    "PostedInteraction": ("interaction_id kind channel topic category at:i case_id resolved:b amount:d dwell_seconds:d "
                          "score:d score_max:d text author journal"),
    "CaseChange": "change_id case_id resolved:b at:i turn:i author reason journal",
    "State": "name value",
}
RELATIONS = {
    "HAD": ("Customer", "Interaction", ""),
    "REPORTED": ("Customer", "PostedInteraction", ""),
    "CASE_CHANGED": ("Customer", "CaseChange", ""),
    "SUBSCRIBED": ("Customer", "Subscription", ""),
    "KNOWS": ("Customer", "Customer", "kind"),
    "HOLDS_A": ("Customer", "KnowledgeItem",
                ("score:d since:i run_id as_of:i valid_from:i valid_to:i recorded_at:i retired_at:i "
                "amount:d amount_low:d amount_high:d goes_with")),
    "HOLDS_B": ("Customer", "KnowledgeItem",
                ("score:d since:i run_id as_of:i valid_from:i valid_to:i recorded_at:i retired_at:i "
                "amount:d amount_low:d amount_high:d goes_with")),
    "NOTED": ("Customer", "Note", ""),
    "MINED_BY": ("KnowledgeItem", "Run", ""),
    "USED": ("Run", "Dataset", ""),
    "RESTS_ON": ("Rule", "KnowledgeItem", ""),
    "RECOMMENDS": ("Rule", "Action", ""),
    "CONTAINS": ("Release", "Rule", ""),
    "PUBLISHES": ("Release", "KnowledgeItem", ""),
    "DECIDED_FOR": ("Decision", "Customer", ""),
    "PROPOSED_ACTION": ("Decision", "Action", "rank:i score:d channel arguments"),
    "CAME_OF": ("Outcome", "Decision", ""),
}
COLUMN_TYPES = {"": ColumnType.STRING, "i": ColumnType.INT64, "d": ColumnType.DOUBLE, "b": ColumnType.BOOL}
STORED_AS = {PropertyType.NUMBER: ColumnType.DOUBLE, PropertyType.INTEGER: ColumnType.INT64,
             PropertyType.STRING: ColumnType.STRING, PropertyType.BOOLEAN: ColumnType.BOOL}


@dataclass(frozen=True)
class Attribute:
    name: str
    type: str
    unit: str | None
    labels: Text
    values: Mapping[str, Text] = field(default_factory=dict)
    sensitive: bool = False


CONTRACT_TYPE = Attribute("contract_type", "string", None, Text(zh="合约类型", en="contract type"))
FAMILY_SIZE = Attribute("family_size", "integer", "persons", Text(zh="家庭人数", en="family size"), sensitive=True)
PAYMENT = Attribute("payment", "string", None, Text(zh="付款方式", en="payment"), {
    "Mailed check": Text(zh="邮寄支票", en="mailed cheque"), "Card/自动": Text(zh="自动扣款", en="automatic card")})


def columns(told):
    return {name: COLUMN_TYPES[kind] for name, _, kind in (column.partition(":") for column in told.split())}


def node(schema, name):
    return next(table for table in schema.nodes if table.name == name)


def relation(schema, name):
    return next(table for table in schema.relations if table.name == name)


def stored(fact):
    return {prop.name: STORED_AS[prop.type] for prop in load_schema().facts[fact].properties.values()}


def test_the_fact_types_are_told_in_the_order_of_their_names():
    assert tuple(load_schema().facts) == tuple(FactName)


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_type_has_its_properties_with_their_types_in_order(fact):
    properties = load_schema().facts[fact].properties

    assert " ".join(f"{prop.name}:{prop.type}" for prop in properties.values()) == FACTS[fact]
    assert list(properties) == [prop.name for prop in properties.values()]


def test_only_the_customer_is_a_single_fact():
    assert [name for name, fact in load_schema().facts.items() if not fact.many] == ["customer"]


@pytest.mark.parametrize("name", NODES)
def test_a_node_table_has_its_key_first_and_its_columns(name):
    table = node(load_schema(), name)

    assert dict(table.columns) == columns(NODES[name])
    assert next(iter(table.columns)) == table.key == NODES[name].split()[0].partition(":")[0]


def test_the_customer_node_holds_every_property_of_the_customer_fact():
    table = node(load_schema(), "Customer")

    assert dict(table.columns) == columns("customer_key external_id name phone address") | stored("customer")
    assert table.key == "customer_key"


@pytest.mark.parametrize("name", RELATIONS)
def test_a_relationship_table_joins_its_nodes(name):
    table = relation(load_schema(), name)

    assert (table.source, table.target, dict(table.columns)) == (*RELATIONS[name][:2], columns(RELATIONS[name][2]))


def test_a_purchase_relationship_leaves_its_category_to_the_category_node():
    table = relation(load_schema(), "PURCHASED")

    assert (table.source, table.target) == ("Customer", "Category")
    assert dict(table.columns) | {"category": ColumnType.STRING} == stored("purchase")


def test_a_contact_relationship_holds_the_contact_and_its_instant():
    table = relation(load_schema(), "CONTACTED")

    assert (table.source, table.target) == ("Customer", "Campaign")
    assert dict(table.columns) == stored("contact") | {"contacted_at": ColumnType.INT64}


def test_no_other_table_is_stored():
    schema = load_schema()

    assert {table.name for table in schema.nodes} == {*NODES, "Customer"}
    assert {table.name for table in schema.relations} == {*RELATIONS, "PURCHASED", "CONTACTED"}


def test_a_property_of_a_vocabulary_takes_only_its_terms():
    channel = load_schema().facts["interaction"].properties["channel"]

    assert channel.choices == tuple(sorted(Channel))
    assert load_schema().label(channel.vocabulary, "wechat") == Text(zh="微信", en="WeChat")


def test_the_protected_attributes_are_age_and_gender():
    properties = load_schema().facts["customer"].properties.values()

    assert {prop.name for prop in properties if prop.protected} == {"age", "age_low", "age_high", "gender"}


def test_the_nine_indicators_stand_in_the_four_groups():
    grouped = {name: prop.group for name, prop in load_schema().facts["customer"].properties.items()}

    for name in ("age", "gender", "monthly_income"):
        assert grouped[name] is IndicatorGroup.DEMOGRAPHIC
    for name in ("dwell_seconds", "view_count"):
        assert grouped[name] is IndicatorGroup.BEHAVIOUR
    for name in ("monetary_total", "monetary_yearly"):
        assert grouped[name] is IndicatorGroup.PAST_VALUE
    for name in ("monetary_30d", "monetary_90d"):
        assert grouped[name] is IndicatorGroup.CURRENT_VALUE


def test_every_customer_property_makes_a_statement_of_one_kind():
    properties = load_schema().facts["customer"].properties

    assert properties["city"].kind is KnowledgeKind.INFORMATION
    assert properties["recency_days"].kind is KnowledgeKind.OPERATIONAL
    assert all(prop.kind for prop in properties.values())


def test_every_number_has_a_unit_that_has_a_name():
    schema = load_schema()
    numbers = [prop for prop in schema.facts["customer"].properties.values()
               if prop.type in (PropertyType.NUMBER, PropertyType.INTEGER)]

    assert all(prop.unit in schema.vocabularies["unit"] for prop in numbers)


def test_every_pattern_kind_yields_one_kind_of_knowledge():
    kinds = load_schema().kinds

    assert set(kinds) == set(PatternKind)
    assert kinds[PatternKind.ASSOCIATION] is KnowledgeKind.HIDDEN
    assert kinds[PatternKind.SEGMENT] is KnowledgeKind.OPERATIONAL


def test_labels_are_told_by_vocabulary_by_fact_type_and_by_class():
    schema = load_schema()

    assert schema.label("churn_kind", "content").zh == "快乐流失"
    assert schema.label("customer", "basket_mean").zh == "客单价"
    assert schema.label("interaction", "kind") == Text(zh="互动类型", en="kind of interaction")
    assert schema.labels["HiddenKnowledge"].zh == "隐藏知识"


def test_the_schema_of_the_same_files_is_computed_once():
    assert load_schema() is load_schema()


def test_a_declared_attribute_becomes_a_property_and_a_column(tmp_path):
    path = tmp_path / "local.ttl"

    path.write_bytes(extension_turtle([CONTRACT_TYPE, FAMILY_SIZE]))
    schema = load_schema(path)

    assert list(schema.facts["customer"].properties)[-2:] == ["contract_type", "family_size"]
    assert schema.facts["customer"].properties["family_size"] == Property(
        name="family_size", type=PropertyType.INTEGER, labels=FAMILY_SIZE.labels, unit="persons", protected=True,
        kind=KnowledgeKind.INFORMATION)
    assert node(schema, "Customer").columns["contract_type"] is ColumnType.STRING
    assert schema.label("customer", "contract_type") == CONTRACT_TYPE.labels
    assert not schema.facts["customer"].properties["contract_type"].protected


def test_the_values_of_an_attribute_are_its_choices_and_have_words():
    schema = schema_of(extension_turtle([PAYMENT]))
    payment = schema.facts["customer"].properties["payment"]

    assert (payment.vocabulary, payment.choices) == ("payment", ("Card/自动", "Mailed check"))
    assert schema.label("payment", "Mailed check").zh == "邮寄支票"
    assert schema.labels["payment.Card/自动"] == Text(zh="自动扣款", en="automatic card")


def test_words_for_the_values_of_a_known_property_leave_it_open_to_others():
    schema = schema_of(extension_turtle([], {"region": {"EIRE": Text(zh="爱尔兰", en="Ireland")}}))

    assert schema.label("region", "EIRE").zh == "爱尔兰"
    assert schema.facts["customer"].properties["region"].choices == ()


def test_two_extensions_add_up(tmp_path):
    first, second = tmp_path / "a.ttl", tmp_path / "b.ttl"

    first.write_bytes(extension_turtle([CONTRACT_TYPE]))
    second.write_bytes(extension_turtle([FAMILY_SIZE]))

    assert list(load_schema(first, second).facts["customer"].properties)[-2:] == ["contract_type", "family_size"]


def test_an_extension_that_is_rewritten_is_read_again(tmp_path):
    path = tmp_path / "local.ttl"
    path.write_bytes(extension_turtle([CONTRACT_TYPE]))
    load_schema(path)

    path.write_bytes(extension_turtle([FAMILY_SIZE]))

    assert "contract_type" not in load_schema(path).facts["customer"].properties


def test_an_extension_without_attributes_changes_nothing(tmp_path):
    (tmp_path / "local.ttl").write_bytes(extension_turtle([]))

    assert load_schema(tmp_path / "local.ttl") == load_schema()


@pytest.mark.parametrize("name", ["age", "phone", "customer_key", "Contract", "1st", "a b", ""])
def test_an_attribute_with_a_taken_or_unusable_name_is_refused(tmp_path, name):
    path = tmp_path / "local.ttl"

    with pytest.raises(ValueError, match=f"cannot declare attribute '{name}'"):
        path.write_bytes(extension_turtle([Attribute(name, "string", None, Text.same("x"))]))

    assert not path.exists()
