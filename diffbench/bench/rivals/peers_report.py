"""The tables of peers_table.py: ratios beside their targets, preparation and when it pays, errors,
memory, refusals, and the sums of it.
"""

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from diffbench.bench.rivals.chains import LENGTH
from diffbench.measure.cost.timing import break_even

RIVALS = ("autograd", "jax", "jax-scan", "torch", "pytensor", "casadi", "casadi-buffer")
COMPILED = ("native", "native-out", "source")
PREPARING = ("native", "source", "pytensor", "jax", "jax-scan", "casadi")
# what other packages allocate for themselves, Python does not see
IN_NUMPY = (
    "manual",
    "native",
    "source",
    "reverse",
    "autograd",
)
# times the hand-written gradient's peak on the large network; a recorded operation on numbers
MEMORY_TARGET, BYTES_TARGET = (
    1.3,
    200,
)


def report(frame: pd.DataFrame, console: Console, *, markdown: bool) -> None:
    """Everything, in the order a reader asks."""
    contested = frame[frame["native"].notna()]
    tables = {
        "Time of value and gradient over the time of the function": ratios(contested),
        "Preparation in ms, and the calls after which compiling pays": preparations(contested),
        "Relative error of every gradient, beside what is allowed (1e-12, or 8 eps times the condition number)": gradient_errors(
            frame
        ),
        "Largest error over what is allowed": agreement(frame),
        "Most memory held in one call, MiB, as Python and NumPy allocate it; work space kept between calls is not in it": memory(
            contested
        ),
        "`reverse`, nothing recorded ahead: times faster, and ns and bytes a primitive on chains of 1000": eager(
            frame
        ),
        "Did not take part": refusals(frame),
    }
    for title, table in tables.items():
        console.print(f"\n## {title}\n" if markdown else f"\n[bold]{title}[/bold]", highlight=False)
        console.print(drawn(table, markdown))
    console.print(f"\n{summary(contested)}", highlight=False)
    console.print(f"\n{kept_in_bounds(frame)}", highlight=False)


def drawn(frame: pd.DataFrame, markdown: bool) -> Table:
    """A data frame as a table of the terminal or of Markdown."""
    table = Table(box=box.MARKDOWN if markdown else box.SIMPLE)
    for name in frame.columns:
        table.add_column(
            name, justify="left" if frame[name].dtype == object else "right", overflow="fold"
        )
    for values in frame.itertuples(index=False):
        table.add_row(*map(shown, values))
    return table


def shown(value: Any) -> str:
    """Three digits; nothing for what is missing."""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.3g}"
    return str(value)


def ratios(frame: pd.DataFrame) -> pd.DataFrame:
    """One line a row: every contestant's ratio, the targets, and how far ahead of the best peer
    ours is.
    """
    table = _pivot(frame, "ratio")
    first = frame.groupby(["problem", "size"]).first()  # of what is known
    table.insert(0, "primal µs", 1e6 * first["function_s"])
    table.insert(1, "target native", first["native"])
    table.insert(2, "target source", first["source"])
    table["best peer"] = _best(table, RIVALS)
    table["times ahead"] = table["best peer"] / _best(table, COMPILED)
    return table.reset_index()


def preparations(frame: pd.DataFrame) -> pd.DataFrame:
    """Milliseconds until the first answer of each contestant, and the calls after which preparing
    pays: against the tape, and rivals.
    """
    frame = frame.assign(start=frame["prepare_s"] + frame["first_s"])
    starts, costs = _pivot(frame, "start"), _pivot(frame, "evaluate_s")
    table = (
        1e3
        * starts[[name for name in starts if name not in ("manual", "native-out", "casadi-buffer")]]
    )
    for ours, rival in (
        *product(PREPARING, ("reverse",)),
        *product(("native", "source"), ("jax", "torch")),
    ):
        if {rival, ours} <= set(starts):
            columns = (starts[ours], costs[ours], starts[rival], costs[rival])
            table[f"{ours} pays against {rival}"] = [
                _calls(*numbers) for numbers in zip(*columns, strict=True)
            ]
    return table.reset_index()


def gradient_errors(frame: pd.DataFrame) -> pd.DataFrame:
    """Of each row every contestant's error, what is allowed, and who judges."""
    first = frame.groupby(["problem", "size"]).first()
    return (
        _pivot(frame, "error").assign(allowed=first["allowed"], judge=first["judge"]).reset_index()
    )


