"""The figures of a rule: plain numbers within their bounds, and products of numbers that a customer has."""

from collections.abc import Mapping
from types import MappingProxyType

from kb.errors import InvalidRule
from kb.model.bounds import MONEY, SHARE, Bounds
from kb.model.figures import AMOUNT, SCORE, CustomerFigure, CustomerProduct
from kb.model.rule import Recommend, Rule
from ontology.quantities import number
from ontology.schema import Schema
from ontology.text import Text
from ontology.vocabulary import Unit
from rules.condition.walk import CUSTOMER
from rules.lint.condition import property_of
from rules.lint.constants import NUMERIC

_OF_LINK: Mapping[str, Unit] = MappingProxyType({SCORE: Unit.SHARE, AMOUNT: Unit.CURRENCY})
_NO_CHANCE = Text(zh="倾向应在 [0, 1] 之间，得到的是 {given}", en="propensity must lie in [0, 1], got {given}")
_AS_SHARE = Text(zh="请给出概率，而不是百分数", en="give a probability, not a percentage")
_NO_MONEY = Text(zh="金额应在 {least} 与 {most} 之间，得到的是 {given}",
                 en="value must lie from {least} to {most}, got {given}")
_IN_CURRENCY = Text(zh="请以知识库的货币给出金额", en="give money in the base's currency")
_OF_NOTHING = Text(zh="{name} 没有用到客户的任何数值", en="{name} is made of no number of the customer")
_NAME_ONE = Text(zh="请写客户的一项属性、一条知识的得分或预期金额",
                 en="name a property of the customer, or the score or the amount of a knowledge item")
_BAD_SHARE = Text(zh="{name} 的比例应大于 0 且不超过 {most}，得到的是 {given}",
                  en="the share of {name} must lie above 0 and not above {most}, got {given}")
_NO_NUMBER = Text(zh="“{property}”不是数值，{name} 不能由它计算",
                  en="{property} is no number, and {name} cannot be made of it")
_NOT_OF_LINK = Text(zh="客户与知识“{item}”之间没有数值“{property}”",
                    en="what links a customer to {item} has no number called {property}")
_WRONG_UNIT = Text(zh="“{property}”既不是比例也不是概率，个人响应概率不能由它计算",
                   en="{property} is neither a share nor a probability, and a propensity cannot be made of it")
_SHARES_ONLY = Text(zh="请用知识的得分，或以比例计的属性",
                    en="take the score of an item, or a property that is a share")
_TOO_MUCH_MONEY = Text(zh="个人价值由 {n} 个金额相乘：金额乘金额没有意义",
                       en="a value is made of {n} amounts of money: money times money means nothing")
_ONE_AMOUNT = Text(zh="请只留一个金额，其余用比例或得分", en="keep one amount, and take shares and scores beside it")
_IDLE = Text(zh="规则不推荐行动，它的个人响应概率和个人价值没有作用",
             en="the rule recommends nothing, so that figures of the customer are of no use to it")
_DROP = Text(zh="请删去它们", en="leave them out")


def check_figures(rule: Rule, schema: Schema) -> None:
    """Refuse figures that no probability and no money can come of.

    Raises:
        InvalidRule: A plain number is out of bounds, or a product is made of something else than the customer's
            numbers: shares and scores for a propensity, one amount of money at most besides for a value.
    """
    if rule.propensity is not None and not SHARE.holds(rule.propensity):
        raise InvalidRule(_NO_CHANCE.fill(given=rule.propensity), hint=_AS_SHARE)
    if rule.value is not None and not MONEY.holds(rule.value):
        msg = _NO_MONEY.fill(least=number(MONEY.least), most=number(MONEY.most), given=rule.value)
        raise InvalidRule(msg, hint=_IN_CURRENCY)
    if rule.own_figures and not isinstance(rule.then, Recommend):
        raise InvalidRule(_IDLE, hint=_DROP)
    if rule.own_propensity is not None:
        _check_propensity(rule.own_propensity, schema)
    if rule.own_value is not None:
        _check_value(rule.own_value, schema)


def _check_propensity(product: CustomerProduct, schema: Schema) -> None:
    for figure, unit in _units(product, "own_propensity", SHARE, schema):
        if unit != Unit.SHARE:
            raise InvalidRule(_WRONG_UNIT.fill(property=figure.property), hint=_SHARES_ONLY)


def _check_value(product: CustomerProduct, schema: Schema) -> None:
    amounts = [unit for _, unit in _units(product, "own_value", MONEY, schema) if unit == Unit.CURRENCY]
    if len(amounts) > 1:
        raise InvalidRule(_TOO_MUCH_MONEY.fill(n=len(amounts)), hint=_ONE_AMOUNT)


def _units(product: CustomerProduct, name: str, bounds: Bounds,
           schema: Schema) -> list[tuple[CustomerFigure, str | None]]:
    """Each number with its unit."""
    if not product.figures:
        raise InvalidRule(_OF_NOTHING.fill(name=name), hint=_NAME_ONE)
    if not (bounds.holds(product.share) and product.share > 0):
        msg = _BAD_SHARE.fill(name=name, most=number(bounds.most), given=product.share)
        raise InvalidRule(msg, hint=_AS_SHARE if bounds is SHARE else _IN_CURRENCY)
    return [(figure, _unit(figure, name, schema)) for figure in product.figures]


def _unit(figure: CustomerFigure, name: str, schema: Schema) -> str | None:
    if figure.item is not None:
        if figure.property not in _OF_LINK:
            raise InvalidRule(_NOT_OF_LINK.fill(item=figure.item, property=figure.property), hint=_NAME_ONE)
        return _OF_LINK[figure.property]
    known = property_of(schema.facts[CUSTOMER], figure.property)
    if known.type not in NUMERIC:
        raise InvalidRule(_NO_NUMBER.fill(property=figure.property, name=name), hint=_NAME_ONE)
    return known.unit
