"""The answer in words: which method to take, why, and what to distrust.

Where differences agree with each other and contradict the methods that follow the code,
a branch or a loop hides how f depends on x: no tracing can see it.
"""

from collections.abc import Callable, Sequence

import numpy as np

from diffbench.bench.comparing.candidates import error, rounding
from diffbench.bench.comparing.recommendation import recommendation
from diffbench.bench.comparing.words import listed, shown
from diffbench.bench.rows.measured import Measured
from diffbench.interface import Array, Kind

DIGITS_LOST = (
    1e3  # error over (cond eps) above which arithmetic, not conditioning, has cost the digits
)


def verdict(measured: Sequence[Measured], calls: int | None = None) -> str:
    """Sentences: the disagreement first, if there is one, then the recommendation; digits that
    cancellation takes are looked for where the methods agree.
    """
    hidden = disagreement(measured)
    lost = "" if hidden else cancellation(measured)
    return " ".join(filter(None, (hidden, recommendation(measured, calls), lost)))


def disagreement(measured: Sequence[Measured]) -> str:
    """A sentence when differences agree with each other and contradict the methods that follow the
    code.
    """
    wrong = contradicted(measured)
    if not wrong:
        return ""
    claimed, seen = next(iter(wrong.values()))
    return (
        f"Differences contradict {listed([*wrong])}: {shown(seen)} against {shown(claimed)}. f "
        "depends on x through a branch or a loop's comparisons at this point, which no method that "
        "follows the code can see; trust the differences, or rewrite the branch."
    )


def contradicted(measured: Sequence[Measured]) -> dict[str, tuple[Array, Array]]:
    """The methods that follow the code and say something else than differences, which agree:
    {method: (its answer, theirs)}.
    """
    outside = answers(measured, lambda kind: kind is Kind.DIFFERENCE)
    inside = answers(measured, lambda kind: kind.follows_code)
    if len(outside) < 2 or not agree([*outside.values()], 1e-3):
        return {}
    seen = next(iter(outside.values()))
    return {
        name: (claimed, seen)
        for name, claimed in inside.items()
        if not agree([seen, claimed], 1e-2)
    }


def cancellation(measured: Sequence[Measured]) -> str:
    """A sentence when even the best answer has lost digits that the problem's conditioning does not
    take.
    """
    judged = [
        m for m in measured if follows_code(m) and m.error_norm is not None and m.cond is not None
    ]
    best = min(judged, key=error, default=None)
    if best is None or best.cond is None:
        return ""
    lost = error(best) / (max(1.0, best.cond) * rounding(best))
    if lost < DIGITS_LOST:
        return ""
    return (
        f"{best.method}, the most accurate that follows the code, loses {np.log10(lost):.0f} "
        "digits that the problem's condition "
        "does not take: terms cancel in f as it is written; rewrite the formula."
    )


def answers(measured: Sequence[Measured], asked: Callable[[Kind], bool]) -> dict[str, Array]:
    """What the methods of a kind answer, by name."""
    return {
        m.method: np.asarray(m.answer)
        for m in measured
        if m.kind and asked(m.kind) and m.answer is not None
    }


def follows_code(measured: Measured) -> bool:
    return measured.kind is not None and measured.kind.follows_code


def agree(values: Sequence[Array], tolerance: float) -> bool:
    """Whether all are the same up to a relative tolerance in the norm; NaN agrees with nothing."""
    scale = max(float(np.linalg.norm(v.ravel())) for v in values)
    return all(float(np.linalg.norm((v - values[0]).ravel())) <= tolerance * scale for v in values)
