"""Real numbers that carry a derivative as imaginary part, run through plain NumPy code: what the
complex step needs, and nothing else.

The real part is computed by the real function, exactly as in a plain run. The imaginary part moves
on by the chain rule, with the slope of each elementary function from a complex step of its own: no
single step would suit x², whose slope is 2e-300 at 1e-300, and sin at 1e20 alike. What is not
analytic on the real line has a row in `CONTINUATIONS`; a function in no table is refused by name.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from diffbench.arrays.capture.questions import QUESTIONS
from diffbench.differences.complex_plane.continuations import (
    CONTINUATIONS,
    RELATIVE_STEP,
    STEPS,
    TRUTHS,
)
from diffbench.errors import LostTrace, Unsupported
from diffbench.interface import Array
from diffbench.rules.linear_algebra.products import written_out
from diffbench.rules.table import composites, primitives, settled


class AnalyticArray(NDArrayOperatorsMixin):
    """values.real is the number, values.imag its derivative; both go through NumPy code (NEP 13 and
    18).

    Comparisons, sorting and `where` look at the real parts, so the branch taken is the one a plain
    run takes.
    """

    __slots__ = ("values",)
    __array_priority__ = 1000

    def __init__(self, values: Array) -> None:
        self.values = np.asarray(values)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any
    ) -> Any:
        if out is not None and not isinstance(out[0], AnalyticArray):
            raise LostTrace(
                f"numpy.{ufunc.__name__} was asked to write a traced value into a plain array; "
                "allocate it with np.zeros_like(x)"
            )
        where = options.pop("where", True)
        if where is not True and out is None:
            _refuse(f"numpy.{ufunc.__name__}(where=...) without out")
        result = _apply(ufunc, method, inputs, options)
        if out is None:
            return result
        np.copyto(out[0].values, values_of(result), where=_plain(where), casting="same_kind")
        return out[0]

    def __array_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...],
        options: dict[str, Any],
    ) -> Any:
        if function in FUNCTIONS:
            return FUNCTIONS[function](*args, **options)
        with suppress(
            Unsupported
        ):  # the function that the user called is named below, not one that it is made of
            return _by_row(function)(*args, **options)
        _refuse(f"{function.__module__}.{function.__name__}")

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise LostTrace(
            "a traced value was converted to a plain array, which loses the derivative; use "
            "np.stack instead of np.array, or another method"
        )

    def _number(self) -> NoReturn:
        raise LostTrace(
            "float(x), int(x) or math.* on a traced value loses the derivative; use the NumPy "
            "function of the same name"
        )

    __float__ = __int__ = __index__ = __complex__ = __round__ = __trunc__ = __floor__ = __ceil__ = (
        _number
    )

    def __bool__(self) -> bool:
        return bool(self.values.real)

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Any:
        return (AnalyticArray(row) for row in self.values)

    def __getitem__(self, index: Any) -> "AnalyticArray":
        return AnalyticArray(self.values[_plain(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        self.values[_plain(index)] = values_of(value)

    shape = property(lambda self: self.values.shape)
    ndim = property(lambda self: self.values.ndim)
    size = property(lambda self: self.values.size)
    dtype = property(lambda self: self.values.real.dtype)
    T = property(lambda self: AnalyticArray(self.values.T))
    flat = property(lambda self: AnalyticArray(self.values.reshape(-1)))
    real = property(lambda self: self)

    @property
    def imag(self) -> NoReturn:
        _refuse("x.imag")

    def __getattr__(self, name: str) -> Any:
        function = METHODS.get(name)
        if function is None:
            if name.startswith("__"):
                raise AttributeError(name)
            _refuse(f"numpy.ndarray.{name}")
        return lambda *args, **options: function(self, *args, **options)


def _refuse(name: str) -> NoReturn:
    raise Unsupported(
        f"complex-step can't pass {name}: it has no analytic continuation here; rewrite it with "
        "analytic functions or use method='forward'"
    )


def _by_row(function: Callable[..., Any]) -> Callable[..., Any]:
    """How a function goes on of which the rule table says that it is made of others, is linear, or
    is a step.
    """
    if function in composites and function not in NORMS:
        return composites[function]
    row = primitives.get(function)
    if row is None or row.kind not in ("linear", "nondifferentiable"):
        _refuse(function.__name__)
    return _part_by_part(function, row.arity) if row.kind == "linear" else _on_real_parts(function)


def values_of(y: Any) -> Array:
    """The complex values of a result that may be traced, plain, or a sequence of either."""
    if isinstance(y, AnalyticArray):
        return y.values
    if isinstance(y, list | tuple):
        return np.stack([values_of(part) for part in y]) if y else np.asarray(y)
    plain = np.asarray(y)
    if plain.dtype.kind == "O":
        _refuse(f"a {type(y).__name__}")
    if plain.dtype.kind == "c":
        raise Unsupported(
            "complex-step can't pass complex constants: its imaginary part is the derivative; use "
            "method='forward'"
        )
    return plain


def _plain(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(_plain(part) for part in index)
    return index.values.real if isinstance(index, AnalyticArray) else index


def _apply(ufunc: np.ufunc, method: str, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    if method != "__call__":
        return _by_method(ufunc, method, inputs, options)
    if ufunc in TRUTHS:
        return ufunc(*(values_of(x).real for x in inputs), **options)
    if ufunc in STEPS:
        return _step(ufunc, [values_of(x) for x in inputs], options)
    continuation = CONTINUATIONS.get(ufunc)
    if continuation is None:
        with suppress(Unsupported):
            return _by_row(ufunc)(*inputs, **options)
        _refuse(f"{'numpy' if hasattr(np, ufunc.__name__) else 'scipy.special'}.{ufunc.__name__}")
    values = [values_of(x) for x in inputs]
    with np.errstate(all="ignore"):
        primal = np.asarray(ufunc(*(v.real for v in values), **options))
        tangent = np.asarray(continuation(*values)).imag
    if np.isnan(tangent).any() and ufunc.signature is None:
        tangent = np.where(
            sum(v.imag != 0 for v in values), tangent, 0
        )  # what does not move has slope 0, even at the edge of a domain
    if np.isnan(primal).any():
        tangent = np.where(
            np.isnan(primal), np.nan, tangent
        )  # outside the real domain, where the complex function goes on
    return AnalyticArray(_complex(primal, tangent))


def _step(ufunc: np.ufunc, values: Sequence[Array], options: dict[str, Any]) -> Any:
    """A plain result, which may steer control flow; without derivative where it jumps between the
    neighbours of what moves.
    """
    primal = ufunc(*(v.real for v in values), **options)
    with np.errstate(all="ignore"):
        before, after = (
            ufunc(
                *(np.nextafter(v.real, v.real + side * np.sign(v.imag)) for v in values), **options
            )
            for side in (-1, 1)
        )
    jumps = (before != after) & ~np.isnan(primal)
    return (
        AnalyticArray(_complex(primal, np.where(jumps, np.nan, 0.0))) if np.any(jumps) else primal
    )


def _by_method(
    ufunc: np.ufunc, method: str, inputs: Sequence[Any], options: dict[str, Any]
) -> AnalyticArray:
    if method == "at" or options.keys() - {"axis", "keepdims"} or (ufunc, method) not in REDUCED:
        _refuse(f"numpy.{ufunc.__name__}.{method}")
    rule = REDUCED[ufunc, method](getattr(ufunc, method))
    return rule(*inputs, **options)  # type: ignore[no-any-return]


def _complex(primal: Array, tangent: Any) -> Array:
    """One complex array, in the precision of the primal; no 0 * inf in the making."""
    joined = np.empty(np.shape(primal), np.result_type(primal, np.complex64))
    joined.real, joined.imag = primal, tangent
    return joined


def _linear(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is linear in its array arguments: NumPy's own, on the complex values; a view
    stays one.
    """

    def linear(*args: Any, **options: Any) -> AnalyticArray:
        result = function(*map(_unwrapped, args), **_without_dtype(function, options))
        if np.asarray(result).dtype.kind != "c":
            _refuse(f"numpy.{function.__name__} into another dtype")
        return AnalyticArray(result)

    return linear


