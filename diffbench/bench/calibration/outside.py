"""Derivatives that nobody here computed with diffbench, and the programs they are of: the folder
`data` of the repository, whose README tells where each number comes from.

NIST's 27 nonlinear models at 81 points, with Jacobians of 40 digits and certified standard
deviations; 106 distributions of SciPy, with derivatives in x, location and scale; results of
solvers and numerical routines.
"""

import csv
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from diffbench.bench.calibration.solver_programs import LOOSE, PROGRAMS
from diffbench.interface import Array

DATA = Path(__file__).parents[3] / "tests" / "data"
MODEL_NAMES = {"exp": np.exp, "cos": np.cos, "sin": np.sin, "atan": np.arctan, "pi": math.pi}
# whose f takes so long that rivals are not asked
SLOW = {
    *LOOSE,
    *(f"levy_stable {i}" for i in range(3)),
    "stiff-cosine",
    "rosenbrock-minimum",
}
COARSE = {"kstwobign 1"}  # where SciPy's own density, a series cut off, has 8 digits only


@dataclass(frozen=True, eq=False)
class Known:
    """f at x with its derivative: a Jacobian, shape f(x).shape + x.shape, or a Hessian."""

    name: str
    kind: str
    f: Callable[[Array], Any]
    x: Array
    jacobian: Array
    operator: str = "jacobian"


@dataclass(frozen=True, eq=False)
class Model:
    """A set of NIST's: residuals of the model, its points, and what is certified."""

    facts: dict[str, Any]

    def residuals(self, b: Array) -> Array:
        """Model less response, shape (observations,)."""
        names = {f"b{i}": value for i, value in enumerate(b, 1)}
        found = eval(self._formula, MODEL_NAMES | self._predictors | names)
        return np.asarray(found - self._response)

    def sum_of_squares(self, b: Array) -> Any:
        """Of the residuals."""
        return np.sum(self.residuals(b) ** 2)

    @property
    def certified_sd(self) -> Array:
        """The certified standard deviations of the parameters."""
        return np.array(self.facts["certified_sd"], float)

    def standard_deviations(self, jacobian: Array) -> Array:
        """From a Jacobian at the certified parameters: QR with scaled columns."""
        scale = np.linalg.norm(jacobian, axis=0)
        triangle = np.linalg.qr(jacobian / scale, mode="r")
        inverse = np.linalg.inv(triangle) / scale[:, None]
        variance = float(self.facts["certified_rss"]) / self.facts["dof"]
        return np.asarray(np.sqrt(variance * (inverse**2).sum(axis=1)))

    @cached_property
    def _formula(self) -> Any:
        return compile(self.facts["model"], self.facts["name"], "eval")

    @cached_property
    def _predictors(self) -> dict[str, Any]:
        columns = zip(self.facts["predictors"], self.facts["x"], strict=True)
        return {name: np.array(column, float) for name, column in columns}

    @cached_property
    def _response(self) -> Array:
        y = np.array(self.facts["y"], float)
        return np.log(y) if self.facts["response"] == "log(y)" else y


@cache
def nist_models() -> tuple[Model, ...]:
    """The 27."""
    return tuple(map(Model, json.loads((DATA / "nist-nonlinear.json").read_text())["models"]))


def nist() -> Iterator[Known]:
    """The residuals of each at its two starts and its certified parameters: 81 Jacobians."""
    rows = _nist_rows()
    for model in nist_models():
        for point in ("start1", "start2", "certified"):
            name = model.facts["name"]
            x = np.array(model.facts[point], float)
            yield Known(
                f"{name} {point}", "nist", model.residuals, x, np.array(rows[name, point], float)
            )


def hessians() -> Iterator[Known]:
    """The sum of squares of each set with at most 6 parameters, at the same points: its Hessian."""
    for model in nist_models():
        for point in ("start1", "start2", "certified"):
            x = np.array(model.facts[point], float)
            if x.size <= 6:
                name = f"{model.facts['name']} {point}"
                matrix = _symmetric(model.facts["reference_float64"][point]["rss_hessian_lower"])
                yield Known(name, "nist", model.sum_of_squares, x, matrix, "hessian")


