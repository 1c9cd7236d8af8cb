"""How far an answer may be off before it is wrong, and so which faults are seen.

Stated once: the verdict of every row, the tests of that verdict, and the page of a problem read it
from here.
"""

from enum import Enum

import numpy as np

from diffbench.interface import Array
from diffbench.measure.reference.true_derivative import Reference

NO_DIGIT = 0.5  # relative error of an entry of which no digit is right
ROUNDING = 100  # units of rounding that any method may lose


class Promise(Enum):
    """What a method can be held to."""

    NORM = "the norm"  # an estimate: small entries may drown in the error of large ones
    ENTRIES = "each entry"  # the rules of calculus: nothing is lost but rounding


def few_digits(eps: float) -> float:
    """Two fifths of the digits: six of sixteen in float64, three of seven in float32."""
    return float(eps**0.4)


def bar_norm(reference: Reference) -> float:
    """How far the reference itself may be off, in the norm; 0 where it is exact."""
    if reference.bars is None:
        return 0.0
    size = float(np.linalg.norm(reference.value)) or 1.0
    return float(np.linalg.norm(reference.bars)) / size


def faults_let_pass(reference: Reference, eps: float, promised: Promise) -> Array:
    """The largest relative error of each entry that is not held against it alone, infinite for a
    zero: what x, rounding among entries as large as the largest, or the estimate may cost it.
    """
    size = np.abs(reference.value)
    largest = np.max(size, initial=0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rounding = ROUNDING * eps * largest / size
        bars = 0.0 if reference.bars is None else 2 * reference.bars / size
    least = NO_DIGIT if promised is Promise.NORM else few_digits(eps)
    moved = ROUNDING * eps * np.where(np.isnan(reference.conds), 1.0, reference.conds)
    return np.where(
        size == 0,
        np.inf,
        np.maximum.reduce(
            [np.full(size.shape, least), moved, rounding, bars * np.ones(size.shape)]
        ),
    )


def smallest_fault(reference: Reference, eps: float, promised: Promise) -> float:
    """The smallest relative error of a single entry that makes an answer wrong, at the entry where
    it is easiest to see; infinite where all entries are zero.
    """
    size = np.abs(reference.value)
    largest = np.max(size, initial=0.0)
    if not largest:
        return np.inf
    allowed = max(few_digits(eps), 2 * bar_norm(reference))
    with np.errstate(divide="ignore"):
        in_the_norm = allowed * np.linalg.norm(size / largest) / (size / largest)
    passing = np.minimum(in_the_norm, faults_let_pass(reference, eps, promised))
    return float(np.min(passing))
