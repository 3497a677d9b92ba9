"""One byte string for equal content, and its digest.

Source: the idea of RFC 8785 (JSON Canonicalization Scheme), with numbers cut to nine significant digits so that the
last bits of a floating-point sum do not make two equal releases differ.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum

from kb.model.ids import Digest

_SIGNIFICANT_DIGITS = 9


def canonical(value: object) -> bytes:
    """``value`` as UTF-8 JSON with sorted keys and floats of nine significant digits.

    Dataclasses become objects with their class name under ``"type"``; enums their value; sets are sorted. A field that
    came later says ``omit_none`` in its metadata, so that what was written before it has the digest it had.

    >>> canonical({"b": 1.00000000049, "a": (1, None)}).decode()
    '{"a":[1,null],"b":1}'

    Raises:
        TypeError: For a value that has no JSON form.
    """
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"),
                      allow_nan=False).encode()


def digest(value: object) -> Digest:
    """``sha256:`` and the hex digest of the canonical form."""
    return Digest("sha256:" + hashlib.sha256(canonical(value)).hexdigest())


def short_id(prefix: str, value: object, *, length: int = 12) -> str:
    """A readable id made from content: ``prefix`` and the first hex digits of its digest.

    >>> short_id("assoc", ["milk", "bread"]) == short_id("assoc", ["milk", "bread"])
    True
    """
    return f"{prefix}-{hashlib.sha256(canonical(value)).hexdigest()[:length]}"


def _plain(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case bool() | str() | int() | None:
            return value
        case float():
            rounded = float(f"{value:.{_SIGNIFICANT_DIGITS}g}")
            return int(rounded) if rounded.is_integer() and abs(rounded) < 2**53 else rounded
        case Mapping():
            return {str(_plain(k)): _plain(v) for k, v in value.items()}
        case list() | tuple():
            return [_plain(v) for v in value]
        case set() | frozenset():
            return sorted((_plain(v) for v in value), key=repr)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {"type": type(value).__name__} | {
                f.name: _plain(getattr(value, f.name)) for f in fields(value)
                if not (f.metadata.get("omit_none") and getattr(value, f.name) is None)}
    msg = f"no canonical form for {type(value).__name__}"
    raise TypeError(msg)
