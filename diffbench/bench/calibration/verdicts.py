"""Is the checker's verdict right? Every exact derivative of the calibration sets must not be called
wrong, and the same with one entry 1 % off must be.

    python -m diffbench.bench.calibration.verdicts [SET ...]

prints for each set: how many derivatives, how many are called right, undecidable and wrong, how
many of the faults are found, and the evaluations of f.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from diffbench.bench.calibration import error_bars, systems
from diffbench.bench.calibration.outside import Known
from diffbench.interface import Array
from diffbench.measure.checking.gradient_check import Verdict, check_gradient
from diffbench.measure.checking.lines import FLOOR

POINTS = 10  # of each family
FAULT = 1.01


def of_families(half: str) -> Iterator[Known]:
    """The derivatives of one half of the families R -> R, at points of their own."""
    for family in error_bars.SETS[half]:
        for i, x in enumerate(map(float, family.points(POINTS, seed=1))):
            exact = np.array(float(family.derivative(x)))
            yield Known(f"{family.name} {i}", half, family.f, np.array(x), exact)


SETS: Mapping[str, Any] = {
    **{f"families, {half}": partial(of_families, half) for half in error_bars.SETS},
    **{name: built for name, built in systems.SETS.items() if name != "hessians"},
}


def verdicts(sets: Iterable[str] = tuple(SETS)) -> pd.DataFrame:
    """One row a derivative. Columns: set, case, verdict and reason of the right one; fault, the
    verdict with one entry 1 % off ('' where no entry can be); nfev of the first.
    """
    return pd.DataFrame(_row(name, case) for name in sets for case in SETS[name]())


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Per set, and over all."""
    parts = {name: _figures(rows) for name, rows in table.groupby("set", sort=False)}
    return pd.DataFrame({**parts, "all": _figures(table)}).T


def _row(name: str, case: Any) -> dict[str, Any]:
    right = _asked(case, case.jacobian)
    off = _with_a_fault(case.jacobian, case.x, len(case.name))
    fault = "" if off is None else _asked(case, off).verdict
    return {
        "set": name,
        "case": case.name,
        "verdict": right.verdict.split(":")[0],
        "reason": right.reason,
        "fault": fault.split(":")[0],
        "nfev": right.nfev,
    }


def _asked(case: Any, claim: Array) -> Verdict:
    with np.errstate(all="ignore"):
        return check_gradient(case.f, claim, case.x)


def _with_a_fault(jacobian: Array, x: Array, seed: int) -> Array | None:
    """One entry off, drawn among those that move f by a tenth of what the largest of the row does;
    None where there is none.
    """
    size = np.where(x == 0, np.abs(x).max() or 1.0, np.abs(x))
    moved = np.abs(jacobian) * (size / size.max())
    axes = tuple(range(moved.ndim - x.ndim, moved.ndim))
    places = np.argwhere((moved > 0) & (moved >= FLOOR * moved.max(axis=axes, keepdims=True)))
    if not len(places):
        return None
    off = np.array(jacobian)
    off[tuple(places[seed * 7919 % len(places)])] *= FAULT
    return off


def _figures(rows: pd.DataFrame) -> dict[str, float]:
    planted = rows[rows["fault"] != ""]
    return {
        "derivatives": len(rows),
        **{
            word: int((rows["verdict"] == word).sum()) for word in ("right", "undecidable", "wrong")
        },
        "faults": len(planted),
        "found": (planted["fault"] == "wrong").mean(),
        "called right": (planted["fault"] == "right").mean(),
        "nfev": rows["nfev"].median(),
        "nfev_max": rows["nfev"].max(),
    }


def main(names: Sequence[str]) -> None:
    """Print the figures of the sets named, or of all, and what was called wrong."""
    table = verdicts(names or tuple(SETS))
    print(summary(table).to_string(float_format=lambda value: f"{value:.3g}"))
    for row in table[table["verdict"] == "wrong"].itertuples():
        print(f"called wrong: {row.case} ({row.set}): {row.reason}")


if __name__ == "__main__":
    main(sys.argv[1:])
