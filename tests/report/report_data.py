"""Small hand-made rows and tables, one for every chart."""

import numpy as np
import pandas as pd

from diffbench.bench.rows.results import COLUMNS

EPS = np.finfo(float).eps
FORMS = {
    "f": lambda n: 5 * 2 ** (n - 2) - 2,
    "raw": lambda n: 2 ** (n - 4) * (5 * n**2 + 5 * n - 18),
    "cse": lambda n: 2 * n**2 - 5,
    "accumulate": lambda n: 6 * n - 7,
    "reverse": lambda n: 8 * (n - 1),
}


def row(problem, size, method, error=None, ratio=None, status="ok", reason=None):
    """A row of results with what is given and nothing else."""
    what = {
        "problem": problem,
        "size": size,
        "operator": "gradient",
        "method": method,
        "dtype": "float64",
        "status": status,
        "reason": reason,
    }
    measured = dict.fromkeys(COLUMNS) | what | {"error_rel": error, "error_norm": error}
    return measured if ratio is None else measured | timing(ratio)


def timing(ratio):
    """The columns of time for a function that takes 1 µs, with an interval of 10 % on either
    side.
    """
    return {
        "ratio": ratio,
        "ratio_low": ratio * 0.9,
        "ratio_high": ratio * 1.1,
        "function_s": 1e-6,
        "evaluate_s": ratio * 1e-6,
    }


def as_frame(rows):
    """The rows as Results.frame() types them: numbers are float64, missing ones NaN."""
    numbers = dict.fromkeys(COLUMNS[COLUMNS.index("error_rel") :], "float64")
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(numbers)


def swell():
    rows = [
        ("logistic", n, form, count(n), 2.0, "ok")
        for n in range(4, 13)
        for form, count in FORMS.items()
    ]
    lost = ("logistic", 13, "raw", None, None, "timeout after 10 s")
    return pd.DataFrame(
        [*rows, lost], columns=["family", "n", "form", "operations", "error_eps", "status"]
    )


def v_curve():
    """The law C h^p + W eps_f/h itself as the measurement, for the logistic iterate l4 at 0.2 in
    float64: slopes are p and -1.
    """
    rows = []
    for scheme, order, truncation, weight in (
        ("forward", 1, 33.7, 2.0),
        ("central", 2, 658.0, 1.0),
    ):
        h = np.logspace(-13, -0.5, 60)
        noise = weight * EPS / 2 * 0.289
        error = truncation * h**order + noise / h
        best = (noise / (order * truncation)) ** (1 / (order + 1))
        least = truncation * best**order + noise / best
        columns = {"h": h, "error_median": error, "error_max": 2 * error, "theory_error": error}
        rows.append(
            pd.DataFrame(columns).assign(
                scheme=scheme,
                dtype="float64",
                h_opt_theory=best,
                error_bound=least,
                derivative=9.066,
            )
        )
    return pd.concat(rows, ignore_index=True)


def calibration():
    claimed, error = [1e-10, 1e-12, np.nan, 1e-20], [1e-11, 1e-9, 1e-12, 1e-17]
    return pd.DataFrame(
        {
            "method": "adaptive-difference",
            "function": ["sin", "exp", "log", "sqrt"],
            "claimed": claimed,
            "error": error,
        }
    )
