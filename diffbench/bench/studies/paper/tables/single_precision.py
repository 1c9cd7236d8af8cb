"""The difference in single precision that lectures begin with: log x1 + x1 x2 - sin x2 by x2 at
(2, 5), step 1e-5.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from diffbench.bench.studies.paper.entry import Entry, Rows

PLACE = 80
TITLE = "A forward difference in single precision, h = 1e-5, at (2, 5)"
SOURCE = "the function of Baydin et al. (2018), table 2; recomputed elsewhere in single precision"
PUBLISHED = {
    "difference": 1.6212463,
    "derivative": 1.7163378,
    "error": 0.09509146,
    "error, double precision": 4.79465e-6,
}


def lines(rows: Rows) -> Iterator[Entry]:
    """To the last digit of single precision; in double to those printed."""
    found = {
        "difference": _difference(np.float32(1)),
        "derivative": np.float32(_slope()),
        "error": np.float32(_slope()) - _difference(np.float32(1)),
        "error, double precision": abs(_slope() - _difference(np.float64(1))),
    }
    for what, published in PUBLISHED.items():
        here = found[what]
        same = abs(float(here) - published) <= 1e-6 * abs(published)
        says = "the same digits" if same else "round-off of another library of sines and logarithms"
        yield Entry(what, f"{published:.8g}", f"{here:.8g}", says)


def _difference(one: Any) -> Any:
    """In the precision of `one`."""
    two, five, h = 2 * one, 5 * one, type(one)(1e-5)
    return (_value(two, five + h) - _value(two, five)) / h


def _value(x1: Any, x2: Any) -> Any:
    return np.log(x1) + x1 * x2 - np.sin(x2)


def _slope() -> float:
    return float(2 - np.cos(5.0))
