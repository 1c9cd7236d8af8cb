"""Richardson extrapolation: central differences at h, 2h, 4h, ... combined so that one power of h² after the other cancels.

    T[i, 0] = D(2^i h)        T[i, j] = T[i, j-1] + (T[i, j-1] - T[i+1, j-1]) / (4^j - 1)

T[i, j] is the central difference of order 2j + 2. Source: Ridders (1982), doi:10.1016/S0141-1195(82)80057-0.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffbench.differentiators.finite_difference import FiniteDifference
from diffbench.errors import BadInput, NotDifferentiable
from diffbench.interface import Array, Function
from diffbench.registry import register


def tableau(values: Sequence[Any], terms: Sequence[Any] | None = None) -> list[list[Any]]:
    """Rows by the largest step used: row k holds T[k, 0], T[k-1, 1], ..., T[0, k], from values at growing steps.

    terms: what the error of each value is a power series in, up to a factor: h² for symmetric differences, h for one-sided ones; 1, 4,
    16, ... where it is not given, for steps h, 2h, 4h, ...

    >>> [float(t) for t in tableau([1 + h**2 + h**4 for h in (0.25, 0.5, 1.0)])[-1]]
    [3.0, 0.75, 1.0]
    """
    terms = [4**k for k in range(len(values))] if terms is None else terms
    rows: list[list[Any]] = []
    for k, value in enumerate(values):
        row = [value]
        for j, older in enumerate(rows[-1] if rows else [], 1):
            row.append(older + (older - row[-1]) / (terms[k] / terms[k - j] - 1))
        rows.append(row)
    return rows


def entries(values: Sequence[Any], terms: Sequence[Any] | None = None) -> Iterator[tuple[int, int, Any, Any]]:
    """(i, j, T[i, j], the larger of its differences from T[i, j-1] and T[i+1, j-1]) for every j > 0."""
    rows = tableau(values, terms)
    for k, row in enumerate(rows[1:], 1):
        for j in range(1, k + 1):
            yield k - j, j, row[j], np.maximum(abs(row[j] - rows[k - 1][j - 1]), abs(row[j] - row[j - 1]))


HALVINGS = 20  # of the largest step, to come into the domain of f


@dataclass(frozen=True)
class Richardson:
    """Central differences at `rungs` steps halved from `largest` * max(1, |x|), extrapolated; per entry the one that moved least.

    Where f is undefined at the largest, all are halved until it is defined. No noise model: at 5 rungs about 12 correct digits for
    functions whose scale is near |x|. 2 n rungs evaluations.
    """

    rungs: int = 5
    largest: float = 0.125

    def __post_init__(self) -> None:
        if self.rungs < 2 or not self.largest > 0:
            raise BadInput(f"richardson needs at least 2 rungs and a positive step, not {self.rungs} and {self.largest}; take 5 and 0.125")

    @property
    def name(self) -> str:
        """The registered name."""
        return "richardson"

    def jacobian(self, f: Function, x: Array) -> Array:
        """Shape f(x).shape + x.shape."""
        return self._extrapolated(self._ladder(lambda method: method.jacobian(f, x)), np.asarray(x).dtype)

    def jvp(self, f: Function, x: Array, x_dot: Array) -> tuple[Array, Array]:
        """(f(x), J x_dot)."""
        pairs = self._ladder(lambda method: method.jvp(f, x, x_dot))
        return pairs[0][0], self._extrapolated([tangent for _, tangent in pairs], np.asarray(x).dtype)

    def hessian(self, f: Function, x: Array) -> Array:
        """Shape f(x).shape + x.shape + x.shape."""
        return self._extrapolated(self._ladder(lambda method: method.hessian(f, x)), np.asarray(x).dtype)

    def _ladder(self, answer: Callable[[FiniteDifference], Any]) -> list[Any]:
        """The method's answers from the smallest step to the largest that f allows."""
        for first in range(HALVINGS):
            with suppress(NotDifferentiable):
                return [answer(FiniteDifference(step=self._step(first + i))) for i in range(self.rungs)][::-1]
        return [answer(FiniteDifference(step=self._step(HALVINGS)))]

    def _step(self, i: int) -> Any:
        return lambda x: self.largest / 2**i * np.maximum(1, np.abs(x))

    def _extrapolated(self, values: list[Array], dtype: Any) -> Array:
        best, least = values[0], np.inf
        for _, _, value, doubt in entries(values):
            best, least = np.where(doubt < least, value, best), np.minimum(doubt, least)
        return np.asarray(best, dtype)


register("differentiators", "richardson", Richardson())
