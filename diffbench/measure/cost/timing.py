"""Time that can be trusted: many calls a sample, methods in turn, the spread kept, and ratios to
the primal instead of seconds.

A *sample* is the mean time of one call over a calibrated number of loops, with the garbage
collector off. Samples of all methods of one problem are taken in turn (A B C A B C), each beside a
sample of the primal, so that a drift of the machine hits them alike and cancels in the ratio. The
clock stands still while others have the core. It is a parameter: the logic is tested with a fake
one.
"""

import gc
import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from timeit import Timer
from typing import Any

import numpy as np

Call = Callable[[], Any]
Clock = Callable[[], float]

EXACT = 6  # samples from which on order statistics give 95 %: the extremes of five give 93.75


class Statement:
    """A call as somebody writes it, function(*arguments, **keywords): timed in a loop that holds
    nothing else. A lambda around it would cost 26 ns, a functools.partial with a keyword 90.
    """

    def __init__(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> None:
        self.function, self.arguments, self.keywords = function, arguments, keywords

    def __call__(self) -> Any:
        return self.function(*self.arguments, **self.keywords)

    @property
    def text(self) -> str:
        """The statement in Python, on the names in `names`."""
        places = [f"a{i}" for i in range(len(self.arguments))]
        return f"function({', '.join([*places, *(f'{name}={name}' for name in self.keywords)])})"

    @property
    def names(self) -> dict[str, Any]:
        """What its names stand for."""
        places = {f"a{i}": argument for i, argument in enumerate(self.arguments)}
        return {"function": self.function, **places, **self.keywords}


@dataclass(frozen=True)
class Interval:
    """A median with its 95 % interval; low and high are NaN when there is only one
    sample.
    """

    median: float
    low: float
    high: float


def own_time() -> float:
    """Seconds on a clock that stands still while the kernel lends the core to other programs.

    Wall-clock time without the time spent runnable and waiting for a core, which Linux counts for
    each thread; plain wall-clock time elsewhere. Time in which a method sleeps of its own accord
    (for a disk, for its threads) passes.
    """
    while True:
        waited_s, now = core_waits_s(), time.perf_counter()
        if core_waits_s() == waited_s:  # else the core was lent between the two readings
            return now - waited_s


def core_waits_s() -> float:
    """Seconds that this thread has been runnable and waited for a core (proc(5), schedstat); 0
    where the kernel does not count them.
    """
    statistics = _schedstat(os.getpid(), threading.get_native_id())
    return int(os.pread(statistics, 100, 0).split()[1]) * 1e-9 if statistics is not None else 0.0


def _schedstat(pid: int, thread: int) -> int | None:
    """An open file, kept by the thread it tells of: in a forked child the parent's would go on
    telling of the parent.
    """
    if getattr(_opened, "owner", None) != (pid, thread):
        try:
            _opened.file = os.open(
                f"/proc/{pid}/task/{thread}/schedstat", os.O_RDONLY | os.O_CLOEXEC
            )
        except OSError:
            _opened.file = None
        _opened.owner = (pid, thread)
    file: int | None = _opened.file
    return file


_opened = threading.local()


@contextmanager
def collector_off() -> Iterator[None]:
    """No garbage collection inside: a collection costs milliseconds and belongs to whoever made the
    garbage.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def timed(call: Call, *, clock: Clock = own_time) -> tuple[Any, float]:
    """The result of one call, and its seconds: for preparations and first calls, which happen
    once.
    """
    with collector_off():
        start = clock()
        result = call()
        return result, clock() - start


def sample(call: Call, loops: int, *, clock: Clock = own_time) -> float:
    """Mean seconds of one call over `loops` of them, garbage collector off. The loop itself costs
    about 6 ns a call. What runs in another process tells its time itself, as `told_s(loops)`.
    """
    if hasattr(call, "told_s"):
        return float(call.told_s(loops))
    statement = call if isinstance(call, Statement) else Statement(call)
    return Timer(statement.text, timer=clock, globals=statement.names).timeit(loops) / loops


def calibrate(call: Call, *, sample_s: float, clock: Clock = own_time) -> int:
    """How many calls fill `sample_s` seconds, at least one. Trying it out is the warm-up."""
    loops = 1
    while (lasted := sample(call, loops, clock=clock)) * loops < sample_s:
        loops = min(10 * loops, math.ceil(1.1 * sample_s / lasted)) if lasted > 0 else 10 * loops
    return loops


def interleaved(samplers: Mapping[str, Call], rounds: int) -> dict[str, list[Any]]:
    """One sample of each in turn, `rounds` times over."""
    samples: dict[str, list[Any]] = {name: [] for name in samplers}
    for _ in range(rounds):
        for name, take in samplers.items():
            samples[name].append(take())
    return samples


def interval(samples: Sequence[float]) -> Interval:
    """Median of the samples and its interval of 95 %: by order statistics, which are exact whatever the
    samples' distribution is, and take six samples; of fewer by Student's t on their logarithms.
    """
    middle = float(np.median(samples))
    if len(samples) < 2:
        return Interval(middle, math.nan, math.nan)
    low, high = (_of_many if len(samples) >= EXACT else _of_few)(samples)
    return Interval(middle, float(low), float(high))


def _of_many(samples: Sequence[float]) -> tuple[float, float]:
    from scipy.stats import quantile_test  # half a second to import, which workers need not pay

    found = quantile_test(samples, q=float(np.median(samples)), p=0.5)
    low, high = found.confidence_interval(confidence_level=0.95)
    return low, high


def _of_few(samples: Sequence[float]) -> tuple[float, float]:
    from scipy.stats import sem, t

    logs = np.log(samples)
    half = float(t.ppf(0.975, len(samples) - 1) * sem(logs))
    middle = float(np.median(logs))
    return math.exp(middle - half), math.exp(middle + half)


def ratio_interval(samples: Sequence[float], primal: Sequence[float]) -> Interval:
    """Median ratio of samples taken side by side: what hits both members of a pair cancels before
    anything is compared.
    """
    return interval([a / b for a, b in zip(samples, primal, strict=True)])


def break_even(
    prepare_s: float, evaluate_s: float, rival_prepare_s: float, rival_evaluate_s: float
) -> float:
    """The number of calls after which preparing pays: 0 when it pays at once, inf when it never
    does against this rival.
    """
    saved = rival_evaluate_s - evaluate_s
    extra = prepare_s - rival_prepare_s
    if extra <= 0 and saved >= 0:
        return 0.0
    return math.inf if saved <= 0 else float(math.ceil(extra / saved))


def clock_warnings(sample_s: float, *, resolution_s: float | None = None) -> list[str]:
    """A sentence when samples are too short for the clock: fewer than 1000 ticks leave more than
    0.1 % to chance.
    """
    tick = time.get_clock_info("perf_counter").resolution if resolution_s is None else resolution_s
    if sample_s >= 1000 * tick:
        return []
    return [
        f"samples of {sample_s:g} s are fewer than 1000 ticks of this clock ({tick:g} s); take "
        f"samples of {1000 * tick:g} s or more"
    ]
