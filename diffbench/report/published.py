"""Published figures beside the measured ones. Only numbers that were read in their source or
recomputed are here, none from memory.

Other machines, other languages: a cost ratio is comparable within a factor of a few, a count or an
error of the logistic map exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from diffbench.report.reading import answered, short, times

NOT_MEASURED = "not in this run"
GRADBENCH = "GradBench, nightly, 2026-03-14"
ADBENCH = "ADBench paper, 10,000 points"
BAYDIN = "Baydin et al. (2018), figure 3, recomputed"
SWELL = "closed form, SymPy 1.14"


@dataclass(frozen=True)
class Ratio:
    """A published gradient/primal cost ratio of a tool, and our methods of the same kind, the tool
    itself first.
    """

    problem: str
    tool: str
    published: str
    methods: tuple[str, ...]
    source: str


OURS = {  # GradBench's evaluations whose problems have longer names here
    "lse": "log_sum_exp_drawn",
    "llsq": "polynomial_least_squares",
    "kmeans": "k_means",
    "lstm": "diagonal_lstm",
}
RATIOS = (
    Ratio("gmm", "by hand", "2.2×", ("manual",), GRADBENCH),
    Ratio("gmm", "by hand", "1.9× to 6.2× for P = 30 to 53,600", ("manual",), ADBENCH),
    Ratio("gmm", "PyTorch", "3.5×", ("torch", "reverse"), GRADBENCH),
    Ratio("gmm", "JAX", "3.2×", ("jax", "compiled"), GRADBENCH),
    Ratio(
        "gmm",
        "symbolic + CSE (MuPAD)",
        "1.3× to 3.1×, then can’t compile",
        ("symbolic", "symbolic-accumulate"),
        ADBENCH,
    ),
    Ratio("gmm", "finite differences", "4,623×", ("forward-difference",), GRADBENCH),
    Ratio("gmm", "finite differences", "P + 1: 31× to 53,600×", ("forward-difference",), ADBENCH),
    Ratio("lse", "PyTorch", "4.6×", ("torch", "reverse"), GRADBENCH),
    Ratio("lse", "JAX", "1.2×", ("jax", "compiled"), GRADBENCH),
    Ratio("lse", "finite differences", "43,879×", ("forward-difference",), GRADBENCH),
    Ratio("llsq", "JAX", "1.1×", ("jax", "compiled"), GRADBENCH),
    Ratio("llsq", "finite differences", "256×", ("forward-difference",), GRADBENCH),
    Ratio("kmeans", "PyTorch", "5.6×", ("torch", "reverse"), GRADBENCH),
    Ratio("kmeans", "JAX", "2.2×", ("jax", "compiled"), GRADBENCH),
    Ratio("lstm", "PyTorch", "2.7×", ("torch", "reverse"), GRADBENCH),
    Ratio("lstm", "finite differences", "979×", ("forward-difference",), GRADBENCH),
    Ratio("determinant", "finite differences", "128×", ("forward-difference",), GRADBENCH),
)


@dataclass(frozen=True)
class Curve:
    """A published point of the V-curve: (scheme, dtype), the column it is compared with, its
    value.
    """

    what: str
    scheme: str
    dtype: str
    published: float
    column: str


CURVES = (
    Curve("theory’s step h*, forward", "forward", "float64", 1.95e-9, "h_opt_theory"),
    Curve("theory’s step h*, central", "central", "float64", 3.65e-7, "h_opt_theory"),
    Curve("theory’s step h*, forward", "forward", "float32", 4.5e-5, "h_opt_theory"),
    Curve("theory’s step h*, central", "central", "float32", 3.0e-4, "h_opt_theory"),
    Curve("least error, forward", "forward", "float64", 3.2e-8, "error_median"),
    Curve("least error, central", "central", "float64", 2.0e-10, "error_median"),
    Curve("least error, forward", "forward", "float32", 1.15e-3, "error_median"),
    Curve("least error, central", "central", "float32", 6.4e-5, "error_median"),
)
LOGISTIC = {  # operations of each form at n, n >= 4
    "raw": lambda n: 2 ** (n - 4) * (5 * n**2 + 5 * n - 18),
    "cse": lambda n: 2 * n**2 - 5,
    "cse-joint": lambda n: 2 * n**2 - 4,
    "accumulate": lambda n: 6 * n - 7,
}


def beside(frame: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Columns quantity, published, measured, source; what this run did not measure says so."""
    lines = (
        [_ratio(frame, entry) for entry in RATIOS]
        + _swell(tables.get("swell"))
        + _curves(tables.get("v_curve"))
    )
    measured_first = sorted(lines, key=lambda line: line[2] == NOT_MEASURED)
    return pd.DataFrame(
        measured_first, columns=["quantity", "published", "measured here", "source"]
    )


def _ratio(frame: pd.DataFrame, entry: Ratio) -> tuple[str, ...]:
    rows = answered(frame)
    asked = rows["problem"].str.startswith(
        (entry.problem, OURS.get(entry.problem, entry.problem))
    ) & rows["operator"].isin(["gradient", "value_and_gradient"])
    found = rows[asked & rows["ratio"].notna()].sort_values("size")
    measured = [
        f"{method} {_span(own)}"
        for method in entry.methods
        if len(own := found[found["method"] == method])
    ]
    return (
        f"{entry.problem}, {entry.tool}",
        entry.published,
        "; ".join(measured) or NOT_MEASURED,
        entry.source,
    )


def _span(rows: pd.DataFrame) -> str:
    first, last = rows.iloc[0], rows.iloc[-1]
    if first["size"] == last["size"]:
        return f"{times(last['ratio'])} at n = {last['size']:,}"
    return f"{times(first['ratio'])} to {times(last['ratio'])}, n = {first['size']:,} to {last['size']:,}"


def _swell(table: pd.DataFrame | None) -> list[tuple[str, ...]]:
    return [_count(table, form, law) for form, law in LOGISTIC.items()]


def _count(table: pd.DataFrame | None, form: str, law: Any) -> tuple[str, ...]:
    quantity = f"logistic map, operations, {form}"
    if table is None or (rows := _logistic(table, form)).empty:
        return f"{quantity}, n = 10", short(law(10)), NOT_MEASURED, SWELL
    n = int(rows["n"].max())
    return f"{quantity}, n = {n}", short(law(n)), short(rows.set_index("n")["operations"][n]), SWELL


def _logistic(table: pd.DataFrame, form: str) -> pd.DataFrame:
    return table[
        table["family"].str.startswith("logistic")
        & (table["form"] == form)
        & table["operations"].notna()
        & (table["n"] >= 4)
    ]


def _curves(table: pd.DataFrame | None) -> list[tuple[str, ...]]:
    return [
        (f"l₄ at 0.2, {e.dtype}, {e.what}", short(e.published), _point(table, e), BAYDIN)
        for e in CURVES
    ]


def _point(table: pd.DataFrame | None, entry: Curve) -> str:
    if table is None:
        return NOT_MEASURED
    rows = table[(table["scheme"] == entry.scheme) & (table["dtype"].astype(str) == entry.dtype)]
    return short(rows[entry.column].min()) if len(rows) else NOT_MEASURED
