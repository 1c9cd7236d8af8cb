"""Differences where people use them: Jacobians at roots and optima, of NIST's models, of SciPy's
densities, of solvers; ours beside those of scipy, numdifftools, jacobi, statsmodels and derivkit.

    make bench-differences        or        python -m diffbench.bench.calibration.systems [SET ...]

prints for each set and method: digits lost, coverage of the error bars, silent failures, refusals,
evaluations.
"""

import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize._numdiff import approx_derivative

from diffbench.bench.calibration import (
    outside,
    zeros_held_back_half,
    zeros_tuned_half,
)
from diffbench.bench.calibration.solver_programs import TOLERANCE
from diffbench.differences.adaptive.estimates import estimate
from diffbench.differentiators.finite_difference import FiniteDifference
from diffbench.differentiators.richardson import Richardson
from diffbench.errors import DiffbenchError
from diffbench.interface import Array

EPS = 2.0**-52
NO_DIGIT = 0.1  # relative error of an answer that is one in name only
ZERO = 1e-9  # of the largest entry of its column: smaller ones are measured against that


@dataclass(frozen=True, eq=False)
class Answer:
    """A Jacobian, its claimed errors (NaN where none is claimed), and which entries are
    answered.
    """

    df: Array
    error: Array
    answered: Array


Method = Callable[[Callable[[Array], Any], Array], Answer]


def adaptive(f: Callable[[Array], Any], x: Array) -> Answer:
    """Ours, with its error bars; what is no success counts as refused."""
    found = estimate(f, x, operator="jacobian")
    return Answer(*map(np.asarray, (found.df, found.error, found.success)))


def adaptive_told(f: Callable[[Array], Any], x: Array) -> Answer:
    """Ours, told how exact an integrator's results are."""
    found = estimate(f, x, operator="jacobian", accuracy=TOLERANCE)
    return Answer(*map(np.asarray, (found.df, found.error, found.success)))


def adaptive_hessian(f: Callable[[Array], Any], x: Array) -> Answer:
    """Ours, for second derivatives."""
    found = estimate(f, x, operator="hessian")
    return Answer(*map(np.asarray, (found.df, found.error, found.success)))


def unclaimed(jacobian: Any) -> Answer:
    """A Jacobian without error bars, all of it answered where it is finite."""
    df = np.asarray(jacobian, float)
    return Answer(df, np.full(df.shape, np.nan), np.isfinite(df))


def scipy_three_points(f: Callable[[Array], Any], x: Array) -> Answer:
    """What scipy.optimize takes where no derivative is given but three points are asked for."""
    return unclaimed(approx_derivative(f, x, method="3-point"))


def jacobi(f: Callable[[Array], Any], x: Array) -> Answer:
    """jacobi.jacobi with its defaults."""
    from jacobi import jacobi as differentiate

    df, error = map(np.asarray, differentiate(f, x))
    return Answer(df, error, np.isfinite(df))


def numdifftools(f: Callable[[Array], Any], x: Array) -> Answer:
    """numdifftools.Jacobian with its defaults."""
    from numdifftools import Jacobian

    result = Jacobian(f, full_output=True)(x)
    info = result if hasattr(result, "error_estimate") else result[1]
    shape = np.shape(f(x)) + x.shape
    df, error = (np.reshape(part, shape) for part in (result[0], info.error_estimate))
    return Answer(df, error, np.isfinite(df))


def numdifftools_hessian(f: Callable[[Array], Any], x: Array) -> Answer:
    """numdifftools.Hessian with its defaults."""
    from numdifftools import Hessian

    result = Hessian(f, full_output=True)(x)
    info = result if hasattr(result, "error_estimate") else result[1]
    df, error = (np.reshape(part, x.shape * 2) for part in (result[0], info.error_estimate))
    return Answer(df, error, np.isfinite(df))


