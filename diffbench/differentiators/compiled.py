"""The method `compiled`: record, differentiate, simplify, generate code; then answer by that code.

    prepare(f, x, operator)  ->  answer(x)          one program for each shape and dtype, and for each pattern of branches:
                                   |  a guard fails at x
                                   +-> the program recorded for that outcome of the guard, or a new recording

f may take further arguments that do not vary, numbers and arrays of them: they are inputs of the
programs, so that an answer serves other data as they come.

A prepared answer is never stale: each program checks at every call that it holds, and what it can't
answer (an overflow that Python raises, a NaN that a strong zero would have stopped, ever new
branches) the method `reverse` answers.
"""

from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import Any

import numpy as np

from diffbench.arrays.capture.application import as_operand
from diffbench.arrays.levels import resting_collector
from diffbench.arrays.traced import Traced, core
from diffbench.asking.checks.checked import answer_at, as_point, require_shapes
from diffbench.asking.derivations import Answer, resolve
from diffbench.asking.sparse import pattern_of
from diffbench.differentiators.compiling import matrices
from diffbench.differentiators.compiling.many_points import ManyPoints
from diffbench.differentiators.compiling.routes import Native, Promoted, at_once, eager, in_python
from diffbench.differentiators.reverse import Reverse
from diffbench.errors import BadInput, Unsupported
from diffbench.interface import Function, Kind, Look, Operator
from diffbench.ir import Guard, Program, Var, freeze
from diffbench.program import record
from diffbench.program.derive import differentiate
from diffbench.program.derive.compression import (
    Compression,
    by_fewest,
    compressed,
    directions,
    every_direction,
    of_hessian,
)
from diffbench.program.native import MOST_THREADS
from diffbench.program.passes.pipelines import Pipelines, pipelines
from diffbench.program.read.counts import count_operations
from diffbench.registry import register

# kept for one prepared answer; a function that branches anew at every call is better left to the
# tape
MOST_PROGRAMS = 64


