"""The method `compiled`: record, differentiate, simplify, generate code; then answer by that code.

    prepare(f, x, operator)  ->  answer(x)          one program for each shape and dtype, and for each pattern of branches:
                                   |  a guard fails at x
                                   +-> the program recorded for that outcome of the guard, or a new recording

A prepared answer is never stale: each program checks at every call that it holds, and what it can't answer (an overflow that Python
raises, a NaN that a strong zero would have stopped, ever new branches) the method `reverse` answers.
"""

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from diffbench.arrays.levels import resting_collector
from diffbench.arrays.recorder import Var
from diffbench.arrays.traced import Traced
from diffbench.differentiators.reverse import Reverse
from diffbench.differentiators.routes import Native, Promoted, at_once, by_route, in_python
from diffbench.interface import Function, Operator
from diffbench.operators import Answer, as_point, resolve
from diffbench.program import Program, differentiate, record
from diffbench.program.simplify import freeze, simplify
from diffbench.registry import register

MOST_PROGRAMS = 64  # kept for one prepared answer; a function that branches anew at every call is better left to the tape
MOST_ROWS = 32  # of a Jacobian computed in one program; with more, rows or columns are asked for one by one


class Compiled:
    """Staged programs: recording pays once, generated Python and NumPy answers from then on."""

    name = "compiled"
    traces = True  # what overflows inside is tried again in a wider range, as in the other modes

    def __init__(self, native: Native = "auto") -> None:
        self.native = native  # "auto": C where there is a compiler and everything can be written in it; True: or else Unsupported

    def prepare(self, f: Function, x: Any, operator: str) -> Answer:
        """A callable of (x) or (x, direction), compiled at x and right everywhere; `.route` names the code behind it."""
        return _prepared(f, x, Operator(operator), self.native)

    def derivative(self, f: Function, x: Any) -> Any:
        """f'(x) of a function R -> R."""
        return _once(f, x, Operator.DERIVATIVE)

    def gradient(self, f: Function, x: Any) -> Any:
        """The gradient of f(x) of shape (), in x's shape."""
        return _once(f, x, Operator.GRADIENT)

    def value_and_gradient(self, f: Function, x: Any) -> Any:
        """(f(x), gradient)."""
        return _once(f, x, Operator.VALUE_AND_GRADIENT)

    def jacobian(self, f: Function, x: Any) -> Any:
        """J, shape f(x).shape + x.shape."""
        return _once(f, x, Operator.JACOBIAN)

    def hessian(self, f: Function, x: Any) -> Any:
        """H, shape x.shape + x.shape."""
        return _once(f, x, Operator.HESSIAN)

    def jvp(self, f: Function, x: Any, x_dot: Any) -> Any:
        """(f(x), J x_dot)."""
        return _once(f, x, Operator.JVP, x_dot)

    def vjp(self, f: Function, x: Any, y_bar: Any) -> Any:
        """(f(x), J^T y_bar)."""
        return _once(f, x, Operator.VJP, y_bar)

    def hvp(self, f: Function, x: Any, x_dot: Any) -> Any:
        """H x_dot of f(x) of shape ()."""
        return _once(f, x, Operator.HVP, x_dot)

    def operations(self, f: Function, x: Any, operator: str) -> int:
        """Scalar operations of one answer at x. (A recording of the answer would see the tape, which answers traced points.)"""
        return int(simplify(_DERIVE[Operator(operator)](record(f, as_point(x)))).operations().total())


def _prepared(f: Function, x: Any, operator: Operator, native: Native) -> Answer:
    x = as_point(x)
    if type(x) is Traced:
        return by_route("eager", partial(resolve(Reverse(), operator), f))
    return Prepared(f, operator, native).at(x)


def _once(f: Function, x: Any, operator: Operator, *direction: Any) -> Any:
    return _prepared(f, x, operator, False)(x, *direction)


