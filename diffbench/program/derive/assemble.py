"""An array put together from its parts: what the cotangents of x[i], x[1:], x[idx] ... add up
to.
"""

from typing import Any

import numpy as np

from diffbench.rules.entries.indexing import getitem, is_basic
from diffbench.rules.table import dispatched, linear, unbroadcast


@dispatched
def assemble(*values: Any, indices: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """zeros(shape) with values[k] added at indices[k]; of a position named twice, the sum."""
    total = np.zeros(shape, _common_dtype(values))
    for value, index in zip(values, indices, strict=True):
        if is_basic(index):
            total[index] += value
        else:
            np.add.at(total, index, value)
    return total


def _common_dtype(values: tuple[Any, ...]) -> Any:
    try:
        return np.result_type(*values)
    except TypeError:  # symbols, or numbers of another arithmetic
        return object


ASSEMBLE = linear(
    assemble,
    arity=None,
    transpose=lambda i, y_bar, *values, indices, shape: unbroadcast(
        getitem(y_bar, indices[i]), values[i]
    ),
)
