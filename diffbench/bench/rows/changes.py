"""Two runs side by side: what became faster or slower, more or less accurate, and what can't be
told.

Speed is compared by the ratio to the primal, which a machine's drift cancels from: b over a with
the interval that both runs' intervals give it. SLOWER means that the whole interval lies beyond the
noise threshold, SAME that it lies within, UNCLEAR neither. Errors and counts are deterministic and
compared as they are. Seconds are compared on one machine only, and decide nothing.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diffbench.bench.rows.results import IDENTITY, Results, Status, identity
from diffbench.measure.environment import same_machine

if TYPE_CHECKING:
    import pandas as pd

NOISE = (
    0.07  # two processes running the same code differ by some per cent through memory layout alone
)
ERROR_FACTOR = 4.0  # rounding in another order moves an error by less
COUNTS = ("calls", "operations")
TIMED = ("evaluate_s", "function_s", "ratio", "ratio_low", "ratio_high")
WORSE = ("SLOWER", "LESS ACCURATE", "COSTLIER", "BROKEN", "GONE")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """What happened to one cell. factor: ratio in b over ratio in a, with its interval."""

    problem: str
    size: int
    operator: str
    method: str
    dtype: str
    outcome: str  # SAME, BROKEN, MENDED, NEW, GONE: whether there is an answer at all
    speed: str = ""  # FASTER, SLOWER, SAME, UNCLEAR, or nothing when one of the runs has no time
    factor: float = math.nan
    factor_low: float = math.nan
    factor_high: float = math.nan
    accuracy: str = ""  # MORE ACCURATE, LESS ACCURATE, SAME, or nothing
    counts: str = ""  # COSTLIER, CHEAPER, SAME, or nothing
    seconds_factor: float = math.nan  # evaluate_s in b over a; NaN across machines

    @property
    def regressed(self) -> bool:
        return any(
            judgement in WORSE
            for judgement in (self.outcome, self.speed, self.accuracy, self.counts)
        )


@dataclass(frozen=True)
class Difference:
    """All changes, and what the comparison is good for."""

    changes: tuple[Change, ...]
    note: str

    @property
    def regressions(self) -> list[Change]:
        return [change for change in self.changes if change.regressed]

    def frame(self) -> "pd.DataFrame":
        """One row a cell."""
        import pandas as pd  # as in results

        return pd.DataFrame([asdict(change) for change in self.changes])


def diff(a: Results, b: Results, *, threshold: float = NOISE) -> Difference:
    """What changed from run a to run b. threshold: relative change of a ratio below which it counts
    as noise.
    """
    here = same_machine(dict(a.environment), dict(b.environment))
    before, after = ({identity(row): row for row in results.rows} for results in (a, b))
    cells = list(dict.fromkeys([*before, *after]))
    changes = tuple(
        change(cell, before.get(cell), after.get(cell), threshold, here) for cell in cells
    )
    note = (
        ""
        if here
        else "The runs are from different machines: only ratios, errors and counts are compared."
    )
    return Difference(changes, note)


def change(
    cell: tuple[Any, ...], a: Row | None, b: Row | None, threshold: float, here: bool
) -> Change:
    """The change of one cell; a or b is None when its run lacks the cell."""
    named = dict(zip(IDENTITY, cell, strict=True))
    if a is None or b is None:
        return Change(**named, outcome="NEW" if a is None else "GONE")
    low, middle, high = factor(a, b)
    return Change(
        **named,
        outcome=outcome(a["status"], b["status"]),
        speed=speed(low, middle, high, threshold),
        factor=middle,
        factor_low=low,
        factor_high=high,
        accuracy=accuracy(a["error_norm"], b["error_norm"], float(np.finfo(named["dtype"]).eps)),
        counts=counts(a, b),
        seconds_factor=number(b["evaluate_s"]) / number(a["evaluate_s"]) if here else math.nan,
    )


def outcome(a: str, b: str) -> str:
    """Whether an answer was lost or won."""
    answered = (Status.OK, Status.INACCURATE, Status.UNKNOWN, Status.CONTRADICTED)
    if (a in answered) == (b in answered):
        return "SAME"
    return "BROKEN" if a in answered else "MENDED"


def factor(a: Row, b: Row) -> tuple[float, float, float]:
    """(low, middle, high) of b's ratio over a's: independent errors, so their widths add in
    quadrature on the log scale. A measurement beside itself is the same without any doubt.
    """
    if a["ratio"] is not None and all(a[name] == b[name] for name in TIMED):
        return 1.0, 1.0, 1.0
    middle = number(b["ratio"]) / number(a["ratio"])
    below = math.hypot(
        *(math.log(number(row["ratio"]) / number(row["ratio_low"])) for row in (a, b))
    )
    above = math.hypot(
        *(math.log(number(row["ratio_high"]) / number(row["ratio"])) for row in (a, b))
    )
    return middle * math.exp(-max(below, above)), middle, middle * math.exp(max(below, above))


def speed(low: float, middle: float, high: float, threshold: float) -> str:
    """The verdict on an interval of b over a."""
    if math.isnan(middle):
        return ""
    if low > 1 + threshold:
        return "SLOWER"
    if high < 1 / (1 + threshold):
        return "FASTER"
    return "SAME" if low >= 1 / (1 + threshold) and high <= 1 + threshold else "UNCLEAR"


def accuracy(a: float | None, b: float | None, eps: float) -> str:
    """The verdict on two errors; below eps an error is rounding and nothing else."""
    before, after = max(number(a), eps), max(number(b), eps)
    if math.isnan(number(a)) or math.isnan(number(b)):
        return ""
    if after > ERROR_FACTOR * before:
        return "LESS ACCURATE"
    return "MORE ACCURATE" if before > ERROR_FACTOR * after else "SAME"


def counts(a: Row, b: Row) -> str:
    """The verdict on what is counted: one count more is COSTLIER, whatever the others do."""
    steps = [number(b[name]) - number(a[name]) for name in COUNTS]
    known = [step for step in steps if not math.isnan(step)]
    if not known:
        return ""
    return "COSTLIER" if max(known) > 0 else "CHEAPER" if min(known) < 0 else "SAME"


def number(value: Any) -> float:
    """A float, NaN for nothing."""
    return math.nan if value is None else float(value)