class Prepared:
    """The programs of one function and one operator."""

    def __init__(self, f: Function, operator: Operator, native: Native) -> None:
        self.f = f
        self.operator = operator
        self.native = native
        self.eager = by_route("eager", partial(resolve(Reverse(), operator), f))
        self.answers: dict[Any, Answer] = {}  # by shape and dtype
        self.count = 0

    def at(self, x: Any) -> Answer:
        """The answer for points like x: generated code, or the tape where the function does not vary."""
        answer = self.answers.get((x.shape, x.dtype))
        if answer is None:
            with resting_collector():
                answer = self.answers[x.shape, x.dtype] = self._compiled(x)
        return answer

    def _compiled(self, x: Any) -> Answer:
        program = record(self.f, x)
        self.count += 1
        if type(program.output) is not Var or program.output.index not in differentiate.reached(program):
            return self.eager
        derive = _DERIVE[self.operator]
        if self.operator in _BY_ROWS and _rows(self.operator, program) > MOST_ROWS:
            return self._one_by_one(program, x)
        return self._branch(simplify(derive(program)))

    def _branch(self, program: Program) -> Answer:
        """The code of a program, the first one native; its guards lead on to other programs."""
        guard_failed = partial(self._guard_failed, {})
        compiled = partial(at_once, program, self.native, str(self.operator), self._otherwise, guard_failed)
        if self.count == 1 or not self.native:
            return compiled()
        return Promoted(in_python(program, str(self.operator), self._otherwise, guard_failed), compiled)

    def _one_by_one(self, program: Program, x: Any) -> Answer:
        """A large Jacobian row by row or column by column, whichever are fewer; a large Hessian column by column."""
        if self.operator is Operator.HESSIAN:
            column = Prepared(self.f, Operator.HVP, self.native).at(x)
            pairs = SimpleNamespace(name="compiled", jvp=lambda f, x, x_dot: (None, column(x, x_dot)))
        elif program.output.size < x.size:
            column = Prepared(self.f, Operator.VJP, self.native).at(x)
            pairs = SimpleNamespace(name="compiled", vjp=partial(_ignoring_f, column))
        else:
            column = Prepared(self.f, Operator.JVP, self.native).at(x)
            pairs = SimpleNamespace(name="compiled", jvp=partial(_ignoring_f, column))
        return by_route(column.route, partial(resolve(pairs, Operator.JACOBIAN), self.f))  # type: ignore[attr-defined]

    def _guard_failed(self, successors: dict[Any, Answer], k: int, value: Any, *xs: Any) -> Any:
        """The answer by the program for this outcome of guard k; recorded for the next call if it is new."""
        key = (k, freeze(value))
        if key in successors:
            return successors[key](*xs)
        if self.count < MOST_PROGRAMS:
            successors[key] = self._compiled(np.asarray(xs[0]))
        return self.eager(*xs)

    def _otherwise(self, x: Any, *direction: Any) -> Any:
        """The answer at a point of another kind, or one that the generated code could not compute."""
        x = as_point(x)
        xs = (x, *(np.asarray(d, dtype=x.dtype) for d in direction))
        if type(x) is Traced or (x.shape, x.dtype) in self.answers:
            return self.eager(*xs)
        return self.at(x)(*xs)


def _gradient(program: Program) -> Program:
    return differentiate.part(differentiate.value_and_gradient(program), 1)


def _derivative(program: Program) -> Program:
    return differentiate.part(differentiate.derivative(program), 1)


def _hessian(program: Program) -> Program:
    return differentiate.jacobian_rows(simplify(_gradient(program)))


_DERIVE: dict[Operator, Callable[[Program], Program]] = {
    Operator.DERIVATIVE: _derivative,
    Operator.GRADIENT: _gradient,
    Operator.VALUE_AND_GRADIENT: differentiate.value_and_gradient,
    Operator.JACOBIAN: differentiate.jacobian_rows,
    Operator.HESSIAN: _hessian,
    Operator.JVP: differentiate.jvp,
    Operator.VJP: differentiate.vjp,
    Operator.HVP: differentiate.hvp,
}
_BY_ROWS = (Operator.JACOBIAN, Operator.HESSIAN)


def _rows(operator: Operator, program: Program) -> int:
    return (program.output if operator is Operator.JACOBIAN else program.inputs[0]).size


def _ignoring_f(answer: Answer, f: Function, x: Any, direction: Any) -> Any:
    return answer(x, direction)


register("differentiators", "compiled", Compiled())
