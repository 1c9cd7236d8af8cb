"""What charts and tables read off rows of results: digits, machine epsilon, and numbers a person
can read.
"""

from typing import Any

import numpy as np
import pandas as pd

from diffbench.bench.comparing.words import seconds as plain_seconds
from diffbench.bench.rows.results import Status

EPS = {name: float(np.finfo(name).eps) for name in ("float16", "float32", "float64")}
SUPERSCRIPT = str.maketrans("0123456789.-", "⁰¹²³⁴⁵⁶⁷⁸⁹·⁻")
# the statuses that carry a number
ANSWERED = (Status.OK, Status.INACCURATE, Status.UNKNOWN, Status.CONTRADICTED)


def answered(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with a derivative in them."""
    return frame[frame["status"].isin(ANSWERED)]


def eps_of(dtype: Any) -> float:
    """Machine epsilon of a dtype's name; float64's for anything else, which is what NumPy computes
    in.
    """
    return EPS.get(str(dtype), EPS["float64"])


def with_digits(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with what the errors mean.

    error: norm-wise relative, entry-wise where that is missing. digits: correct ones, all of the
    dtype's for an error of 0, none for an
    infinite one. lost: those the dtype has and the answer has not. excess: error over max(1,
    cond)·eps, a few for a stable method. NaN stays NaN.
    """
    eps = frame["dtype"].map(eps_of).astype(float)
    error = frame["error_norm"].fillna(frame["error_rel"]).astype(float)
    digits = -np.log10(error.clip(lower=eps, upper=1.0))
    excess = error / (frame["cond"].astype(float).fillna(1.0).clip(lower=1.0) * eps)
    return frame.assign(
        error=error, eps=eps, digits=digits, lost=-np.log10(eps) - digits, excess=excess
    )


def named(problem: Any, operator: Any, dtype: Any) -> str:
    """The title of a panel about one problem; float64 goes without saying."""
    return f"{problem}, {operator}" + ("" if dtype == "float64" else f", {dtype}")


def short(value: Any) -> str:
    """A number in at most three significant digits, large counts with separators; other things as
    they are; nothing for nothing.
    """
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, bool | str) or not isinstance(value, int | float | np.number):
        return str(value)
    number = float(value)
    return f"{int(number):,}" if number.is_integer() and abs(number) < 1e9 else f"{number:.3g}"


def scientific(value: Any) -> str:
    """Two significant digits and a power of ten: 1.4·10⁻⁹; 0 and infinity as they are, nothing for
    nothing.
    """
    if value is None or value == 0 or not np.isfinite(value):
        return short(value)
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits}·10{str(int(exponent)).translate(SUPERSCRIPT)}"


def seconds(value: Any) -> str:
    """A time with the unit that suits it: 3.2 µs; nothing where nothing was spent."""
    if value is None or not np.isfinite(value) or value == 0:
        return ""
    return plain_seconds(value)


def times(ratio: Any) -> str:
    """A cost ratio to about two significant digits: 0.36×, 2.1×, 330×."""
    if ratio is None or not np.isfinite(ratio):
        return ""
    decimals = 2 if ratio < 1 else 1 if ratio < 10 else 0
    return f"{ratio:,.{decimals}f}×"


def plural(count: int, noun: str) -> str:
    """1 problem, 2 problems."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
