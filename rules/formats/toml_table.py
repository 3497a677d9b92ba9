"""Typed access to a TOML table, with messages that name file, rule and key."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from kb.errors import InvalidRule
from kb.model.condition import Ref, Scalar
from kb.suggestion import did_you_mean
from ontology.text import Text

Choice = TypeVar("Choice", bound=StrEnum)

_HINT = "compare it with the rules of the shipped pack"
_NO_TOML = Text(zh="{source}：不是 UTF-8 的 TOML：{why}", en="{source}: not TOML in UTF-8: {why}")
_CORRECT = Text(zh="请以 UTF-8 保存文件，并改正提示中的那一行",
                en="save the file as UTF-8, and correct the line that the message names")
_CALLED = {str: "a text", dict: "a table", list: "a list", bool: "true or false", int: "a whole number"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the place it stands at, which every message begins with."""

    values: Mapping[str, Any]
    place: str

    @classmethod
    def of_file(cls, content: bytes, source: str) -> "Table":
        """The table that the bytes of a whole file are; ``source`` is what messages call the file.

        >>> Table.of_file(b"most = 3", "caps.toml").whole("most", None)
        3

        Raises:
            InvalidRule: They are no TOML in UTF-8.
        """
        try:
            return cls(tomllib.loads(content.decode("utf-8")), source)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise InvalidRule(_NO_TOML.fill(source=source, why=fault), hint=_CORRECT) from fault

    def refusal(self, message: str, hint: str | Text = _HINT) -> InvalidRule:
        """The error to raise; it says where."""
        return InvalidRule(f"{self.place}: {message}", hint=hint or _HINT)

    def only(self, *known: str) -> None:
        """Refuse a key that nobody reads."""
        for key in self.values:
            if key not in known:
                msg = f"unknown key {key!r}; known: {', '.join(known)}"
                raise self.refusal(msg, did_you_mean(key, known))

    def one_of(self, known: Iterable[str], what: str) -> str:
        """Which single one of the ``known`` keys the table has."""
        named = [key for key in self.values if key in known]
        if len(named) == 1:
            return named[0]
        msg = f"{what} is one of {', '.join(known)}; got the keys {', '.join(self.values) or 'of an empty table'}"
        raise self.refusal(msg, did_you_mean(next(iter(self.values), ""), known))

    def text(self, key: str) -> str:
        """The text under ``key``, which must be there."""
        value: str = self._of_type(key, str)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts under ``key``; empty where it is absent."""
        return tuple(Table({key: entry}, self.place).text(key) for entry in self._list(key))

    def flag(self, key: str, *, default: bool) -> bool:
        """The truth value under ``key``."""
        return bool(self._of_type(key, bool)) if key in self.values else default

    def whole(self, key: str, default: int | None) -> int | None:
        """The whole number under ``key``."""
        if key not in self.values:
            return default
        value = self._of_type(key, int)
        if isinstance(value, bool):
            msg = f"{key!r} must be a whole number, got {value!r}"
            raise self.refusal(msg)
        return int(value)

    def number(self, key: str) -> float | None:
        """The number under ``key``; ``None`` where it is absent."""
        value = self.values.get(key)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return None if value is None else float(value)
        msg = f"{key!r} must be a number, got {value!r}"
        raise self.refusal(msg)

    def instant(self, key: str) -> int | None:
        """The instant under ``key`` in epoch seconds; ``None`` where it is absent."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, datetime) and value.tzinfo is not None:
            return int(value.timestamp())
        msg = f"{key!r} must be an instant, got {value!r}"
        raise self.refusal(msg, "write date, time and offset, such as 2018-01-01T00:00:00Z")

    def choice(self, key: str, choices: type[Choice], default: Choice | None = None) -> Choice:
        """The member of a closed choice under ``key``."""
        given = default if key not in self.values and default is not None else self.text(key)
        if given in tuple(choices):
            return choices(given)
        msg = f"unknown {key} {given!r}; known: {', '.join(choices)}"
        raise self.refusal(msg, did_you_mean(str(given), choices))

    def bilingual(self, key: str) -> Text:
        """The words in both languages under ``key``."""
        words = self.table(key)
        words.only("zh", "en")
        return Text(zh=words.text("zh"), en=words.text("en"))

    def table(self, key: str) -> "Table":
        """The table under ``key``, which must be there."""
        return Table(self._of_type(key, dict), f"{self.place}, {key}")

    def tables(self, key: str) -> Iterator["Table"]:
        """The tables listed under ``key``, numbered from 1; none where it is absent."""
        for number, entry in enumerate(self._list(key), 1):
            if not isinstance(entry, dict):
                msg = f"{key} {number} must be a table, got {entry!r}"
                raise self.refusal(msg)
            yield Table(entry, f"{self.place}, {key} {number}")

    def scalars(self) -> dict[str, Scalar]:
        """Every value of the table, none of them a list or a table."""
        return {key: self.scalar(key) for key in self.values}

    def scalar(self, key: str) -> Scalar:
        """The text, number or truth value under ``key``."""
        return self._scalar(key, self.values.get(key))

    def argument(self, key: str) -> Scalar | Ref:
        """The value under ``key``, where ``$alias.property`` refers and ``$$`` begins a text with ``$``."""
        value = self.scalar(key)
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        if value.startswith("$$"):
            return value[1:]
        alias, _, name = value[1:].partition(".")
        if alias and name:
            return Ref(alias=alias, property=name)
        msg = f"{key} {value!r} is no reference"
        raise self.refusal(msg, "write $alias.property, or $$ for a text that begins with $")

    def operand(self, key: str) -> Scalar | Ref | tuple[Scalar, ...]:
        """An argument, or a list of values."""
        value = self.values.get(key)
        return tuple(self._scalar(key, entry) for entry in value) if isinstance(value, list) else self.argument(key)

    def _scalar(self, key: str, value: object) -> Scalar:
        if isinstance(value, str | int | float | bool):
            return value
        msg = f"no {key!r} is given" if value is None else f"{key} must be a text, a number or a flag, got {value!r}"
        raise self.refusal(msg)

    def _list(self, key: str) -> list[Any]:
        found: list[Any] = self._of_type(key, list) if key in self.values else []
        return found

    def _of_type(self, key: str, kind: type) -> Any:
        value = self.values.get(key)
        if isinstance(value, kind):
            return value
        msg = f"no {key!r} is given" if value is None else f"{key!r} must be {_CALLED[kind]}, got {value!r}"
        raise self.refusal(msg)
