"""The law behind a row of counts: n^a or b^n, whichever leaves the smaller residual in the logarithm (numerics: the last five sizes)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffbench.report.rows import SUPERSCRIPT

LAST = 5


@dataclass(frozen=True)
class Growth:
    """y = scale·n^rate (power) or scale·rate^n (exponential); `residual` is the rms of log y about the law."""

    law: str
    rate: float
    scale: float
    residual: float

    def __call__(self, n: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.scale * (n**self.rate if self.law == "power" else self.rate**n)

    def __str__(self) -> str:
        return "n" + f"{self.rate:.1f}".translate(SUPERSCRIPT) if self.law == "power" else f"{self.rate:.1f}ⁿ"


def fit_growth(n: Sequence[float], y: Sequence[float]) -> Growth | None:
    """The better of both laws over the last five sizes, or None for fewer than three positive counts."""
    sizes, counts = (np.asarray(values, dtype=float)[-LAST:] for values in (n, y))
    usable = (sizes > 0) & (counts > 0)
    if usable.sum() < 3:
        return None
    sizes, counts = sizes[usable], counts[usable]
    power, exponential = _line(np.log(sizes), np.log(counts)), _line(sizes, np.log(counts))
    if power[2] <= exponential[2]:
        return Growth("power", power[0], float(np.exp(power[1])), power[2])
    return Growth("exponential", float(np.exp(exponential[0])), float(np.exp(exponential[1])), exponential[2])


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float, float]:
    """Slope, intercept and rms residual of the least-squares line."""
    slope, intercept = np.polyfit(x, y, 1)
    return float(slope), float(intercept), float(np.sqrt(np.mean((slope * x + intercept - y) ** 2)))
