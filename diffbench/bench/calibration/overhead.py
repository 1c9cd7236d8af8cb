"""What a finite difference costs beyond the evaluations of f, beside SciPy's `approx_derivative`,
in one interleaved run.

    python -m diffbench.bench.calibration.overhead

f returns a constant, so that all the time is overhead. Ratios carry over to other machines;
microseconds do not.
"""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize._numdiff import approx_derivative

from diffbench.differentiators.finite_difference import FiniteDifference

SCHEMES = {"forward": "2-point", "central": "3-point"}


def overhead(sizes: Sequence[int] = (1, 2, 10, 100, 1000), *, rounds: int = 40) -> pd.DataFrame:
    """One row a (scheme, n): microseconds per evaluation of ours and SciPy's, minima over
    interleaved rounds, and their ratio.
    """
    return pd.DataFrame(_row(scheme, n, rounds) for scheme in SCHEMES for n in sizes)


def marginal(table: pd.DataFrame) -> pd.Series:
    """The ratio of the time that one more evaluation takes, ours over SciPy's: the slope of time
    against evaluations.
    """
    by_scheme = table.assign(
        ours=table["ours_us"] * table["evaluations"],
        scipys=table["scipy_us"] * table["evaluations"],
    )
    return by_scheme.groupby("scheme").apply(
        lambda rows: _slope(rows, "ours") / _slope(rows, "scipys"), include_groups=False
    )


def _row(scheme: str, n: int, rounds: int) -> dict[str, Any]:
    x, method = np.linspace(1, 2, n), FiniteDifference(scheme)  # type: ignore[arg-type]
    evaluations = n + 1 if scheme == "forward" else 2 * n
    contestants = (
        lambda: method.jacobian(_constant, x),
        lambda: approx_derivative(_constant, x, method=SCHEMES[scheme]),
    )
    ours, scipys = _least(contestants, rounds, repeat=max(3, 200 // n))
    return {
        "scheme": scheme,
        "n": n,
        "evaluations": evaluations,
        "ours_us": 1e6 * ours / evaluations,
        "scipy_us": 1e6 * scipys / evaluations,
        "ratio": ours / scipys,
    }


def _constant(x: Any) -> float:
    return 1.0


def _least(contestants: Sequence[Callable[[], Any]], rounds: int, repeat: int) -> list[float]:
    """The least time of one call of each, seconds; the contestants take turns."""
    return [
        min(times)
        for times in zip(
            *([_time(run, repeat) for run in contestants] for _ in range(rounds)), strict=True
        )
    ]


def _time(run: Callable[[], Any], repeat: int) -> float:
    start = perf_counter()
    for _ in range(repeat):
        run()
    return (perf_counter() - start) / repeat


def _slope(rows: pd.DataFrame, column: str) -> float:
    return float(np.polyfit(rows["evaluations"], rows[column], 1)[0])


def main() -> None:
    """Print the table and the ratios."""
    table = overhead()
    print(table.to_string(index=False, float_format=lambda value: f"{value:.3g}"))
    print("\nOne more evaluation, ours over SciPy's:", marginal(table).round(3).to_dict())


if __name__ == "__main__":
    main()
