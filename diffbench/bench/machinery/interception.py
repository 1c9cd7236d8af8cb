"""Is anything in NumPy or SciPy slower after a gradient than before it? Each function whose code is
exchanged while something is traced is timed beside an untouched copy of itself, made before.

    make bench-interception         or         python -m diffbench.bench.machinery.interception
"""

from collections.abc import Iterator
from statistics import median
from time import perf_counter
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse

from diffbench.arrays.capture.interception.functions import all_functions
from diffbench.asking.operators import gradient

ROUNDS = 60
SECONDS = 2e-4  # of one timed loop
ALLOWED = 1.03

VECTOR = np.linspace(0.2, 1.7, 8)
MATRIX = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]])
THREE = np.array([1.0, 2.0, 3.0])
BAND = np.array([[0.0, 1.0, 1.0], [4.0, 4.0, 4.0]])
LOWER = np.linalg.cholesky(MATRIX)
SPARSE = scipy.sparse.csr_array(MATRIX)

_OF_A_MATRIX = (MATRIX,)
_SERIES = (VECTOR, THREE)
# what each is called with, by its name, or by its module's where NumPy and SciPy have one each
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "AxisConcatenator.__getitem__": (np.r_, (VECTOR, 1.0)),
    "vectorize._vectorize_call": (np.vectorize(abs, otypes=[float]), abs, (VECTOR,)),
    "ndenumerate.__init__": (np.ndenumerate(VECTOR), VECTOR), "_mean": (VECTOR,), "_var": (VECTOR,), "_std": (VECTOR,),
    "quantile": (VECTOR, 0.3), "percentile": (VECTOR, 30.0), "median": (VECTOR,), "nanquantile": (VECTOR, 0.3),
    "nanpercentile": (VECTOR, 30.0),
    "nanmedian": (VECTOR,), "softplus": (VECTOR,), "comb": (5.0, 2.0), "factorial": (4.5,), "multigammaln": (3.5, 2), "zeta": (2.5,),
    "polygamma": (1, VECTOR), "logsumexp": (VECTOR,), "softmax": (VECTOR,), "log_softmax": (VECTOR,), "spherical_jn": (1, VECTOR),
    "spherical_yn": (1, VECTOR), "spherical_in": (1, VECTOR), "lambertw": (VECTOR,), "as_series": ([VECTOR],),
    "mapdomain": (VECTOR, [0.0, 2.0], [-1.0, 1.0]), "polyval": _SERIES, "chebval": _SERIES, "legval": _SERIES, "hermval": _SERIES,
    "hermeval": _SERIES, "lagval": _SERIES, "solve": (MATRIX, THREE), "lstsq": (MATRIX, THREE), "solve_triangular": (LOWER, THREE, 0, True),
    "cho_solve": ((LOWER, True), THREE), "norm": (VECTOR,), "lu_solve": ((np.eye(3), np.arange(3)), THREE),
    "solve_sylvester": (MATRIX, MATRIX, MATRIX),
    "solve_toeplitz": (THREE + 3, THREE), "cholesky_banded": (BAND,),
    "qr_multiply": (MATRIX, THREE), "qz": (MATRIX, MATRIX),
    "cho_solve_banded": ((BAND, False), THREE),
    "solve_continuous_lyapunov": (MATRIX, MATRIX), "cossin": (np.eye(4), 2, 2),
    "solve_discrete_lyapunov": (MATRIX / 9, MATRIX), "solve_continuous_are": (MATRIX,) * 4, "solve_discrete_are": (MATRIX,) * 4,
    "funm": (MATRIX, np.exp),
    "eigh_tridiagonal": (THREE, THREE[:2]), "eigvalsh_tridiagonal": (THREE, THREE[:2]), "fractional_matrix_power": (MATRIX, 0.5),
    **dict.fromkeys(("cg", "bicg", "bicgstab", "cgs", "gmres", "lgmres", "minres", "qmr", "gcrotmk", "tfqmr"), (MATRIX, THREE)),
    "solve_banded": ((1, 1), MATRIX, THREE), "solveh_banded": (BAND, THREE),
    "toeplitz": (VECTOR,), "hankel": (VECTOR,), "circulant": (VECTOR,),
    "_spbase._matmul_dispatch": (SPARSE, THREE), "_coo_base._matmul_dispatch": (SPARSE.tocoo(), THREE), "spsolve": (SPARSE.tocsc(), THREE),
}  # fmt: skip


class Timed(NamedTuple):
    """A function and the time of a call now, by that of its copy from before the first gradient."""

    name: str
    ratio: float
    copy_s: float


def measured() -> Iterator[Timed]:
    """Every function that may be exchanged, once each of them has been."""
    copies = [_copy(exchange.holder) for exchange in all_functions()]
    for exchange in all_functions():  # as a gradient does
        exchange.put()
        exchange.lift()
    gradient(lambda x: np.sum(np.asarray(x) ** 2), VECTOR)
    for exchange, copy in zip(all_functions(), copies, strict=True):
        name = exchange.holder.__qualname__
        yield _timed(
            f"{exchange.holder.__module__}.{name}", exchange.holder, copy, _arguments(name)
        )


def _arguments(name: str) -> tuple[Any, ...]:
    return ARGUMENTS.get(name, _OF_A_MATRIX)


def _copy(function: Any) -> Any:
    copy = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def _timed(name: str, function: Any, copy: Any, args: tuple[Any, ...]) -> Timed:
    """The median ratio of loops that take turns, each pair in the order that the last had not."""
    calls = max(1, round(SECONDS / _loop(copy, args, 20) * 20))
    ratios, copy_s = [], []
    for k in range(ROUNDS):
        first, second = (function, copy) if k % 2 else (copy, function)
        times = {first: _loop(first, args, calls)}
        times[second] = _loop(second, args, calls)
        ratios.append(times[function] / times[copy])
        copy_s.append(times[copy] / calls)
    return Timed(name, median(ratios), median(copy_s))


def _loop(function: Any, args: tuple[Any, ...], calls: int) -> float:
    start = perf_counter()
    for _ in range(calls):
        function(*args)
    return perf_counter() - start


def main() -> None:
    """Print each ratio, the largest last."""
    rows = sorted(measured(), key=lambda row: row.ratio)
    for row in rows:
        print(f"{row.ratio:6.3f}  {row.copy_s * 1e6:8.2f} us  {row.name}")
    slower = [row.name for row in rows if row.ratio > ALLOWED]
    print(
        f"\n{len(rows)} functions, median {median([row.ratio for row in rows]):.3f}; slower by more "
        f"than {ALLOWED - 1:.0%} after a gradient: {', '.join(slower) or 'none'}"
    )


if __name__ == "__main__":
    main()
