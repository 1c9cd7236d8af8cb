"""The rule table: what each primitive's derivative is, stated once in one row.

A row is made by one of seven constructors, by what kind of map the primitive is; forward mode,
reverse mode, second order, recording and counting all read the same row. Derivatives are written in
NumPy on whatever they are given, so a rule applied to traced values is
itself differentiated: that is all there is to higher order.

    elementwise(np.exp, lambda y, x: y)                      partial derivatives, given the output y and the inputs
    linear(np.sum, transpose=lambda y_bar, x, axis=None: ...)   the transposed map; forward mode applies the function itself
    joining(join, parts=...)                                    linear in all its arrays; their cotangents are parts of one
    multilinear(np.matmul, left_transpose, right_transpose)     linear in each argument: the product rule
    general(np.linalg.inv, jvp=..., vjp=...)                    either may be left out: it is deduced by transposition
    composite(np.std, lambda x, **kw: np.sqrt(np.var(x, **kw)))  re-expressed in other primitives
    nondifferentiable(np.argmax)                                integer- or truth-valued: a plain result, not traced
"""

import inspect
from dataclasses import replace
from functools import cache, wraps
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from diffbench.ir import Partial, Primitive, Rule

ONE = 1.0  # the partial derivative of x + b: known by its identity, and not multiplied by


primitives: dict[Any, Primitive] = {}
named: dict[str, Primitive] = {}
composites: dict[Any, Rule] = {}
# functions that the rules know and the NumPy or SciPy installed lacks, as numpy.matvec before 2.2
left_out: list[str] = []
# dy/dx of each smooth real ufunc of one argument, which scalar code looks up at every step
slopes: dict[Any, Rule] = {}


# ---------------------------------------------------------------- the seven kinds of row


def elementwise(function: Rule, *partials: Partial, steps: bool = False) -> Primitive:
    """One partial derivative per argument, each (y, *xs) -> dy/dx_i or a plain number."""
    partials = tuple(
        [
            partial if callable(partial) else ONE if partial == 1 else float(partial)
            for partial in partials
        ]
    )

    def jvp(x_dots: Any, y: Any, xs: Any, params: Any) -> Any:
        terms = [
            scale(x_dot, partial, y, xs)
            for x_dot, partial in zip(x_dots, partials, strict=True)
            if x_dot is not None
        ]
        return sum(terms[1:], start=terms[0])

    def vjp(i: int, y_bar: Any, y: Any, xs: Any, params: Any) -> Any:
        return pulled_back(y_bar, partials[i], y, xs, xs[i])

    if (
        "d->d" in getattr(function, "types", ()) and callable(partials[0]) and not steps
    ):  # not wofz, complex at real numbers
        slopes[function] = partials[0]
    affine = not any(map(callable, partials))
    return _add(
        function,
        len(partials),
        jvp,
        vjp,
        partials=partials,
        steps=steps,
        kind="elementwise",
        smooth=not steps,
        affine=affine,
    )


def linear(
    function: Rule, transpose: Rule, *, arity: int | None = 1, view: bool = False
) -> Primitive:
    """A map linear in its array arguments together: transpose(y_bar, *xs, **params) gives the
    cotangent of the one argument, or transpose(i, y_bar, *xs, **params) that of argument i where
    there are several.
    """
    alone = arity == 1

    def jvp(x_dots: Any, y: Any, xs: Any, params: Any) -> Any:
        return function(
            *[
                np.zeros_like(x) if x_dot is None else x_dot
                for x_dot, x in zip(x_dots, xs, strict=True)
            ],
            **params,
        )

    def vjp(i: int, y_bar: Any, y: Any, xs: Any, params: Any) -> Any:
        return transpose(y_bar, *xs, **params) if alone else transpose(i, y_bar, *xs, **params)

    return _add(function, arity, jvp, vjp, view=view, kind="linear", affine=alone)


