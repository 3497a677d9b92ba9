"""What is said of impact: what may be concluded, and what to switch on where nothing can be.

The word *uplift* (增量效果) stands here with the control that is held out, and nowhere else.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from api.use_cases.views import Json
from kb.experiments.comparison import FEWEST
from kb.experiments.contrast import ContrastVerdict
from kb.experiments.impact import ControlKind
from kb.experiments.sample_ratio import SampleRatio
from kb.facts.follow_up import FollowUp
from kb.model.pattern import iso_instant
from ontology.quantities import number
from ontology.text import Text
from ontology.vocabulary import OutcomeKind

_TOO_FEW = Text(zh="样本太少，尚无法判断：每边至少需要 {fewest} 位满 {days} 天的客户",
                en="too few to tell: each side needs {fewest} customers whose {days} days are over")
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
_IMPORT = Text(zh="还没有客户满 {days} 天：已知的订单到 {until}，请用 `zhike import` 导入之后的订单",
               en="No customer's {days} days are over: orders are known until {until}; import those that came since"
                  " with `zhike import`")
_NO_ORDERS = Text(zh="这里没有订单数据，只能统计已记录的结果：请用 `zhike import` 导入订单",
                  en="No orders are known here, so only recorded outcomes are counted: import orders with `zhike"
                     " import`")


def verdict_of(kind: ControlKind, verdict: ContrastVerdict, days: int) -> Text:
    """What may be concluded of one figure, in words."""
    match verdict:
        case ContrastVerdict.TOO_FEW:
            return _TOO_FEW.fill(fewest=FEWEST, days=days)
        case ContrastVerdict.WITHHELD:
            return _WITHHELD
    return _VERDICTS[kind][verdict]


def ratio_verdict(ratio: SampleRatio) -> Text:
    """Whether the sides are as large as they should be, and what to look for where they are not."""
    if ratio.is_as_drawn:
        return _AS_DRAWN
    expected = ratio.shares[-1] * sum(ratio.counts)
    return _NOT_AS_DRAWN.fill(control=number(ratio.counts[-1]), expected=number(round(expected)))


def next_steps(*, decisions: int, outcomes: Mapping[OutcomeKind, object], controlled: Sequence[Json],
               orders: FollowUp) -> tuple[Text, ...]:
    """What is missing for a fuller report, and how to have it; nothing where nothing is."""
    if not decisions:
        return (_DECIDE, *_control_steps(controlled))
    return tuple(chain(() if outcomes else (_RECORD,), _control_steps(controlled), _order_steps(controlled, orders)))


def _control_steps(controlled: Sequence[Json]) -> Iterator[Text]:
    if not any(one["control"] == ControlKind.HELD_OUT and one["in_force"] for one in controlled):
        yield _HOLD_OUT


def _order_steps(controlled: Sequence[Json], orders: FollowUp) -> Iterator[Text]:
    is_measured = any(figure["recommended"]["customers"] for one in controlled for figure in one["figures"])
    if orders.known_until is None:
        yield _NO_ORDERS
    elif not is_measured:
        yield _IMPORT.fill(until=iso_instant(orders.known_until), days=orders.days)
