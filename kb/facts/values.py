"""One value of one fact, as every reading sees it."""

import math
import unicodedata
from decimal import Decimal
from typing import Literal

from kb.model.condition import Scalar

TEXT_FORM: Literal["NFC"] = "NFC"
TESTABLE_BYTES = 2_000
DECIMALS = 9


def known(value: object) -> Scalar | None:
    r"""The value of a property as it was written, or ``None`` where it says nothing: null, not a number, too long.

    Numbers are not rounded here: whoever wrote the row did it (``normalised``).

    >>> known("e\u0301") == "\u00e9", known(float("nan")), known(Decimal("12.5000"))
    (True, None, 12.5)

    Raises:
        TypeError: For a value that no property can hold.
    """
    match value:
        case int() | None:
            return value
        case float() | Decimal():
            return float(value) if math.isfinite(value) else None
        case str():
            if value.isascii() and len(value) <= TESTABLE_BYTES:
                return value
            text = unicodedata.normalize(TEXT_FORM, value)
            return text if len(text.encode()) <= TESTABLE_BYTES else None
    msg = f"a property holds a string, a number or a boolean, not {type(value).__name__}"
    raise TypeError(msg)


def normalised(value: object) -> Scalar | None:
    """``known``, with numbers cut to nine decimals: for a row that is written outside the tables.

    >>> normalised(0.1 + 0.2), normalised(3), normalised(True)
    (0.3, 3, True)
    """
    read = known(value)
    return round(read, DECIMALS) if isinstance(read, float) else read
