"""What checking costs in steady state, as parts of a gradient, interleaved: holding the traced
value against plain f in direct calls, and the look at the data that a prepared answer holds.

    python -m diffbench.bench.calibration.checking_overhead

Ratios carry over to other machines; microseconds do not.
"""

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from diffbench.asking.checks.verification import settings
from diffbench.asking.operators import gradient
from diffbench.asking.prepared.preparing import prepare

Call = Callable[[], Any]


def checking_overhead(
    sizes: Sequence[int] = (3, 100, 10_000, 1_000_000), *, rounds: int = 30
) -> pd.DataFrame:
    """One row a (check, n): microseconds of a gradient without and with it, medians over rounds
    that are interleaved, and what is added, as a part of the gradient.
    """
    rows = []
    for n in sizes:
        for check, without, checked in _pairs(n):
            free, full = _medians(without, checked, rounds)
            rows.append((check, n, free * 1e6, full * 1e6, full / free - 1))
    return pd.DataFrame(rows, columns=["check", "n", "without_us", "with_us", "added"])


def _pairs(n: int) -> Iterator[tuple[str, Call, Call]]:
    data, x = np.linspace(0.1, 1.0, n), np.linspace(-1.0, 1.0, n)

    def f(x: Any) -> Any:
        return np.sum(np.log1p(np.exp(data * x)))

    def unverified() -> Any:
        with settings(verify="never"):
            return gradient(f, x)

    def verified() -> Any:
        with settings(verify="first"):
            return gradient(f, x)

    verified()
    yield "value against plain f", unverified, verified
    for method in ("compiled", "reverse") if n <= 10_000 else ("compiled",):
        blind = prepare(f, x, method=method, constants="all")
        watching = prepare(f, x, method=method)
        yield (
            f"data held by {method}",
            lambda blind=blind: blind(x),  # type: ignore[misc]
            lambda watching=watching: watching(x),  # type: ignore[misc]
        )


def _medians(a: Call, b: Call, rounds: int) -> tuple[float, float]:
    times: list[tuple[float, float]] = []
    loops = max(1, int(2e-3 / _once(a, 3)))
    for _ in range(rounds):
        times.append((_once(a, loops), _once(b, loops)))
    free, full = np.median(times, axis=0)
    return float(free), float(full)


def _once(call: Call, loops: int) -> float:
    start = perf_counter()
    for _ in range(loops):
        call()
    return (perf_counter() - start) / loops


if __name__ == "__main__":
    print(checking_overhead().to_string(index=False, float_format="{:.3g}".format))
