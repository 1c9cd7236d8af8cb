"""The law behind a row of counts: a power of n or an exponential."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LAST_SIZES = 5


@dataclass(frozen=True)
class GrowthLaw:
    """Both fits: count ~ n^power and count ~ base^n, with the root mean square of what is left of log(count)."""

    power: float
    power_residual: float
    base: float
    base_residual: float

    @property
    def is_exponential(self) -> bool:
        return self.base_residual < self.power_residual

    def __str__(self) -> str:
        return f"{self.base:.2f}^n" if self.is_exponential else f"n^{self.power:.2f}"


def growth_law(ns: Sequence[float], values: Sequence[float]) -> GrowthLaw:
    """Fit both laws to the last five positive values; `str()` of the result names the better one. NaN with fewer than three.

    >>> str(growth_law([10, 20, 40, 80], [3 * n**2 for n in [10, 20, 40, 80]]))
    'n^2.00'
    """
    n, value = np.asarray(ns, dtype=float), np.asarray(values, dtype=float)
    usable = (n > 0) & (value > 0)
    n, log_value = n[usable][-LAST_SIZES:], np.log(value[usable][-LAST_SIZES:])
    power, power_residual = _slope(np.log(n), log_value)
    base, base_residual = _slope(n, log_value)
    return GrowthLaw(power, power_residual, float(np.exp(base)), base_residual)


def _slope(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    if len(x) < 3:
        return float("nan"), float("nan")
    coefficients = np.polyfit(x, y, 1)
    return float(coefficients[0]), float(np.sqrt(np.mean((np.polyval(coefficients, x) - y) ** 2)))
