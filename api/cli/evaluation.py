"""The command ``zhike evaluate``."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer

from api.cli.options import AsJson, Language, SentenceLanguage
from api.cli.printing import print_rows, say, show
from api.settings import Settings
from kb.home import Home
from kb.model.codec import to_plain
from ontology.quantities import number, percent
from ontology.text import Text

_OFFERS = Text(
    zh="{what}：{as_of} 向 {customers} 位客户各推荐一项至三项，{days} 天内的购买情况（此后的数据一概未用）",
    en="{what}: offers made on {as_of} to {customers} customers, and what they bought within {days} days; nothing "
       "later was seen")
_BASKET = Text(
    zh="{what}：{customers} 位客户各自的最后一个购物篮（{items} 个{unit}；其中 {repeat_share} 以前买过），"
       "前十项的召回率",
    en="{what}: the last basket of each of {customers} customers ({items} {unit}; {repeat_share} of it bought "
       "before), recall at ten")
_CATEGORIES, _PRODUCTS = Text(zh="品类", en="categories"), Text(zh="商品", en="products")
_CALIBRATION = Text(
    zh="模型的首项推荐：预计 {expected} 会买，实际 {first}；全部候选的布里尔分数 {brier}，仅用实际比例为 {base_brier}，"
       "仅用光顾频率和热门程度为 {plain_brier}",
    en="first offers of the model: {expected} expected to be bought, {first} were; Brier score of all candidates "
       "{brier}, of their rate alone {base_brier}, of how often they come and what is popular alone {plain_brier}")
_FORECAST = Text(zh="预测客户是否会{what}（{tested}，{customers} 例）：布里尔分数",
                 en="who will {what} ({tested}, {customers} cases): Brier score")
_SPEND = Text(zh="预期消费：{what}（{tested}，{customers} 位客户；90% 区间覆盖 {coverage}）：均方根误差",
              en="expected spend {what} ({tested}, {customers} customers; 90% intervals cover {coverage}): root mean "
                 "squared error")
_SEGMENTS = Text(
    zh="客户群：{days} 天前所分的 {groups} 群与现在的一致程度（调整兰德指数，{customers} 位客户）为 {agreement}；"
       "解释此后消费差异的 {explained}，只按“{column}”分成同样多份为 {column_explained}",
    en="segments: {groups} groups made {days} days earlier agree with those of now by {agreement} (adjusted Rand "
       "index, {customers} customers); they explain {explained} of the variance of what was spent since, “{column}” "
       "alone in as many parts {column_explained}")
_INTERVALS = Text(zh="{what}（{level} 区间）：以过去 {days} 个不同的日子为起点，{item_periods} 个区间中 "
                     "{coverage} 覆盖了实际值",
                  en="{what} ({level} intervals): foretold on {days} days of the past, {coverage} of {item_periods} "
                     "intervals covered what came")
_WORDS: Mapping[str, Text] = {
    "method": Text(zh="方法", en="method"), "first": Text(zh="首项买了", en="first bought"),
    "three": Text(zh="三项中买了", en="of three bought"), "soon": Text(zh="{n} 天内买首项", en="first within {n} days"),
    "gain": Text(zh="较“{reference}”多（95% 区间）", en="gain over {reference} (95% interval)"),
    "recall": Text(zh="召回率", en="recall"), "repeat": Text(zh="以前买过的", en="of repeated"),
    "explore": Text(zh="首次买的", en="of new ones"), "reason": Text(zh="依据", en="reason"),
    "offers": Text(zh="首项推荐数", en="first offers"), "bought": Text(zh="买了", en="bought"),
    "example": Text(zh="例", en="example"), "model": Text(zh="本产品的模型", en="model"),
    "popularity": Text(zh="畅销榜", en="popularity"), "own_history": Text(zh="个人购买史", en="own history"),
    "frequency_with_popularity": Text(zh="个人频次加畅销榜", en="frequency with popularity"),
    "most_overdue": Text(zh="逾期最久", en="most overdue"),
    "item_knn": Text(zh="相近商品", en="item-kNN"), "tifu_knn": Text(zh="TIFU-KNN", en="TIFU-KNN"),
    "affinity": Text(zh="与所买相配", en="goes with what is bought"),
    "error": Text(zh="误差", en="error"),
    "less": Text(zh="模型的平方误差低", en="the model's squared error is lower by"),
    "similar_customers": Text(zh="相近客户", en="similar customers"),
}


def evaluate(seed: int = 7, language: Language = SentenceLanguage.EN, as_json: AsJson = False,
             products: Annotated[bool, typer.Option("--products", help="foretell the next basket by product too, which "
                                                                     "takes minutes")] = False) -> None:
    """Test offers out of time, beside what one would offer without a model.

    It reads the tables alone, beside a service too, and changes nothing.
    """
    from kb.tables.tables import open_tables
    from mining import evaluation

    settings = Settings()
    home = Home(settings.home)
    with open_tables(home.path, settings.memory_allowed()) as tables:
        found = evaluation.evaluate(tables, home.base().moment(), seed=seed,
                                    progress=lambda what: say(f"  {what.say(language)}"), is_by_product=products)
    show(to_plain(found), as_json, lambda answer: print_evaluation(answer, evaluation.QUESTIONS, language))


def print_evaluation(answer: Mapping[str, Any], questions: Mapping[Any, Text], language: str) -> None:
    """The tables of an evaluation, each with a line that says whom it is about.

    Args:
        answer: An ``Evaluation`` as JSON values.
        questions: What is asked, in words, by its name.
        language: ``zh`` or ``en``.
    """
    for one in answer["offers"]:
        _print_offers(one, questions[one["question"]], language)
    for name, unit in (("basket", _CATEGORIES), ("product_basket", _PRODUCTS)):
        if answer[name]:
            _print_basket(answer[name], questions["either"], unit, language)
    for one in answer["forecasts"]:
        _print_forecast(one, language)
    if answer["segments"]:
        _print_segments(answer["segments"], language)
    for one in answer["intervals"]:
        _print_intervals(one, language)
    for line in answer["left_out"]:
        typer.echo(line[language])


def _print_offers(found: Mapping[str, Any], what: Text, language: str) -> None:
    told = _OFFERS.fill(what=what, as_of=found["day"], customers=number(found["customers"]), days=found["horizon_days"])
    typer.echo(told.say(language))
    _print_methods(found, ("first", "three", "soon"), language)
    scores = {name: number(found[name], decimals=3) for name in ("brier", "base_brier", "plain_brier")}
    told = _CALIBRATION.fill(expected=percent(found["expected"]), first=percent(found["methods"][0]["first"]), **scores)
    typer.echo(told.say(language))
    cells: Sequence[tuple[str, Callable[[Any], str]]] = (
        ("reason", lambda one: _WORDS[one["reason"]].say(language)), ("offers", lambda one: number(one["offers"])),
        ("bought", lambda one: percent(one["bought"])), ("example", lambda one: one["example"][language]))
    print_rows([{_WORDS[name].say(language): cell(one) for name, cell in cells} for one in found["reasons"]])
    typer.echo("")


def _print_basket(found: Mapping[str, Any], what: Text, unit: Text, language: str) -> None:
    told = _BASKET.fill(what=what, unit=unit, customers=number(found["customers"]), items=number(found["items"]),
                        repeat_share=percent(found["repeat_share"]))
    typer.echo(told.say(language))
    _print_methods(found, ("recall", "repeat", "explore"), language)


def _print_forecast(found: Mapping[str, Any], language: str) -> None:
    """One row a method: its error, and the share by which the model's squared error lies below it."""
    what, tested = Text(**found["what"]), Text(**found["tested"])
    is_money = found["coverage"] is not None
    coverage = percent(found["coverage"]) if is_money else ""
    told = (_SPEND if is_money else _FORECAST).fill(what=what, tested=tested, customers=number(found["customers"]),
                                                    coverage=coverage)
    typer.echo(told.say(language))
    model, power = found["methods"][0]["error"], 2 if is_money else 1
    head = {name: _WORDS[name].say(language) for name in ("method", "error", "less")}
    print_rows([{head["method"]: one["method"][language], head["error"]: number(one["error"], decimals=4),
                 head["less"]: "" if one is found["methods"][0] else percent(1 - (model / one["error"]) ** power)}
                for one in found["methods"]])
    typer.echo("")


