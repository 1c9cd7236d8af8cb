"""The compiled method against the best of other packages: time of value and gradient over the time
of the plain function.

    make bench-peers                                    installs the peers, measures every row, writes reports/peers.md and .csv
    python -m diffbench.bench.rivals.peers_table rosenbrock    the rows of one problem

Each row is one process, pinned to a core, one thread, with an allocator that does not give memory
back between calls; all contestants of a row are timed in turn in it (see contest.py). What can hang
is prepared first: when it does, the row starts anew without it.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import track

from diffbench.bench.rivals.peers_report import report
from diffbench.measure.timing import ratio_interval

LIMIT_S = 40  # for one contestant to prepare on one row
PEERS = ("pytensor", "jax", "jax-scan", "casadi", "casadi-buffer", "torch", "autograd")
OURS = ("manual", "native", "native-out", "source", "reverse")
# what runs without preparation, and so is compared primitive by primitive
EAGER = (
    "reverse",
    "torch",
    "autograd",
)
ENVIRONMENT = {
    **dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
    ),
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    # the most that glibc takes; else arrays from 128 KiB on are mapped anew at each call
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
}


@dataclass(frozen=True)
class Row:
    """A problem at a size, and the ratios to its primal that are aimed at: by native code, and by
    generated Python or NumPy alone.
    """

    problem: str
    size: int
    native: float = float("nan")
    source: float = float("nan")
    contestants: tuple[str, ...] = PEERS + OURS


# The targets of functions of under 6 µs were set over a call through two wrappers of ours, which are
# timed no more: baydin alone takes 0.16 µs where it took 0.54. They are given here in the same seconds.
ROWS = (
    Row("baydin", 2, 6.0, 6.7),
    Row("griewank_walther", 2, 6.4, 7.1),
    Row("logistic_map", 10, 1.07, 4.8),  # source: 1.5 times the hand-written one
    Row("logistic_map", 100, 0.27, 3.4),
    Row("logistic_map", 1000, 0.15, 2.85),
    Row("rosenbrock_loop", 100, 0.07, 1.7),
    Row("speelpenning", 10, 2.9, 7.1),
    Row("speelpenning", 100, 0.37, 3.9),
    Row("speelpenning", 1000, 0.14, 3.2),
    Row("switched_oscillator", 200, 0.5, 3.0),
    Row("rosenbrock", 10, 0.12, 2.3),
    Row("rosenbrock", 1000, 0.22, 2.3),
    Row("rosenbrock", 100_000, 0.85, 2.3),
    Row("helmholtz", 10, 0.07, 1.2),
    Row("helmholtz", 50, 0.12, 1.2),
    Row("helmholtz", 100, 0.25, 1.2),
    Row("helmholtz", 1000, 0.95, 1.2),
    Row("logistic_regression", 20, 0.33, 1.15),
    Row("logistic_regression", 50, 0.65, 1.25),
    Row("rbf_regression", 61, 0.6, 1.4),
    Row("gmm", 30, 0.08, 1.25),
    Row("gmm", 1650, 0.2, 1.25),
    Row("gmm", 11_550, 0.35, 1.25),
    Row("rnn", 100, 0.35, 0.6),
    Row("tanh_mlp", 16, 1.2, 2.3),
    Row("tanh_mlp", 256, 2.25, 2.3),
    Row("multiply numbers", 1, contestants=EAGER),
    Row("sine of numbers", 1, contestants=EAGER),
    Row("multiply arrays", 10, contestants=EAGER),
    Row("sine of arrays", 10, contestants=EAGER),
)


def main(problems: Sequence[str]) -> None:
    """Measure the rows of the named problems, of all without names; print the tables and write them
    to reports/.
    """
    known = list(dict.fromkeys(row.problem for row in ROWS))
    if unknown := [name for name in problems if name not in known]:
        sys.exit(
            f"the table has no row {unknown[0]!r}; take some of {', '.join(known)}, or none for all"
        )
    rows = [row for row in ROWS if not problems or row.problem in problems]
    folder = Path("reports")
    folder.mkdir(exist_ok=True)
    entries: list[dict[str, Any]] = []
    for row in track(rows, "measuring", console=Console(stderr=True)):
        entries += measure(row)
        # what is measured stays, whatever happens to the next row
        pd.DataFrame(entries).to_csv(folder / "peers.csv", index=False)
    frame = pd.DataFrame(entries)
    with open(folder / "peers.md", "w") as file:
        report(frame, Console(file=file, width=400, no_color=True), markdown=True)
    terminal = Console()
    report(frame, terminal if terminal.is_terminal else Console(width=240), markdown=False)


def measure(row: Row) -> list[dict[str, Any]]:
    """One entry a contestant: {problem, size, contestant, ratio, ..., reason}."""
    facts: dict[str, dict[str, Any]] = {}
    while True:
        remaining = [name for name in row.contestants if name not in facts]
        lines, code = _contest(row, remaining)
        if "samples" in (lines[-1] if lines else {}):
            break
        facts[lines[-1]["preparing"] if lines else remaining[0]] = {"reason": _lost(code)}
    facts |= {line["contestant"]: line for line in lines if "contestant" in line}
    return [_entry(row, name, facts[name], lines[-1]["samples"]) for name in row.contestants]


def _contest(row: Row, contestants: Sequence[str]) -> tuple[list[dict[str, Any]], int]:
    """What the process of a row told, line by line, and its exit code."""
    order = {
        "problem": row.problem,
        "size": row.size,
        "contestants": contestants,
        "limit_s": LIMIT_S,
        "core": max(os.sched_getaffinity(0)),
    }
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "diffbench.bench.rivals.contest",
        json.dumps(order),
    ]
    done = subprocess.run(
        command,
        env=os.environ | ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


def _lost(code: int) -> str:
    return (
        f"not ready after {LIMIT_S} s"
        if code == -signal.SIGALRM
        else f"its process ended with code {code}"
    )


def _entry(
    row: Row, name: str, facts: Mapping[str, Any], samples: Mapping[str, Sequence[float]]
) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "problem": row.problem,
        "size": row.size,
        "contestant": name,
        "native": row.native,
        "source": row.source,
    }
    if name in samples:
        ratio = ratio_interval(samples[name], samples["primal"])
        entry |= {"ratio": ratio.median, "ratio_low": ratio.low, "ratio_high": ratio.high}
        entry |= {"evaluate_s": min(samples[name]), "function_s": min(samples["primal"])}
    return entry | {
        key: value for key, value in facts.items() if key not in ("contestant", "preparing")
    }


if __name__ == "__main__":
    main(sys.argv[1:])
