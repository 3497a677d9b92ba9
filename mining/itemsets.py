"""Which items occur together often: Eclat over packed bit rows.

An item is a row of bits, one bit for each basket; an itemset's count is the number of bits in the conjunction of its
rows. Pairs are counted first, by one sparse product; longer sets grow depth first from a pair's bits.

Source: M. J. Zaki, "Scalable algorithms for association mining", IEEE TKDE 12(3), 2000 (Eclat).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NewType

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ontology.text import Text

Baskets = NewType("Baskets", Any)  # type: ignore[valid-newtype]
"""A SciPy CSR matrix, baskets x items, whose stored entries are all 1: the item is in the basket."""

Bits = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]
Counted = tuple[tuple[int, ...], int]
_WORD = 64
_SLICE = 1 << 16  # baskets whose product still fits the processor's cache

_BASKETS_CUT = Text(zh="{n} 个购物篮超过 {most} 项，只取其中最常见的 {most} 项",
                    en="{n} baskets held more than {most} items and were cut to their {most} most frequent")
_SETS_CUT = Text(zh="频繁项集超过 {most} 个，其余未列出",
                 en="more than {most} frequent itemsets: the rest were not listed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What keeps the search bounded.

    Args:
        basket_length: Items of one basket that are looked at; a longer basket keeps its most frequent ones.
        itemsets: Itemsets that are listed.
        length: Items in one itemset.
    """

    basket_length: int = 200
    itemsets: int = 200_000
    length: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Itemsets:
    """Frequent itemsets and the baskets that hold each.

    Args:
        counts: Baskets per itemset; the key is a sorted tuple of item columns.
        baskets: Baskets in all.
        notes: The caps that bit, for people.
    """

    counts: dict[tuple[int, ...], int]
    baskets: int
    notes: tuple[Text, ...] = ()


def frequent_itemsets(baskets: Baskets, min_count: int, *, caps: Caps | None = None) -> Itemsets:
    """Every itemset that at least ``min_count`` baskets hold, as far as the caps allow.

    >>> found = frequent_itemsets(to_baskets([[0, 1], [0, 1, 2], [0, 2], [1]], items=3), 2)
    >>> found.counts
    {(2,): 2, (0,): 3, (1,): 3, (0, 2): 2, (0, 1): 2}

    Args:
        baskets: Baskets x items.
        min_count: At least 1.
        caps: Bounds; the defaults where ``None``.
    """
    caps = caps or Caps()
    trimmed, notes = _trim(baskets, caps.basket_length)
    counts: dict[tuple[int, ...], int] = {}
    for itemset, count in _grow(trimmed, min_count, caps.length):
        if len(counts) == caps.itemsets:
            notes.append(_SETS_CUT.fill(most=caps.itemsets))
            break
        counts[itemset] = count
    return Itemsets(counts=counts, baskets=trimmed.shape[0], notes=tuple(notes))


def to_baskets(lists: list[list[int]], *, items: int) -> Baskets:
    """The matrix of baskets given as lists of item columns; an item named twice counts once."""
    unique = [sorted(set(basket)) for basket in lists]
    ends = np.cumsum([0, *map(len, unique)])
    columns = np.array([item for basket in unique for item in basket], dtype=np.int32)
    return Baskets(sparse.csr_matrix((np.ones(len(columns), dtype=np.int32), columns, ends), (len(lists), items)))


