"""The independent ways to a true derivative, each a function of the point and of the precision.

A truth is (x in mpmath numbers, bits) -> the derivative in balls. `ways` lists those a function
has, best first, together with the
entries they give: where every entry would take too long, a seeded sample of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import mpmath
import numpy as np
from flint import arb
from mpmath import mp
from numpy.typing import NDArray

from diffbench.errors import Unsupported
from diffbench.interface import Array, Function, Operator
from diffbench.ir import Program
from diffbench.measure.reference.derivatives import Entries, assemble, lines_per_entry
from diffbench.measure.reference.numbers.arithmetics import Objects, elementwise, objects
from diffbench.measure.reference.numbers.series import precision
from diffbench.measure.reference.taylor import by_balls, by_differences
from diffbench.program import record

Truth = Callable[[Objects, int], Objects]

# scalar operations a reference may take before entries are sampled: about a second with its
# condition number
OPERATIONS = 60_000
FEWEST_ENTRIES = 4
HEAVY_LINE = 100_000  # from here on two entries must do, and the condition number is not asked for
HEAVIEST_LINE = 3_500_000  # most of a minute
# flint multiplies whole matrices: a product of two entries costs that much less than an elementwise
# function of one
MATMUL_GAIN = 500
# of |x|: how far a branch must hold, on one side at least, to be the function's own there
NUDGE = 2.0**-44

SAME_NUMBERS = {  # the formulas that hold an operator's entries, in the order they are looked for
    Operator.DERIVATIVE: (Operator.DERIVATIVE, Operator.GRADIENT, Operator.JACOBIAN),
    Operator.GRADIENT: (Operator.GRADIENT, Operator.DERIVATIVE, Operator.JACOBIAN),
    Operator.VALUE_AND_GRADIENT: (Operator.GRADIENT, Operator.DERIVATIVE, Operator.JACOBIAN),
    Operator.JACOBIAN: (Operator.JACOBIAN, Operator.GRADIENT, Operator.DERIVATIVE),
    Operator.JVP: (Operator.JACOBIAN, Operator.GRADIENT, Operator.DERIVATIVE),
    Operator.VJP: (Operator.JACOBIAN, Operator.GRADIENT, Operator.DERIVATIVE),
    Operator.HESSIAN: (Operator.HESSIAN,),
    Operator.HVP: (Operator.HESSIAN,),
}


@dataclass(frozen=True)
class Way:
    """One way to the truth, and the entries it gives (None: all)."""

    method: str
    truth: Truth
    entries: Entries | None
    conditioned: bool = True  # whether the condition number can be afforded


def ways(
    f: Function, program: Program, x: Array, operator: Operator, direction: Any
) -> Iterator[Way]:
    """The ways that may lead to the derivative of f at x, best first; a way may still turn out to
    be closed when it is tried.
    """
    yield from written(f, operator, direction)
    entries, light = _sample(program, operator, x), scalar_operations(program) <= HEAVY_LINE
    if _holds_on_a_side(program, x):
        yield Way(
            "ball series",
            partial(_by_lines, partial(by_balls, program), operator, direction, entries),
            entries,
            light,
        )
    yield Way(
        "mpmath differences",
        partial(_by_lines, partial(_across, f, program, x), operator, direction, entries),
        entries,
        light,
    )


def written(f: Function, operator: Operator, direction: Any) -> Iterator[Way]:
    """The way by a formula that the problem's author wrote, if there is one."""
    formulas = getattr(f, "exact", {})
    formula = next((formulas[name] for name in SAME_NUMBERS[operator] if name in formulas), None)
    if formula is not None:
        yield Way("exact formula", partial(_by_formula, formula, operator, direction), None)


def at_entries(
    derivative: NDArray[Any], like: tuple[int, ...], entries: Entries | None
) -> NDArray[Any]:
    """The sampled entries of a whole derivative, in the shape `like` that the sample has: flat
    positions, or columns after the rows.
    """
    return (
        derivative.reshape(like)
        if entries is None
        else derivative.reshape(*like[:-1], -1)[..., entries]
    )


