"""Rules to TOML."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import tomli_w

from kb.model.condition import ALWAYS, And, Concluded, Condition, Exists, Known, Not, Or, Ref, Scalar, Test, Unknown
from kb.model.figures import CustomerProduct
from kb.model.quantile import as_written
from kb.model.rule import Conclude, Effect, Example, Recommend, Require, Rule
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus, Level


def rules_to_text(rules: Iterable[Rule]) -> str:
    """The text of a TOML file with a ``[[rule]]`` table for each rule, in their order."""
    return tomli_w.dumps({"rule": [rule_to_toml(rule) for rule in rules]})


def rule_to_toml(rule: Rule) -> dict[str, Any]:
    """The table that reads as this rule; what has its default value is left out."""
    optional = {
        "level": None if rule.level is Level.APPLICABILITY else rule.level.value,
        "propensity": rule.propensity,
        "own_propensity": _product(rule.own_propensity),
        "value": rule.value,
        "own_value": _product(rule.own_value),
        "sentence": None if rule.sentence is None else _words(rule.sentence),
        "rests_on": list(rule.rests_on) or None,
        "valid_from": _instant(rule.valid_from),
        "valid_to": _instant(rule.valid_to),
        "status": None if rule.status is KnowledgeStatus.PROPOSED else rule.status.value,
        "example": list(map(_example, rule.examples)) or None,
    }
    return {
        "id": rule.id, "name": _words(rule.name), "author": rule.author,
        "when": condition_to_toml(as_written(rule.when)), "then": _effect(rule.then),
    } | {key: value for key, value in optional.items() if value is not None}


def _product(product: CustomerProduct | None) -> dict[str, Any] | None:
    if product is None:
        return None
    of = [{"property": one.property} if one.item is None else {one.property: one.item} for one in product.figures]
    return {"of": of} if product.share == 1.0 else {"share": product.share, "of": of}


def condition_to_toml(condition: Condition) -> dict[str, Any]:
    """The table that reads as this condition.

    >>> condition_to_toml(Not(part=Test(property="category", op="=", operand=Ref(alias="p", property="category"))))
    {'not': {'property': 'category', 'op': '=', 'value': '$p.category'}}
    """
    match condition:
        case Test():
            return _test(condition)
        case Known(property=name):
            return {"known": name}
        case Unknown(property=name):
            return {"unknown": name}
        case And(parts=parts):
            return {"all": [condition_to_toml(part) for part in parts]}
        case Or(parts=parts):
            return {"any": [condition_to_toml(part) for part in parts]}
        case Not(part=part):
            return {"not": condition_to_toml(part)}
        case Concluded(kind=kind, value=value):
            return {"concluded": {"kind": kind, "value": value}}
        case Exists():
            return _exists(condition)


def _test(test: Test) -> dict[str, Any]:
    told: dict[str, Any] = {"property": test.property, "op": str(test.op), "value": _value(test.operand)}
    if test.quantile is not None:
        told["quantile"] = test.quantile.at
        if test.quantile.of is not None:
            told["of"] = test.quantile.of
    return told


def _exists(exists: Exists) -> dict[str, Any]:
    is_none = (exists.at_least, exists.at_most) == (0, 0)
    table: dict[str, Any] = {"not_exists" if is_none else "exists": exists.fact}
    if exists.alias != exists.fact:
        table["as"] = exists.alias
    if exists.where != ALWAYS:
        table["where"] = condition_to_toml(exists.where)
    if not is_none and exists.at_least != 1:
        table["at_least"] = exists.at_least
    if not is_none and exists.at_most is not None:
        table["at_most"] = exists.at_most
    return table


def _value(value: Scalar | Ref | tuple[Scalar, ...]) -> Scalar | list[Scalar]:
    match value:
        case Ref(alias=alias, property=name):
            return f"${alias}.{name}"
        case tuple():
            return list(value)
        case str() if value.startswith("$"):
            return f"${value}"
        case _:
            return value


def _effect(effect: Effect) -> dict[str, Any]:
    match effect:
        case Recommend(action=action, arguments=arguments):
            given = {name: _value(value) for name, value in arguments.items()}
            return {"recommend": action, "arguments": given} if given else {"recommend": action}
        case Require(family=family, action=action):
            return {"require": f"action:{action}" if family is None else f"family:{family}"}
        case Conclude(kind=kind, value=value):
            return {"conclude": {"kind": kind, "value": value}}


def _example(example: Example) -> dict[str, Any]:
    optional = {
        "customer": dict(example.customer),
        "related": {fact: [dict(row) for row in rows] for fact, rows in example.related.items()},
        "conclusions": [{"kind": kind, "value": value} for kind, value in example.conclusions],
    }
    return {"name": example.name} | {key: value for key, value in optional.items() if value} | {"fires": example.fires}


def _words(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _instant(epoch_seconds: int | None) -> datetime | None:
    return None if epoch_seconds is None else datetime.fromtimestamp(epoch_seconds, tz=UTC)
