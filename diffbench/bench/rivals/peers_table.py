"""The compiled method against the best of other packages: the run of a suite, with configured methods
and a column of targets.

    make bench-peers                                    installs the peers, measures every row, writes reports/peers.md and .csv
    python -m diffbench.bench.rivals.peers_table rosenbrock    the rows of one problem
    make bench-everybody                                       a dozen rows with every tool there is, within half an hour

All is pinned to one core, with one thread and an allocator that does not give memory back between
calls. What is measured stays in reports/peers/, as that of any run does.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import Progress

from diffbench import registry
from diffbench.bench.rivals.chains import CHAINS
from diffbench.bench.rivals.contestants import contestant
from diffbench.bench.rivals.peers_report import report
from diffbench.bench.rows.results import Results
from diffbench.bench.runner.cells import Suite
from diffbench.bench.runner.suite import run
from diffbench.interface import Operator, Problem

SUITE = Suite(
    "peers",
    sizes=None,
    rounds=7,
    sample_s=0.03,
    cell_s=6,
    timeout_s=40,  # for one contestant to prepare on one row
    reference_s=20,
)
PEERS = ("pytensor", "jax", "jax-scan", "casadi", "casadi-buffer", "torch", "autograd")
# every tool: what is not here is a column of refusals
EVERYBODY = (
    *PEERS,
    *("jax-eager", "enzyme", "torch-func", "torch-compile", "tensorflow", "casadi-c", "mygrad"),
    *("tangent", "dualpy", "fastdual", "advect", "symengine", "heyoka", "numba-by-hand"),
    *("c-by-hand", "adol-c", "sacado", "numderiv", "scipy", "statsmodels", "numdifftools"),
    *("jacobi", "derivkit"),
)
HALF_AN_HOUR = 1650.0  # seconds, after which no cell is begun
OURS = ("manual", "native", "native-out", "source", "reverse")
# what runs without preparation, and so is compared primitive by primitive
EAGER = (
    "reverse",
    "torch",
    "autograd",
)
CHAINS_PLUGIN = "diffbench.bench.rivals.registered_chains"
ENVIRONMENT = {
    "NUMBA_NUM_THREADS": "1",
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


ALL = (
    Row("baydin", 2, 6.0, 6.7, EVERYBODY + OURS),
    Row("logistic_map", 100, 0.27, 3.4, EVERYBODY + OURS),
    Row("speelpenning", 100, 0.37, 3.9, EVERYBODY + OURS),
    Row("switched_oscillator", 200, 0.5, 3.0, EVERYBODY + OURS),
    Row("rosenbrock", 10, 0.12, 2.3, EVERYBODY + OURS),
    Row("rosenbrock", 1000, 0.22, 2.3, EVERYBODY + OURS),
    Row("helmholtz", 10, 0.07, 1.2, EVERYBODY + OURS),
    Row("helmholtz", 50, 0.12, 1.2, EVERYBODY + OURS),
    Row("gmm", 30, 0.08, 1.25, EVERYBODY + OURS),
    Row("rnn", 100, 0.35, 0.6, EVERYBODY + OURS),
    Row("tanh_mlp", 16, 1.2, 2.3, EVERYBODY + OURS),
)


def main(words: Sequence[str]) -> None:
    """Measure the rows of the named problems, of all without names; print the tables and write them
    to reports/. With --all a dozen rows and every tool.
    """
    everybody, problems = "--all" in words, [word for word in words if word != "--all"]
    table, name = (ALL, "everybody") if everybody else (ROWS, "peers")
    known = list(dict.fromkeys(row.problem for row in table))
    if unknown := [name for name in problems if name not in known]:
        sys.exit(
            f"the table has no row {unknown[0]!r}; take some of {', '.join(known)}, or none for all"
        )
    rows = [row for row in table if not problems or row.problem in problems]
    folder = Path("reports")
    frame = measured(rows, folder / name, HALF_AN_HOUR if everybody else None)
    frame.to_csv(folder / f"{name}.csv", index=False)
    with open(folder / f"{name}.md", "w") as file:
        report(frame, Console(file=file, width=400, no_color=True), markdown=True)
    terminal = Console()
    report(frame, terminal if terminal.is_terminal else Console(width=240), markdown=False)


def measured(
    rows: Sequence[Row], folder: Path | None = None, budget_s: float | None = None
) -> pd.DataFrame:
    """One line a row and contestant: what a run records of it, and the row's targets. What is not
    begun within the budget is a row that says so.
    """
    os.environ.update(ENVIRONMENT)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    runs = [
        ran(
            group, names, folder and folder / ("chains" if names == EAGER else "problems"), budget_s
        )
        for names in dict.fromkeys(row.contestants for row in rows)
        if (group := [row for row in rows if row.contestants == names])
    ]
    return with_targets([record for results in runs for record in results.records], rows)


def ran(
    rows: Sequence[Row], names: Iterable[str], folder: Path | None, budget_s: float | None = None
) -> Results:
    """The run of some rows with the same contestants."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("measuring")
        return run(
            [problem_of(name, rows) for name in dict.fromkeys(row.problem for row in rows)],
            [contestant(name) for name in names],
            suite=SUITE,
            plugins=[CHAINS_PLUGIN] if any(row.problem in CHAINS for row in rows) else [],
            folder=folder,
            budget_s=budget_s,
            progress=lambda done, total, _: bar.update(task, completed=done, total=total),
        )


def problem_of(name: str, rows: Sequence[Row]) -> Problem:
    """The problem at the sizes of its rows, asked for value and gradient."""
    found: Problem = CHAINS.get(name) or registry.find("problems", name)
    sizes = tuple(row.size for row in rows if row.problem == name)
    return replace(found, sizes=sizes, operator=Operator.VALUE_AND_GRADIENT)


def with_targets(records: Sequence[dict[str, Any]], rows: Sequence[Row]) -> pd.DataFrame:
    """The records in the order of the rows and their contestants, with targets and with the error
    that is allowed: 8 eps times the condition number, at least 1e-12.
    """
    found = {(r["problem"], r["size"], r["method"]): r for r in records}
    lines = [
        {
            **found[row.problem, row.size, name],
            "contestant": name,
            "native": row.native,
            "source": row.source,
        }
        for row in rows
        for name in row.contestants
    ]
    frame = pd.DataFrame(lines).drop(columns=["key", "samples", "method"])
    eps = float(np.finfo(float).eps)
    allowed = (8 * eps * frame["cond"].astype(float)).fillna(0).clip(lower=1e-12)
    reason = frame["reason"].where(frame["evaluate_s"].isna())  # of those that did not take part
    return frame.assign(error=frame["error_norm"], allowed=allowed, reason=reason)


if __name__ == "__main__":
    main(sys.argv[1:])