class Compiled:
    """Staged programs: recording pays once, generated Python and NumPy answers from then on.

    >>> import numpy as np
    >>> answer = Compiled(native=False).prepare(lambda x: np.sum(x**2), np.ones(2), "gradient")
    >>> answer.route, answer(np.array([1.0, 3.0]))
    ('numpy', array([2., 6.]))
    """

    name = "compiled"
    takes_numbers = True  # prepares f(x, *numbers), of which x varies
    refuses = True  # its prepared answers are checked by the code itself, and by the tape behind it
    kind = Kind.TRACING
    look = Look("#00846c", "#39d5ab", "o")
    about = "reverse and forward mode of the recorded program, simplified and compiled"
    traces = True  # what overflows inside is tried again in a wider range, as in the other modes

    def __init__(
        self,
        native: Native = "auto",
        sparsity: Any = None,
        threads: int = 1,
        passes: Iterable[str] | Pipelines | None = None,
    ) -> None:
        # "auto": C where there is a compiler and everything can be written in it; True: or else
        # Unsupported
        self.native = native
        if type(threads) is not int or not 1 <= threads <= MOST_THREADS:
            raise BadInput(
                f"threads={threads!r} is not a number of threads; pass a whole number from 1 to "
                f"{MOST_THREADS}"
            )
        # at most, in native code, where there is enough to do; the answer's `.threads` says how
        # many there are
        self.threads = threads
        # a pattern or "detect": Jacobians and Hessians are scipy.sparse arrays, (f(x).size, x.size)
        self.sparsity = sparsity
        # the passes of the optimiser that run (program/passes/pipelines.py); by default all
        self.passes = passes if isinstance(passes, Pipelines) else pipelines(passes)

    def prepare(self, f: Function, x: Any, operator: str, *numbers: Any) -> Answer:
        """A callable of (x) or (x, direction), compiled at x and right everywhere; `.route` names
        the code behind it. With numbers it is called (x, *numbers[, direction]).
        """
        return _prepared(f, x, Operator(operator), self, *numbers)

    def many_points(self, f: Function, x: Any, operator: Operator, *numbers: Any) -> ManyPoints:
        """A callable of (x, *numbers[, direction]) with points along the first axis of x, in native
        code. Raises Unsupported where there is none.
        """
        if self.native is False or self.sparsity is not None:
            raise Unsupported("native code is switched off, or a sparse matrix is asked for")
        prepared = _prepared_by(self, f, operator)
        return ManyPoints(prepared.program_at, prepared.one, operator, as_point(x), numbers)

    def at_each_call(self, f: Function, operator: Operator) -> Answer:
        """The same by the tape, where data change too often to be compiled."""
        return _prepared_by(self, f, operator).eager

    def sparse(self, sparsity: Any) -> "Compiled":
        """This method with Jacobians and Hessians in scipy.sparse form."""
        return Compiled(self.native, sparsity, self.threads, self.passes)

    def derivative(self, f: Function, x: Any) -> Any:
        """f'(x) of a function R -> R."""
        return self._once(f, x, Operator.DERIVATIVE)

    def gradient(self, f: Function, x: Any) -> Any:
        """The gradient of f(x) of shape (), in x's shape."""
        return self._once(f, x, Operator.GRADIENT)

    def value_and_gradient(self, f: Function, x: Any) -> Any:
        """(f(x), gradient)."""
        return self._once(f, x, Operator.VALUE_AND_GRADIENT)

    def jacobian(self, f: Function, x: Any) -> Any:
        """J, shape f(x).shape + x.shape."""
        return self._once(f, x, Operator.JACOBIAN)

    def hessian(self, f: Function, x: Any) -> Any:
        """H, shape x.shape + x.shape."""
        return self._once(f, x, Operator.HESSIAN)

    def jvp(self, f: Function, x: Any, x_dot: Any) -> Any:
        """(f(x), J x_dot)."""
        return self._once(f, x, Operator.JVP, x_dot)

    def vjp(self, f: Function, x: Any, y_bar: Any) -> Any:
        """(f(x), J^T y_bar)."""
        return self._once(f, x, Operator.VJP, y_bar)

    def hvp(self, f: Function, x: Any, x_dot: Any) -> Any:
        """H x_dot of f(x) of shape ()."""
        return self._once(f, x, Operator.HVP, x_dot)

    def operations(self, f: Function, x: Any, operator: str) -> int:
        """Scalar operations of one answer at x. (A recording of the answer would see the tape,
        which answers traced points.)
        """
        wanted, program = Operator(operator), self.passes.derivation(record(f, as_point(x)))
        whole = matrices.matrix_program if self.sparsity is None else matrices.sparse_program
        with self.passes.at_work():
            derived = (
                whole(wanted, program, self.passes)
                if wanted in _MATRICES
                else _derived(wanted, program, self.passes)
            )
        return count_operations(self.passes.simplification(derived).equations).total()

    def _once(self, f: Function, x: Any, operator: Operator, *direction: Any) -> Any:
        return _prepared(f, x, operator, Compiled(False, self.sparsity, 1, self.passes))(
            x, *direction
        )


def _prepared(f: Function, x: Any, operator: Operator, method: Compiled, *numbers: Any) -> Answer:
    x = as_point(x)
    if type(x) is Traced or any([type(number) is Traced for number in numbers]):
        tape = resolve(Reverse(), operator)
        return eager(_with_numbers(lambda f, x, *way: tape(f, x, *way), operator, f))
    return _prepared_by(method, f, operator).at(x, *numbers)


def _prepared_by(method: Compiled, f: Function, operator: Operator) -> "Prepared":
    sparsity = method.sparsity if operator in _MATRICES else None
    return Prepared(f, operator, method.native, sparsity, method.threads, method.passes)


