"""The command ``zhike impact``."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.cli.client import Json
from api.cli.options import AsJson, Language, SentenceLanguage, with_client
from api.cli.printing import print_rows, show
from ontology.quantities import digits, number, percent, points
from ontology.text import Text
from ontology.vocabulary import Unit

_COUNTS = Text(zh="{decisions} 次推荐，{customers} 位客户；已记录：{outcomes}",
               en="{decisions} decisions for {customers} customers; recorded: {outcomes}")
_HELD_OUT = Text(zh="对照组“{name}”：不向 {share} 的客户推荐{families}，每位跟踪 {days} 天；满期的有推荐"
                    " {recommended} 人、对照 {control} 人，未满期 {waiting} 人",
                 en="held out by '{name}': {share} of customers are offered nothing of {families}; followed for {days}"
                    " days; over for {recommended} and {control} customers, not yet for {waiting}")
_MARKETING = Text(zh="营销行动", en="marketing")
_NOBODY = Text(zh="对照组“{name}”：还没有为任何客户作过推荐", en="held out by '{name}': nobody was decided for yet")
_GAIN = Text(zh="合计：{customers} 位客户多带来 {money} {currency}，95% 区间 {low} 至 {high}",
             en="in all: {money} {currency} more from {customers} customers, 95% interval {low} to {high}")
_NOT_YET = Text(zh="要看得更多：", en="To see more:")
_WORDS: Mapping[str, Text] = {
    "measure": Text(zh="指标", en="measure"), "recommended": Text(zh="有推荐", en="recommended"),
    "control": Text(zh="对照", en="control"), "difference": Text(zh="差值（95% 区间，任何一天都可看）",
                                                              en="difference [95% interval, on any day]"),
    "verdict": Text(zh="结论", en="verdict"), "purchase": Text(zh="购买的客户", en="customers who bought"),
    "conversion": Text(zh="报告成交的客户", en="customers reported to have bought what was recommended"),
    "orders": Text(zh="人均订单数", en="orders per customer"), "spend": Text(zh="人均消费", en="money per customer"),
}
_SHARES = frozenset({"purchase", "conversion"})


def impact(days: Annotated[int, typer.Option(min=1, max=365, help="for how long each customer is followed")] = 28,
           language: Language = SentenceLanguage.EN, as_json: AsJson = False) -> None:
    """Tell what recommending brought, beside customers who were held out, with intervals for any day."""
    show(with_client(lambda client: client.get("/v1/impact", days=days)), as_json,
         lambda report: print_impact(report, language))


def print_impact(report: Mapping[str, Any], language: str) -> None:
    """The report as text, in ``zh`` or ``en``."""
    recorded = ", ".join(f"{one['outcome']} {number(one['cards'])}" for one in report["outcomes"] if one["cards"])
    typer.echo(_COUNTS.fill(decisions=number(report["decisions"]), customers=number(report["customers"]),
                            outcomes=recorded or "–").say(language))
    for one in report["controlled"]:
        _print_controlled(one, report, language)
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
    first = one["figures"][0]
    families = ", ".join(one["families"]) or _MARKETING.say(language)
    typer.echo(_HELD_OUT.fill(
        name=one["name"], share=percent(one["share"]), families=families, days=report["days"],
        recommended=number(first["recommended"]["customers"]), control=number(first["control"]["customers"]),
        waiting=number(one["waiting"])).say(language))
    if not one["sample_ratio"]["as_drawn"]:
        typer.echo(one["sample_ratio"]["verdict"][language])
    print_rows([_row(figure, language) for figure in one["figures"]])
    gain = one["gain"]
    if gain:
        money, low, high = (digits(figure, Unit.CURRENCY) for figure in (gain["money"], *gain["interval"]))
        typer.echo(_GAIN.fill(customers=number(gain["customers"]), money=money, low=low, high=high,
                              currency=report["currency"]).say(language))


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
