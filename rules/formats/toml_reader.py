"""TOML to rules."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kb.model.condition import ALWAYS, And, Concluded, Condition, Exists, Known, Not, Op, Or, Quantile, Test, Unknown
from kb.model.figures import AMOUNT, SCORE, CustomerFigure, CustomerProduct
from kb.model.ids import ActionId, ItemId, RuleId
from kb.model.rule import Conclude, Effect, Example, Recommend, Require, Rule
from ontology.vocabulary import ActionFamily, KnowledgeStatus, Level
from rules.formats.toml_table import Table

_RULE = ("id", "name", "author", "when", "then", "level", "propensity", "own_propensity", "value",
         "own_value", "sentence", "rests_on", "valid_from",
         "valid_to", "status", "example")


def load_rules(path: Path) -> tuple[Rule, ...]:
    """The rules of a TOML file, in its order.

    Raises:
        InvalidRule: The file is no TOML, or a rule cannot be read; the message names file, rule and key.
    """
    return rules_from_toml(path.read_bytes(), source=str(path))


def rules_from_toml(content: bytes, *, source: str) -> tuple[Rule, ...]:
    """The rules of the bytes of a TOML file, in its order; ``source`` is what messages call it.

    Raises:
        InvalidRule: They are no TOML, or a rule cannot be read.
    """
    file = Table.of_file(content, source)
    return tuple(rule_from_toml(table.values, source=source) for table in file.tables("rule"))


def rules_from_text(text: str, *, source: str) -> tuple[Rule, ...]:
    """The rules of the text of a TOML file, as ``rules_from_toml``."""
    return rules_from_toml(text.encode(), source=source)


def rule_from_toml(table: Mapping[str, Any], *, source: str = "") -> Rule:
    """The rule that one ``[[rule]]`` table says.

    Args:
        table: As ``tomllib`` gives it.
        source: The file it came from, for messages.

    Raises:
        InvalidRule: A key is missing, unknown or holds something else; the message names file, rule and key.
    """
    rule = Table(table, f"{source + ': ' if source else ''}rule {table.get('id', '?')!r}")
    rule.only(*_RULE)
    return Rule(
        id=RuleId(rule.text("id")), name=rule.bilingual("name"), author=rule.text("author"),
        when=_condition(rule.table("when")), then=_effect(rule.table("then")),
        level=rule.choice("level", Level, Level.APPLICABILITY),
        propensity=rule.number("propensity"), own_propensity=_product(rule, "own_propensity"),
        value=rule.number("value"), own_value=_product(rule, "own_value"),
        sentence=rule.bilingual("sentence") if "sentence" in table else None,
        rests_on=tuple(map(ItemId, rule.texts("rests_on"))),
        valid_from=rule.instant("valid_from"), valid_to=rule.instant("valid_to"),
        status=rule.choice("status", KnowledgeStatus, KnowledgeStatus.PROPOSED),
        examples=tuple(map(_example, rule.tables("example"))),
    )


def condition_from_toml(table: Mapping[str, Any], *, source: str = "condition") -> Condition:
    """The condition that a table says; ``source`` is what messages call it.

    >>> condition_from_toml({"known": "age"})
    Known(property='age')
    """
    return _condition(Table(table, source))


def _product(rule: Table, key: str) -> CustomerProduct | None:
    if key not in rule.values:
        return None
    table = rule.table(key)
    table.only("share", "of")
    share = table.number("share")
    return CustomerProduct(share=1.0 if share is None else share, figures=tuple(map(_figure, table.tables("of"))))


def _figure(table: Table) -> CustomerFigure:
    named = table.one_of((SCORE, AMOUNT, "property"), "a number of the customer")
    table.only(named)
    if named == "property":
        return CustomerFigure(property=table.text(named))
    return CustomerFigure(property=named, item=ItemId(table.text(named)))


def _condition(table: Table) -> Condition:
    return _READ[table.one_of(_READ, "a condition")](table)


def _all(table: Table) -> Condition:
    table.only("all")
    return And(parts=tuple(map(_condition, table.tables("all"))))


def _any(table: Table) -> Condition:
    table.only("any")
    return Or(parts=tuple(map(_condition, table.tables("any"))))


def _not(table: Table) -> Condition:
    table.only("not")
    return Not(part=_condition(table.table("not")))


def _test(table: Table) -> Condition:
    table.only("property", "op", "value", "quantile", "of")
    return Test(property=table.text("property"), op=table.choice("op", Op), operand=table.operand("value"),
                quantile=_quantile(table))


def _quantile(table: Table) -> Quantile | None:
    at, of = table.number("quantile"), table.text("of") if "of" in table.values else None
    if at is None and of is not None:
        msg = f"'of' = {of!r} ranks values, but no 'quantile' is given"
        raise table.refusal(msg, "write quantile = 0.9 beside it")
    return None if at is None else Quantile(at=at, of=of)


def _known(table: Table) -> Condition:
    table.only("known")
    return Known(property=table.text("known"))


def _unknown(table: Table) -> Condition:
    table.only("unknown")
    return Unknown(property=table.text("unknown"))


def _concluded(table: Table) -> Condition:
    table.only("concluded")
    kind, value = _pair(table.table("concluded"))
    return Concluded(kind=kind, value=value)


def _exists(table: Table) -> Condition:
    table.only("exists", "as", "where", "at_least", "at_most")
    return Exists(fact=table.text("exists"), alias=_alias(table, "exists"), where=_where(table),
                  at_least=table.whole("at_least", 1) or 0, at_most=table.whole("at_most", None))


def _not_exists(table: Table) -> Condition:
    table.only("not_exists", "as", "where")
    return Exists(fact=table.text("not_exists"), alias=_alias(table, "not_exists"), where=_where(table), at_least=0,
                  at_most=0)


def _alias(table: Table, key: str) -> str:
    return table.text("as" if "as" in table.values else key)


def _where(table: Table) -> Condition:
    return _condition(table.table("where")) if "where" in table.values else ALWAYS


_READ: Mapping[str, Callable[[Table], Condition]] = {
    "all": _all, "any": _any, "not": _not, "property": _test, "known": _known, "unknown": _unknown,
    "exists": _exists, "not_exists": _not_exists, "concluded": _concluded,
}


def _effect(table: Table) -> Effect:
    match table.one_of(("recommend", "require", "conclude"), "an effect"):
        case "recommend":
            table.only("recommend", "arguments")
            arguments = table.table("arguments") if "arguments" in table.values else Table({}, table.place)
            return Recommend(action=ActionId(table.text("recommend")),
                             arguments={name: arguments.argument(name) for name in arguments.values})
        case "require":
            table.only("require")
            return _required(table)
        case _:
            table.only("conclude")
            kind, value = _pair(table.table("conclude"))
            return Conclude(kind=kind, value=value)


def _required(table: Table) -> Require:
    target, _, name = table.text("require").partition(":")
    match target:
        case "family":
            return Require(family=Table({"family": name}, table.place).choice("family", ActionFamily))
        case "action" if name:
            return Require(action=ActionId(name))
    msg = f"require {table.text('require')!r} names no target"
    raise table.refusal(msg, "write family:<family> or action:<action>")


def _example(table: Table) -> Example:
    table.only("name", "customer", "related", "conclusions", "fires")
    related = table.table("related") if "related" in table.values else Table({}, table.place)
    return Example(
        name=table.text("name"),
        customer=table.table("customer").scalars() if "customer" in table.values else {},
        related={fact: tuple(row.scalars() for row in related.tables(fact)) for fact in related.values},
        conclusions=tuple(map(_pair, table.tables("conclusions"))), fires=table.flag("fires", default=True))


def _pair(table: Table) -> tuple[str, str]:
    table.only("kind", "value")
    return table.text("kind"), table.text("value")
