"""From facts and raw samples to a record: the columns of a row, and beside them the samples they
were computed from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from diffbench.bench.rows.journal import Record
from diffbench.bench.rows.results import COLUMNS, Status
from diffbench.bench.runner.cells import Cell
from diffbench.measure.timing import interval, ratio_interval

ANSWERED = (Status.OK, Status.INACCURATE)
# seconds of one evaluation and of one call of f, side by side
Samples = Sequence[tuple[float, float]]


def record(
    cell: Cell, facts: Mapping[str, Any], samples: Samples = (), *, key: str | None = None
) -> Record:
    """One journal record. Without a key it is a note that the cell was not reached, which a resumed
    run measures again.
    """
    columns = (
        dict.fromkeys(COLUMNS) | asdict(cell) | dict(facts) | (times(samples) if samples else {})
    )
    raw = {"evaluate_s": [e for e, _ in samples], "function_s": [f for _, f in samples]}
    return {**columns, "key": key, "samples": raw}


def times(samples: Samples) -> dict[str, float]:
    """The time columns: medians, the interval of the method's time, and the ratio with its own
    interval.
    """
    evaluate, function = map(list, zip(*samples, strict=True))
    method, ratio = interval(evaluate), ratio_interval(evaluate, function)
    return {
        "evaluate_s": method.median,
        "evaluate_low_s": method.low,
        "evaluate_high_s": method.high,
        "function_s": interval(function).median,
        "ratio": ratio.median,
        "ratio_low": ratio.low,
        "ratio_high": ratio.high,
    }