def pack(baskets: Baskets) -> Bits:
    """Items x words: bit ``b`` of word ``w`` in an item's row is basket ``64 w + b``."""
    words = -(-baskets.shape[0] // _WORD)
    packed = np.zeros((baskets.shape[1], words), dtype=np.uint64)
    by_item = baskets.tocsc()
    row = np.zeros(words * _WORD, dtype=bool)
    for item, (start, end) in enumerate(pairwise(by_item.indptr)):
        held = by_item.indices[start:end]
        row[held] = True
        packed[item] = np.packbits(row, bitorder="little").view("<u8")
        row[held] = False
    return packed


def bit_count(bits: Bits) -> Counts:
    """Set bits along the last axis.

    >>> int(bit_count(np.array([3, 8], dtype=np.uint64)))
    3
    """
    counts: Counts = np.bitwise_count(bits).sum(axis=-1, dtype=np.int64)
    return counts


def _trim(baskets: Baskets, length: int) -> tuple[Baskets, list[Text]]:
    """Baskets no longer than ``length``, because the pairs of one basket grow with the square of its items."""
    lengths = np.diff(baskets.indptr)
    long = np.flatnonzero(lengths > length)
    if not len(long):
        return baskets, []
    frequency = np.bincount(baskets.indices, minlength=baskets.shape[1])
    keep = np.ones(baskets.nnz, dtype=bool)
    for row in long:
        start, end = baskets.indptr[row], baskets.indptr[row + 1]
        rare = np.argsort(-frequency[baskets.indices[start:end]], kind="stable")[length:]
        keep[start + rare] = False
    ends = np.concatenate([[0], np.cumsum(np.minimum(lengths, length))])
    cut = sparse.csr_matrix((baskets.data[keep], baskets.indices[keep], ends), baskets.shape)
    return Baskets(cut), [_BASKETS_CUT.fill(n=len(long), most=length)]


def _grow(baskets: Baskets, min_count: int, length: int) -> Iterator[Counted]:
    """Itemsets by length 1 and 2 first, then by prefix."""
    singles = np.bincount(baskets.indices, minlength=baskets.shape[1])
    frequent = np.flatnonzero(singles >= min_count)
    frequent = frequent[np.argsort(singles[frequent], kind="stable")]  # rare first: their bits are few
    yield from (((int(item),), int(singles[item])) for item in frequent)
    if length == 1 or not len(frequent):
        return
    matrix = Baskets(baskets[:, frequent])
    partners = _pairs(matrix, min_count)
    search = _Search(frequent.tolist(), min_count, length)
    for first, (others, counts) in enumerate(partners):
        yield from ((search.named((first, int(o))), int(c)) for o, c in zip(others, counts, strict=True))
    if length > 2:  # noqa: PLR2004 - pairs are done
        yield from _longer(matrix, partners, search)


def _pairs(baskets: Baskets, min_count: int) -> list[tuple[Counts, Counts]]:
    """For each item, the later items it is frequent with, sorted, and how often."""
    slices = (baskets[start:start + _SLICE] for start in range(0, baskets.shape[0], _SLICE))
    together = sparse.triu(sum(part.T @ part for part in slices), k=1, format="csr")
    together.sort_indices()
    partners = []
    for item in range(together.shape[0]):
        row = slice(together.indptr[item], together.indptr[item + 1])
        often = together.data[row] >= min_count
        partners.append((together.indices[row][often], together.data[row][often]))
    return partners


def _longer(baskets: Baskets, partners: list[tuple[Counts, Counts]], search: "_Search") -> Iterator[Counted]:
    bits = pack(baskets)
    for first, (others, _) in enumerate(partners):
        if len(others) > 1:
            held = np.flatnonzero(bits[first])  # a rare item leaves most words empty: look at the others only
            yield from search.extend((first,), others, bits[first, held] & bits[np.ix_(others, held)])


@dataclass(frozen=True, slots=True)
class _Search:
    """What stays the same on the way down: the items' names and the bounds."""

    names: list[int]
    min_count: int
    length: int

    def extend(self, prefix: tuple[int, ...], tails: Counts, rows: Bits) -> Iterator[Counted]:
        """Itemsets of ``prefix``, one tail and more; ``rows`` holds the bits of ``prefix`` with each tail."""
        for i, tail in enumerate(tails[:-1]):
            joined = rows[i] & rows[i + 1:]
            counts = bit_count(joined)
            often = np.flatnonzero(counts >= self.min_count)
            longer, further = (*prefix, int(tail)), tails[i + 1:][often]
            yield from ((self.named((*longer, int(last))), int(c))
                        for last, c in zip(further, counts[often], strict=True))
            if len(often) > 1 and len(longer) + 1 < self.length:
                yield from self.extend(longer, further, joined[often])

    def named(self, itemset: tuple[int, ...]) -> tuple[int, ...]:
        """The columns that the caller gave, sorted."""
        return tuple(sorted(self.names[item] for item in itemset))
