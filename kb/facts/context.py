"""The request's context as rows of the ``moment`` fact: what the customer is doing now."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kb.errors import InvalidInput
from kb.facts.moment import Moment
from kb.facts.table_source import TableSource
from kb.facts.values import normalised
from kb.model.condition import Scalar
from kb.model.facts import Row
from ontology.text import Text
from ontology.vocabulary import Signal

_MOST_SEARCHED = 5
_LISTED = (Signal.CART, Signal.SEARCH, Signal.PAGE)


@dataclass(frozen=True, slots=True)
class CategoryNames:
    """Finds the category that a name means: the category itself, its label, or a product in it.

    Args:
        exact: Folded name -> category, of categories, labels, product ids and product names.
        searchable: Folded category names and labels with their category, sorted.
    """

    exact: Mapping[str, str]
    searchable: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, tables: TableSource, labels: Mapping[str, Text]) -> "CategoryNames":
        """All names in the products table and in ``labels`` (category -> words); a category wins over a product.

        A product name that stands in two categories means neither.
        """
        products = tables["products"]
        goods = products.filter(products.category.notnull()).select("product_id", "name", "category").to_pyarrow()
        rows = goods.to_pylist()
        words = sorted({(fold(word), row["category"]) for row in rows
                        for word in _words(row["category"], labels)})
        by_name = _only_meaning((fold(row["name"]), row["category"]) for row in rows if row["name"])
        by_id = {fold(row["product_id"]): row["category"] for row in rows}
        return cls(exact=by_id | by_name | dict(words), searchable=tuple(words))

    @classmethod
    def of_labels(cls, labels: Mapping[str, Text]) -> "CategoryNames":
        """The categories and their labels alone, where the products are not at hand."""
        words = sorted({(fold(word), category) for category in labels for word in _words(category, labels)})
        return cls(exact=dict(words), searchable=tuple(words))

    def meant_by(self, name: str) -> str | None:
        """The category of exactly this name, whatever its case; ``None`` where nothing has it."""
        return self.exact.get(fold(name))

    def found_by(self, text: str) -> tuple[str, ...]:
        """The category of exactly this name, or else up to five categories whose name or label holds ``text``.

        >>> names = CategoryNames({"milk": "MILK"}, (("milk", "MILK"), ("milk powder", "POWDER")))
        >>> names.found_by("Milk"), names.found_by("pow"), names.found_by("tea")
        (('MILK',), ('POWDER',), ())
        """
        meant = self.meant_by(text)
        if meant is not None:
            return (meant,)
        wanted = fold(text)
        found = dict.fromkeys(category for word, category in self.searchable if wanted in word)
        return tuple(found)[:_MOST_SEARCHED] if wanted else ()


def fold(name: str) -> str:
    """``name`` as names are compared: compatible forms and cases alike, blanks trimmed."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def moment_rows(
    context: Mapping[str, object], moment: Moment, *, channel: str | None, names: CategoryNames,
) -> tuple[Row, ...]:
    """What the request says of now: channel, cart, search and page, and the local hour and weekday of the moment.

    ``cart``, ``search`` and ``page`` hold one name or a list of names, of categories or products. A row has
    ``signal`` and ``value`` (the name as given), ``category`` where the name is known, and ``number``: how often the
    cart holds it, the hour, the weekday (Monday is 1). Other keys of the context are not facts.

    Raises:
        InvalidInput: For a name that is not a string.
    """
    said = [] if channel is None else [_row(Signal.CHANNEL, channel)]
    heard = [row for signal in _LISTED for row in _listed(signal, _given(context, signal), names)]
    clock = [_row(Signal.HOUR, str(moment.hour), number=moment.hour),
             _row(Signal.WEEKDAY, str(moment.weekday), number=moment.weekday)]
    return tuple(said + heard + clock)


def _listed(signal: Signal, given: tuple[str, ...], names: CategoryNames) -> Iterator[Row]:
    for name in sorted(set(given)):
        meant = names.found_by(name) if signal is Signal.SEARCH else _one(names.meant_by(name))
        for category in meant or (None,):
            yield _row(signal, name, category=category, number=given.count(name) if signal is Signal.CART else None)


def _given(context: Mapping[str, object], signal: Signal) -> tuple[str, ...]:
    value = context.get(signal, ())
    listed = (value,) if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(name, str) for name in listed):
        msg = Text(zh=f"情境“{signal}”应为一个名称或名称列表，得到的是 {value!r}",
                   en=f"context '{signal}' must be a name or a list of names, got {value!r}")
        raise InvalidInput(msg, hint=Text(zh=f'例如 {{"{signal}": ["SOFT DRINKS"]}}',
                                          en=f'For example {{"{signal}": ["SOFT DRINKS"]}}.'))
    return tuple(name for name in listed if name.strip())


def _row(signal: Signal, value: str, *, category: str | None = None, number: int | None = None) -> Row:
    read: dict[str, Scalar | None] = {"signal": signal.value, "value": normalised(value),
                                      "category": category, "number": number}
    key = f"{signal}:{value}" if category is None else f"{signal}:{value}:{category}"
    return Row(key=key, days_ago=0,
               values={name: known for name, known in read.items() if known is not None})


def _one(category: str | None) -> tuple[str, ...]:
    return () if category is None else (category,)


def _words(category: str, labels: Mapping[str, Text]) -> tuple[str, ...]:
    label = labels.get(category)
    return (category,) if label is None else (category, label.zh, label.en)


def _only_meaning(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    meanings: dict[str, set[str]] = {}
    for name, category in pairs:
        meanings.setdefault(name, set()).add(category)
    return {name: next(iter(found)) for name, found in meanings.items() if len(found) == 1}
