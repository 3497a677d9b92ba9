"""One section of a mapping file, read key by key, so that every fault names file, key and what was expected."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from kb.errors import InvalidMapping
from kb.suggestion import nearest
from ontology.text import Text

Choice = TypeVar("Choice", bound=StrEnum)


class Section:
    """A TOML table with its place in the file. Keys that nobody asked for are refused by ``close``."""

    def __init__(self, values: dict[str, Any], *, file: str, path: str = "") -> None:
        self._values = values
        self._asked: set[str] = set()
        self.file = file
        self.path = path

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def raw_keys(self) -> tuple[str, ...]:
        """The keys as they stand in the file, for tables whose keys are names."""
        return tuple(self._values)

    def sections(self, key: str) -> Iterator[tuple[str, "Section"]]:
        """Each sub-table of the optional table ``key`` with its name."""
        table = self.raw(key, {})
        if not isinstance(table, dict):
            self.refuse(key, "a table", table)
        for name, values in table.items():
            yield name, self.section_of(f"{key}.{name}", values)

    def section(self, key: str) -> "Section":
        """The required sub-table ``key``."""
        return self.section_of(key, self.raw(key, None))

    def section_of(self, key: str, values: Any) -> "Section":
        """``values``, which stand under ``key``, as a section."""
        if not isinstance(values, dict):
            self.refuse(key, "a table", values)
        return Section(values, file=self.file, path=self._place(key))

    def raw(self, key: str, default: Any) -> Any:
        """Whatever stands under ``key``."""
        self._asked.add(key)
        return self._values.get(key, default)

    def text(self, key: str, default: str | None = None) -> str:
        """A string; required where no default is given."""
        value = self.raw(key, default)
        if not isinstance(value, str):
            self.refuse(key, "a string", value)
        return value

    def optional_text(self, key: str) -> str | None:
        """A string, or ``None`` where the key is absent."""
        self._asked.add(key)  # known here, though it may be absent
        return self.text(key) if key in self else None

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self.raw(key, default)
        if not isinstance(value, bool):
            self.refuse(key, "true or false", value)
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of strings; required where no default is given."""
        value = self.raw(key, None if default is None else list(default))
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.refuse(key, "a list of strings", value)
        return tuple(value)

    def pairs(self, key: str) -> dict[str, str]:
        """A table from strings to strings; empty where the key is absent."""
        value = self.raw(key, {})
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            self.refuse(key, "a table of strings", value)
        return dict(value)

    def choice(self, key: str, choices: type[Choice], default: Choice | None = None) -> Choice:
        """One of a closed set; required where no default is given."""
        return self.choice_of(key, self.text(key, default), choices)

    def choice_of(self, key: str, value: str, choices: type[Choice]) -> Choice:
        """``value``, which stands under ``key``, as one of a closed set."""
        try:
            return choices(value)
        except ValueError:
            self.refuse(key, "one of " + ", ".join(choices), value)

    def labels(self, key: str) -> Text:
        """The required words in both languages: ``{ zh = "...", en = "..." }``."""
        words = self.section(key)
        text = Text(zh=words.text("zh"), en=words.text("en"))
        words.close()
        return text

    def close(self) -> None:
        """Refuse keys that nothing reads: a misspelt key must not pass as an absent one."""
        for key in self._values:
            if key not in self._asked:
                near = nearest(key, self._asked)
                hint = f"did you mean {near!r}?" if near else f"known here: {', '.join(sorted(self._asked))}"
                msg = f"{self.file}: unknown key {self._place(key)!r}"
                raise InvalidMapping(msg, hint=hint)

    def refuse(self, key: str, expected: str, given: object) -> NoReturn:
        """Refuse what stands under ``key``."""
        msg = f"{self.file}: {self._place(key)} must be {expected}, got {'nothing' if given is None else repr(given)}"
        unread = [other for other in self._values if other not in self._asked]
        near = nearest(key, unread) if given is None else None
        hint = f"there is {near!r}: did you mean {key!r}?" if near else f"correct {key!r} in {self.file}"
        raise InvalidMapping(msg, hint=hint) from None

    def _place(self, key: str) -> str:
        return ".".join(part for part in (self.path, key) if part)
