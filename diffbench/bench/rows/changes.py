"""Two runs side by side: what became faster or slower, more or less accurate, and what can't be
told.

Speed is compared by the ratio to the primal, which a machine's drift cancels from: the mean of the
logarithms of b's samples over a's, with Welch's interval, and what two runs of the same code differ
by besides, which is read off all cells of the two runs (most of them have not changed). SLOWER means
that the whole of a change beyond the noise threshold is no accident, at a false discovery rate of
5 % over all cells; UNCLEAR that a change by a factor COARSE can't be excluded, SAME that none was
seen. Errors and counts are deterministic and compared as they are. Seconds are compared on one
machine only, and decide nothing.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diffbench.bench.rows.journal import Record
from diffbench.bench.rows.results import IDENTITY, Results, Status, identity
from diffbench.bench.rows.speeds import NOISE, Speed, speeds
from diffbench.measure.environment import same_machine

if TYPE_CHECKING:
    import pandas as pd

ERROR_FACTOR = 4.0  # rounding in another order moves an error by less
COUNTS = ("calls", "operations")
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
    outcome: str  # SAME, BROKEN, MENDED, NEW, GONE, UNCLEAR: whether there is an answer
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
    before, after = ({identity(r): r for r in results.records} for results in (a, b))
    both = [cell for cell in before if cell in after]
    times = speeds([(before[cell], after[cell]) for cell in both], threshold)
    found = dict(zip(both, times.speeds, strict=True))
    cells = list(dict.fromkeys([*before, *after]))
    changes = tuple(
        change(cell, before.get(cell), after.get(cell), found.get(cell), here) for cell in cells
    )
    foreign = "The runs are from different machines: only ratios, errors and counts are compared."
    return Difference(changes, " ".join(filter(None, ("" if here else foreign, times.note))))


def change(
    cell: tuple[Any, ...], a: Record | None, b: Record | None, found: Speed | None, here: bool
) -> Change:
    """The change of one cell; a or b is None when its run lacks the cell."""
    named = dict(zip(IDENTITY, cell, strict=True))
    if a is None or b is None or found is None:
        return Change(**named, outcome="NEW" if a is None else "GONE")
    return Change(
        **named,
        outcome=outcome(a["status"], b["status"]),
        speed=found.verdict,
        factor=found.factor,
        factor_low=found.low,
        factor_high=found.high,
        accuracy=accuracy(a["error_norm"], b["error_norm"], float(np.finfo(named["dtype"]).eps)),
        counts=counts(a, b),
        seconds_factor=number(b["evaluate_s"]) / number(a["evaluate_s"]) if here else math.nan,
    )


def outcome(a: str, b: str) -> str:
    """Whether an answer was lost or won."""
    answered = (Status.OK, Status.INACCURATE, Status.UNKNOWN, Status.CONTRADICTED)
    if Status.NOT_RUN in (a, b):  # a budget that was spent says nothing of the code
        return "SAME" if a == b else "UNCLEAR"
    if (a in answered) == (b in answered):
        return "SAME"
    return "BROKEN" if a in answered else "MENDED"


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
