"""The words of the console, each in Chinese and in English."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from ontology.text import Text

Language: TypeAlias = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_FILE = Path(__file__).with_name("words.toml")


@cache
def words() -> Mapping[str, Text]:
    """Every word by its name: ``section.name``.

    >>> words()["map.hidden"].zh
    '洞察预测'
    """
    sections = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {f"{section}.{name}": Text(**both) for section, names in sections.items() for name, both in names.items()}


def word(name: str, language: Language, **values: object) -> str:
    """The word in one language, its ``{placeholders}`` filled.

    >>> word("layout.release", "en", n=3)
    'Release 3'

    Raises:
        KeyError: If there is no such word, or a placeholder has no value.
    """
    return words()[name].fill(**values).say(language)


def choose_language(asked: str | None, kept: str | None, accepts: str) -> Language:
    """The language to answer in: as asked, as kept from before, as the browser prefers, or else Chinese.

    >>> choose_language(None, None, "en-GB,en;q=0.8")
    'en'
    >>> choose_language("zh", "en", "en")
    'zh'
    """
    preferred = accepts.strip().lower()[:2]
    return next((language for wish in (asked, kept, preferred) for language in LANGUAGES if wish == language), "zh")
