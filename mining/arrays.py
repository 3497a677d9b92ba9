"""Arrays as the miners have them."""

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def distinct(values: Ints) -> Ints:
    """The different values, sorted, as ``np.unique`` has them, which hashes since NumPy 2.3 and takes much longer.

    >>> distinct(np.array([3, 1, 3])).tolist(), distinct(np.array([], dtype=np.int64)).tolist()
    ([1, 3], [])
    """
    ordered: Ints = np.sort(values)
    is_first: Flags = np.diff(ordered, prepend=ordered[:1] - 1) != 0
    return ordered[is_first]