def statsmodels(f: Callable[[Array], Any], x: Array) -> Answer:
    """statsmodels' centred differences."""
    from statsmodels.tools.numdiff import approx_fprime

    return unclaimed(approx_fprime(x, f, centered=True))


def derivkit(f: Callable[[Array], Any], x: Array) -> Answer:
    """derivkit.CalculusKit's Jacobian with its defaults."""
    from derivkit import CalculusKit

    kit = CalculusKit(lambda at: np.atleast_1d(f(np.asarray(at))), x)
    return unclaimed(np.reshape(kit.jacobian(), np.shape(f(x)) + x.shape))


JACOBIANS: Mapping[str, Method] = {
    "adaptive-difference": adaptive,
    "central-difference": lambda f, x: unclaimed(FiniteDifference().jacobian(f, x)),
    "richardson": lambda f, x: unclaimed(Richardson().jacobian(f, x)),
    "scipy": scipy_three_points,
    "jacobi": jacobi,
    "numdifftools": numdifftools,
    "statsmodels": statsmodels,
    "derivkit": derivkit,
}
HESSIANS: Mapping[str, Method] = {
    "adaptive-difference": adaptive_hessian,
    "central-difference": lambda f, x: unclaimed(FiniteDifference().hessian(f, x)),
    "richardson": lambda f, x: unclaimed(Richardson().hessian(f, x)),
    "numdifftools": numdifftools_hessian,
}
TOLD = "adaptive-difference, told"
METHODS = {
    "jacobian": JACOBIANS,
    "hessian": HESSIANS,
    "integrated": {**JACOBIANS, TOLD: adaptive_told},
}
OURS = ("adaptive-difference", TOLD, "central-difference", "richardson")

SETS: Mapping[str, Callable[[], Iterable[Any]]] = {
    "zeros, tuned": zeros_tuned_half.built,
    "zeros, held back": zeros_held_back_half.built,
    "nist": outside.nist,
    "distributions": outside.distributions,
    "solvers": outside.solvers,
    "integrators at 1e-11": outside.loose_integrators,
    "hessians": outside.hessians,
}


def measured(
    sets: Iterable[str] = tuple(SETS), methods: Sequence[str] | None = None
) -> pd.DataFrame:
    """One row a (set, case, method, entry). Columns: set, case, kind, method, error (relative to
    the entry, or to its column where that is beyond all proportion larger), claimed (the same of
    the error bar, NaN for none), answered, nfev (a coordinate).
    """
    rows = [
        _rows(name, case, method)
        for name in sets
        for case in SETS[name]()
        for method in (_asked_of(case) if methods is None else methods)
        if method in METHODS[case.operator]
    ]
    return pd.concat(rows, ignore_index=True)


def _is_slow(case: Any) -> bool:
    """Whether f takes seconds; an integrator does at the tightest tolerance only."""
    return case.operator != "integrated" and case.name in outside.SLOW


def _asked_of(case: Any) -> list[str]:
    """The methods that are installed; ours only, where f takes seconds."""
    return [
        method
        for method in METHODS[case.operator]
        if method in OURS or (find_spec(method) and not _is_slow(case))
    ]


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """The figures of each method on each set.

    answered: entries with an answer. digits lost: log10 of the relative error over eps. coverage:
    of the entries with an error bar, those within it. silent: answered entries whose error is ten
    times the bar, or has no digit where there is no bar. nfev: evaluations a coordinate.
    """
    groups = table.groupby(["set", "method"], sort=False)
    return pd.DataFrame({key: _figures(rows) for key, rows in groups}).T.rename_axis(
        ["set", "method"]
    )


