"""Everything a plug-in touches: what an operator is, what a differentiator supplies, what a problem
is.

An *operator* is a question (the gradient of f at x, its Jacobian, ...). A *differentiator* is a
method that answers at least one of them; `diffbench.asking.operators` derives the others. A
*problem* is a function in plain NumPy with a way to draw points and data for it.
"""

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from diffbench.errors import BadInput
from diffbench.registry import register
from diffbench.vocabulary import Kind as Kind
from diffbench.vocabulary import Operator as Operator

Array = NDArray[Any]
Function = Callable[..., Any]  # f(x) or f(x, xp=np): an array in, an array out


@dataclass(frozen=True)
class Look:
    """How a method is drawn everywhere: its colour on light and on dark paper, Matplotlib's marker
    and line style. What is dashed has hollow markers: other packages.
    """

    colour: str
    dark: str
    marker: str
    line: Literal["-", "--"] = "-"

    @property
    def face(self) -> str:
        """The colour inside a marker."""
        return self.colour if self.line == "-" else "none"


@runtime_checkable
class Differentiator(Protocol):
    """A method: its registered name, and at least one function named as an `Operator`, called (f,
    x) or (f, x, direction).

    `jacobian`, `jvp` or `vjp` is enough: `diffbench.asking.operators` derives the rest. A method
    that can pay once for many points also has `prepare(f, x, operator) -> callable of (x) or (x,
    direction)`. What it can't do it refuses by raising `Unsupported`.

    It may say what it is: `kind: Kind`, `look: Look`, and `about`, a line of words. Without a kind
    the verdict does not reason about it, without a look it is grey.
    """

    name: str


@dataclass(frozen=True)
class JacobianMethod:
    """The smallest differentiator: one function that returns the Jacobian, shape f(x).shape +
    x.shape.
    """

    name: str
    jacobian: Callable[[Function, Array], Array]
    kind: Kind | None = None
    look: Look | None = None

    @property
    def about(self) -> str:
        """The first sentence of the function's docstring."""
        return (inspect.getdoc(self.jacobian) or "").partition("\n\n")[0].replace("\n", " ")


def differentiator(
    name: str, *, kind: str | None = None, look: Look | None = None
) -> Callable[[Callable[[Function, Array], Array]], JacobianMethod]:
    """Register a function (f, x) -> Jacobian of shape f(x).shape + x.shape as the method `name`."""

    def wrap(jacobian: Callable[[Function, Array], Array]) -> JacobianMethod:
        method = JacobianMethod(name, jacobian, None if kind is None else Kind(kind), look)
        register("differentiators", name, method)
        return method

    return wrap


@dataclass(frozen=True)
class Problem:
    """A function in plain NumPy, the sizes it is measured at, and how its points and data are
    drawn.

    function(x, *data, xp=np); point(n, rng) -> x; data(n, rng) -> tuple of further arguments.
    """

    name: str
    function: Function
    point: Callable[[int, np.random.Generator], Any]
    sizes: tuple[int, ...] = (1,)
    operator: Operator = Operator.GRADIENT
    data: Callable[[int, np.random.Generator], Sequence[Any]] = lambda n, rng: ()
    source: str = ""
    tags: frozenset[str] = frozenset()
    plain_form: Function | None = field(default=None, compare=False)
    hand_written: dict[Operator, Function] = field(default_factory=dict, compare=False)
    exact_formulas: dict[Operator, Function] = field(default_factory=dict, compare=False)

    def __call__(self, x: Any, *data: Any, **xp: Any) -> Any:
        """f(x), or f(x, xp=jax.numpy). Without xp the function's own default stands: the NumPy that
        its module holds, which a trace may exchange.
        """
        return self.function(x, *data, **xp)

    def at(self, size: int, *, seed: int = 0, dtype: Any = np.float64) -> "Instance":
        """The problem at one size: a function of x alone, with its point. The same seed gives the
        same point and data.
        """
        rng = np.random.default_rng([seed, size])
        x = np.asarray(self.point(size, rng), dtype=dtype)
        return Instance(self, size, x, tuple(_cast(value, dtype) for value in self.data(size, rng)))

    def plain(self, function: Function) -> Function:
        """Decorator: the same values, called (x, *data), as somebody writes them who needs them
        fast. Costs are divided by its time; without one, by that of the function itself, which
        runs on Python floats where the problem is tagged "floats".
        """
        object.__setattr__(self, "plain_form", function)
        return function

    def manual(self, operator: str) -> Callable[[Function], Function]:
        """Decorator: the hand-written derivative, called (x, [direction,] *data). A
        value_and_gradient answers for the gradient as well.
        """
        return lambda function: self._file(Operator(operator), function)

    def _file(self, operator: Operator, function: Function) -> Function:
        self.hand_written[operator] = function
        if operator is Operator.VALUE_AND_GRADIENT:
            for part in {Operator.GRADIENT, self.operator}:
                self.hand_written.setdefault(part, lambda x, *data: function(x, *data)[1])
        return function

    def exact(self, operator: str) -> Callable[[Function], Function]:
        """Decorator: the exact formula of the derivative, called (x, *data, mp=mpmath) with x an
        array of mpmath numbers, or a number.
        """
        return lambda function: self.exact_formulas.setdefault(Operator(operator), function)


