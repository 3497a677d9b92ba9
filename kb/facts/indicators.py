"""The registry of customer indicators: each one expression, with the words that say what it means.

Every expression reads one row of the *customer base* (``definitions.customer_base``), in which a sum is unknown only
where the source has no such records at all, and a day, a gap or a favourite wherever the customer has none. Name in
words, unit, type and group of an indicator are those of the property in the ontology.
"""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
from ibis.expr.types import Table, Value

from ontology.schema import Property, load_schema
from ontology.text import Text
from ontology.vocabulary import FactName, IndicatorGroup

YEAR_DAYS = 365.25
QUARTER_DAYS = 90
MONTH_DAYS = 30
LOYALTY_WINDOW_DAYS = 30
LOYALTY_WINDOWS = 12
_LEAST_LOYALTY_WINDOWS = 3
_LEAST_GAPS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One number or word about a customer at a moment.

    Args:
        name: The property of the ``customer`` fact.
        formula: How it is computed, in words that a person can follow with the order lines at hand.
        owner: Who answers for the definition.
        expression: From the customer base to the value; null is unknown.
    """

    name: str
    formula: Text
    owner: Text
    expression: Callable[[Table], Value]

    @property
    def term(self) -> Property:
        """The property in the ontology: labels, unit, type, kind of knowledge."""
        return load_schema().facts[FactName.CUSTOMER].properties[self.name]

    @property
    def labels(self) -> Text:
        """What people call it."""
        return self.term.labels

    @property
    def unit(self) -> str | None:
        """Of a number; ``None`` for a name."""
        return self.term.unit

    @property
    def group(self) -> IndicatorGroup:
        """One of the four classic groups, or ``other``."""
        return self.term.group or IndicatorGroup.OTHER


def _column(name: str) -> Callable[[Table], Value]:
    return lambda base: base[name]


def _yearly(base: Table) -> Value:
    return base.spend / _at_least(base.first_days / YEAR_DAYS, 1)


def _mean_gap(base: Table) -> Value:
    return (base.first_days - base.recency_days) / (base.order_days - 1).nullif(0)


def _gap_spread(base: Table) -> Value:
    """Sample standard deviation from exact integer sums, so that every engine gives the same number."""
    gaps, gap_sum = base.order_days - 1, base.first_days - base.recency_days
    scatter = gaps * base.gap_squares - gap_sum * gap_sum
    return (scatter / _only_if(gaps >= _LEAST_GAPS, gaps * (gaps - 1))).sqrt()


def _discount_share(base: Table) -> Value:
    return _at_most(base.discount / _only_if(base.gross > 0, base.gross), 1)


def _trend(base: Table) -> Value:
    return base.spend_90d / _only_if(base.spend_90d_before > 0, base.spend_90d_before) - 1


def _loyalty(base: Table) -> Value:
    """What they do, what they say and whether they bring others: the mean of what is known, of which the first must be.

    Who comes because there is nothing else is no loyal customer: repeat patronage counts with attitude.
    Source: A. S. Dick, K. Basu, "Customer loyalty", Journal of the Academy of Marketing Science 22(2), 1994.
    """
    windows = _at_most(base.first_days // LOYALTY_WINDOW_DAYS + 1, LOYALTY_WINDOWS)
    comes = base.active_windows / _only_if(windows >= _LEAST_LOYALTY_WINDOWS, windows)
    brings = _only_if(base.referrals.notnull(), (base.referrals > 0).cast("float64"))
    known = 1 + base.attitude.notnull().cast("int64") + brings.notnull().cast("int64")
    return (comes + base.attitude.fill_null(0.0) + brings.fill_null(0.0)) / known


def _only_if(condition: Value, value: Value) -> Value:
    return ibis.ifelse(condition, value, ibis.null(value.type()))


def _at_least(value: Value, bound: int) -> Value:
    """By comparison, because ``greatest`` of an unknown and a number is the number."""
    return ibis.ifelse(value < bound, bound, value)


def _at_most(value: Value, bound: int) -> Value:
    return ibis.ifelse(value > bound, bound, value)


_SALES = Text(zh="销售分析", en="sales analysis")
_MARKETING = Text(zh="市场营销", en="marketing")
_REGISTER = Text(zh="客户资料管理", en="customer register")

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        name="age", owner=_REGISTER, expression=_column("age"),
        formula=Text(zh="当前年份减去出生年份；只有年龄段时未知（见年龄下限与上限）",
                     en="year of the moment minus year of birth; unknown where only a band is (see its bounds)"),
    ),
    Indicator(
        name="gender", owner=_REGISTER, expression=_column("gender"),
        formula=Text(zh="客户登记的性别", en="as the customer told it"),
    ),
    Indicator(
        name="monthly_income", owner=_REGISTER, expression=_column("monthly_income"),
        formula=Text(zh="个人月收入；只有收入段时未知（见收入下限与上限）",
                     en="personal income in a month; unknown where only a band is (see its bounds)"),
    ),
    Indicator(
        name="dwell_seconds", owner=_MARKETING, expression=_column("dwell_seconds"),
        formula=Text(zh="全部互动的停留秒数之和；没有任何停留记录时未知",
                     en="sum of the seconds stayed over all interactions; unknown without any record of it"),
    ),
    Indicator(
        name="view_count", owner=_MARKETING, expression=_column("views"),
        formula=Text(zh="浏览类互动的次数；数据源完全没有浏览记录时未知",
                     en="interactions of kind view; unknown where the source records no views at all"),
    ),
    Indicator(
        name="monetary_total", owner=_SALES, expression=_column("spend"),
        formula=Text(zh="全部订单明细金额之和，已扣除退货", en="sum of all line amounts, net of returns"),
    ),
    Indicator(
        name="monetary_yearly", owner=_SALES, expression=_yearly,
        formula=Text(zh="累计消费除以自首单以来的年数（天数除以 365.25，不足一年按一年计）；无订单时未知",
                     en="total spend divided by the years since the first order (days over 365.25, at least one year,"
                        " so that a new customer is not extrapolated); unknown without an order"),
    ),
    Indicator(
        name="monetary_30d", owner=_SALES, expression=_column("spend_30d"),
        formula=Text(zh="最近 30 天的净消费", en="net spend within 30 local days"),
    ),
    Indicator(
        name="monetary_90d", owner=_SALES, expression=_column("spend_90d"),
        formula=Text(zh="最近 90 天的净消费", en="net spend within 90 local days"),
    ),
    Indicator(
        name="recency_days", owner=_SALES, expression=_column("recency_days"),
        formula=Text(zh="当前日与最近订单日之差；无订单时未知",
                     en="local days between the last order and the moment; unknown without an order"),
    ),
    Indicator(
        name="order_count", owner=_SALES, expression=_column("orders"),
        formula=Text(zh="至少有一行数量为正的不同订单号个数；纯退货、已取消和未能履约的不计",
                     en="distinct order ids with a line of positive quantity; a return alone is no order, nor what was"
                        " cancelled or could not be delivered"),
    ),
    Indicator(
        name="order_gap_mean", owner=_SALES, expression=_mean_gap,
        formula=Text(zh="首末购买日之差除以（购买日个数减一）；不足两个购买日时未知",
                     en="days from the first to the last day with an order, over the days with an order minus one;"
                        " unknown below two such days"),
    ),
    Indicator(
        name="order_gap_std", owner=_SALES, expression=_gap_spread,
        formula=Text(zh="相邻购买日间隔的样本标准差；不足三个购买日时未知",
                     en="sample standard deviation of the gaps between days with an order; unknown below three days"),
    ),
    Indicator(
        name="silence_ratio", owner=_SALES,
        expression=lambda base: base.recency_days / _mean_gap(base),
        formula=Text(zh="距上次购买天数除以平均购买间隔；间隔未知时未知",
                     en="days since the last order over the mean gap; unknown where the gap is"),
    ),
    Indicator(
        name="basket_mean", owner=_SALES,
        expression=lambda base: base.order_spend / base.orders.nullif(0),
        formula=Text(zh="各订单净额之和（单独退货单不计）除以订单数；无订单时未知",
                     en="net amount of the orders, returns under an id of their own left out, over their number;"
                        " unknown without an order"),
    ),
    Indicator(
        name="preferred_category", owner=_SALES, expression=_column("favourite_category"),
        formula=Text(zh="包含该品类的订单最多者，不可推荐的品类（费用、优惠券等）除外；相同时取消费高者，再按名称",
                     en="the category in most orders, of those that may be offered: no charge, no coupon; ties go to"
                        " the higher spend, then to the name"),
    ),
    Indicator(
        name="preferred_store", owner=_SALES, expression=_column("favourite_store"),
        formula=Text(zh="订单最多的门店；相同时取消费高者，再按名称",
                     en="the store of most orders; ties go to the higher spend, then to the name"),
    ),
    Indicator(
        name="preferred_channel", owner=_SALES, expression=_column("favourite_channel"),
        formula=Text(zh="订单最多的渠道；相同时取消费高者，再按名称",
                     en="the channel of most orders; ties go to the higher spend, then to the name"),
    ),
    Indicator(
        name="preferred_weekday", owner=_SALES, expression=_column("favourite_weekday"),
        formula=Text(zh="订单最多的星期（当地时间，1 为星期一）；相同时取消费高者，再取较早者",
                     en="the local day of the week of most orders, 1 is Monday; ties go to the higher spend, then to"
                        " the earlier day"),
    ),
    Indicator(
        name="preferred_hour", owner=_SALES, expression=_column("favourite_hour"),
        formula=Text(zh="订单最多的当地小时；相同时取消费高者，再取较早者；订单只有日期时未知",
                     en="the local hour of most orders; ties go to the higher spend, then to the earlier hour; unknown"
                        " where orders have a day only"),
    ),
    Indicator(
        name="discount_share", owner=_MARKETING, expression=_discount_share,
        formula=Text(zh="所购商品的折扣额除以折前金额（实付加折扣）；无折前金额或折扣未记录时未知",
                     en="discount over spend before discount (amount plus discount) of bought lines; unknown without"
                        " such spend or where discounts are not recorded"),
    ),
    Indicator(
        name="older_interactions", owner=_MARKETING, expression=_column("older"),
        formula=Text(zh="365 天以前、既未待解决也非最近评分的互动次数：不在事实之中；数据源没有互动时未知",
                     en="interactions of 365 days ago and before that are neither open nor the latest score: they are"
                        " not among the facts; unknown where the source has no interactions"),
    ),
    Indicator(
        name="undelivered_orders", owner=_SALES, expression=_column("undelivered"),
        formula=Text(zh="尚有商品未送达的订单数，已取消与未能履约的也算；数据源不说明送达情况时未知",
                     en="orders of which a line was not delivered, cancelled and failed ones among them; unknown where"
                        " the source does not tell"),
    ),
    Indicator(
        name="failed_order_days_ago", owner=_SALES, expression=_column("failed_days"),
        formula=Text(zh="最近一个已取消、未能履约或 30 天未送达的订单距今天数；其后有订单送达或没有这样的订单时未知",
                     en="local days since the last order that was cancelled, failed or has not come in 30 days; unknown"
                        " where an order was delivered after it or there is none"),
    ),
    Indicator(
        name="spend_trend", owner=_SALES, expression=_trend,
        formula=Text(zh="近 90 天净消费除以此前 90 天净消费再减一；此前无消费时未知",
                     en="net spend of the last 90 days over that of the 90 days before, minus one; unknown without"
                        " spend before"),
    ),
    Indicator(
        name="loyalty", owner=_MARKETING, expression=_loyalty,
        formula=Text(zh="以下已知各项的平均：最近 12 个 30 天周期（不早于首单所在周期）中有订单的比例；最近一次评分"
                        "占满分的比例（没有评分时不计）；是否转介绍过他人，是为 1、否为 0（数据源没有转介绍记录时"
                        "不计）。不足三个周期时未知",
                     en="mean of what is known of these: the share with an order of the last twelve 30-day windows,"
                        " none before the window of the first order; the latest score as a share of the best one (left"
                        " out where none was given); 1 for who has referred somebody, else 0 (left out where the source"
                        " records no referrals); unknown below three windows"),
    ),
)
"""Every indicator, in the order in which pages list them."""
