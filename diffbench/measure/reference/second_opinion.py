"""The reference held against plain f, before anything is judged by it.

A reference is computed from a recording of f, or from a formula that somebody wrote for f. Both may
be of another function than f. Differences of plain f see neither; they are less exact, and come
with an error bar.

    judge(f, x, operator)    the reference, with its contradiction if there is one;
                             where there is no other, the estimate itself, with its bars
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import mpmath
import numpy as np

from diffbench.differences.adaptive.estimates import Estimate, collected, estimate
from diffbench.differences.adaptive.survey import Survey
from diffbench.differences.evaluation import value_at
from diffbench.errors import DiffbenchError, Unsupported
from diffbench.interface import Array, Function, Operator
from diffbench.measure.reference.true_derivative import Reference, reference
from diffbench.program import record

Line = tuple[Array, Array]  # direction, and the reference along it
FEW = 8  # coordinates, of which each is looked at; of more, two lines across all of them
MOST_EVALUATIONS = 4000  # of f, where the estimate is all there is
EVALUATIONS_A_LINE = 30
# an estimate is off by more than so many of its error bars in no case that was met, and by more
# than this part of itself in none whose status is ok
BARS, PART = 10, 1e-3
SECOND_ORDER = (Operator.HESSIAN, Operator.HVP)


def judge(
    f: Function, x: Any, operator: str, direction: Any = None, *, folder: Path | None = None
) -> Reference:
    """The reference held against plain f; where f has none, an estimate on plain f. Raises
    Unsupported where neither can be had.
    """
    try:
        found = reference(f, x, operator, direction, folder=folder)
    except DiffbenchError as reason:
        return estimated(f, np.asarray(x), Operator(operator), direction, str(reason))
    return held_against_f(found, f, np.asarray(x), direction)


def held_against_f(found: Reference, f: Function, x: Array, direction: Any = None) -> Reference:
    """The reference with the sentence that says where plain f contradicts it, if it does."""
    with np.errstate(all="ignore"):
        try:
            doubt = next(_contradictions(found, f, x, direction), "")
        except (DiffbenchError, ArithmeticError, ValueError, TypeError):
            return found  # f does not bear being looked at: nothing is said against the reference
    return replace(found, contradiction=doubt) if doubt else found


def _contradictions(found: Reference, f: Function, x: Array, direction: Any) -> Iterator[str]:
    g = _weighed(found.operator, f, direction)
    for way, claimed in _lines(found, x, direction):
        seen = _along_line(g, x, way, 2 if found.operator in SECOND_ORDER else 1)
        gap = np.abs(seen.df - claimed)
        size = np.maximum(np.abs(seen.df), np.abs(claimed))
        beyond = (gap > np.maximum(BARS * seen.error, PART * size)) & _is_certain(seen)
        if np.any(beyond):
            at = tuple(np.argwhere(np.atleast_1d(beyond))[0])
            pick = partial(_entry, at=at)
            cause = _cause(found, f, x, direction, way * pick(seen.step))
            if cause:
                yield (
                    f"the reference ({found.method}) says {pick(claimed):.6g} and differences of "
                    f"plain f say {pick(seen.df):.6g} ± {pick(seen.error):.0e}{_along(way)}: {cause}"
                )


def _entry(values: Any, at: tuple[int, ...]) -> float:
    return float(np.atleast_1d(values)[at])


def _is_certain(seen: Estimate) -> Any:
    return np.asarray(seen.success) & np.isin(seen.status, ("ok", "noise-limited"))


def _weighed(operator: Operator, f: Function, direction: Any) -> Function:
    """What is differenced along a line: f, or its outputs weighed as a vjp weighs them."""
    if operator is not Operator.VJP:
        return f
    return lambda x: np.sum(np.asarray(direction) * f(x))


def _along_line(f: Function, x: Array, way: Array, order: int) -> Estimate:
    center = value_at(f, x)
    columns, nfev = Survey(f, x, center).along([(way, order)])
    return collected(columns, center.shape, nfev)


def _lines(found: Reference, x: Array, direction: Any) -> Iterator[Line]:
    """Directions, and what the reference says is the derivative of f along each: of second order,
    v H v.
    """
    value, n = found.value, x.size
    if found.operator is Operator.JVP:
        yield np.asarray(direction, x.dtype), value
        return
    if found.operator is Operator.HVP:
        if found.entries is None:
            way = np.asarray(direction, x.dtype)
            yield way, np.sum(value * way)
        return
    if found.operator is Operator.HESSIAN:
        if found.entries is None:
            for way in _directions(x, np.arange(n)):
                flat = way.ravel().astype(float)
                yield way, flat @ value.reshape(n, n) @ flat
        return
    entries = np.arange(n) if found.entries is None else found.entries
    columns = (
        value.reshape(*value.shape[: value.ndim - x.ndim], n) if found.entries is None else value
    )
    for way in _directions(x, entries):
        yield way, columns @ way.ravel()[entries].astype(float)


def _directions(x: Array, entries: Any) -> Iterator[Array]:
    """Along each of a few coordinates; of many, two lines that change each by its own size."""
    rng = np.random.default_rng(0)
    for k in range(len(entries) if len(entries) <= FEW else 2):
        way = np.zeros(x.size, x.dtype)
        if len(entries) <= FEW:
            way[entries[k]] = 1
        else:
            size = np.where(x == 0, 1, np.abs(x)).ravel()[entries]
            way[entries] = (
                size * rng.choice((-1, 1), len(entries)) * rng.uniform(0.5, 1, len(entries))
            )
        yield way.reshape(x.shape)


# ---------------------------------------------------------------- which evaluation differs


def _along(way: Array) -> str:
    moved = np.argwhere(way)
    if not way.ndim:
        return ""
    if len(moved) == 1:
        at = tuple(map(int, moved[0]))
        return f" in entry {at[0] if len(at) == 1 else at}"
    return " along a line across all coordinates"


def _cause(found: Reference, f: Function, x: Array, direction: Any, step: Array) -> str:
    """Which evaluation differs, as a sentence; none where only the rounding of plain f does, which
    a reference knows nothing of.
    """
    try:
        program = record(f, x)
    except DiffbenchError as error:
        return f"f can't be recorded ({error}), so that nothing else tells which of them errs"
    for where, point in (("at x", x), ("beside x", x + step), ("beside x", x - step)):
        plain, recorded = np.asarray(f(point.copy())), np.asarray(program(point))
        if not np.allclose(plain, recorded, rtol=1e-9, atol=1e-300, equal_nan=True):
            return (
                f"{where} plain f is {_short(plain)} and its recording {_short(recorded)}; "
                + _CAUSES[where]
            )
    return _cause_in_the_formula(found, f, x, direction) if found.method in FORMULAS else ""


def _cause_in_the_formula(found: Reference, f: Function, x: Array, direction: Any) -> str:
    """A formula that says something else than f's recording in high precision is of another
    function.
    """
    cause = "the formula is of another function"
    try:
        recorded = reference(partial(_without_formula, f), x, found.operator, direction)
    except DiffbenchError:
        return cause
    value, other = found.value, recorded.value
    if recorded.entries is not None:
        value = value.ravel()[recorded.entries] if value.ndim == x.ndim else other
    gap = np.linalg.norm(np.ravel(value - other))
    return cause if gap > PART * np.linalg.norm(np.ravel(other)) else ""


def _without_formula(f: Function, x: Any) -> Any:
    return f(x)


FORMULAS = ("exact formula", "given")
_CAUSES = {
    "at x": "a function is not followed as NumPy computes it",
    "beside x": "f depends on x through a branch, a comparison or something it remembers",
}


def _short(value: Array) -> str:
    return np.array2string(value, precision=6, threshold=6)


# ---------------------------------------------------------------- where there is nothing better


def estimated(f: Function, x: Array, operator: Operator, direction: Any, because: str) -> Reference:
    """Differences of plain f as the reference, with their error bars and the reason why there is no
    better one. Raises Unsupported where they are not sure of an entry.
    """
    lines = x.size ** (2 if operator is Operator.HESSIAN else 1)
    if lines * EVALUATIONS_A_LINE > MOST_EVALUATIONS and operator is not Operator.JVP:
        raise Unsupported(f"{because}; and differences along {lines} lines would take too long")
    try:
        with np.errstate(all="ignore"):
            seen = _ESTIMATORS[operator](f, x, direction)
    except (DiffbenchError, ArithmeticError) as error:
        raise Unsupported(f"{because}; nor by differences: {error}") from error
    if not np.all(_is_certain(seen)):
        raise Unsupported(f"{because}; nor by differences of plain f: {seen.message}")
    value = np.asarray(seen.df, dtype=float)
    return Reference(
        operator=operator,
        method="estimate on plain f",
        high=np.asarray(np.frompyfunc(mpmath.mpf, 1, 1)(value), dtype=object),
        digits=16,
        cond=np.nan,
        conds=np.full(value.shape, np.nan),
        entries=None,
        bars=np.broadcast_to(np.asarray(seen.error, dtype=float), value.shape),
        reason=because,
    )


def _first(f: Function, x: Array, direction: Any) -> Estimate:
    return estimate(f, x, operator="jacobian")


def _jvp(f: Function, x: Array, direction: Any) -> Estimate:
    return _along_line(f, x, np.asarray(direction, x.dtype), 1)


def _vjp(f: Function, x: Array, direction: Any) -> Estimate:
    return estimate(_weighed(Operator.VJP, f, direction), x, operator="gradient")


def _hessian(f: Function, x: Array, direction: Any) -> Estimate:
    return estimate(f, x, operator="hessian")


def _hvp(f: Function, x: Array, direction: Any) -> Estimate:
    whole, way = estimate(f, x, operator="hessian"), np.asarray(direction, dtype=float)
    return replace(
        whole,
        df=np.tensordot(whole.df, way, x.ndim),
        error=np.tensordot(whole.error, np.abs(way), x.ndim),
    )


_ESTIMATORS: dict[Operator, Callable[[Function, Array, Any], Estimate]] = {
    Operator.DERIVATIVE: _first,
    Operator.GRADIENT: _first,
    Operator.VALUE_AND_GRADIENT: _first,
    Operator.JACOBIAN: _first,
    Operator.JVP: _jvp,
    Operator.VJP: _vjp,
    Operator.HESSIAN: _hessian,
    Operator.HVP: _hvp,
}
