"""Recording: every primitive becomes an equation of a straight-line program, every decision on a
value a guard.
"""

import sys
from typing import Any

import numpy as np

from diffbench.arrays.capture.interception.escalation import as_written
from diffbench.arrays.capture.returned import result
from diffbench.arrays.decisions import is_complex, raises, succeeds
from diffbench.arrays.levels import (
    Level,
    catches,
    errors_are_set,
    errors_that_raise,
    require_no_jump_of,
    user_line,
)
from diffbench.arrays.traced import Traced, core, plain, trace
from diffbench.interface import Function
from diffbench.ir import AT_ONE_POINT, SCALAR, TRUTH, Builder, Primitive, Program, aval_of
from diffbench.rules.table import primitives


@as_written
def record(f: Function, *xs: Any) -> Program:
    """The Program of f at xs (any number of arrays). Loops are unrolled, branches guarded,
    constants captured as they are.
    """
    with Recorder() as recorder:
        points = tuple(x if type(x) is Traced else np.array(x)[()] for x in xs)
        returned = f(*map(recorder.input, points))
        parts = (
            tuple(result(y, recorder) for y in returned)
            if type(returned) is tuple
            else result(returned, recorder)
        )
        return recorder.program(getattr(f, "__name__", "f").replace("<lambda>", "f"), parts, points)


class Recorder(Level):
    """One recording. link: the variable that stands for the value."""

    __slots__ = ("asked_by", "builder", "emit", "inputs", "steps")
    records = True

    def __init__(self) -> None:
        self.asked_by = id(sys._getframe(1))  # the frame that is there while f runs
        self.builder = Builder()
        self.emit = self.builder.emit
        self.inputs: list[Traced] = []
        # what made which variable
        self.steps: dict[int, tuple[Primitive, tuple[Any, ...]]] = {}

    def input(self, x: Any) -> Traced:
        """An argument of the program."""
        self.inputs.append(trace(x, self, self.builder.input(aval_of(x))))
        return self.inputs[-1]

    def constant(self, value: Any) -> Traced:
        return self.note(primitives[np.copy], (value,), [value], {}, value)  # type: ignore[no-any-return]

    def note(
        self,
        primitive: Primitive,
        xs: tuple[Any, ...],
        primals: list[Any],
        params: dict[str, Any],
        y: Any,
    ) -> Any:
        args = self._atoms(xs)
        if type(y) is np.float64:
            traced: Any = trace(y, self, self.emit(primitive, args, SCALAR, params))
        elif isinstance(y, tuple):
            outputs = self.builder.emit_several(primitive, args, map(aval_of, y), params)
            traced = tuple(trace(part, self, var) for part, var in zip(y, outputs, strict=True))
        else:
            traced = trace(y, self, self.emit(primitive, args, aval_of(y), params))
        if primitive.steps:
            self.steps[traced.link.index] = primitive, xs
        if primitive.complex_by_value:
            results = traced if type(y) is tuple else (traced,)
            self.decided(is_complex, results, {}, any(map(np.iscomplexobj, map(core, results))))
        if primitive.may_raise or errors_are_set():
            self._came_through(primitive, xs, params, traced)
        return traced

    def _atoms(self, xs: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            [
                x.link
                if type(x) is Traced and x.level is self
                else x
                if type(x) is float
                else self.keep(x)
                for x in xs
            ]
        )

    def _came_through(
        self, primitive: Primitive, xs: tuple[Any, ...], params: dict[str, Any], y: Any
    ) -> None:
        """Guard that nothing was raised, where f could have caught it."""
        if primitive.may_raise and catches(self.asked_by):
            self.decided(succeeds, y if type(y) is tuple else (y,), {}, True)
        errors = errors_that_raise()
        if errors:
            self.decided(raises(primitive, FloatingPointError, errors), xs, params, False)

    def raised(
        self, primitive: Primitive, xs: tuple[Any, ...], params: dict[str, Any], error: Exception
    ) -> None:
        kind: Any = type(error)
        self.decided(raises(primitive, kind, errors_that_raise()), xs, params, True)

    def decided(
        self, primitive: Primitive, xs: tuple[Any, ...], params: dict[str, Any], answer: bool
    ) -> None:
        var = self.emit(primitive, self._atoms(xs), TRUTH, params)
        self.builder.guard(var, answer, user_line())

    def concrete(self, x: Traced, convert: Any) -> Any:
        value = convert(x.primal)
        self.builder.guard(x.link, value, user_line())
        return value

    def solved_here(self) -> None:
        for x in self.inputs:
            self.builder.guard(x.link, plain(x.primal), AT_ONE_POINT)
        self.inputs = []  # guarded once

    def is_step(self, x: Traced) -> bool:
        if x.link.index not in self.steps:
            return False
        primitive, xs = self.steps[x.link.index]
        varying = [i for i, operand in enumerate(xs) if type(operand) is Traced]
        # recorded, so that it is asked at every point
        require_no_jump_of(primitive, varying, x, xs)
        return True

    def program(self, name: str, y: Any, point: tuple[Any, ...]) -> Program:
        """What was recorded from the inputs to y, as a program."""
        return self.builder.program(name, self._atom(y), point)

    def _atom(self, y: Any) -> Any:
        if type(y) is tuple:
            return tuple(map(self._atom, y))
        return y.link if type(y) is Traced and y.level is self else y
