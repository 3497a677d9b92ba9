"""Functions of DuckDB for which Ibis has no name."""

from collections.abc import Callable
from typing import Any

import ibis
import ibis.expr.datatypes as dt


def _function(name: str, takes: tuple[dt.DataType, ...], gives: dt.DataType) -> Callable[..., Any]:
    declared: Callable[..., Any] = ibis.udf.scalar.builtin(_SHAPES[len(takes)], name=name, signature=(takes, gives))
    return declared


_SHAPES: dict[int, Callable[..., None]] = {1: lambda value: None, 2: lambda first, second: None}  # noqa: ARG005 - shapes only

try_strptime = _function("try_strptime", (dt.string, dt.string), dt.timestamp)
"""The instant that a text writes in a format; unknown where it is written otherwise."""

in_zone = _function("timezone", (dt.string, dt.timestamp), dt.Timestamp(timezone="UTC"))
"""The instant of a local time in an IANA zone."""

local_in = _function("timezone", (dt.string, dt.Timestamp(timezone="UTC")), dt.timestamp)
"""The local time in an IANA zone at an instant."""

epoch_ms = _function("epoch_ms", (dt.Timestamp(),), dt.int64)
"""Milliseconds since 1970 of a time without a zone, taken as UTC."""

instant_ms = _function("epoch_ms", (dt.Timestamp(timezone="UTC"),), dt.int64)
"""Milliseconds since 1970 of an instant."""

normalize_nfc = _function("nfc_normalize", (dt.string,), dt.string)
"""The Unicode form in which equal words are equal bytes."""

md5 = _function("md5", (dt.string,), dt.string)
"""32 hex digits."""