def _by_formula(
    formula: Function, operator: Operator, direction: Any, x: Objects, bits: int
) -> Objects:
    """A formula, given a number for a scalar, carries no error bound; its change from `bits` to
    half as many again is taken for one.
    """
    results = []
    for working in (bits, bits + bits // 2):
        with mp.workprec(working):
            value = objects(formula(x if x.shape else x[()], mp=mpmath))
            results.append(elementwise(mpmath.mpf, _contracted(operator, value, direction, x.ndim)))
    with precision(2 * bits, 0):
        return elementwise(lambda rough, fine: arb(fine, abs(fine - rough)), *results)


def _contracted(operator: Operator, derivative: Objects, direction: Any, x_ndim: int) -> Objects:
    if operator in (Operator.JVP, Operator.HVP):
        return np.tensordot(
            derivative, np.asarray(direction, dtype=float).astype(object), axes=x_ndim
        )
    if operator is Operator.VJP:
        return np.tensordot(
            np.asarray(direction, dtype=float).astype(object), derivative, axes=np.ndim(direction)
        )
    return derivative


def _by_lines(
    taylor: Callable[..., Objects],
    operator: Operator,
    direction: Any,
    entries: Entries | None,
    x: Objects,
    bits: int,
) -> Objects:
    with precision(2 * bits, 0):  # for the sums and differences of coefficients
        return assemble(
            operator, lambda v, order: taylor(x, v, order, bits), x.shape, direction, entries
        )


# ---- branches
# ------------------------------------------------------------------------------------------------------------------------


def _nudge(x: Array, v: Any) -> Array:
    largest = np.max(np.abs(x), initial=0.0) or 1.0
    return np.asarray(NUDGE * np.where(x == 0, largest, np.abs(x)) * np.asarray(v, dtype=float))


def _holds_on_a_side(program: Program, x: Array) -> bool:
    """Whether the branch taken at x is taken next to it too; on neither side of an `if x == 0`, nor
    of a bisection's last step.
    """
    step = _nudge(x, np.random.default_rng(0).choice([-1.0, 1.0], size=x.shape))
    return not program.guards or program.holds_at(x + step) or program.holds_at(x - step)


def _across(
    f: Function, program: Program, point: Array, x: Objects, v: Objects, order: int, bits: int
) -> Objects:
    """Differences along v between the branches taken on the two sides of the point."""
    before, after = (_branch(f, program, point + sign * _nudge(point, v)) for sign in (-1, 1))
    return by_differences(before, after, x, v, order, bits)


def _branch(f: Function, program: Program, x: Array) -> Program:
    return program if not program.guards or program.holds_at(x) else record(f, x)


# ---- which entries
# -------------------------------------------------------------------------------------------------------------------


def _sample(program: Program, operator: Operator, x: Array) -> Entries | None:
    """The entries that can be had within the budget: None for all, else a seeded sample. Raises
    Unsupported beyond HEAVIEST_LINE.
    """
    work = scalar_operations(program)
    if work > HEAVIEST_LINE:
        raise Unsupported(
            f"{program.name} takes {work:.1e} scalar operations, more than the {HEAVIEST_LINE:.0e} "
            "that extended precision is given"
            " for a line; use a smaller size, or give the problem an exact formula"
        )
    total = x.size**2 if operator is Operator.HESSIAN else x.size
    fewest = FEWEST_ENTRIES if work <= HEAVY_LINE else FEWEST_ENTRIES // 2
    affordable = max(fewest, OPERATIONS // max(1, work * lines_per_entry(operator)))
    if operator is Operator.JVP or total <= affordable:
        return None
    return np.sort(np.random.default_rng(x.size).choice(total, size=affordable, replace=False))


def scalar_operations(program: Program) -> int:
    """Operations on single numbers that one evaluation takes, to the order of magnitude."""
    return sum(_work(equation) for equation in program.equations)


def _work(equation: Any) -> int:
    outputs = equation.outputs
    made = sum(int(np.prod(var.shape)) for var in outputs)
    operand: tuple[int, ...] = np.shape(equation.args[0]) if equation.args else ()
    if equation.primitive.name.startswith("linalg."):
        return int(np.prod(operand)) * operand[-1]
    if equation.primitive.name == "matmul":
        return made + int(np.prod(operand)) // 8 + made * operand[-1] // MATMUL_GAIN
    return (
        int(np.prod(operand))
        if equation.primitive.name in ("sum", "mean", "prod", "max", "min", "cumsum")
        else made
    )