def memory(frame: pd.DataFrame) -> pd.DataFrame:
    """MiB of a call, of those whose arrays are NumPy's, and how often the hand-written gradient's
    ours is.
    """
    table = _pivot(frame[frame["contestant"].isin(IN_NUMPY)], "peak_bytes") / 2**20
    ours = [name for name in ("native", "source", "reverse") if {name, "manual"} <= set(table)]
    return table.assign(
        **{f"{name} over manual": table[name] / table["manual"] for name in ours}
    ).reset_index()


def agreement(frame: pd.DataFrame) -> pd.DataFrame:
    """For each contestant the worst of its rows."""
    known = frame.dropna(subset=["error"])
    known = known.assign(used=known["error"] / known["allowed"])
    worst = known.loc[known.groupby("contestant", sort=False)["used"].idxmax()]
    return worst[["contestant", "used", "error", "problem", "size", "judge"]].reset_index(drop=True)


def eager(frame: pd.DataFrame) -> pd.DataFrame:
    """`reverse` against the peers that prepare nothing either."""
    costs = _pivot(frame, "evaluate_s")
    table = pd.DataFrame(
        {
            f"against {rival}": costs[rival] / costs["reverse"]
            for rival in ("autograd", "torch")
            if rival in costs
        }
    )
    chain = (
        frame.drop_duplicates(["problem", "size"]).set_index(["problem", "size"])["native"].isna()
    )
    bytes_held = _pivot(frame, "peak_bytes") / LENGTH
    per_primitive = {"ns a primitive": 1e9 * costs["reverse"] / LENGTH}
    per_primitive |= {
        f"bytes a primitive, {name}": bytes_held[name]
        for name in ("reverse", "autograd")
        if name in bytes_held
    }
    return table.assign(
        **{name: column.where(chain) for name, column in per_primitive.items()}
    ).reset_index()


def refusals(frame: pd.DataFrame) -> pd.DataFrame:
    """Who did not take part, and why; refusals that only say that there is nothing to do are left
    out.
    """
    said = frame.dropna(subset=["reason"]) if "reason" in frame else frame[:0].assign(reason="")
    said = said[~said["reason"].str.contains("written in one form only")]
    return (
        said.groupby(["contestant", "reason"], sort=False)["problem"]
        .agg(_places(said))
        .reset_index()
    )


def summary(frame: pd.DataFrame) -> str:
    """The geometric means."""
    table = ratios(frame)
    ahead = table["times ahead"].dropna()
    behind = [
        f"{problem} {size}"
        for problem, size, times in table[["problem", "size", "times ahead"]].itertuples(
            index=False
        )
        if times < 1
    ]
    return (
        f"Ahead of the best peer of each row by {np.exp(np.log(ahead).mean()):.2f} in the "
        f"geometric mean over {len(ahead)} rows; "
        f"behind on {len(behind)}: {', '.join(behind) or 'none'}."
    )


def kept_in_bounds(frame: pd.DataFrame) -> str:
    """The figures of memory that are aimed at."""
    heaviest = (
        eager(frame)
        .set_index("problem")
        .filter(like="numbers", axis=0)
        .get("bytes a primitive, reverse", pd.Series(dtype=float))
        .max()
    )
    network = (
        memory(frame[frame["native"].notna()])
        .query("problem == 'tanh_mlp' and size == 256")
        .dropna(axis=1)
    )
    shares = [
        f"{name.split()[0]} {network[name].iloc[0]:.2f}"
        for name in network.filter(like=" over manual")
        if len(network)
    ]
    return (
        f"Memory: {heaviest:.0f} bytes a recorded operation on numbers at most (target "
        f"{BYTES_TARGET}); "
        "the large network, times the hand-written gradient's: "
        f"{', '.join(shares) or 'not measured'} (target {MEMORY_TARGET})."
    )


def _pivot(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    wide = frame.pivot(index=["problem", "size"], columns="contestant", values=value)
    order = frame.drop_duplicates(["problem", "size"]).set_index(["problem", "size"]).index
    return wide.reindex(order)[[name for name in frame["contestant"].unique() if name in wide]]


def _best(table: pd.DataFrame, names: Sequence[str]) -> Any:
    return table[[name for name in names if name in table]].min(axis=1)


def _calls(*numbers: float) -> str:
    if any(map(math.isnan, numbers)):
        return ""
    calls = break_even(*numbers)
    return "never" if math.isinf(calls) else f"{calls:.0f}"


def _places(frame: pd.DataFrame) -> Callable[[Any], str]:
    return lambda problems: ", ".join(
        f"{problem} {frame.loc[i, 'size']}" for i, problem in problems.items()
    )
