"""Values and facts as the engine's JSON.

Numbers are written with a point, without an exponent and with at most nine decimals, whole numbers too, because the
engine never joins 1 with 1.0 and cannot read 1e-05. Properties carry a prefix, so that none is called ``id``, ``sid``
or ``type``.
"""

from functools import lru_cache

import orjson

from kb.model.condition import Scalar

CUSTOMER = "customer"
GATE = "~go"
SENTINEL = "~end"
"""Types of the facts that are no rows: the customer, the gate before negated patterns, and what always fires."""

STATE = "s0"
"""The one state that all customers share, one after another: states of their own collide by hash."""

LARGEST = 1e15
LONGEST_BYTES = 2_000


class Outside(Exception):
    """A value must not reach the engine; the Python reading answers."""


class TooManyFacts(Outside):
    """So many facts must not reach the engine."""


@lru_cache(maxsize=4_096, typed=True)  # customers share most of their values; 1, 1.0 and True are equal but three texts
def value_text(value: Scalar) -> str:
    """The value as the engine's JSON.

    >>> value_text(5), value_text(0.00001), value_text(-0.0), value_text(True), value_text("a")
    ('5.0', '0.00001', '0.0', 'true', '"a"')

    Raises:
        Outside: A number of 1e15 or more, a text over 2,000 bytes or without a UTF-8 form.
    """
    if isinstance(value, str):
        return _string_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if not abs(value) < LARGEST:
        msg = f"the engine cannot take the number {value!r}"
        raise Outside(msg)
    digits = f"{value + 0.0:.9f}".rstrip("0")
    return f"{digits}0" if digits.endswith(".") else digits


def property_text(name: str, text: str) -> str:
    """A property of a fact, with what sets it off from the one before."""
    return f',"{name}":{text}'


def fact_text(kind: str, number: int, properties: str = "") -> str:
    """A whole fact: its type, its id ``f<number>``, the one state that all share, and its properties as texts."""
    return f'{{"type":"{kind}","id":"f{number}","sid":"{STATE}","_k":1{properties}}}'


def _string_text(value: str) -> str:
    try:
        text = orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        msg = "a text has no UTF-8 form"
        raise Outside(msg) from error
    if len(text) > LONGEST_BYTES:
        msg = f"a text of {len(text)} bytes, expected at most {LONGEST_BYTES}"
        raise Outside(msg)
    return text.decode()