def _rows(name: str, case: Any, method: str) -> pd.DataFrame:
    counted = _Counted(case.f)
    found = _asked(METHODS[case.operator][method], counted, case)
    scale = np.abs(case.jacobian)
    column = scale.max(axis=tuple(range(scale.ndim - 1)), keepdims=True)
    scale = np.where(scale > ZERO * column, scale, np.where(column > 0, column, 1))
    return pd.DataFrame(
        {
            "set": name,
            "case": case.name,
            "kind": case.kind,
            "method": method,
            "error": (np.abs(found.df - case.jacobian) / scale).reshape(-1),
            "claimed": (found.error / scale).reshape(-1),
            "answered": found.answered.reshape(-1),
            "nfev": counted.calls / case.x.size,
        }
    )


@dataclass
class _Counted:
    """f, counting its calls, and copying as our own methods do."""

    f: Callable[[Array], Any]
    calls: int = 0

    def __call__(self, x: Any) -> Any:
        self.calls += 1
        return np.array(self.f(np.array(x, float)))


def _asked(method: Method, f: _Counted, case: Any) -> Answer:
    """The answer; none where the method raises."""
    nothing = np.full(case.jacobian.shape, np.nan)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = method(f, case.x)
        except (DiffbenchError, ArithmeticError, ValueError, TypeError, LookupError):
            return Answer(nothing, nothing, np.zeros(nothing.shape, bool))
    parts = (np.reshape(part, nothing.shape) for part in (found.df, found.error, found.answered))
    return Answer(*parts)


def _figures(rows: pd.DataFrame) -> dict[str, float]:
    told = rows[rows["answered"].astype(bool)]
    error, claimed = told["error"].clip(lower=EPS), told["claimed"]
    lost = np.log10(error / EPS).clip(0, -np.log10(EPS))
    is_claimed = claimed.notna()
    silent = np.where(is_claimed, error > 10 * claimed.clip(lower=EPS), error > NO_DIGIT)
    covered = (error <= claimed.clip(lower=EPS))[is_claimed]
    nfev = rows.groupby("case")["nfev"].first()
    return {
        "entries": len(rows),
        "answered": len(told) / len(rows),
        "median_lost": lost.median(),
        "p90_lost": lost.quantile(0.9),
        "coverage": covered.mean() if len(covered) else np.nan,
        "silent": float(np.mean(silent)) if len(told) else np.nan,
        "nfev": nfev.median(),
        "nfev_max": nfev.max(),
    }


def certified(jacobian: Callable[[Any, Array], Array]) -> pd.Series:
    """Digits to which each set's certified standard deviations come out of a method's Jacobian at
    the certified parameters; NaN where it is refused.
    """
    return pd.Series(
        {model.facts["name"]: _agreement(model, jacobian) for model in outside.nist_models()}
    )


def _agreement(model: outside.Model, jacobian: Callable[[Any, Array], Array]) -> float:
    at = np.array(model.facts["optimum_30"], float)
    try:
        found = model.standard_deviations(jacobian(model.residuals, at))
    except (DiffbenchError, np.linalg.LinAlgError):
        return float("nan")
    relative = np.abs(found / model.certified_sd - 1).max()
    return float(-np.log10(max(relative, 1e-11)))


def main(names: Sequence[str]) -> None:
    """Print the figures of the sets named, or of all."""
    with pd.option_context("display.width", 160):
        for name in names or SETS:
            table = measured([name])
            print(summary(table).to_string(float_format=lambda v: f"{v:.3g}"))
            slow = sorted({case.name for case in SETS[name]() if _is_slow(case)})
            print(f"only ours, as f is slow: {', '.join(slow)}\n" if slow else "", flush=True)
        methods = {n: partial(_values, JACOBIANS[n]) for n in OURS if n in JACOBIANS}
        digits = pd.DataFrame({n: certified(jacobian) for n, jacobian in methods.items()})
        print("digits of the certified standard deviations\n", digits.describe().T.to_string())


def _values(method: Method, f: Any, x: Array) -> Array:
    found = method(f, x)
    if not found.answered.all():
        raise DiffbenchError("some entries are refused")
    return found.df


if __name__ == "__main__":
    main(sys.argv[1:])