def _print_segments(found: Mapping[str, Any], language: str) -> None:
    best = found["columns"][0]
    told = _SEGMENTS.fill(days=number(found["days"]), groups=number(found["groups"]),
                          customers=number(found["customers"]), agreement=number(found["agreement"], decimals=3),
                          explained=percent(found["explained"]), column=Text(**best["column"]),
                          column_explained=percent(best["explained"]))
    typer.echo(told.say(language))


def _print_intervals(found: Mapping[str, Any], language: str) -> None:
    told = _INTERVALS.fill(what=Text(**found["what"]), level=percent(found["level"]), days=number(found["days"]),
                           item_periods=number(found["item_periods"]), coverage=percent(found["coverage"]))
    typer.echo(told.say(language))


def _print_methods(found: Mapping[str, Any], shares: Sequence[str], language: str) -> None:
    """One row a method: its shares, and the gain over the reference with its interval."""
    reference = _WORDS[found["reference"]]
    heads = {name: _WORDS[name].fill(n=found.get("soon_days"), reference=reference).say(language)
             for name in ("method", *shares, "gain")}
    print_rows([{heads["method"]: _WORDS[one["method"]].say(language),
                 **{heads[name]: "–" if one[name] is None else number(one[name], decimals=3) for name in shares},
                 heads["gain"]: _interval(one["gain"])} for one in found["methods"]])


def _interval(gain: Mapping[str, float]) -> str:
    mean, low, high = (number(gain[name], decimals=3) for name in ("mean", "low", "high"))
    return f"{mean} ({low} … {high})"
