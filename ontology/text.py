"""Words for people, always in both languages."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One sentence or name in Chinese and in English.

    >>> Text(zh="苹果", en="apples").fill(n=3).en
    'apples'
    >>> Text(zh="{n} 个", en="{n} pieces").fill(n=3).zh
    '3 个'
    """

    zh: str
    en: str

    @classmethod
    def same(cls, word: str) -> Self:
        """The text of a name that is written alike in both languages."""
        return cls(zh=word, en=word)

    def fill(self, **values: object) -> "Text":
        """The text with its ``{placeholders}`` filled; a ``Text`` value fills each language with its own words."""
        spoken = {lang: {k: getattr(v, lang) if isinstance(v, Text) else v for k, v in values.items()}
                  for lang in ("zh", "en")}
        return Text(zh=self.zh.format_map(spoken["zh"]), en=self.en.format_map(spoken["en"]))

    @classmethod
    def joined(cls, texts: Iterable["Text"], *, zh: str = "；", en: str = "; ") -> Self:
        """Texts one after another, each language with its own sign between them.

        >>> Text.joined([Text.same("a"), Text.same("b")]).zh
        'a；b'
        """
        told = tuple(texts)
        return cls(zh=zh.join(text.zh for text in told), en=en.join(text.en for text in told))

    def say(self, language: str) -> str:
        """The words in ``language``: ``zh``, and English for anything else."""
        return self.zh if language == "zh" else self.en


def shortened(text: str, most: int) -> str:
    """What is shown of a text that somebody gave, so that a message stays a message: ``most`` characters of it.

    >>> shortened("channel", 4), shortened("web", 4)
    ('chan…', 'web')
    """
    return text if len(text) <= most else f"{text[:most]}…"


NO_WORDS = Text.same("")
