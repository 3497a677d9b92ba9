"""The known word nearest to a wrong one."""

from collections.abc import Iterable
from difflib import get_close_matches

from ontology.text import Text

_MOST_LISTED = 12
_LIKENESS = 0.6


def did_you_mean(given: str, known: Iterable[str]) -> Text:
    """What to try instead of ``given``: the nearest known word, or else the known words.

    >>> did_you_mean("recency", ["recency_days", "loyalty"]).en
    "did you mean 'recency_days'?"
    >>> did_you_mean("xyz", ["loyalty", "age"]).zh
    '可用：age、loyalty'
    """
    words = sorted(map(str, known))
    if near := nearest(given, words):
        return Text(zh=f"是不是“{near}”？", en=f"did you mean {near!r}?")
    if not words:
        return Text.same("")
    listed, more = words[:_MOST_LISTED], ["..."] if len(words) > _MOST_LISTED else []
    return Text(zh=f"可用：{'、'.join(listed + more)}", en=f"known: {', '.join(listed + more)}")


def nearest(given: str, known: Iterable[str], *, likeness: float = _LIKENESS) -> str | None:
    """The known word that is written most like ``given``; ``None`` where none is as like as ``likeness``, in [0, 1].

    >>> nearest("zhike_prot", ["zhike_port", "zhike_host"], likeness=0.85)
    'zhike_port'
    """
    return next(iter(get_close_matches(given, list(known), n=1, cutoff=likeness)), None)
