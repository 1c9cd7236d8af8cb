"""Real numbers with an infinitesimal imaginary part, run through plain NumPy code: what the complex step needs, and nothing else.

Real parts are computed by the real function; imaginary parts by its analytic continuation, which is NumPy's complex function where that
is analytic and real on the real line, and a row of `CONTINUATIONS` where it is not. A function in no table is refused by name.
"""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from diffbench.errors import LostTrace, Unsupported
from diffbench.interface import Array


class AnalyticArray(NDArrayOperatorsMixin):
    """Real numbers that carry an infinitesimal imaginary part through NumPy code (NEP 13 and 18).

    Comparisons, sorting and `where` look at the real parts, so the branch taken is the one a plain run takes.
    """

    __slots__ = ("values",)
    __array_priority__ = 1000

    def __init__(self, values: Array) -> None:
        self.values = np.asarray(values)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        if out is not None and not isinstance(out[0], AnalyticArray):
            raise LostTrace(
                f"numpy.{ufunc.__name__} was asked to write a traced value into a plain array; allocate it with np.zeros_like(x)"
            )
        result = _apply(ufunc, method, inputs, options)
        if out is None:
            return result
        out[0].values[...] = result.values
        return out[0]

    def __array_function__(self, function: Callable[..., Any], types: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        rule = FUNCTIONS.get(function)
        if rule is None:
            _refuse(f"{function.__module__}.{function.__name__}")
        return rule(*args, **options)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise LostTrace(
            "a traced value was converted to a plain array, which loses the derivative; use np.stack instead of np.array, or another method"
        )

    def _number(self) -> NoReturn:
        raise LostTrace("float(x), int(x) or math.* on a traced value loses the derivative; use the NumPy function of the same name")

    __float__ = __int__ = __index__ = __complex__ = _number

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
        f"complex-step can't pass {name}: it has no analytic continuation here; rewrite it with analytic functions or use method='forward'"
    )


def values_of(y: Any) -> Array:
    """The complex values of a result that may be traced, plain, or a sequence of either."""
    if isinstance(y, AnalyticArray):
        return y.values
    if isinstance(y, list | tuple):
        return np.stack([values_of(part) for part in y]) if y else np.asarray(y)
    plain = np.asarray(y)
    if plain.dtype.kind == "c":
        raise Unsupported("complex-step can't pass complex constants: its imaginary part is the derivative; use method='forward'")
    return plain


