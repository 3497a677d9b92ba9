"""The known word nearest to a wrong one."""

from collections.abc import Iterable
from difflib import get_close_matches

_MOST_LISTED = 12


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """What to try instead of ``given``: the nearest known word, or else the known words.

    >>> did_you_mean("recency", ["recency_days", "loyalty"])
    "did you mean 'recency_days'?"
    >>> did_you_mean("xyz", ["loyalty", "age"])
    'known: age, loyalty'
    """
    words = sorted(map(str, known))
    near = get_close_matches(given, words, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    more = ", ..." if len(words) > _MOST_LISTED else ""
    return f"known: {', '.join(words[:_MOST_LISTED])}{more}" if words else ""