def _symmetric(lower: Any) -> Array:
    """The matrix of a lower triangle by rows."""
    rows = [list(map(float, row)) if isinstance(row, list) else [float(row)] for row in lower]
    entries = [entry for row in rows for entry in row]
    n = int((2 * len(entries)) ** 0.5)
    matrix = np.zeros((n, n))
    matrix[np.tril_indices(n)] = entries
    return np.asarray(matrix + np.tril(matrix, -1).T)


def _nist_rows() -> dict[tuple[str, str], list[list[str]]]:
    found: dict[tuple[str, str], list[list[str]]] = {}
    with (DATA / "nist-jacobians.csv").open(newline="") as file:
        lines = csv.reader(file)
        next(lines)
        for model, point, _, *row in lines:
            found.setdefault((model, point), []).append(row)
    return found


def distributions() -> Iterator[Known]:
    """The log-density as a function of x, location, scale and the shapes: its gradient."""
    for facts in json.loads((DATA / "scipy-distributions.json").read_text())["distributions"]:
        for i, point in enumerate(facts["points"]):
            if f"{facts['name']} {i}" in COARSE:
                continue
            names = ["x", "loc", "scale", *facts["shapes"]]
            x = np.array([point["x"], facts["loc"], facts["scale"], *facts["shapes"].values()])
            known = [k for k, name in enumerate(names) if f"d_{name}" in point]
            gradient = np.array([float(point[f"d_{names[k]}"]) for k in known])
            yield Known(
                f"{facts['name']} {i}",
                "distributions",
                partial(_log_density, facts["name"], list(facts["shapes"]), x, known),
                x[known],
                gradient,
            )


def _log_density(name: str, shapes: list[str], fixed: Array, moving: list[int], x: Array) -> Any:
    values = fixed.copy()
    values[moving] = x
    keywords = dict(zip(shapes, values[3:].tolist(), strict=True))
    return getattr(stats, name).logpdf(values[0], loc=values[1], scale=values[2], **keywords)


def solvers() -> Iterator[Known]:
    """Results of solvers and numerical routines as functions of all their inputs, flat."""
    return _of_programs(PROGRAMS, "jacobian")


def loose_integrators() -> Iterator[Known]:
    """The same of adaptive integrators at a tolerance of 1e-11, against the exact solution's."""
    return _of_programs(LOOSE, "integrated")


def _of_programs(programs: Mapping[str, Callable[..., Any]], operator: str) -> Iterator[Known]:
    for facts in json.loads((DATA / "solver-derivatives.json").read_text())["entries"]:
        if facts["name"] not in programs:
            continue
        inputs = {name: np.array(facts["point"][name], float) for name in facts["derivative"]}
        fixed = {k: v for k, v in facts["point"].items() if k not in inputs}
        size = np.size(_numbers(facts["value"]))
        columns = [
            _numbers(facts["derivative"][name]).reshape(size, np.size(value))
            for name, value in inputs.items()
        ]
        program = partial(_called, programs[facts["name"]], inputs, fixed)
        x = np.concatenate([value.reshape(-1) for value in inputs.values()])
        yield Known(facts["name"], facts["group"], program, x, np.hstack(columns), operator)


def _called(
    program: Callable[..., Any], inputs: dict[str, Array], fixed: dict[str, Any], x: Array
) -> Array:
    ends = np.cumsum([value.size for value in inputs.values()])[:-1]
    parts = zip(inputs.items(), np.split(x, ends), strict=True)
    named = {name: part.reshape(value.shape) for (name, value), part in parts}
    named = {name: part[()] if not part.shape else part for name, part in named.items()}
    return np.asarray(program(**named, **fixed), float).reshape(-1)


def _numbers(nested: Any) -> Array:
    return np.array(nested, dtype=object).astype(float)