def _plain(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(_plain(part) for part in index)
    return index.values.real if isinstance(index, AnalyticArray) else index


def _apply(ufunc: np.ufunc, method: str, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    if ufunc in PIECEWISE_CONSTANT and method == "__call__":
        return ufunc(*(values_of(x).real for x in inputs), **options)
    continuation = CONTINUATIONS.get(ufunc, ufunc if ufunc in ANALYTIC else None)
    if continuation is None or (method != "__call__" and ufunc not in (np.add, np.multiply)):
        _refuse(f"numpy.{ufunc.__name__}" + (f".{method}" if method != "__call__" else ""))
    values = [values_of(x) for x in inputs]
    with np.errstate(all="ignore"):
        if method != "__call__":
            return AnalyticArray(getattr(ufunc, method)(*values, **options))
        primal = np.asarray(ufunc(*(v.real for v in values), **options))
        tangent = np.asarray(continuation(*values, **options)).imag
    if np.isnan(primal).any():
        tangent = np.where(np.isnan(primal), np.nan, tangent)  # outside the real domain, where the complex function goes on
    return AnalyticArray(primal + 1j * tangent)


def _signed(x: Array) -> Array:
    return np.asarray(np.sign(x.real) * x)


def _share(x: Array, y: Array, x_chosen: Any) -> Array:
    """x where chosen, y elsewhere, their mean where they tie, as every method here has it."""
    x, y = np.broadcast_arrays(x, y)
    return np.where(x.real == y.real, (x + y) / 2, np.where(x_chosen(x.real, y.real), x, y))


def _arctan2(y: Array, x: Array) -> Array:
    return np.asarray(1j * (x.real * y.imag - y.real * x.imag) / (x.real**2 + y.real**2))


def _power(x: Array, p: Array) -> Array:
    """x^p with the phase of x^(p-1) kept real: at first order x^p (p x_dot/x + log(x) p_dot), and 0 x_dot at x = 0 for p > 1."""
    base, exponent = x.real, p.real
    along_x = exponent * np.power(base, exponent - 1) * x.imag
    along_p = np.where(p.imag == 0, 0, np.power(base, exponent) * np.log(base) * p.imag)
    return 1j * (np.where(x.imag == 0, 0, along_x) + along_p)


ANALYTIC = {
    np.add, np.subtract, np.multiply, np.divide, np.negative, np.positive, np.square, np.reciprocal, np.matmul,
    np.exp, np.expm1, np.exp2, np.log, np.log2, np.log10, np.log1p,
    np.sin, np.cos, np.tan, np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh, np.arctanh,
}  # fmt: skip

CONTINUATIONS: dict[Any, Callable[..., Any]] = {
    np.sqrt: lambda x: 0.5j * x.imag / np.sqrt(x.real),  # at a branch point no step is small: sqrt(1e-20j) has slope 7e9, not inf
    np.arcsin: lambda x: 1j * x.imag / np.sqrt(1 - x.real**2),
    np.arccos: lambda x: -1j * x.imag / np.sqrt(1 - x.real**2),
    np.arccosh: lambda x: 1j * x.imag / np.sqrt(x.real**2 - 1),
    np.absolute: _signed,
    np.fabs: _signed,
    np.power: _power,
    np.float_power: _power,
    np.cbrt: lambda x: 1j * x.imag / (3 * np.cbrt(x.real) ** 2),
    np.maximum: lambda x, y: _share(x, y, np.greater),
    np.minimum: lambda x, y: _share(x, y, np.less),
    np.arctan2: _arctan2,
    np.hypot: lambda x, y: 1j * (x.real * x.imag + y.real * y.imag) / np.hypot(x.real, y.real),
    np.logaddexp: lambda x, y: 1j * (x.imag + (y.imag - x.imag) / (1 + np.exp(x.real - y.real))),
    np.deg2rad: lambda x: x * (np.pi / 180),
    np.rad2deg: lambda x: x * (180 / np.pi),
}

PIECEWISE_CONSTANT = {
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal, np.sign, np.floor, np.ceil, np.rint, np.trunc,
    np.isnan, np.isfinite, np.isinf, np.signbit, np.logical_and, np.logical_or, np.logical_not,
}  # fmt: skip


def _through(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is linear or holomorphic in its array arguments: NumPy's own, on the complex values."""
    return lambda *args, **options: AnalyticArray(function(*map(_unwrapped, args), **options))


def _unwrapped(argument: Any) -> Any:
    if isinstance(argument, list | tuple) and any(isinstance(part, AnalyticArray | list | tuple) for part in argument):
        return [_unwrapped(part) for part in argument]
    return values_of(argument) if isinstance(argument, AnalyticArray | np.ndarray) else argument


def _on_real_parts(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, *args, **options: function(values_of(x).real, *args, **options)


def _extreme(pick: Callable[..., Any]) -> Callable[..., Any]:
    """max or min: the mean over the entries that tie."""

    def extreme(x: Any, axis: Any = None, *, keepdims: bool = False) -> AnalyticArray:
        values = values_of(x)
        ties = values.real == pick(values.real, axis=axis, keepdims=True)
        return AnalyticArray((values * ties).sum(axis, keepdims=keepdims) / ties.sum(axis, keepdims=keepdims))

    return extreme


def _where(condition: Any, *branches: Any) -> Any:
    if not branches:
        _refuse("numpy.where without branches")
    return AnalyticArray(np.where(_plain(condition), *map(values_of, branches)))


def _variance(x: Any, axis: Any = None, *, ddof: int = 0, keepdims: bool = False) -> AnalyticArray:
    """NumPy's own variance of complex numbers is a modulus."""
    values = values_of(x)
    centered = values - values.mean(axis, keepdims=True)
    count = values.size if axis is None else np.prod(np.take(values.shape, axis))
    return AnalyticArray((centered * centered).sum(axis, keepdims=keepdims) / (count - ddof))


def _like(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, *args, **options: AnalyticArray(function(values_of(x), *args, **options))


def _einsum(subscripts: str, *operands: Any, **options: Any) -> AnalyticArray:
    return AnalyticArray(np.einsum(subscripts, *map(values_of, operands), **options))


FUNCTIONS: dict[Any, Callable[..., Any]] = {
    **{function: _through(function) for function in (
        np.sum, np.mean, np.prod, np.cumsum, np.cumprod, np.dot, np.inner, np.outer, np.tensordot, np.kron, np.cross, np.trace,
        np.reshape, np.ravel, np.transpose, np.moveaxis, np.swapaxes, np.squeeze, np.expand_dims, np.broadcast_to, np.atleast_1d,
        np.atleast_2d, np.stack, np.concatenate, np.vstack, np.hstack, np.column_stack, np.tile, np.repeat, np.roll, np.flip, np.diff,
        np.diag, np.diagonal, np.tril, np.triu, np.take, np.append, np.convolve, np.copy, np.trapezoid,
        np.linalg.solve, np.linalg.inv, np.linalg.det, np.linalg.matrix_power, np.linalg.multi_dot,
    )},
    **{function: _on_real_parts(function) for function in (
        np.shape, np.ndim, np.size, np.argmax, np.argmin, np.argsort, np.count_nonzero, np.nonzero, np.searchsorted, np.any, np.all,
    )},
    **{function: _like(function) for function in (np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.sort)},
    np.where: _where, np.var: _variance, np.std: lambda x, *args, **options: np.sqrt(_variance(x, *args, **options)),
    np.max: _extreme(np.max), np.min: _extreme(np.min), np.einsum: _einsum,
    np.clip: lambda x, low=None, high=None: np.minimum(x if low is None else np.maximum(x, low), np.inf if high is None else high),
    np.real: lambda x: x, np.vdot: lambda x, y: np.dot(np.ravel(x), np.ravel(y)),
}  # fmt: skip

METHODS = {
    name: getattr(np, name)
    for name in (
        "sum", "mean", "prod", "cumsum", "cumprod", "dot", "trace", "transpose", "squeeze", "swapaxes", "ravel", "repeat", "take",
        "diagonal", "var", "std", "max", "min", "clip", "argmax", "argmin", "argsort", "any", "all", "copy",
    )
}  # fmt: skip
METHODS["flatten"] = np.ravel
METHODS["reshape"] = lambda x, *shape: np.reshape(x, shape[0] if len(shape) == 1 else shape)
METHODS["astype"] = lambda x, dtype, **_: x if np.dtype(dtype).kind == "f" else _refuse(f"astype({dtype})")
