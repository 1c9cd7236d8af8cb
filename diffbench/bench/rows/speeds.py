"""Which of many cells became faster or slower between two runs, told from what the same code differs by.

Samples scatter within a run; and two processes that run the same code differ by more than that, by
memory layout and by what else the machine does. The second part is the same for all cells: it is
what their differences scatter by, robustly, beyond their own samples'.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffbench.interface import Array

NOISE = 0.07  # two processes on a quiet machine differ by some per cent through memory layout alone
BETWEEN = (0.035, 0.15)  # least and largest scatter between runs that is believed
COARSE = 2.5  # a cell where a change by this factor can't be excluded is UNCLEAR
RATE = 0.05  # of false discoveries among all cells
PRIOR = 4  # samples that the usual variance counts for
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Speed:
    """The verdict on one cell (empty without times), and b over a with its interval of 95 %."""

    verdict: str = ""
    factor: float = math.nan
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Speeds:
    """The verdicts, in the order of the pairs; and the scatter between the runs, in a sentence
    where it hides much.
    """

    speeds: list[Speed]
    note: str


@dataclass(frozen=True)
class Step:
    """The mean logarithm of b over a, its standard error within the runs, the degrees of
    freedom.
    """

    mean: float
    error: float
    freedom: float


ITSELF = Step(0.0, 0.0, math.inf)  # a measurement beside itself is the same without any doubt


def speeds(pairs: Sequence[tuple[Record, Record]], threshold: float) -> Speeds:
    """The change of each pair of records of one cell."""
    taken = [(logs(a), logs(b)) for a, b in pairs]
    usual = usual_variance([x for pair in taken for x in pair])
    steps = [step(*pair, usual) for pair in taken]
    known = [s for s in steps if s is not None and s is not ITSELF]
    between = scatter_between(known)
    accident = dict(zip(map(id, known), chances(known, between, threshold), strict=True))
    found = [Speed() if s is None else judged(s, between, accident.get(id(s), 1.0)) for s in steps]
    note = f"These runs differ by {between:.0%} of themselves where nothing changed."
    return Speeds(found, note if between > NOISE else "")


def logs(record: Record) -> Array:
    """The logarithms of the ratios to f, sample by sample; none where nothing was timed."""
    samples = record.get("samples") or {"evaluate_s": (), "function_s": ()}
    return np.asarray(np.log(np.divide(samples["evaluate_s"], samples["function_s"])))


def usual_variance(taken: Sequence[Array]) -> float:
    """What the samples of a cell commonly scatter by: the median over all cells."""
    return float(np.median([float(np.var(x, ddof=1)) for x in taken if len(x) > 1] or [NOISE**2]))


def step(a: Array, b: Array, usual: float) -> Step | None:
    """None where one of them has no time. Variances of a handful of samples are drawn towards the
    usual one, as limma does (Smyth 2004, doi:10.2202/1544-6115.1027).
    """
    if not len(a) or not len(b):
        return None
    if np.array_equal(a, b):
        return ITSELF
    error = math.sqrt(sum(moderated(x, usual) / len(x) for x in (a, b)))
    return Step(float(np.mean(b) - np.mean(a)), error, PRIOR + len(a) + len(b) - 2)


def moderated(x: Array, usual: float) -> float:
    """The variance of one of the samples."""
    own = float(np.sum((x - np.mean(x)) ** 2))
    return (PRIOR * usual + own) / (PRIOR + len(x) - 1)


def scatter_between(steps: Sequence[Step]) -> float:
    """The standard deviation of a step beyond its own error, by the median deviation: a change of
    less than half of the cells does not count.
    """
    from scipy.stats import median_abs_deviation

    least, largest = BETWEEN
    if len(steps) < 2:
        return least
    whole = float(median_abs_deviation([s.mean for s in steps], scale="normal"))
    within = float(np.median([s.error for s in steps]))
    return min(largest, max(least, math.sqrt(max(0.0, whole**2 - within**2))))


def chances(steps: Sequence[Step], between: float, threshold: float) -> Sequence[float]:
    """How likely each step beyond the threshold is an accident, by Student's t, adjusted for the
    number of cells after Benjamini and Hochberg.
    """
    from scipy.stats import false_discovery_control, t

    if not steps:
        return []
    beyond = [max(0.0, abs(s.mean) - math.log1p(threshold)) for s in steps]
    scale = [math.hypot(s.error, between) for s in steps]
    tails = 2 * t.sf(np.divide(beyond, scale), [s.freedom for s in steps])
    return [float(p) for p in false_discovery_control(tails)]


def judged(s: Step, between: float, accident: float) -> Speed:
    """The verdict on one step."""
    from scipy.stats import t

    scale = 0.0 if s is ITSELF else math.hypot(s.error, between)
    half = float(t.ppf(0.975, s.freedom)) * scale
    interval = [math.exp(s.mean + shift) for shift in (0.0, -half, half)]
    if accident < RATE:
        return Speed("SLOWER" if s.mean > 0 else "FASTER", *interval)
    return Speed("UNCLEAR" if abs(s.mean) + half > math.log(COARSE) else "SAME", *interval)
