"""What a run says, in five sentences at the top of its page, each with a link to its evidence.

A sentence is in words, so that another run of the same code says the same; beside it stand its
figures, shares with Wilson's 95 % interval. Nobody wins among what can't be told apart: answers
within a digit of the best are as accurate, costs whose intervals overlap are as cheap.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from diffbench.bench.rows.results import Status
from diffbench.interface import Kind
from diffbench.registry import namesake
from diffbench.report.reading import answered, plural, with_digits

ENDS = {
    Status.TIMEOUT: "ran out of time",
    Status.OUT_OF_MEMORY: "ran out of memory",
    Status.UNSUPPORTED: "can’t follow the program",
    Status.CRASHED: "crashed",
    Status.FAILED: "failed",
}
LINE = ["problem", "operator", "dtype", "size"]
APART = 1.2  # a preparation is measured once: only beyond a fifth are two of them different


@dataclass(frozen=True)
class Sentence:
    """What is said, its figures, and the section of the page that shows them."""

    text: str
    figures: str
    evidence: str


def verdicts(frame: pd.DataFrame) -> tuple[Sentence, ...]:
    """At most five sentences; one that the rows can't carry is left out."""
    digits = with_digits(frame[frame["status"] != Status.NOT_RUN])
    found = (say(digits) for say in (_accurate, _cheap, _symbolic, _differences, _contradicted))
    return tuple(sentence for sentence in found if sentence)


def _accurate(frame: pd.DataFrame) -> Sentence | None:
    """Who keeps the most digits, of those who answer most."""
    kept = {
        method: (int((rows["lost"] <= 1).sum()), len(rows))
        for method, rows in frame.groupby("method")
    }
    if not any(good for good, _ in kept.values()):
        return None
    best, level = _leader(kept)
    return Sentence(
        f"Most accurate: {best}, within a digit of full precision{_not_apart(level)}.",
        _share(*kept[best], "cell"),
        "glance",
    )


def _leader(counts: Mapping[str, tuple[int, int]]) -> tuple[str, list[str]]:
    """The method of the largest share (the first by name among equals), and those whose intervals
    overlap with its own.
    """
    best = min(counts, key=lambda method: (-counts[method][0] / counts[method][1], method))
    low, _ = _interval(*counts[best])
    return best, sorted(m for m in counts if m != best and _interval(*counts[m])[1] >= low)


def _share(count: int, of: int, noun: str) -> str:
    low, high = _interval(count, of)
    return f"{count} of {plural(of, noun)}, 95 % interval {low:.0%} to {high:.0%}"


def _interval(count: int, of: int) -> tuple[float, float]:
    found = binomtest(count, of).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)


def _not_apart(names: list[str]) -> str:
    return f"; {_listed(names)} can’t be told apart from it" if names else ""


def _listed(names: list[str]) -> str:
    if len(names) > 3:
        return f"{', '.join(names[:3])} and others"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _cheap(frame: pd.DataFrame) -> Sentence | None:
    """The cheapest within a digit of the most accurate, for one call, a thousand and very many."""
    usable = answered(frame).dropna(subset=["ratio", "digits", "evaluate_s"])
    lines = [rows for _, rows in usable.groupby(LINE) if rows["method"].nunique() > 1]
    if not lines:
        return None
    named = {
        calls: _most_often(_winners(lines, cost))
        for calls, cost in {"one call": _one, "1,000": _thousand, "very many": _many}.items()
    }
    text = "; ".join(f"for {calls} {words}" for calls, (words, _) in named.items())
    figures = "; ".join(f"{calls}: {share}" for calls, (_, share) in named.items())
    return Sentence(f"Cheapest within a digit of the best: {text}.", figures, "matrix")


Cost = Callable[[pd.DataFrame], tuple[pd.Series, pd.Series]]  # low and high bound, a row each


def _one(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    spent = rows["prepare_s"].fillna(0) + rows["first_s"].fillna(rows["evaluate_s"])
    return spent / APART**0.5, spent * APART**0.5


def _thousand(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    low, high = _one(rows)
    return low + 999 * _bound(rows, "low"), high + 999 * _bound(rows, "high")


def _many(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    return _bound(rows, "low"), _bound(rows, "high")


def _bound(rows: pd.DataFrame, end: str) -> pd.Series:
    found: pd.Series = rows[f"evaluate_{end}_s"].fillna(rows["evaluate_s"])
    return found


def _winners(lines: list[pd.DataFrame], cost: Cost) -> Iterator[list[str]]:
    """On each line those that are as accurate as the best and as cheap as the cheapest of them."""
    for rows in lines:
        good = rows[rows["digits"] >= rows["digits"].max() - 1]
        low, high = cost(good)
        yield good["method"][low <= high.min()].tolist()


def _most_often(winners: Iterable[list[str]]) -> tuple[str, str]:
    """Who is among the cheapest most often, and on how many lines."""
    every = list(winners)
    counts = Counter(method for line in every for method in line)
    best, level = _leader({method: (n, len(every)) for method, n in counts.items()})
    words = f"{best} (level with {_listed(level)})" if level else best
    return words, _share(counts[best], len(every), "line")


def _symbolic(frame: pd.DataFrame) -> Sentence | None:
    """Where formulas stop being possible, and why."""
    rows = frame[frame["method"].map(_kind) == Kind.SYMBOLIC]
    if rows.empty:
        return None
    answering = rows.groupby(["problem", "operator", "size"])["digits"].count() > 0
    ended = rows[rows["status"].isin(ENDS)]
    lines = f"{answering.sum()} of {plural(len(answering), 'line')} answered by some form"
    if ended.empty:
        return Sentence("Symbolic differentiation answered everything.", lines, "matrix")
    reasons = ended["status"].map(ENDS).value_counts()
    return Sentence(
        f"Symbolic differentiation ends where it {' or '.join(sorted(reasons.index))}.",
        f"{lines}; {', '.join(f'{reason}: {n}' for reason, n in sorted(reasons.items()))}",
        "ledger",
    )


def _kind(method: str) -> Any:
    return getattr(namesake("differentiators", method), "kind", None)


def _differences(frame: pd.DataFrame) -> Sentence | None:
    """The digits that differences cost: median and quartiles."""
    rows = answered(frame[frame["method"].map(_kind) == Kind.DIFFERENCE]).dropna(subset=["lost"])
    if rows.empty:
        return None
    lost = rows.groupby("method")["lost"].quantile([0.25, 0.5, 0.75]).unstack()
    lost = lost.sort_values(0.5)
    told = ", ".join(f"{method} {line[0.5]:.0f}" for method, line in lost.iterrows())
    spread = ", ".join(f"{m} {line[0.25]:.1f} to {line[0.75]:.1f}" for m, line in lost.iterrows())
    return Sentence(
        f"Digits that differences cost: {told}.", f"medians; quartiles {spread}", "glance"
    )


def _contradicted(frame: pd.DataFrame) -> Sentence | None:
    """Where an answer contradicts the reference."""
    wrong = frame[frame["status"].isin([Status.INACCURATE, Status.CONTRADICTED])]
    answers = plural(int(np.isfinite(frame["lost"]).sum()), "answer")
    if wrong.empty:
        return Sentence("No answer contradicts the reference.", answers, "ledger")
    exact = wrong[wrong["method"].map(_kind) != Kind.DIFFERENCE]
    said = "differences" if exact.empty else _listed(sorted(set(exact["method"])))
    where = _listed(sorted(set((wrong if exact.empty else exact)["problem"])))
    return Sentence(
        f"Wrong beyond their tolerance: {said}, on {where}.", f"{len(wrong)} of {answers}", "ledger"
    )