class Prepared:
    """The programs of one function and one operator."""

    def __init__(
        self,
        f: Function,
        operator: Operator,
        native: Native,
        sparsity: Any,
        threads: int,
        passes: Pipelines,
    ) -> None:
        self.f = f
        self.passes = passes
        self.operator = operator
        self.native = native
        self.threads = threads
        self.sparsity = sparsity
        by_tape = (
            partial(answer_at, Reverse(), operator)
            if sparsity is None
            else partial(matrices.by_tape, operator, sparsity)
        )
        self.eager = eager(_with_numbers(by_tape, operator, f))
        self.answers: dict[Any, Answer] = {}  # by shape and dtype
        self.count = 0

    def at(self, *inputs: Any) -> Answer:
        """The answer for points (and further arguments) like these: generated code, or the tape
        where the function does not vary.
        """
        kinds = _kinds(inputs)
        answer = self.answers.get(kinds)
        if answer is None:
            with resting_collector(), self.passes.at_work():
                answer = self.answers[kinds] = self._compiled(*inputs)
        return answer

    def _compiled(self, x: Any, *numbers: Any) -> Answer:
        program, value = self._recorded(x, *numbers)
        self.count += 1
        if not np.isfinite(value).all() or not _varies(program) or program.is_of_one_point:
            return self.eager
        checked = differentiate.where_finite(program)
        if self.operator in _MATRICES:
            return self._matrix(checked, x, program.guards, numbers)
        return self._branch(
            self.passes.simplification(_derived(self.operator, checked, self.passes)),
            self._otherwise,
            partial(self._guard_failed, {}),
        )

    def one(self, *xs: Any) -> Any:
        """The answer at one point, by whatever code."""
        inputs, _ = _taken_apart(xs, self.operator)
        return self.at(*[np.asarray(value) for value in inputs])(*xs)

    def program_at(self, x: Any, *numbers: Any) -> Program | None:
        """The program of the answer at points like this one, matrices as one row; None where the
        function does not vary.
        """
        with self.passes.at_work():
            return self._program_at(np.asarray(x), *numbers)

    def _program_at(self, x: Any, *numbers: Any) -> Program | None:
        program, value = self._recorded(x, *numbers)
        if not np.isfinite(value).all() or not _varies(program):
            return None
        checked = differentiate.where_finite(program)
        if self.operator not in _MATRICES:
            return self.passes.simplification(_derived(self.operator, checked, self.passes))
        source = matrices.differentiated(self.operator, checked, self.passes)
        if min(source.output.size, source.inputs[0].size) > matrices.MOST_DIRECTIONS:
            raise Unsupported("the matrix has more directions than one program should hold")
        rows = differentiate.jacobian_entries(source) or differentiate.jacobian_rows(source)
        return self.passes.simplification(rows)

    def _recorded(self, *inputs: Any) -> tuple[Program, Any]:
        """The program of f at x, and f(x): where that is infinite, code could answer 0 for a
        derivative behind an overflow.
        """
        values = []

        @wraps(self.f, updated=())
        def noted(*inputs: Any) -> Any:
            values.append(as_operand(self.f(*inputs)))
            return values[-1]

        program = self.passes.derivation(record(noted, *inputs))
        return program, np.asarray(core(values[-1]))

    def _branch(
        self, program: Program, otherwise: Answer, guard_failed: Callable[..., Any]
    ) -> Answer:
        """The code of a program, the first one native; its guards lead on to other programs."""
        name, passes = str(self.operator), self.passes
        compiled = partial(
            at_once, program, self.native, name, otherwise, guard_failed, self.threads, passes
        )
        if self.count == 1 or not self.native:
            return compiled()
        return Promoted(in_python(program, name, otherwise, guard_failed, passes), compiled)

    def _matrix(
        self, program: Program, x: Any, branches: tuple[Guard, ...], numbers: tuple[Any, ...]
    ) -> Answer:
        """A Jacobian or Hessian: compressed, by rows, or direction by direction. `branches`: those
        of f, to which no overflow counts.
        """
        source = matrices.differentiated(self.operator, program, self.passes)
        compression = self._compression(source, x)
        if (compression.count if compression else source.output.size) > matrices.MOST_DIRECTIONS:
            return self._one_by_one(source.output, x, compression, branches, numbers)
        guard_failed = partial(self._guard_failed, {})
        if compression is None:
            return self._branch(
                self.passes.simplification(differentiate.jacobian_rows(source)),
                self._otherwise,
                guard_failed,
            )
        whole = matrices.elsewhere
        code = self._branch(
            self.passes.simplification(compressed(source, compression)),
            whole(self._otherwise),
            whole(guard_failed),
        )
        return matrices.ReadOff(
            code, self._reader(compression, (*source.output.shape, *x.shape), x.dtype)
        )

    def _compression(self, source: Program, x: Any) -> Compression | None:
        if self.sparsity is None:
            return matrices.worthwhile(self.operator, source)
        pattern = pattern_of(self.sparsity, lambda: source, x, (source.output.size, x.size))
        return of_hessian(pattern) if self.operator is Operator.HESSIAN else by_fewest(pattern)

    def _reader(
        self, compression: Compression, shape: tuple[int, ...], dtype: Any
    ) -> Callable[[Any], Any]:
        """What makes a matrix of x's dtype of the compressed one."""
        read = (
            partial(compression.dense, shape=shape) if self.sparsity is None else compression.sparse
        )
        return lambda compressed: read(compressed.astype(dtype, copy=False))

    def _one_by_one(
        self,
        y: Any,
        x: Any,
        compression: Compression | None,
        branches: tuple[Guard, ...],
        numbers: tuple[Any, ...],
    ) -> Answer:
        """A matrix of many directions, each pushed or pulled along any branch; a pattern that was
        detected holds on one branch only.
        """
        if branches and isinstance(self.sparsity, str):
            return self.eager
        if compression is None or (branches and self.sparsity is None):
            compression = every_direction(
                self.operator is Operator.HESSIAN or y.size >= x.size, (y.size, x.size)
            )
        operator = (
            Operator.HVP
            if self.operator is Operator.HESSIAN
            else Operator.JVP
            if compression.of_columns
            else Operator.VJP
        )
        product = Prepared(self.f, operator, self.native, None, self.threads, self.passes)
        along = directions(compression, x if compression.of_columns else y)
        return matrices.OneByOne(
            product.at(x, *numbers),
            x,
            self._otherwise,
            along,
            self._reader(compression, (*y.shape, *x.shape), x.dtype),
        )

    def _guard_failed(self, successors: dict[Any, Answer], k: int, value: Any, *xs: Any) -> Any:
        """The answer by the program for this outcome of guard k; recorded for the next call if it
        is new.
        """
        key = (k, freeze(value))
        if key in successors:
            return successors[key](*xs)
        if self.count < MOST_PROGRAMS:
            inputs, _ = _taken_apart(xs, self.operator)
            successors[key] = self._compiled(*[np.asarray(value) for value in inputs])
        return self.eager(*xs)

    def _otherwise(self, *xs: Any) -> Any:
        """The answer at a point of another kind, or one that the generated code could not
        compute.
        """
        (x, *numbers), direction = _taken_apart(xs, self.operator)
        x = as_point(x)
        require_shapes(self.operator, x, direction)
        along = [np.asarray(d, dtype=x.dtype) for d in direction]
        if type(x) is Traced or any([type(number) is Traced for number in numbers]):
            return self.eager(x, *numbers, *along)
        inputs = (x, *[np.asarray(number) for number in numbers])
        answer = self.eager if _kinds(inputs) in self.answers else self.at(*inputs)
        return answer(*inputs, *along)