def _part_by_part(function: Callable[..., Any], arity: int | None) -> Callable[..., Any]:
    """A function that is linear in its first so many arguments together, of real parts and of
    imaginary parts.
    """

    def linear(*args: Any, **options: Any) -> AnalyticArray:
        values, others = (
            [_unwrapped(arg) for arg in args[:arity]],
            [] if arity is None else args[arity:],
        )
        primal = np.asarray(function(*map(_real, values), *others, **options))
        if primal.dtype.kind == "c":
            _refuse(f"{function.__name__}, whose results are complex,")
        return AnalyticArray(
            _complex(primal, function(*map(_imaginary, values), *others, **options))
        )

    return linear


def _bilinear(function: Callable[..., Any]) -> Callable[..., Any]:
    """A product: the real part from the real parts, the imaginary part right at any step."""
    return lambda *args, **options: _joined(
        function, [_unwrapped(arg) for arg in args], 1.0, _without_dtype(function, options)
    )


def _smooth(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of whole arrays that is holomorphic: one complex step along the direction in which
    they move.
    """

    def smooth(*args: Any, **options: Any) -> AnalyticArray:
        values = [_unwrapped(arg) for arg in args]
        return _joined(function, values, _common_step(args), _without_dtype(function, options))

    return smooth


def _joined(
    function: Callable[..., Any], values: Sequence[Any], h: float, options: dict[str, Any]
) -> AnalyticArray:
    with np.errstate(all="ignore"):
        primal = np.asarray(function(*(_real(value) for value in values), **options))
        tangent = (
            np.asarray(function(*(_stepped_by(h, value) for value in values), **options)).imag / h
        )
    return AnalyticArray(_complex(primal, tangent))


def _real(value: Any) -> Any:
    return (
        [_real(part) for part in value]
        if isinstance(value, list)
        else value.real
        if isinstance(value, np.ndarray)
        else value
    )


def _imaginary(value: Any) -> Any:
    return [_imaginary(part) for part in value] if isinstance(value, list) else np.imag(value)


def _stepped_by(h: float, value: Any) -> Any:
    if isinstance(value, list):
        return [_stepped_by(h, part) for part in value]
    return (
        _complex(value.real, h * value.imag)
        if isinstance(value, np.ndarray) and value.dtype.kind == "c"
        else value
    )


def _common_step(args: Sequence[Any]) -> float:
    """A step that is small beside every number that moves."""
    traced = [
        part.values
        for arg in args
        for part in (arg if isinstance(arg, list | tuple) else [arg])
        if isinstance(part, AnalyticArray)
    ]
    sizes = [np.abs(v.real[(v.imag != 0) & (v.real != 0)]).min(initial=1.0) for v in traced]
    speed = max((float(np.abs(v.imag).max(initial=0)) for v in traced), default=0.0) or 1.0
    precision = max(
        1e-15 if v.dtype == np.complex64 else RELATIVE_STEP for v in traced
    )  # complex64 underflows early
    return max(
        precision * float(min(sizes)) / speed, float(np.finfo(traced[0].real.dtype).smallest_normal)
    )


def _without_dtype(function: Callable[..., Any], options: dict[str, Any]) -> dict[str, Any]:
    _without(function, {name: options[name] for name in ("dtype", "out") if name in options})
    return options


def _without(function: Callable[..., Any], options: dict[str, Any]) -> None:
    for name, value in options.items():
        if value is not None:
            _refuse(f"numpy.{function.__name__}({name}=...)")


def _unwrapped(argument: Any) -> Any:
    if isinstance(argument, list | tuple) and any(
        isinstance(part, AnalyticArray | list | tuple) for part in argument
    ):
        return [_unwrapped(part) for part in argument]
    return values_of(argument) if isinstance(argument, AnalyticArray | np.ndarray) else argument


def _on_real_parts(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **options: function(*(_real(_unwrapped(arg)) for arg in args), **options)


def _extreme(pick: Callable[..., Any]) -> Callable[..., Any]:
    """max or min: the mean over the entries that tie."""

    def extreme(
        x: Any, axis: Any = None, *, keepdims: bool = False, **others: Any
    ) -> AnalyticArray:
        _without(pick, others)
        values = values_of(x)
        ties = values.real == pick(values.real, axis=axis, keepdims=True)
        return AnalyticArray(
            (values * ties).sum(axis, keepdims=keepdims) / ties.sum(axis, keepdims=keepdims)
        )

    return extreme


def _where(condition: Any, *branches: Any) -> Any:
    if not branches:
        _refuse("numpy.where without branches")
    return AnalyticArray(np.where(_plain(condition), *map(values_of, branches)))


def _variance(
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: int = 0,
    keepdims: Any = False,
    **others: Any,
) -> Any:
    """NumPy's own variance of complex numbers is a modulus."""
    _without(np.var, {"dtype": dtype, "out": out} | others)
    centered = x - np.mean(x, axis, keepdims=True)
    count = x.size if axis is None else np.prod(np.take(x.shape, axis))
    return np.sum(centered * centered, axis, keepdims=keepdims) / max(count - ddof, 0)


def _like(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, *args, **options: AnalyticArray(function(values_of(x), *args, **options))


def _einsum(subscripts: Any, *operands: Any, **options: Any) -> Any:
    if not isinstance(subscripts, str):
        subscripts, operands = written_out(subscripts, *operands)  # type: ignore[no-untyped-call]
    rule = _bilinear if len(operands) <= 2 else _smooth
    return rule(lambda *arrays, **rest: np.einsum(subscripts, *arrays, **rest))(
        *operands, **options
    )


def _astype(x: AnalyticArray, dtype: Any, **_: Any) -> AnalyticArray:
    if np.dtype(dtype).kind != "f":
        _refuse(f"astype({dtype})")
    return AnalyticArray(_complex(x.values.real.astype(dtype), x.values.imag))


REDUCED: dict[tuple[Any, str], Callable[..., Any]] = {
    (np.add, "reduce"): _linear, (np.add, "accumulate"): _linear, (np.add, "reduceat"): _linear, (np.add, "outer"): _bilinear,
    (np.subtract, "outer"): _bilinear, (np.multiply, "outer"): _bilinear, (np.multiply, "reduce"): _smooth,
    (np.multiply, "accumulate"): _smooth,
}  # fmt: skip
FUNCTIONS: dict[Any, Callable[..., Any]] = {
    **{function: _linear(function) for function in (
        np.sum, np.mean, np.cumsum, np.trace, np.reshape, np.ravel, np.transpose, np.moveaxis, np.swapaxes, np.squeeze, np.expand_dims,
        np.broadcast_to, np.atleast_1d, np.atleast_2d, np.stack, np.concatenate, np.vstack, np.hstack, np.column_stack, np.tile, np.repeat,
        np.roll, np.flip, np.diff, np.diag, np.diagonal, np.tril, np.triu, np.take, np.append, np.copy,
    )},
    **{function: _bilinear(function) for function in (
        np.dot, np.inner, np.outer, np.tensordot, np.kron, np.cross, np.convolve, np.trapezoid,
    )},
    **{function: _smooth(function) for function in (
        np.prod, np.cumprod, np.linalg.solve, np.linalg.inv, np.linalg.det, np.linalg.matrix_power, np.linalg.multi_dot,
    )},
    **{function: _on_real_parts(function) for function in (
        settled, *QUESTIONS, np.argmax, np.argmin, np.argsort, np.count_nonzero, np.nonzero, np.searchsorted, np.any, np.all,
    )},
    **{function: _like(function) for function in (np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.sort)},
    np.where: _where, np.var: _variance, np.std: lambda x, *args, **options: np.sqrt(_variance(x, *args, **options)),
    np.max: _extreme(np.max), np.min: _extreme(np.min), np.einsum: _einsum,
    np.clip: lambda x, low=None, high=None: np.minimum(x if low is None else np.maximum(x, low), np.inf if high is None else high),
    np.real: lambda x: x, np.vdot: lambda x, y: np.dot(np.ravel(x), np.ravel(y)),
}  # fmt: skip

NORMS = {
    np.linalg.norm,
    np.linalg.vector_norm,
    np.linalg.matrix_norm,
}  # moduli: refused, though ours would do

METHODS = {
    name: getattr(np, name)
    for name in (
        "sum", "mean", "prod", "cumsum", "cumprod", "dot", "trace", "transpose", "squeeze", "swapaxes", "ravel", "repeat", "take",
        "diagonal", "var", "std", "max", "min", "clip", "argmax", "argmin", "argsort", "any", "all", "copy",
    )
}  # fmt: skip
METHODS["flatten"] = np.ravel
METHODS["reshape"] = lambda x, *shape: np.reshape(x, shape[0] if len(shape) == 1 else shape)
METHODS["astype"] = _astype