def _cast(value: Any, dtype: Any) -> Any:
    """Floating-point arrays to the point's dtype, so that float32 stays float32; everything else as
    it is.
    """
    return (
        value.astype(dtype)
        if isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.floating)
        else value
    )


@dataclass(frozen=True, eq=False)
class Instance:
    """A problem at one size: call it like any function, f(x) or f(x, xp=jax.numpy). `point` is
    where it is measured.
    """

    problem: Problem
    size: int
    point: Array
    data: tuple[Any, ...] = ()

    def __call__(self, x: Any, data: Sequence[Any] | None = None, **xp: Any) -> Any:
        """f(x), or f(x, xp=jax.numpy); `data` are the same numbers as arrays of that module."""
        return self.problem(x, *(self.data if data is None else data), **xp)

    @property
    def plain(self) -> tuple[Function, tuple[Any, ...], dict[str, Any]]:
        """The call that costs are divided by: function, arguments, keywords."""
        if self.problem.plain_form is not None:
            return self.problem.plain_form, (self.point, *self.data), {}
        if "floats" in self.problem.tags and self.point.dtype == np.float64:
            return self.problem.function, (self.point.tolist(), *self.data), {"xp": math}
        return self.problem.function, (self.point, *self.data), {}

    @property
    def manual(self) -> Mapping[Operator, Function]:
        """The hand-written derivatives as functions of x alone, or of x and a direction."""
        return {operator: self._with_data(g) for operator, g in self.problem.hand_written.items()}

    @property
    def exact(self) -> Mapping[Operator, Function]:
        """The exact formulas as functions of an object array of mpmath numbers; at shape () the
        formula is given the number itself.
        """
        return {
            operator: self._with_numbers(g) for operator, g in self.problem.exact_formulas.items()
        }

    def _with_numbers(self, formula: Function) -> Function:
        return lambda x, **options: formula(np.asarray(x, dtype=object)[()], *self.data, **options)

    def _with_data(self, function: Function) -> Function:
        return lambda x, *direction, **options: function(x, *direction, *self.data, **options)


def problem(
    *,
    point: Callable[[int, np.random.Generator], Any],
    sizes: Iterable[int] = (1,),
    operator: str = "gradient",
    data: Callable[[int, np.random.Generator], Sequence[Any]] = lambda n, rng: (),
    source: str = "",
    tags: Iterable[str] = (),
) -> Callable[[Function], Problem]:
    """Register a function f(x, *data, xp=np) as the problem of its own name. Its docstring says
    what is hard about it.
    """

    def wrap(function: Function) -> Problem:
        if "xp" not in inspect.signature(function).parameters:
            raise BadInput(
                f"problem {function.__name__} takes no parameter xp; "
                f"write def {function.__name__}(x, xp=np) so that peers can hand it their own "
                "module"
            )
        made = Problem(
            function.__name__,
            function,
            point,
            tuple(sizes),
            Operator(operator),
            data,
            source,
            frozenset(tags),
        )
        register("problems", made.name, made)
        return made

    return wrap