def _kinds(inputs: tuple[Any, ...]) -> Any:
    """By which the programs of one answer are told."""
    return tuple([(np.shape(value), np.result_type(value)) for value in inputs])


def _taken_apart(xs: tuple[Any, ...], operator: Operator) -> tuple[tuple[Any, ...], Any]:
    """The inputs and the direction, if there is one, which comes last."""
    return (xs[:-1], xs[-1:]) if operator.takes_direction else (xs, ())


def _with_numbers(answer: Answer, operator: Operator, f: Function) -> Answer:
    """answer(f, x[, direction]) as one of (x, *numbers[, direction])."""

    def answered(*xs: Any) -> Any:
        (x, *numbers), direction = _taken_apart(xs, operator)
        if not numbers:
            return answer(f, x, *direction)
        return answer(wraps(f, updated=())(lambda x: f(x, *numbers)), x, *direction)

    return answered


def _varies(program: Program) -> bool:
    """Whether the result has entries that depend on entries of x."""
    y, x = program.output, program.inputs[0]
    return (
        type(y) is Var and y.size > 0 and x.size > 0 and y.index in differentiate.reached(program)
    )


def _derived(operator: Operator, program: Program, passes: Pipelines) -> Program:
    if operator is Operator.HVP:
        return differentiate.hvp(program, passes.simplification)
    return _DERIVE[operator](program)


def _gradient(program: Program) -> Program:
    return differentiate.part(differentiate.value_and_gradient(program), 1)


def _derivative(program: Program) -> Program:
    return differentiate.part(differentiate.derivative(program), 1)


_DERIVE: dict[Operator, Callable[[Program], Program]] = {
    Operator.DERIVATIVE: _derivative,
    Operator.GRADIENT: _gradient,
    Operator.VALUE_AND_GRADIENT: differentiate.value_and_gradient,
    Operator.JVP: differentiate.jvp,
    Operator.VJP: differentiate.vjp,
}
_MATRICES = (Operator.JACOBIAN, Operator.HESSIAN)


register("differentiators", "compiled", Compiled())