def joining(function: Rule, parts: Rule) -> Primitive:
    """A linear map of any number of arrays whose cotangents are parts of y_bar:
    parts(positions, y_bar, *xs, **params) yields those of the arrays at these positions.
    """

    def transpose(i: int, y_bar: Any, *xs: Any, **params: Any) -> Any:
        return next(parts((i,), y_bar, *xs, **params))

    def vjps(positions: Any, y_bar: Any, y: Any, xs: Any, params: Any) -> Any:
        return parts(positions, y_bar, *xs, **params)

    primitives[function] = replace(linear(function, transpose, arity=None), vjps=vjps)
    return primitives[function]


def multilinear(function: Rule, *transposes: Rule) -> Primitive:
    """A map linear in each argument: transposes[i](y_bar, *xs, **params) gives the cotangent of
    argument i, before unbroadcasting.
    """

    def jvp(x_dots: Any, y: Any, xs: Any, params: Any) -> Any:
        varying = [(i, x_dot) for i, x_dot in enumerate(x_dots) if x_dot is not None]
        terms = [function(*xs[:i], x_dot, *xs[i + 1 :], **params) for i, x_dot in varying]
        return sum(terms[1:], start=terms[0])

    def vjp(i: int, y_bar: Any, y: Any, xs: Any, params: Any) -> Any:
        return unbroadcast(transposes[i](y_bar, *xs, **params), xs[i])

    return _add(function, len(transposes), jvp, vjp, kind="multilinear")


def general(
    function: Rule,
    *,
    jvp: Rule | None = None,
    vjp: Rule | None = None,
    arity: int | None = 1,
    view: bool = False,
    affine: bool = False,
    complex_by_value: bool = False,
) -> Primitive:
    """jvp(x_dots, y, *xs, **params) and vjp(i, y_bar, y, *xs, **params) as they are."""
    push = jvp and (lambda x_dots, y, xs, params: jvp(x_dots, y, *xs, **params))
    pull = vjp and (lambda i, y_bar, y, xs, params: vjp(i, y_bar, y, *xs, **params))
    return _add(
        function,
        arity,
        push,
        pull,
        view=view,
        affine=affine,
        complex_by_value=complex_by_value,
    )


def own_row(function: Rule, *, jvp: Rule | None = None, vjp: Rule | None = None) -> Rule:
    """`function` as a primitive of any number of arrays that carries its row with it, so that the
    two are forgotten together.
    """
    caught: Any = dispatched(function)
    row = general(caught, jvp=jvp, vjp=vjp, arity=None)
    # a function of one's own called sin is not the sine that code is generated for
    caught.row = replace(row, name=f"own.{qualified_name(caught)}")
    del primitives[caught]
    if named[row.name] is row:
        del named[row.name]
    return caught  # type: ignore[no-any-return]


def composite(function: Rule | None, definition: Rule) -> None:
    """A function with no row of its own: `definition`, of the same signature, computes it from
    others. None, from `if_there`: no row.
    """
    if function is not None:
        composites[function] = definition


def nondifferentiable(*functions: Rule, arity: int | None = None) -> None:
    """Integer- or truth-valued functions: they return plain values and end the derivative."""
    for function in functions:
        _add(function, arity, None, None, kind="nondifferentiable")


def _add(
    function: Rule, arity: int | None, jvp: Rule | None, vjp: Rule | None, **traits: Any
) -> Primitive:
    name = qualified_name(function)
    if name in named and named[name].evaluate is not function:
        name = f"own.{name}"  # another function of that name has the row in rules/spelling.py
    primitive = Primitive(name, function, arity, parameter_names(function), jvp, vjp, **traits)
    primitives[function] = named[name] = primitive
    return primitive


def if_there(module: Any, name: str) -> Any:
    """module.name; None, for which `composite` makes no row, where the version that is installed
    has not got it yet or no more.
    """
    function = getattr(module, name, None)
    if function is None:
        left_out.append(f"{module.__name__}.{name}")
    return function


# ---------------------------------------------------------------- what rows are written with


def scale(direction: Any, partial: Partial, y: Any, xs: Any) -> Any:
    """direction * dy/dx, without the multiplication where the partial derivative is +-1."""
    if callable(partial):
        return direction * partial(y, *xs)
    if partial == 1:
        return direction
    return -direction if partial == -1 else direction * partial


