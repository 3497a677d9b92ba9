"""The harm table as a TOML file: read, and refused where a row cannot be asked."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from kb.errors import InvalidRule
from kb.model.action import Action
from kb.model.condition import Condition, Known, Ref, Test, with_parts
from kb.model.harm import Cards, CategoryState, Harm
from kb.model.ids import ActionId, HarmId
from kb.suggestion import did_you_mean
from ontology.schema import Schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, Purpose
from rules.formats.toml_reader import condition_from_toml
from rules.formats.toml_table import Table
from rules.harm.binding import ACTION, MEASURE, arguments_in
from rules.lint.condition import check_condition

Choice = TypeVar("Choice", bound=StrEnum)

SHIPPED = Path(__file__).parents[1] / "packs" / "harms.toml"
_ROW = ("id", "says", "seen", "when")
_SEEN = ("actions", "families", "purposes", "outbound", "channels", "category")
_AUTHOR = "zhike pack"
_OF_ROW = Text(zh="有害组合“{id}”：{said}", en="harm row '{id}': {said}")
_TWICE = Text(zh="编号用了两次", en="the id stands twice")
_OWN_ID = Text(zh="请给每一行单独的编号，也不能与随附的行相同",
               en="give each row an id of its own, which no shipped row has")
_NO_CARDS = Text(zh="没有说是哪些行动", en="it does not say which cards are meant")
_SAY_CARDS = Text(zh="请写 seen = { families = [...] }，或 actions、purposes",
                  en="write seen = { families = [...] }, or actions, or purposes")
_NO_ACTION = Text(zh="没有行动“{name}”", en="unknown action '{name}'")
_NO_PARAMETER = Text(zh="没有行动有参数“{name}”", en="no action has a parameter '{name}'")


@lru_cache(maxsize=1)
def load_harms() -> tuple[Harm, ...]:
    """The rows that every base is checked by, in the order of the file."""
    return harms_from_toml(SHIPPED.read_bytes(), source=SHIPPED.name, author=_AUTHOR)


def harms_from_toml(content: bytes, *, source: str, author: str) -> tuple[Harm, ...]:
    """The rows of the bytes of a TOML file, in its order; ``source`` is what messages call it.

    Raises:
        InvalidRule: It is no TOML, or a row cannot be read; the message names file, row and key.
    """
    file = Table.of_file(content, source)
    file.only("harm")
    return tuple(_row(row, author) for row in file.tables("harm"))


def check_rows(rows: tuple[Harm, ...], schema: Schema, actions: Mapping[ActionId, Action]) -> None:
    """Refuse rows of which one cannot be asked, or has the id of another or of a shipped one.

    Raises:
        InvalidRule: Naming the row, what is wrong with it, and what to do.
    """
    known = {row.id for row in load_harms()}
    for row in rows:
        if row.id in known:
            raise InvalidRule(_OF_ROW.fill(id=row.id, said=_TWICE), hint=_OWN_ID)
        known.add(row.id)
        check_row(row, schema, actions)


def check_row(row: Harm, schema: Schema, actions: Mapping[ActionId, Action]) -> None:
    """Refuse a row that means no card, or asks for what rules cannot ask for.

    Raises:
        InvalidRule: Naming the row, what is wrong with it, and what to do.
    """
    seen = row.seen
    if not (seen.actions or seen.families or seen.purposes):
        raise InvalidRule(_OF_ROW.fill(id=row.id, said=_NO_CARDS), hint=_SAY_CARDS)
    parameters = {name for action in actions.values() for name in action.parameters}
    for names, known, said in ((seen.actions, actions, _NO_ACTION),
                               (sorted(arguments_in(row.when)), parameters, _NO_PARAMETER)):
        for name in names:
            if name not in known:
                raise InvalidRule(_OF_ROW.fill(id=row.id, said=said.fill(name=name)), hint=did_you_mean(name, known))
    try:
        check_condition(_without_references(row.when), schema, None)
    except InvalidRule as fault:
        raise InvalidRule(_OF_ROW.fill(id=row.id, said=fault.message_text), hint=fault.hint_text) from fault


def _without_references(condition: Condition) -> Condition:
    """The condition as a rule could ask it: what is compared with a card or a measure must be a property."""
    match condition:
        case Test(property=name, operand=Ref(alias=alias)) if alias in {ACTION, MEASURE}:
            return Known(property=name)
        case _:
            return with_parts(condition, _without_references)


def _row(row: Table, author: str) -> Harm:
    named = Table(row.values, f"{row.place} {row.values.get('id', '?')!r}")
    named.only(*_ROW)
    return Harm(id=HarmId(named.text("id")), says=named.bilingual("says"), author=author,
                seen=_cards(named.table("seen")),
                when=condition_from_toml(named.table("when").values, source=f"{named.place}, when"))


def _cards(seen: Table) -> Cards:
    seen.only(*_SEEN)
    return Cards(actions=tuple(map(ActionId, seen.texts("actions"))), families=_choices(seen, "families", ActionFamily),
                 purposes=_choices(seen, "purposes", Purpose), is_outbound=seen.flag("outbound", default=False),
                 channels=_choices(seen, "channels", Channel),
                 category=seen.choice("category", CategoryState) if "category" in seen.values else None)


def _choices(seen: Table, key: str, choices: type[Choice]) -> tuple[Choice, ...]:
    return tuple(Table({key: one}, seen.place).choice(key, choices) for one in seen.texts(key))
