"""One measurement: what is known of one method on one problem at one size, in one value that each
stage hands on knowing more.

`compare` and the workers of a run carry it alike; a journal's record is what is written of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from diffbench.bench.rows.journal import Record
from diffbench.bench.rows.results import COLUMNS, Status
from diffbench.bench.runner.cells import Cell
from diffbench.errors import BadInput
from diffbench.interface import Array, Kind
from diffbench.measure.cost.timing import Interval, interval, ratio_interval

ANSWERED = (Status.OK, Status.INACCURATE, Status.UNKNOWN, Status.CONTRADICTED)
# fields of Measured and their values, as a stage found them; in JSON where a worker tells them
News = Mapping[str, Any]


@dataclass(frozen=True)
class Measured:
    """A cell and what is known of it: None where nothing was measured.

    judge: what the errors are taken against. smallest_fault: of one entry, relative, that the verdict
    would have seen. loops: calls of the method and of f that make a
    sample. again_s: of a second preparation, which finds what the first one compiled. samples:
    seconds of one evaluation and of one call of f, side by side. answer: the derivative, where it
    is still at hand. kind: of the method, if it says so.
    """

    cell: Cell
    status: Status | None = None
    reason: str | None = None
    error_rel: float | None = None
    error_norm: float | None = None
    error_ulp: float | None = None
    cond: float | None = None
    judge: str | None = None
    smallest_fault: float | None = None
    prepare_s: float | None = None
    first_s: float | None = None
    again_s: float | None = None
    calls: int | None = None
    operations: int | None = None
    peak_bytes: int | None = None
    resident_bytes: int | None = None
    loops: tuple[int, int] | None = None
    samples: Sequence[tuple[float, float]] = ()
    answer: Array | None = field(default=None, compare=False, repr=False)
    kind: Kind | None = None

    def __post_init__(self) -> None:
        if self.status is not None:
            object.__setattr__(self, "status", Status(self.status))

    def knowing(self, news: News) -> "Measured":
        """The same measurement with the news of a stage. Raises BadInput when that is none."""
        try:
            return replace(self, **news)
        except (TypeError, ValueError) as error:
            raise BadInput(f"{dict(news)!r} is not news of a measurement ({error})") from None

    @property
    def is_answered(self) -> bool:
        """Whether there is a derivative, right or wrong."""
        return self.status in ANSWERED

    @property
    def method(self) -> str:
        """The method's name."""
        return self.cell.method

    @cached_property
    def evaluate(self) -> Interval | None:
        """Seconds of one evaluation, None when it was not timed."""
        return interval([evaluate_s for evaluate_s, _ in self.samples]) if self.samples else None

    @cached_property
    def function(self) -> Interval | None:
        """Seconds of one call of f."""
        return interval([function_s for _, function_s in self.samples]) if self.samples else None

    @cached_property
    def ratio(self) -> Interval | None:
        """The method's time over that of f, sample by sample."""
        pairs = tuple(zip(*self.samples, strict=True))
        return ratio_interval(*pairs) if pairs else None

    def record(self, *, key: str | None = None) -> Record:
        """The journal record. Without a key it is a note that the cell was not reached, which a
        resumed run measures again.
        """
        known = {name: getattr(self, name) for name in KNOWN if getattr(self, name) is not None}
        columns = dict.fromkeys(COLUMNS) | asdict(self.cell) | known | self.times()
        raw = {
            "evaluate_s": [e for e, _ in self.samples],
            "function_s": [f for _, f in self.samples],
        }
        return {**columns, "key": key, "samples": raw}

    def times(self) -> dict[str, float]:
        """The time columns: medians, and the intervals of the method's time and of the ratio."""
        if self.evaluate is None or self.function is None or self.ratio is None:
            return {}
        return {
            "evaluate_s": self.evaluate.median,
            "evaluate_low_s": self.evaluate.low,
            "evaluate_high_s": self.evaluate.high,
            "function_s": self.function.median,
            "ratio": self.ratio.median,
            "ratio_low": self.ratio.low,
            "ratio_high": self.ratio.high,
        }


KNOWN = [f.name for f in fields(Measured) if f.name not in ("cell", "samples", "answer", "kind")]
