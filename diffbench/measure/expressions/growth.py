"""The law behind a row of counts: a power of n or an exponential, whichever leaves less of
log(count) unexplained.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

LAST_SIZES = 5


@dataclass(frozen=True)
class GrowthLaw:
    """Both fits, count ~ power_scale * n**power and count ~ base_scale * base**n, and the root mean
    square each leaves of log(count).
    """

    power: float
    power_scale: float
    power_residual: float
    base: float
    base_scale: float
    base_residual: float

    @property
    def is_exponential(self) -> bool:
        """Whether b^n fits better than n^a."""
        return self.base_residual < self.power_residual

    def __call__(self, n: Any) -> Any:
        """The better law at n."""
        return (
            self.base_scale * self.base**n
            if self.is_exponential
            else self.power_scale * n**self.power
        )

    def __str__(self) -> str:
        return f"{self.base:.2f}^n" if self.is_exponential else f"n^{self.power:.2f}"


def growth_law(ns: Sequence[float], values: Sequence[float]) -> GrowthLaw:
    """Fit both laws to the last five positive values; `str()` of the result names the better one.
    NaN with fewer than three.

    >>> str(growth_law([10, 20, 40, 80], [3 * n**2 for n in [10, 20, 40, 80]]))
    'n^2.00'
    """
    n, value = (
        np.asarray(ns, dtype=float)[-LAST_SIZES:],
        np.asarray(values, dtype=float)[-LAST_SIZES:],
    )
    usable = (n > 0) & (value > 0)
    n, log_value = n[usable], np.log(value[usable])
    power, power_scale, power_residual = _line(np.log(n), log_value)
    rate, base_scale, base_residual = _line(n, log_value)
    return GrowthLaw(
        power,
        float(np.exp(power_scale)),
        power_residual,
        float(np.exp(rate)),
        float(np.exp(base_scale)),
        base_residual,
    )


def _line(x: Any, y: Any) -> tuple[float, float, float]:
    """Slope, intercept and root mean square residual of the least-squares line."""
    if len(x) < 3:
        return (float("nan"),) * 3
    slope, intercept = np.polyfit(x, y, 1)
    return float(slope), float(intercept), float(np.sqrt(np.mean((slope * x + intercept - y) ** 2)))
