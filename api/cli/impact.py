"""The command ``zhike impact``."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.cli.client import Json
from api.cli.options import AsJson, Language, SentenceLanguage, with_client
from api.cli.printing import print_rows, show
from api.cli.simulations import Exclude, Include, Lever, Policy, draft_of
from ontology.quantities import number, percent, points
from ontology.text import Text

_COUNTS = Text(zh="{decisions} 次推荐，{customers} 位客户；已记录：{outcomes}",
               en="{decisions} decisions for {customers} customers; recorded: {outcomes}")
_BY_ORDERS = Text(zh="另有 {cards} 张卡片（{customers} 位客户）由订单得知已成交，没有人报告",
                  en="by orders alone, with nobody to report it, {cards} cards of {customers} customers were taken up")
_TITLES: Mapping[str, Text] = {
    "held_out": Text(zh="对照组“{name}”：不向 {share} 的客户推荐{families}",
                     en="held out by '{name}': {share} of customers are offered nothing of {families}"),
    "random": Text(zh="随机展示：平均 {share} 的推荐里有一张随机抽取的卡片，作为对照",
                   en="drawn at random: in {share} of the answers, on average, a card is drawn; they are the control")}
_FOLLOWED = Text(zh="每位客户跟踪 {days} 天；满期的有推荐 {recommended} 人、对照 {control} 人，未满期 {waiting} 人",
                 en="followed for {days} days; over for {recommended} and {control} customers, not yet for {waiting}")
_REWEIGHTED: Mapping[str, Text] = {
    "propensity_alone": Text(zh="只按可能性排序", en="ranked by propensity alone"),
    "without_levers": Text(zh="不用权重", en="without levers"), "draft": Text(zh="草案", en="the draft")}
_WORTH = Text(zh="（{answers} 次推荐，按权重相当于 {effective} 次）：",
              en=" ({answers} answers of the log, worth {effective}):")
_MARKETING = Text(zh="营销行动", en="marketing")
_NOBODY = Text(zh="对照组“{name}”：还没有为任何客户作过推荐", en="held out by '{name}': nobody was decided for yet")
_NOT_YET = Text(zh="要看得更多：", en="To see more:")
_WORDS: Mapping[str, Text] = {
    "measure": Text(zh="指标", en="measure"), "recommended": Text(zh="有推荐", en="recommended"),
    "control": Text(zh="对照", en="control"), "difference": Text(zh="差值（95% 区间，任何一天都可看）",
                                                              en="difference [95% interval, on any day]"),
    "verdict": Text(zh="结论", en="verdict"), "purchase": Text(zh="购买的客户", en="customers who bought"),
    "conversion": Text(zh="买了所推荐的客户", en="customers who bought what was recommended, or would have been"),
    "policy": Text(zh="这种做法", en="this policy"), "now": Text(zh="现行推荐", en="what is recommended"),
    "snips": Text(zh="自归一化", en="self-normalised"),
    "reward": Text(zh="每次推荐带来", en="for each answer"),
    "value": Text(zh="卡片所称金额", en="money, as the cards say"),
    "orders": Text(zh="人均订单数", en="orders per customer"), "spend": Text(zh="人均消费", en="money per customer"),
}
_SHARES = frozenset({"purchase", "conversion"})


def impact(  # noqa: PLR0913 - each is one thing to change
    *,
    days: Annotated[int, typer.Option(min=1, max=365, help="for how long each customer is followed")] = 28,
    include: Include = None, exclude: Exclude = None, lever: Lever = None, policy: Policy = None,
    language: Language = SentenceLanguage.EN, as_json: AsJson = False,
) -> None:
    """Tell what recommending brought, beside customers who were held out, with intervals for any day.

    With a draft, given as `zhike simulate` takes it: what that would have brought, from the log.
    """
    draft = draft_of(include, exclude, lever, policy)
    if any(draft.values()):
        show(with_client(lambda client: client.post("/v1/impact", draft, days=days)), as_json,
             lambda found: _print_reweighted(found, language))
    else:
        show(with_client(lambda client: client.get("/v1/impact", days=days)), as_json,
             lambda report: print_impact(report, language))


def print_impact(report: Mapping[str, Any], language: str) -> None:
    """The report as text, in ``zh`` or ``en``."""
    recorded = ", ".join(f"{one['outcome']} {number(one['cards'])}" for one in report["outcomes"] if one["cards"])
    typer.echo(_COUNTS.fill(decisions=number(report["decisions"]), customers=number(report["customers"]),
                            outcomes=recorded or "–").say(language))
    if report["by_orders"]["cards"]:
        typer.echo(_BY_ORDERS.fill(cards=number(report["by_orders"]["cards"]),
                                   customers=number(report["by_orders"]["customers"])).say(language))
    for one in report["controlled"]:
        _print_controlled(one, report, language)
    for one in report["reweighted"]:
        _print_reweighted(one, language)
    if report["log"]["left_out"]:
        typer.echo(report["log"]["left_out"][language])
    if report["next_steps"]:
        typer.echo(_NOT_YET.say(language))
    for step in report["next_steps"]:
        typer.echo(f"  - {step[language]}")
    if report["left_out"]:
        typer.echo(report["left_out"][language])


def _print_controlled(one: Json, report: Mapping[str, Any], language: str) -> None:
    if one["sample_ratio"] is None:
        typer.echo(_NOBODY.fill(name=one["name"]).say(language))
        return
    first, families = one["figures"][0], ", ".join(one["families"]) or _MARKETING.say(language)
    title = _TITLES[one["control"]].fill(name=one["name"], share=percent(one["share"]), families=families)
    typer.echo(title.say(language))
    typer.echo(_FOLLOWED.fill(
        days=report["days"], recommended=number(first["recommended"]["customers"]),
        control=number(first["control"]["customers"]), waiting=number(one["waiting"])).say(language))
    if not one["sample_ratio"]["as_drawn"]:
        typer.echo(one["sample_ratio"]["verdict"][language])
    print_rows([_row(figure, language) for figure in one["figures"]])
    if one["gain"]:
        typer.echo(one["gain"]["verdict"][language])


def _print_reweighted(one: Mapping[str, Any], language: str) -> None:
    """Another policy, beside what is recommended."""
    title = _REWEIGHTED[one["policy"]].say(language)
    if one["refusal"]:
        typer.echo(f"{title}: {one['refusal'][language]}")
        return
    worth = _WORTH.fill(answers=number(one["answers"]), effective=number(round(one["effective"])))
    typer.echo(title + worth.say(language))
    print_rows([_policy_row(figure, language) for figure in one["figures"]])


def _policy_row(figure: Json, language: str) -> dict[str, str]:
    def told(name: str, interval: str) -> str:
        return f"{number(figure[name])} [{', '.join(map(number, figure[interval]))}]"

    cells = {"reward": _WORDS[figure["reward"]].say(language), "policy": told("doubly_robust", "interval"),
             "snips": told("snips", "snips_interval"), "now": number(figure["recommended"]),
             "difference": told("difference", "difference_interval"), "verdict": figure["verdict"][language]}
    return {_WORDS[name].say(language): cell for name, cell in cells.items()}


def _row(figure: Json, language: str) -> dict[str, str]:
    is_share = figure["measure"] in _SHARES
    mean = percent if is_share else number
    difference = points if is_share else number
    sides = {side: "–" if figure[side]["mean"] is None else mean(figure[side]["mean"])
             for side in ("recommended", "control")}
    interval = f" [{', '.join(map(difference, figure['interval']))}]" if figure["interval"] else ""
    told = "–" if figure["difference"] is None else difference(figure["difference"]) + interval
    cells = {"measure": _WORDS[figure["measure"]].say(language), **sides, "difference": told,
             "verdict": figure["verdict"][language]}
    return {_WORDS[name].say(language): cell for name, cell in cells.items()}
