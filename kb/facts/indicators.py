"""The registry of customer indicators: each one expression, with the words that say what it means.

Every expression reads one row of the *customer base* (``definitions.customer_base``), in which a sum is unknown only
where the source has no such records at all, and a day, a gap or a favourite wherever the customer has none.
"""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
from ibis.expr.types import Table, Value

from ontology.text import Text
from ontology.vocabulary import IndicatorGroup, Unit

YEAR_DAYS = 365.25
QUARTER_DAYS = 90
MONTH_DAYS = 30
LOYALTY_WINDOW_DAYS = 30
LOYALTY_WINDOWS = 12
_LEAST_LOYALTY_WINDOWS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One number or word about a customer at a moment.

    Args:
        name: The property of the ``customer`` fact.
        formula: How it is computed, in words that a person can follow with the order lines at hand.
        unit: Of the number; ``None`` for a name.
        owner: Who answers for the definition.
        dtype: Property type of the ontology: ``number``, ``integer``, ``string`` or ``boolean``.
        expression: From the customer base to the value; null is unknown.
    """

    name: str
    labels: Text
    formula: Text
    unit: Unit | None
    group: IndicatorGroup
    owner: str
    dtype: str
    expression: Callable[[Table], Value]


def _column(name: str) -> Callable[[Table], Value]:
    return lambda base: base[name]


def _mean_gap(base: Table) -> Value:
    return (base.first_days - base.recency_days) / (base.order_days - 1).nullif(0)


def _gap_spread(base: Table) -> Value:
    """Sample standard deviation from exact integer sums, so that every engine gives the same number."""
    gaps = base.order_days - 1
    gap_sum = base.first_days - base.recency_days
    scatter = gaps * base.gap_squares - gap_sum * gap_sum
    return ibis.ifelse(gaps >= 2, scatter / (gaps * (gaps - 1)).nullif(0), ibis.null("float64")).sqrt()  # noqa: PLR2004 - two gaps at least


def _loyalty(base: Table) -> Value:
    windows = ibis.least(base.first_days // LOYALTY_WINDOW_DAYS + 1, LOYALTY_WINDOWS)
    return ibis.ifelse(windows >= _LEAST_LOYALTY_WINDOWS, base.active_windows / windows, ibis.null("float64"))


def _positive(value: Value) -> Value:
    """A divisor: ``value`` where it is above zero, otherwise unknown."""
    return ibis.ifelse(value > 0, value, ibis.null("float64"))


_SALES = "sales"
_SERVICE = "service"
_MARKETING = "marketing"
_REGISTER = "customer register"

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        name="age", labels=Text(zh="年龄", en="age"), unit=Unit.YEARS, group=IndicatorGroup.DEMOGRAPHIC,
        owner=_REGISTER, dtype="integer", expression=_column("age"),
        formula=Text(zh="当前年份减去出生年份；只有年龄段时未知（见年龄下限与上限）",
                     en="year of the moment minus year of birth; unknown where only a band is (see its bounds)"),
    ),
    Indicator(
        name="gender", labels=Text(zh="性别", en="gender"), unit=None, group=IndicatorGroup.DEMOGRAPHIC,
        owner=_REGISTER, dtype="string", expression=_column("gender"),
        formula=Text(zh="客户登记的性别", en="as the customer told it"),
    ),
    Indicator(
        name="monthly_income", labels=Text(zh="月收入", en="monthly income"), unit=Unit.CURRENCY,
        group=IndicatorGroup.DEMOGRAPHIC, owner=_REGISTER, dtype="number", expression=_column("monthly_income"),
        formula=Text(zh="个人月收入；只有收入段时未知（见收入下限与上限）",
                     en="personal income in a month; unknown where only a band is (see its bounds)"),
    ),
    Indicator(
        name="dwell_seconds", labels=Text(zh="停留时间", en="dwell time"), unit=Unit.SECONDS,
        group=IndicatorGroup.BEHAVIOUR, owner=_MARKETING, dtype="number", expression=_column("dwell_seconds"),
        formula=Text(zh="全部互动的停留秒数之和；没有任何停留记录时未知",
                     en="sum of the seconds stayed over all interactions; unknown without any record of it"),
    ),
    Indicator(
        name="view_count", labels=Text(zh="浏览次数", en="views"), unit=Unit.COUNT, group=IndicatorGroup.BEHAVIOUR,
        owner=_MARKETING, dtype="integer", expression=_column("views"),
        formula=Text(zh="浏览类互动的次数；数据源完全没有浏览记录时未知",
                     en="interactions of kind view; unknown where the source records no views at all"),
    ),
    Indicator(
        name="monetary_total", labels=Text(zh="累计消费", en="total spend"), unit=Unit.CURRENCY,
        group=IndicatorGroup.PAST_VALUE, owner=_SALES, dtype="number", expression=_column("spend"),
        formula=Text(zh="全部订单明细金额之和，已扣除退货", en="sum of all line amounts, net of returns"),
    ),
    Indicator(
        name="monetary_yearly", labels=Text(zh="年均消费", en="mean yearly spend"), unit=Unit.CURRENCY,
        group=IndicatorGroup.PAST_VALUE, owner=_SALES, dtype="number",
        expression=lambda base: base.spend / ibis.greatest(1.0, base.first_days / YEAR_DAYS),
        formula=Text(zh="累计消费除以自首单以来的年数（天数除以 365.25，不足一年按一年计）；无订单时未知",
                     en="total spend divided by the years since the first order (days over 365.25, at least one year,"
                        " so that a new customer is not extrapolated); unknown without an order"),
    ),
    Indicator(
        name="monetary_30d", labels=Text(zh="近一月消费", en="spend of the last month"), unit=Unit.CURRENCY,
        group=IndicatorGroup.CURRENT_VALUE, owner=_SALES, dtype="number", expression=_column("spend_30d"),
        formula=Text(zh="最近 30 天的净消费", en="net spend within 30 local days"),
    ),
    Indicator(
        name="monetary_90d", labels=Text(zh="近三月消费", en="spend of the last three months"), unit=Unit.CURRENCY,
        group=IndicatorGroup.CURRENT_VALUE, owner=_SALES, dtype="number", expression=_column("spend_90d"),
        formula=Text(zh="最近 90 天的净消费", en="net spend within 90 local days"),
    ),
    Indicator(
        name="recency_days", labels=Text(zh="距上次购买天数", en="days since the last order"), unit=Unit.DAYS,
        group=IndicatorGroup.OTHER, owner=_SALES, dtype="integer", expression=_column("recency_days"),
        formula=Text(zh="当前日与最近订单日之差；无订单时未知",
                     en="local days between the last order and the moment; unknown without an order"),
    ),
    Indicator(
        name="order_count", labels=Text(zh="订单数", en="orders"), unit=Unit.COUNT, group=IndicatorGroup.OTHER,
        owner=_SALES, dtype="integer", expression=_column("orders"),
        formula=Text(zh="至少有一行数量为正的不同订单号个数；纯退货不计",
                     en="distinct order ids with a line of positive quantity; a return alone is no order"),
    ),
    Indicator(
        name="order_gap_mean", labels=Text(zh="平均购买间隔", en="mean gap between orders"), unit=Unit.DAYS,
        group=IndicatorGroup.OTHER, owner=_SALES, dtype="number", expression=_mean_gap,
        formula=Text(zh="首末购买日之差除以（购买日个数减一）；不足两个购买日时未知",
                     en="days from the first to the last day with an order, over the days with an order minus one;"
                        " unknown below two such days"),
    ),
    Indicator(
        name="order_gap_std", labels=Text(zh="购买间隔波动", en="spread of the gap between orders"), unit=Unit.DAYS,
        group=IndicatorGroup.OTHER, owner=_SALES, dtype="number", expression=_gap_spread,
        formula=Text(zh="相邻购买日间隔的样本标准差；不足三个购买日时未知",
                     en="sample standard deviation of the gaps between days with an order; unknown below three days"),
    ),
    Indicator(
        name="silence_ratio", labels=Text(zh="沉默倍数", en="silence ratio"), unit=Unit.RATIO,
        group=IndicatorGroup.OTHER, owner=_SALES, dtype="number",
        expression=lambda base: base.recency_days / _mean_gap(base),
        formula=Text(zh="距上次购买天数除以平均购买间隔；间隔未知时未知",
                     en="days since the last order over the mean gap; unknown where the gap is"),
    ),
    Indicator(
        name="basket_mean", labels=Text(zh="平均客单价", en="mean spend per order"), unit=Unit.CURRENCY,
        group=IndicatorGroup.OTHER, owner=_SALES, dtype="number",
        expression=lambda base: base.spend / base.orders.nullif(0),
        formula=Text(zh="累计消费除以订单数；无订单时未知", en="total spend over orders; unknown without an order"),
    ),
    Indicator(
        name="preferred_category", labels=Text(zh="偏好品类", en="preferred category"), unit=None,
        group=IndicatorGroup.OTHER, owner=_SALES, dtype="string", expression=_column("favourite_category"),
        formula=Text(zh="包含该品类的订单最多者；相同时取消费高者，再按名称",
                     en="the category in most orders; ties go to the higher spend, then to the name"),
    ),
    Indicator(
        name="preferred_store", labels=Text(zh="偏好门店", en="preferred store"), unit=None,
        group=IndicatorGroup.OTHER, owner=_SALES, dtype="string", expression=_column("favourite_store"),
        formula=Text(zh="订单最多的门店；相同时取消费高者，再按名称",
                     en="the store of most orders; ties go to the higher spend, then to the name"),
    ),
    Indicator(
        name="preferred_channel", labels=Text(zh="偏好渠道", en="preferred channel"), unit=None,
        group=IndicatorGroup.OTHER, owner=_SALES, dtype="string", expression=_column("favourite_channel"),
        formula=Text(zh="订单最多的渠道；相同时取消费高者，再按名称",
                     en="the channel of most orders; ties go to the higher spend, then to the name"),
    ),
    Indicator(
        name="preferred_weekday", labels=Text(zh="偏好星期", en="preferred weekday"), unit=Unit.WEEKDAY,
        group=IndicatorGroup.OTHER, owner=_SALES, dtype="integer", expression=_column("favourite_weekday"),
        formula=Text(zh="订单最多的星期（当地时间，1 为星期一）；相同时取消费高者，再取较早者",
                     en="the local day of the week of most orders, 1 is Monday; ties go to the higher spend, then to"
                        " the earlier day"),
    ),
    Indicator(
        name="preferred_hour", labels=Text(zh="偏好时段", en="preferred hour"), unit=Unit.HOUR,
        group=IndicatorGroup.OTHER, owner=_SALES, dtype="integer", expression=_column("favourite_hour"),
        formula=Text(zh="订单最多的当地小时；相同时取消费高者，再取较早者",
                     en="the local hour of most orders; ties go to the higher spend, then to the earlier hour"),
    ),
    Indicator(
        name="discount_share", labels=Text(zh="折扣占比", en="share of discount"), unit=Unit.SHARE,
        group=IndicatorGroup.OTHER, owner=_MARKETING, dtype="number",
        expression=lambda base: ibis.least(1.0, base.discount / _positive(base.gross)),
        formula=Text(zh="所购商品的折扣额除以折前金额（实付加折扣）；无折前金额或折扣未记录时未知",
                     en="discount over spend before discount (amount plus discount) of bought lines; unknown without"
                        " such spend or where discounts are not recorded"),
    ),
    Indicator(
        name="spend_trend", labels=Text(zh="消费趋势", en="trend of spend"), unit=Unit.CHANGE,
        group=IndicatorGroup.OTHER, owner=_SALES, dtype="number",
        expression=lambda base: base.spend_90d / _positive(base.spend_90d_before) - 1,
        formula=Text(zh="近 90 天净消费除以此前 90 天净消费再减一；此前无消费时未知",
                     en="net spend of the last 90 days over that of the 90 days before, minus one; unknown without"
                        " spend before"),
    ),
    Indicator(
        name="loyalty", labels=Text(zh="忠诚度", en="loyalty"), unit=Unit.SHARE, group=IndicatorGroup.OTHER,
        owner=_MARKETING, dtype="number", expression=_loyalty,
        formula=Text(zh="最近 12 个 30 天周期（不早于首单所在周期）中有订单的比例；不足三个周期时未知",
                     en="share with an order of the last twelve 30-day windows, none before the window of the first"
                        " order; unknown below three windows"),
    ),
)
"""Every indicator, in the order in which pages list them."""
