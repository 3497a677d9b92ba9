"""Pages from templates: words in the reader's language, the moment and the release on every one."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from api.console import figures, labels
from api.console.assets import versioned
from api.console.words import Language, choose_language, word
from api.dependencies import use_cases_of
from ontology.quantities import percent, points

_TEMPLATES = Path(__file__).with_name("templates")
_LANGUAGE_COOKIE = "zhike_language"
_YEAR = 365 * 24 * 3600
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                               "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def page(request: Request, template: str, /, *, status: int = 200, **context: object) -> HTMLResponse:
    """The rendered template, whole page or fragment; a language asked for by ``?lang=`` is kept in a cookie."""
    language = language_of(request)
    shared = {
        "lang": language,
        "other_language_url": _in_other_language(request, language),
        "path": request.url.path,
        "base": described(request),
        "words": use_cases_of(request).customers.words(),
        "principal": getattr(request.state, "principal", None),
    }
    answer = HTMLResponse(environment().get_template(template).render(shared | context), status, _HEADERS)
    if "lang" in request.query_params:
        answer.set_cookie(_LANGUAGE_COOKIE, language, max_age=_YEAR, samesite="lax", httponly=True)
    return answer


def described(request: Request) -> Mapping[str, Any]:
    """What the base says of itself, asked once for each request."""
    if not hasattr(request.state, "described"):
        request.state.described = use_cases_of(request).describing.describe()
    found: Mapping[str, Any] = request.state.described
    return found


def language_of(request: Request) -> Language:
    """The language in which this request is answered."""
    return choose_language(request.query_params.get("lang"), request.cookies.get(_LANGUAGE_COOKIE),
                           request.headers.get("accept-language", ""))


@cache
def environment() -> Environment:
    """Jinja2 with escaping on, a fault for every undefined name, and the filters of the templates."""
    made = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)
    made.globals |= {"t": _word, "asset": versioned, "term": _term, "measure_rows": figures.measure_rows}
    made.filters |= {"say": _say, "figure": _figure, "percent": percent, "points": _points, "in_points": points,
                     "day": _day, "minute": _minute, "spoken_value": _spoken_value, "says_more": _says_more,
                     "read_value": _read_value, "judged": _judged}
    return made


@pass_context
def _word(context: Context, name: str, **values: object) -> str:
    return word(name, context["lang"], **values)


@pass_context
def _term(context: Context, vocabulary: str, notation: str) -> str:
    label = labels.term(context["words"], vocabulary, notation, context["lang"])
    return label[:1].upper() + label[1:]


@pass_context
def _spoken_value(context: Context, entry: Mapping[str, Any]) -> str:
    return labels.spoken_value(context["words"], entry, context["base"]["currency"], context["lang"])


@pass_context
def _read_value(context: Context, read: Mapping[str, Any]) -> str:
    return labels.read_value(context["words"], read, context["lang"])


@pass_context
def _judged(context: Context, figure: Mapping[str, Any]) -> str:
    return figures.judged_words(figure, _term(context, "measure_name", figure["measure"].removeprefix("later_")))


@pass_context
def _says_more(context: Context, entry: Mapping[str, Any]) -> bool:
    return labels.says_more(entry, context["lang"])


@pass_context
def _say(context: Context, text: Mapping[str, str]) -> str:
    return str(text[context["lang"]])


@pass_context
def _figure(context: Context, value: object) -> str:
    return figures.figure(value, context["lang"])


@pass_context
def _points(context: Context, difference: float) -> str:
    return _word(context, "steering.points", n=points(difference))


@pass_context
def _day(context: Context, instant: str) -> str:
    return figures.local_day(instant, context["base"]["zone"])


@pass_context
def _minute(context: Context, instant: str) -> str:
    return figures.local_minute(instant, context["base"]["zone"])


def _in_other_language(request: Request, language: Language) -> str:
    other = "en" if language == "zh" else "zh"
    url = request.url.include_query_params(lang=other)
    return f"{url.path}?{url.query}"
