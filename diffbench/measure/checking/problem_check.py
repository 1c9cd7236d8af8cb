"""Whether a problem is fit to measure methods on: its point, its value, its derivative written by
hand, and a truth to hold them against. diffbench's own suite and other people's go through it.
"""

from collections.abc import Callable, Iterator

import numpy as np

from diffbench.errors import DiffbenchError
from diffbench.interface import Array, Instance, Operator, Problem
from diffbench.measure.error.accuracy import errors
from diffbench.measure.error.tolerance import Promise, faults_let_pass, few_digits
from diffbench.measure.reference.second_opinion import judge
from diffbench.measure.reference.true_derivative import Reference

WITHOUT_DIRECTION = (Operator.DERIVATIVE, Operator.GRADIENT, Operator.JACOBIAN, Operator.HESSIAN)


def check_problem(problem: Problem, size: int | None = None) -> list[str]:
    """What is wrong with a problem at a size (its first), a sentence a fault; empty when all is
    well.
    """
    where = f"problem {problem.name} at size {size or problem.sizes[0]}"
    instance = problem.at(size or problem.sizes[0])
    found = [f"{where} {fault}" for looked in LOOKS for fault in looked(instance)]
    return found or [f"{where} {fault}" for fault in _truth(instance)]


def _words(instance: Instance) -> Iterator[str]:
    if not (instance.problem.function.__doc__ or "").strip():
        yield "does not say what is hard about it; give its function a docstring"
    if not instance.problem.source:
        yield "does not say where it comes from; give source="


def _numbers(instance: Instance) -> Iterator[str]:
    if not np.isfinite(instance.point).all():
        yield f"has the point {instance.point}; give a finite one"
        return
    value = np.asarray(instance(instance.point))
    if not np.array_equal(value, instance(instance.point), equal_nan=True):
        yield "has another value at the second call; draw its data in data=, not in the function"
    scalar = (Operator.GRADIENT, Operator.DERIVATIVE, Operator.HESSIAN)
    if instance.problem.operator in scalar and value.size != 1:
        yield f"asks for a {instance.problem.operator} of a value of shape {value.shape}"


def _same_seed(instance: Instance) -> Iterator[str]:
    again = instance.problem.at(instance.size)
    if not np.array_equal(again.point, instance.point):
        yield "has another point for the same seed; draw from the rng that it is given"


LOOKS: tuple[Callable[[Instance], Iterator[str]], ...] = (_words, _numbers, _same_seed)


def _truth(instance: Instance) -> Iterator[str]:
    operator = instance.problem.operator
    if operator not in WITHOUT_DIRECTION:
        return
    try:
        reference = judge(instance, instance.point, operator)
    except DiffbenchError as reason:
        if operator not in instance.manual:
            yield f"has no truth, nor a derivative by hand: {reason}"
        return
    if reference.contradiction:
        yield f"contradicts its reference: {reference.contradiction}"
    elif operator in instance.manual:
        yield from _by_hand(np.asarray(instance.manual[operator](instance.point)), reference)


def _by_hand(answer: Array, reference: Reference) -> Iterator[str]:
    found = errors(answer, reference)
    if found.norm > few_digits(found.eps):
        yield f"has a derivative by hand that is off by {found.norm:.1e} in the norm"
    off = found.component > faults_let_pass(reference, found.eps, Promise.ENTRIES)
    if np.any(off):
        entry = tuple(map(int, np.argwhere(off)[0]))
        yield f"has a derivative by hand whose entry {entry} is off by {found.component[entry]:.1e}"
