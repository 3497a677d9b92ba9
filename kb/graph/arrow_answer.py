"""Answers of the embedded engine as columns."""

from typing import Any

import pyarrow as pa

_MOST_ROWS = 100_000


def as_arrow(result: Any) -> pa.Table:
    """The rows of a result of Ladybug's.

    Without the size of a chunk the engine asks for the memory of ten million values, whatever the answer.
    """
    return result.get_as_arrow(min(_MOST_ROWS, max(1, result.get_num_tuples())))
