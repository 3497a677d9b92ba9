"""The order in which members are given to chance: by what they are, never by who.

Keys are random in each base. What is dealt, folded or resampled in the order of keys would differ between two bases
made of the same data; in this order it is the same.
"""

import numpy as np
import numpy.typing as npt

from mining.arrays import Floats


def order_by_content(values: Floats, *told: npt.NDArray[np.generic]) -> npt.NDArray[np.intp]:
    """Row numbers sorted by the values, then by what else is told of each row; unknown comes last.

    Rows that are equal in all of it are interchangeable, whoever they are.

    >>> order_by_content(np.array([[2.0, 1.0], [1.0, np.nan], [1.0, 5.0]]), np.array([True, False, True])).tolist()
    [2, 1, 0]
    """
    return np.lexsort((*reversed(told), *values.T[::-1]))
