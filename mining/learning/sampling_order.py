"""The order in which members are given to chance: by what they are, never by who.

Keys are random in each base. What is dealt, folded or resampled in the order of keys would differ between two bases
made of the same data; in this order it is the same.
"""

import numpy as np
import numpy.typing as npt

from mining.learning.features import FeatureFrame


def order_by_content(frame: FeatureFrame, *told: npt.NDArray[np.generic]) -> npt.NDArray[np.intp]:
    """Row numbers sorted by the values, then by what else is told of each row; unknown comes last.

    Rows that are equal in all of it are interchangeable, whoever they are.

    >>> frame = FeatureFrame(keys=("a", "b", "c"), features=(),
    ...                      values=np.array([[2.0, 1.0], [1.0, np.nan], [1.0, 5.0]]))
    >>> order_by_content(frame, np.array([True, False, True])).tolist()
    [2, 1, 0]
    """
    return np.lexsort((*reversed(told), *frame.values.T[::-1]))
