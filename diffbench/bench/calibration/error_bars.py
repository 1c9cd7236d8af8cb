"""Are error bars true? Every method that gives one, on the families of `tuned_half` and
`held_back_half`: claimed against true error.

    python -m diffbench.bench.calibration.error_bars

prints the figures for the half that `adaptive-difference` was tuned on, and for the half that was
held back: written before the method was run on any of it, and looked at once, when the tuning was
over.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import mpmath as mp
import numpy as np
import pandas as pd

from diffbench.bench.calibration.families.held_back_half import HELD_BACK
from diffbench.bench.calibration.families.tuned_half import FIRST, Family
from diffbench.bench.calibration.families.tuned_half_more import SECOND
from diffbench.differences.adaptive.estimates import estimate

EPS = 2.0**-52
NO_DIGIT = -float(np.log10(EPS))


@dataclass(frozen=True)
class Claim:
    """A derivative with the error it is claimed to have, and whether the method itself calls it
    doubtful.
    """

    df: float
    error: float
    nfev: int
    status: str = "ok"


Method = Callable[[Callable[[Any], Any], float], Claim]


def adaptive_difference(f: Callable[[Any], Any], x: float) -> Claim:
    """Ours."""
    found = estimate(f, x)
    return Claim(float(found.df), float(found.error), found.nfev, found.status)


def scipy_differentiate(f: Callable[[Any], Any], x: float) -> Claim:
    """scipy.differentiate.derivative with its defaults."""
    from scipy.differentiate import derivative

    found = derivative(np.vectorize(f, otypes=[float]), x)
    return Claim(
        float(found.df),
        float(found.error),
        int(found.nfev),
        "ok" if found.success else "not converged",
    )


def jacobi(f: Callable[[Any], Any], x: float) -> Claim:
    """jacobi.jacobi with its defaults."""
    from jacobi import jacobi as differentiate

    counted = Counted(f)
    df, error = differentiate(counted, x)
    return Claim(float(df), float(error), counted.calls)


def numdifftools(f: Callable[[Any], Any], x: float) -> Claim:
    """numdifftools.Derivative with its defaults."""
    from numdifftools import Derivative

    counted = Counted(f)
    result = Derivative(counted, full_output=True)(x)
    # one flat result since 0.10, (df, info) before
    info = result if hasattr(result, "error_estimate") else result[1]
    return Claim(
        float(np.squeeze(result[0])), float(np.squeeze(info.error_estimate)), counted.calls
    )


@dataclass
class Counted:
    """f, counting the points it is evaluated at."""

    f: Callable[[Any], Any]
    calls: int = 0

    def __call__(self, x: Any) -> Any:
        self.calls += np.size(x)
        return np.vectorize(self.f, otypes=[float])(x)


METHODS: Mapping[str, Method] = {
    "adaptive-difference": adaptive_difference,
    "scipy.differentiate": scipy_differentiate,
    "jacobi": jacobi,
    "numdifftools": numdifftools,
}
SETS = {"tuned": FIRST + SECOND, "held back": HELD_BACK}
PACKAGES = {
    "scipy.differentiate": "scipy.differentiate",
    "jacobi": "jacobi",
    "numdifftools": "numdifftools",
}


def calibration(
    methods: Iterable[str] | None = None, *, points: int = 25, seed: int = 0
) -> pd.DataFrame:
    """One row a (method, function, point).

    Columns: half ('tuned' or 'held back'), function, point, method, claimed and error (relative to
    the true derivative; claimed is NaN where the method gave none), status, nfev. Methods whose
    package is absent are left out unless asked for by name.
    """
    chosen = (
        [name for name in METHODS if find_spec(PACKAGES.get(name, "numpy"))]
        if methods is None
        else list(methods)
    )
    return pd.DataFrame(
        row
        for half, families in SETS.items()
        for family in families
        for row in _rows(half, family, chosen, points, seed)
    )


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """The figures of each method on each half.

    Digits lost are log10 of the relative error over eps, between 0 and 15.65; doubtful: no correct
    digit, and no word of it; coverage: error <= claimed, or below eps; silent: error above ten
    times a finite claim; claimed_over_true: the median.
    """
    figures = {key: _figures(rows) for key, rows in table.groupby(["half", "method"], sort=False)}
    return pd.DataFrame(figures).T.rename_axis(["half", "method"])


def _rows(
    half: str, family: Family, methods: list[str], points: int, seed: int
) -> Iterator[dict[str, Any]]:
    for x in map(float, family.points(points, seed)):
        exact = family.derivative(x)
        for name in methods:
            claim = _asked(METHODS[name], family, x)
            relative = {
                "claimed": _relative(mp.mpf(claim.error), exact),
                "error": _relative(abs(mp.mpf(claim.df) - exact), exact),
            }
            yield {
                "half": half,
                "function": family.name,
                "point": x,
                "method": name,
                **relative,
                "status": claim.status,
                "nfev": claim.nfev,
            }


def _asked(method: Method, family: Family, x: float) -> Claim:
    """The claim; no derivative and no claim where the method raises."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return method(family.f, x)
        except (ArithmeticError, ValueError, TypeError) as error:
            return Claim(np.nan, np.nan, 0, type(error).__name__)


def _relative(size: Any, exact: Any) -> float:
    if not exact:
        return 0.0 if size == 0 else float("inf")
    return float(size / abs(exact))


def _figures(rows: pd.DataFrame) -> dict[str, float]:
    error = rows["error"].fillna(np.inf)
    claimed, floor = rows["claimed"], error.clip(lower=EPS)
    lost = np.log10(floor / EPS).clip(0, NO_DIGIT)
    return {
        "median_digits_lost": lost.median(),
        "p90_digits_lost": lost.quantile(0.9),
        "doubtful": ((error >= 1) & (rows["status"] == "ok") & claimed.notna()).mean(),
        "coverage": (error <= claimed.clip(lower=EPS)).mean(),
        "silent": (np.isfinite(claimed) & (error > 10 * claimed.clip(lower=EPS))).mean(),
        "claimed_over_true": (claimed.clip(lower=EPS) / floor).median(),
        "nfev": rows["nfev"].median(),
        "nfev_max": rows["nfev"].max(),
    }


def main() -> None:
    """Print the figures."""
    print(summary(calibration()).to_string(float_format=lambda value: f"{value:.3g}"))


if __name__ == "__main__":
    main()