def pulled_back(y_bar: Any, partial: Partial, y: Any, xs: Any, x: Any) -> Any:
    """The cotangent of x, with respect to which the partial derivative is. By a number it is
    multiplied where it is smallest.
    """
    if callable(partial):
        return unbroadcast(y_bar * partial(y, *xs), x)
    return scale(unbroadcast(y_bar, x), partial, y, xs)


def unbroadcast(g: Any, x: Any) -> Any:
    """The transpose of broadcasting x: sum g over the axes that broadcasting added or stretched;
    real where x is real.
    """
    try:
        if g.shape == x.shape and g.dtype.kind == "f":
            return g
    except AttributeError:  # a Python number
        pass
    if np.shape(g) != np.shape(x):
        g = g.sum(axis=_added_by_broadcasting(np.shape(g), np.shape(x))).reshape(np.shape(x))
    return np.real(g) if np.result_type(g).kind == "c" and np.result_type(x).kind != "c" else g


@cache
def _added_by_broadcasting(wide: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes along which an array of `shape` is repeated when it is broadcast to the shape
    `wide`.
    """
    added = len(wide) - len(shape)
    return (
        *range(added),
        *(added + axis for axis, n in enumerate(shape) if n == 1 and wide[added + axis] != 1),
    )


def axis_of(axis: Any, x: Any) -> int:
    """An axis of x, counted from the front; NumPy's AxisError where x has no such axis."""
    return normalize_axis_index(axis, np.ndim(x))


def axes_of(axis: Any, x: Any) -> tuple[int, ...]:
    """One axis of x or several, counted from the front; all of them for None."""
    return tuple(range(np.ndim(x))) if axis is None else normalize_axis_tuple(axis, np.ndim(x))


def reduced_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes that a reduction goes along; none of a number, which NumPy reduces along an axis,
    too.
    """
    return tuple(range(ndim)) if axis is None or not ndim else normalize_axis_tuple(axis, ndim)


def repeated(value: Any, shape: tuple[int, ...]) -> Any:
    """np.broadcast_to; of one of NumPy's numbers in a sixth of the time, as an array whose entries
    all lie in the same place.
    """
    if issubclass(type(value), np.generic):
        return np.ndarray(shape, value.dtype, value, 0, (0,) * len(shape))
    return np.broadcast_to(value, shape)


def outline(x: Any) -> Any:
    """What has the shape and the dtype of an array, and no memory; anything else as it is."""
    return repeated(x.dtype.type(0), x.shape) if type(x) is np.ndarray else x


def dispatched(function: Rule) -> Rule:
    """A function of ours that traced arrays catch as they catch NumPy's (NEP 18), so that it can be
    a primitive.
    """

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        for argument in args:
            if hasattr(argument, "__array_function__") and not issubclass(
                type(argument), (np.ndarray, np.generic)
            ):
                return argument.__array_function__(call, (type(argument),), args, kwargs)
        return function(*args, **kwargs)

    return call


@dispatched
def settled(x: Any) -> Any:
    """x, which steers what is computed, as plain numbers; a recording notes that it relied on
    them.
    """
    return x


def qualified_name(function: Rule) -> str:
    """The name a reader knows: "sin", "linalg.solve", "special.erf"."""
    module = (getattr(function, "__module__", None) or "").replace("scipy", "numpy")
    package = module.removeprefix("numpy").strip(".")
    short = function.__name__.lstrip("_")
    return f"{package}.{short}" if package in ("linalg", "fft", "special") else short


def parameter_names(function: Rule) -> tuple[str, ...]:
    """Names of the parameters in their order; empty for a ufunc, whose arguments are all arrays."""
    if isinstance(function, np.ufunc):
        return ()
    return _UNTOLD.get(function) or tuple(inspect.signature(function).parameters)


_UNTOLD = {  # what is written in C tells no signature before NumPy 2.4
    np.lexsort: ("keys", "axis"),
    np.where: ("condition", "x", "y"),
}
