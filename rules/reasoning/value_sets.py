"""Sets of values: numbers as intervals, everything else as a list of members, or of all but some.

>>> some = NumberSet.between(3, 9) & ~NumberSet.at(5)
>>> 4 in some, 5 in some, some.nearest(12)
(True, False, 9)
>>> NumberSet.between(3, 4, has_low=False, has_high=False, whole=True)
NumberSet(pieces=(), whole=True)
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

from kb.model.condition import Scalar
from rules.condition.values import DECIMALS

Cut: TypeAlias = tuple[float, int]
"""A place between numbers: just below the number (0), or just above it (1)."""

_LEAST: Cut = (-math.inf, 1)
_MOST: Cut = (math.inf, 0)
_OTHER = "other"


@dataclass(frozen=True, slots=True)
class NumberSet:
    """The numbers between pairs of cuts, in ascending order; of ``whole`` ones, cuts stand below a whole number."""

    pieces: tuple[tuple[Cut, Cut], ...] = ((_LEAST, _MOST),)
    whole: bool = False

    @classmethod
    def between(cls, low: float = -math.inf, high: float = math.inf, *, has_low: bool = True, has_high: bool = True,
                whole: bool = False) -> "NumberSet":
        """The interval from ``low`` to ``high``, with its ends or without."""
        first = _LEAST if low == -math.inf else (low, 0 if has_low else 1)
        last = _MOST if high == math.inf else (high, 1 if has_high else 0)
        return _kept([(first, last)], whole=whole)

    @classmethod
    def at(cls, *numbers: float, whole: bool = False) -> "NumberSet":
        """These numbers alone."""
        return _kept([((number, 0), (number, 1)) for number in sorted(set(numbers))], whole=whole)

    def __bool__(self) -> bool:
        return bool(self.pieces)

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int | float) and any(low <= (number, 0) and (number, 1) <= high
                                                       for low, high in self.pieces)

    def __and__(self, other: "NumberSet") -> "NumberSet":
        met = ((max(low, other_low), min(high, other_high))
               for low, high in self.pieces for other_low, other_high in other.pieces)
        return NumberSet(tuple(piece for piece in met if piece[0] < piece[1]), self.whole)

    def __invert__(self) -> "NumberSet":
        ends = [_LEAST, *(cut for piece in self.pieces for cut in piece), _MOST]
        pairs = zip(ends[::2], ends[1::2], strict=True)
        return NumberSet(tuple((low, high) for low, high in pairs if low < high), self.whole)

    def __or__(self, other: "NumberSet") -> "NumberSet":
        return ~(~self & ~other)

    @property
    def least(self) -> float:
        """The lower end, whether it belongs or not; of no numbers at all there is none."""
        return self.pieces[0][0][0]

    @property
    def most(self) -> float:
        """The upper end, whether it belongs or not."""
        return self.pieces[-1][1][0] - (1 if self.whole else 0)

    def or_above(self) -> "NumberSet":
        """All numbers that are not below every one of these."""
        return NumberSet(((self.pieces[0][0], _MOST),), self.whole)

    def or_below(self) -> "NumberSet":
        """All numbers that are not above every one of these."""
        return NumberSet(((_LEAST, self.pieces[-1][1]),), self.whole)

    def piece_of(self, number: float) -> "NumberSet":
        """The interval around a member."""
        return next(one for one in (NumberSet((piece,), self.whole) for piece in self.pieces) if number in one)

    def nearest(self, number: Scalar | None) -> float:
        """The member nearest to ``number``; the lower one of two; nearest to zero where there is no number."""
        wanted = number if isinstance(number, int | float) else 0
        if wanted in self:
            return wanted
        return min((end for piece in self.pieces for end in _ends(piece, whole=self.whole)),
                   key=lambda end: abs(end - wanted))


@dataclass(frozen=True, slots=True)
class MemberSet:
    """Texts, truth values or other names: the members, or everything ``but`` the members."""

    members: frozenset[Scalar] = frozenset()
    but: bool = False

    def __bool__(self) -> bool:
        return self.but or bool(self.members)

    def __contains__(self, word: object) -> bool:
        return (word in self.members) is not self.but

    def __and__(self, other: "MemberSet") -> "MemberSet":
        match self.but, other.but:
            case True, True:
                return MemberSet(self.members | other.members, but=True)
            case False, True:
                return MemberSet(self.members - other.members)
            case True, False:
                return MemberSet(other.members - self.members)
            case _:
                return MemberSet(self.members & other.members)

    def __invert__(self) -> "MemberSet":
        return MemberSet(self.members, not self.but)

    def __or__(self, other: "MemberSet") -> "MemberSet":
        return ~(~self & ~other)

    def nearest(self, word: Scalar | None) -> Scalar:
        """``word`` where it belongs, else the first member in order; where all but some do, a word that is none."""
        if word is not None and word in self:
            return word
        if not self.but:
            return min(self.members, key=lambda member: (member is not True, str(member)))
        name = _OTHER
        while name in self.members:
            name += "-"
        return name


Values: TypeAlias = NumberSet | MemberSet


@dataclass(frozen=True, slots=True)
class StateSet:
    """What one thing may be: a value of ``values``, or not known."""

    values: Values
    unknown: bool

    def __bool__(self) -> bool:
        return self.unknown or bool(self.values)

    def __contains__(self, state: object) -> bool:
        return self.unknown if state is None else state in self.values

    def __and__(self, other: "StateSet") -> "StateSet":
        return StateSet(self.values & other.values, self.unknown and other.unknown)  # type: ignore[operator]  # both of one kind

    def __or__(self, other: "StateSet") -> "StateSet":
        return ~(~self & ~other)

    def __invert__(self) -> "StateSet":
        return StateSet(~self.values, not self.unknown)


def _kept(pieces: list[tuple[Cut, Cut]], *, whole: bool) -> NumberSet:
    told = [(_whole(low), _whole(high)) for low, high in pieces] if whole else pieces
    return NumberSet(tuple((low, high) for low, high in told if low < high), whole)


def _whole(cut: Cut) -> Cut:
    """The same place among whole numbers: below the first that comes after."""
    number, above = cut
    if math.isinf(number):
        return cut
    return (math.floor(number) + 1 if above else math.ceil(number), 0)


def _ends(piece: tuple[Cut, Cut], *, whole: bool) -> list[float]:
    """The first and the last member of an interval, as far as numbers of nine decimals go."""
    (low, above), (high, included) = piece
    if whole:
        return [end for end in (low, high - 1) if not math.isinf(end)]
    step = 10.0**-DECIMALS
    first = low if not above else max(round(low + step, DECIMALS), math.nextafter(low, math.inf))
    last = high if included else min(round(high - step, DECIMALS), math.nextafter(high, -math.inf))
    members = [end for end in (first, last) if not math.isinf(end) and (low, above) <= (end, 0) < (high, included)]
    return members or [(low + high) / 2]
