"""NIST's certified standard deviations, which a fit takes from its Jacobian: how many of their
digits each way to the Jacobian leaves.
"""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import numpy as np

from diffbench.asking.operators import jacobian
from diffbench.bench.studies.paper.entry import Entry, Rows
from diffbench.interface import Array, Instance
from diffbench.registry import find

PLACE = 90
TITLE = "Standard deviations of NIST's 27 fits: digits of the 11 certified, worst parameter"
SOURCE = "NIST, Statistical Reference Datasets, nonlinear regression: certified values"
METHODS = ("forward", "reverse", "central-difference", "forward-difference")
DIGITS = 9.3  # what rounding the certified parameters to 11 digits leaves of the deviations
HARD = {"Lanczos1": "its residuals are 1e-13, below the rounding of the certified parameters"}


def lines(rows: Rows) -> Iterator[Entry]:
    """Digits: minus the logarithm of the relative error, 11 at most."""
    for name, observed in _fits().items():
        f = find("problems", f"nist_{name.lower()}").at(len(observed["start"]))
        certified = np.array(observed["deviations"])
        digits = {
            method: _digits(_deviations(f, np.array(observed["certified"]), method), certified)
            for method in METHODS
        }
        here = ", ".join(f"{method} {found:.1f}" for method, found in digits.items())
        yield Entry(name, f"{certified[0]:.10E}", here, _says(name, digits))


def _fits() -> dict[str, Any]:
    """NIST's certified numbers lie with its observations."""
    text = files("diffbench.problems").joinpath("nist_observations.json").read_text()
    return dict(json.loads(text))


def _deviations(f: Instance, b: Array, method: Any) -> Array:
    """sqrt(RSS/dof diag (J'J)^-1), by the QR factor of J with its columns scaled."""
    residuals, j = f(b), jacobian(f, b, method=method)
    scale = np.linalg.norm(j, axis=0)
    inverse = np.linalg.inv(np.linalg.qr(j / scale)[1])
    variance = residuals @ residuals / (len(residuals) - len(b))
    return np.asarray(np.sqrt(variance) * np.linalg.norm(inverse, axis=1) / scale)


def _digits(found: Array, certified: Array) -> float:
    off = float(np.max(np.abs(found / certified - 1)))
    return float(np.clip(-np.log10(off), 0, 11)) if off else 11.0


def _says(name: str, digits: dict[str, float]) -> str:
    if digits["forward"] < DIGITS:
        return HARD.get(name, "fewer digits than the certified parameters allow")
    lost = digits["forward"] - digits["central-difference"]
    kept = "all digits that the certified parameters allow"
    return kept if lost < 1 else f"{kept}; central differences lose {lost:.0f} of them"
