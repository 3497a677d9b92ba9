"""What is said of impact: what may be concluded, and what to switch on where nothing can be.

The word *uplift* (增量效果) stands here with the control that is held out, and nowhere else.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain

from api.use_cases.views import Json
from kb.experiments.comparison import FEWEST
from kb.experiments.confidence_sequence import Interval
from kb.experiments.contrast import ContrastVerdict
from kb.experiments.impact import ControlKind, MoneyGained
from kb.experiments.off_policy import LEAST_EFFECTIVE, LEAST_SUPPORT, LogSupport
from kb.experiments.sample_ratio import SampleRatio
from kb.facts.follow_up import FollowUp
from kb.model.pattern import iso_instant
from ontology.quantities import digits, number, percent
from ontology.text import Text
from ontology.vocabulary import OutcomeKind, Unit

_TOO_FEW = Text(zh="样本太少，尚无法判断：每边至少需要 {fewest} 位满期的客户",
                en="too few to tell: each side needs {fewest} customers whose days are over")
_WITHHELD = Text(zh="不作结论：两边人数与抽取比例不符",
                 en="withheld: the sides are not as large as the draw makes them")
_VERDICTS: Mapping[ControlKind, Mapping[ContrastVerdict, Text]] = {
    ControlKind.HELD_OUT: {
        ContrastVerdict.HIGHER: Text(zh="有增量效果：因推荐而更高",
                                     en="uplift: higher because something was recommended"),
        ContrastVerdict.LOWER: Text(zh="增量效果为负：因推荐而更低",
                                    en="negative uplift: lower because something was recommended"),
        ContrastVerdict.UNDECIDED: Text(zh="看不出增量效果：差值的 95% 区间包含 0",
                                        en="no uplift can be told: the 95% interval includes 0"),
    },
    ControlKind.RANDOM: {
        ContrastVerdict.HIGHER: Text(zh="高于随机抽取的相关行动",
                                     en="higher than with a relevant card drawn at random"),
        ContrastVerdict.LOWER: Text(zh="低于随机抽取的相关行动",
                                    en="lower than with a relevant card drawn at random"),
        ContrastVerdict.UNDECIDED: Text(zh="与随机抽取相比看不出差别：差值的 95% 区间包含 0",
                                        en="no difference from drawing at random: the 95% interval includes 0"),
    },
}
_AS_DRAWN = Text(zh="人数与抽取比例相符", en="the sides are as large as the draw makes them")
_NOT_AS_DRAWN = Text(
    zh="对照组有 {control} 人，按比例应约为 {expected} 人。有别的因素决定了谁被询问：请检查是否只为部分客户请求推荐；"
       "查清之前不作结论",
    en="{control} in the control where about {expected} were to be expected. Something other than the draw decides who"
       " is asked about: see whether recommendations are requested for some customers only; until then nothing is"
       " concluded")
_DECIDE = Text(zh="还没有作过推荐：调用 POST /v1/decisions 或运行 `zhike decide 客户编号`",
               en="Nothing was recommended yet: call POST /v1/decisions, or `zhike decide CUSTOMER`")
_RECORD = Text(zh="还没有记录结果：在客户页面上记录，或调用 POST /v1/outcomes（shown、accepted、converted 等）",
               en="No outcome was recorded: record them on the customer's page or by POST /v1/outcomes (shown,"
                  " accepted, converted and so on)")
_HOLD_OUT = Text(
    zh="没有对照组，因此不能说推荐带来了增量：在 rules/packs/policy.toml 中加入 [[holdout]]（例如 name = 'control'，"
       "share = 0.1），再运行 `zhike publish`",
    en="Nobody is held out, so no gain can be called an uplift: add a [[holdout]] (for example name = 'control', share"
       " = 0.1) to rules/packs/policy.toml and run `zhike publish`")
_DRAW = Text(zh="没有随机展示，因此无法与随机抽取的相关行动比较，也无法推算另一种做法：运行 `zhike levers set --explore"
                " cross_sell=0.1`，再运行 `zhike publish`",
             en="Nothing is drawn, so there is no comparison with a random relevant card or with another policy: run"
                " `zhike levers set --explore cross_sell=0.1`, then `zhike publish`")
_IMPORT = Text(zh="还没有客户满 {days} 天：已知的订单到 {until}，请用 `zhike import` 导入之后的订单",
               en="No customer's {days} days are over: orders are known until {until}; import those that came since"
                  " with `zhike import`")
_NO_ORDERS = Text(zh="这里没有订单数据，只能统计已记录的结果：请用 `zhike import` 导入订单",
                  en="No orders are known here, so only recorded outcomes are counted: import orders with `zhike"
                     " import`")
_GAINS: Mapping[ControlKind, Text] = {
    ControlKind.HELD_OUT: Text(
        zh="合计：比不推荐多带来 {money} {currency}（{customers} 位客户；95% 区间 {low} 至 {high}）",
        en="In all {money} {currency} more than without recommending, from {customers} customers (95% interval {low} to"
           " {high})"),
    ControlKind.RANDOM: Text(
        zh="合计：比随机抽取多带来 {money} {currency}（{customers} 位客户；95% 区间 {low} 至 {high}）",
        en="In all {money} {currency} more than with cards drawn at random, from {customers} customers (95% interval"
           " {low} to {high})"),
}
_NO_GAIN = Text(zh="合计金额还看不出差别：{customers} 位客户，差额在 {low} 至 {high} {currency} 之间（95% 区间）",
                en="In all no difference in money can be told yet: between {low} and {high} {currency} from {customers}"
                   " customers (95% interval)")
_SAME = Text(zh="与现行推荐一样", en="the same as what is recommended")
_MORE = Text(zh="会比现行推荐带来更多", en="would bring more than what is recommended")
_LESS = Text(zh="会比现行推荐带来更少", en="would bring less than what is recommended")
_ALIKE = Text(zh="与现行推荐看不出差别：差值的 95% 区间包含 0",
              en="no difference from what is recommended: the 95% interval includes 0")
_LOG_IS_CUT = Text(zh="日志只读最近的 {most} 位客户，更早的未计入",
                   en="Of the log the latest {most} customers are read; those before them are left out")
_NOTHING_DRAWN = Text(
    zh="日志中的推荐都是确定的，推算不出另一种做法会带来什么：请让一部分推荐随机展示，例如 `zhike levers set --explore"
       " cross_sell=0.1`，再发布",
    en="Every card of the log was sure to be shown, so it cannot tell what another policy would have brought: let a"
       " share be drawn, for example `zhike levers set --explore cross_sell=0.1`, and publish")
_NONE_OVER = Text(zh="{answers} 次可随机展示的推荐都还未满 {days} 天",
                  en="none of {answers} answers in which a card could be drawn is {days} days old yet")
_UNSUPPORTED = Text(
    zh="它要展示的卡片中有 {share} 当时不可能展示，最多允许 {most}：请让这些类别也随机展示（`zhike levers set --explore"
       " 类别=0.1`），过一段时间再看",
    en="{share} of the cards that it would show could not have been shown, at most {most} are expected: let a share of"
       " their families be drawn (`zhike levers set --explore FAMILY=0.1`) and look again later")
_TOO_LITTLE = Text(
    zh="{answers} 次推荐按权重只相当于 {effective} 次，至少需要 {least} 次：请等更多结果、提高随机展示的比例，"
       "或试一个与现行版本更接近的草案",
    en="{answers} answers of the log are worth {effective} for it, at least {least} are expected: wait for more, raise"
       " the share that is drawn, or try a draft that is nearer to what is live")
_UNREAD = Text(zh="它读取日志没有保存的内容：{names}。请发布后用挑战者比较（`zhike challenger start N --share 0.1`）",
               en="It reads what the log did not keep: {names}. Publish it aside and compare it as a challenger"
                  " (`zhike challenger start N --share 0.1`)")
_MOST_NAMED = 5


def verdict_of(kind: ControlKind, verdict: ContrastVerdict) -> Text:
    """What may be concluded of one figure, in words."""
    match verdict:
        case ContrastVerdict.TOO_FEW:
            return _TOO_FEW.fill(fewest=FEWEST)
        case ContrastVerdict.WITHHELD:
            return _WITHHELD
    return _VERDICTS[kind][verdict]


def gain_verdict(kind: ControlKind, gain: MoneyGained, currency: str) -> Text:
    """What the money comes to in all; of a difference that may be none it is no gain."""
    low, high = gain.interval
    words = _NO_GAIN if low <= 0 <= high else _GAINS[kind]
    money, least, most = (digits(figure, Unit.CURRENCY) for figure in (gain.money, low, high))
    return words.fill(customers=number(gain.customers), currency=currency, money=money, low=least, high=most)


def ratio_verdict(ratio: SampleRatio) -> Text:
    """Whether the sides are as large as they should be, and what to look for where they are not."""
    if ratio.is_as_drawn:
        return _AS_DRAWN
    expected = ratio.shares[-1] * sum(ratio.counts)
    return _NOT_AS_DRAWN.fill(control=number(ratio.counts[-1]), expected=number(round(expected)))


def next_steps(*, decisions: int, outcomes: Mapping[OutcomeKind, object], controlled: Sequence[Json],
               orders: FollowUp, is_drawn: bool) -> tuple[Text, ...]:
    """What is missing for a fuller report, and how to have it; nothing where nothing is.

    Args:
        decisions: How many were made.
        outcomes: Those that were recorded, by kind.
        controlled: The comparisons with customers who were held out.
        orders: How far orders are known.
        is_drawn: Whether the live release draws a share of its cards.
    """
    if not decisions:
        return (_DECIDE, *_control_steps(controlled))
    return tuple(chain(() if outcomes else (_RECORD,), _control_steps(controlled), _order_steps(controlled, orders),
                       () if is_drawn else (_DRAW,)))


def _control_steps(controlled: Sequence[Json]) -> Iterator[Text]:
    if not any(one["in_force"] for one in controlled):
        yield _HOLD_OUT


def _order_steps(controlled: Sequence[Json], orders: FollowUp) -> Iterator[Text]:
    is_measured = any(figure["recommended"]["customers"] for one in controlled for figure in one["figures"])
    if orders.known_until is None:
        yield _NO_ORDERS
    elif controlled and not is_measured:
        yield _IMPORT.fill(until=iso_instant(orders.known_until), days=orders.days)


def estimate_verdict(interval: Interval) -> Text:
    """What may be concluded of the difference of a policy from what is recommended."""
    low, high = interval
    if low == high == 0:
        return _SAME
    if low <= 0 <= high:
        return _ALIKE
    return _MORE if low > 0 else _LESS


def log_is_cut(most: int) -> Text:
    """That earlier customers are left out."""
    return _LOG_IS_CUT.fill(most=number(most))


def nothing_drawn() -> Text:
    """Why nothing is estimated where nothing was drawn."""
    return _NOTHING_DRAWN


def none_over(answers: int, days: int) -> Text:
    """Why nothing is estimated yet."""
    return _NONE_OVER.fill(answers=number(answers), days=days)


def unsupported_cards(found: LogSupport) -> Text:
    """Why nothing is estimated of cards that could not have been shown."""
    return _UNSUPPORTED.fill(share=percent(1 - found.supported), most=percent(1 - LEAST_SUPPORT))


def too_little_log(found: LogSupport) -> Text:
    """Why nothing is estimated from too little."""
    return _TOO_LITTLE.fill(answers=number(found.answers), effective=number(found.effective, decimals=0),
                            least=LEAST_EFFECTIVE)


def unread_facts(names: Collection[str]) -> Text:
    """Why nothing is estimated of what reads other facts; a few of them by name."""
    named = sorted(names)
    more = "" if len(named) <= _MOST_NAMED else ", ..."
    return _UNREAD.fill(names=", ".join(named[:_MOST_NAMED]) + more)
