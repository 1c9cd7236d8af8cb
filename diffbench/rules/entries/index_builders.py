"""NumPy's conveniences that are objects and not functions, and so speak no protocol: np.r_, np.c_,
np.vectorize, np.ndenumerate.
"""

# fmt: off
from typing import Any

import numpy as np

from diffbench.errors import MissingRule
from diffbench.rules.entries.grids import stacked
from diffbench.rules.interception import caught
from diffbench.rules.table import composite, settled


# ---------------------------------------------------------------- np.r_[x, 1.0, y] and np.c_[x, y]
def beside(self, key):
    pieces = key if isinstance(key, tuple) else (key,)
    if any(isinstance(piece, str) for piece in pieces):
        raise MissingRule(f"numpy.r_ with the directive {pieces[0]!r} has no derivative rule; use "
                          "np.concatenate or np.stack")
    return np.concatenate([self[piece] if isinstance(piece, slice) else raised(stacked(piece), self) for piece in pieces], axis=self.axis)


def raised(piece, joiner):
    """A piece with as many axes as the joiner wants, its own behind the first trans1d new ones."""
    missing = max(joiner.ndmin - np.ndim(piece), 0)
    before = joiner.trans1d % (missing + 1)
    return np.reshape(piece, (1,) * before + np.shape(piece) + (1,) * (missing - before))


composite(caught(type(np.r_).__getitem__), beside)


# ---------------------------------------------------------------- np.vectorize(f)(x, y)
def vectorized(self: Any, func: Any, args: Any) -> Any:
    if self.signature is not None:
        raise MissingRule("numpy.vectorize with a signature has no derivative rule; loop over the "
                          "leading axes and np.stack the results")
    arrays = np.broadcast_arrays(*args)
    results = [func(*entries) for entries in zip(*map(np.ravel, arrays), strict=True)]
    several = isinstance(results[0], tuple)
    columns = list(zip(*results, strict=True)) if several else [results]
    kinds = self.otypes or [np.result_type(settled(column[0])) for column in columns]
    found = tuple(np.reshape(untruncated(column, kind), np.shape(arrays[0])) for column, kind in zip(columns, kinds, strict=True))
    return found if several else found[0]


def untruncated(column, kind):
    """The results, which NumPy casts to the type of the first one unless otypes are given."""
    if np.dtype(kind).kind in "biu" and any(np.result_type(settled(entry)).kind not in "biu" for entry in column):
        raise MissingRule(f"numpy.vectorize truncates its results to {np.dtype(kind)}, the type of "
                          "the first one; give it otypes=[float]")
    return np.stack(column)


composite(caught(vars(np.vectorize)["_vectorize_call"]), vectorized)


# ---------------------------------------------------------------- for index, value in
# np.ndenumerate(x)
class Entries:
    """The entries of x one by one, and the place of the next: what np.ndenumerate asks of
    x.flat.
    """

    def __init__(self, x):
        self.coords, self._places, self._values = None, np.ndindex(np.shape(x)), iter(np.ravel(x))
        self._advance()

    def _advance(self):
        self.coords = next(self._places, self.coords)

    def __next__(self):
        value = next(self._values)
        self._advance()
        return value


def enumerated(self, arr):
    self.iter = Entries(arr)


composite(caught(np.ndenumerate.__init__), enumerated)
