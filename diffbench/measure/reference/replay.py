"""A recorded function run again in other numbers: the arrays hold power series or mpmath floats
instead of machine floats.

Elementwise primitives go through the tables of `arithmetics`, linear algebra through `elimination`;
everything that only moves, adds or multiplies entries is NumPy itself on object arrays.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import mpmath
import numpy as np
from mpmath import mp

from diffbench.errors import Unsupported
from diffbench.ir import Primitive, Program
from diffbench.measure.reference.numbers import ball_products, elimination
from diffbench.measure.reference.numbers.arithmetics import (
    Arithmetic,
    Objects,
    elementwise,
    objects,
)
from diffbench.measure.reference.numbers.ball_arithmetic import BALL
from diffbench.measure.reference.numbers.mpmath_arithmetic import MP, by_its_word
from diffbench.measure.reference.numbers.series import Kink, Undecided

WholeArrays = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True)
class Numbers:
    """A kind of number: its name for messages, what the elementwise functions are in it, and what
    the functions of whole arrays are.
    """

    name: str
    elementwise: Arithmetic
    whole: WholeArrays
    otherwise: Callable[[str], Callable[..., Any] | None] = lambda name: None


def replay(program: Program, x: Any, numbers: Numbers) -> Any:
    """The program's output (a tuple of them, if it has several) at x, an array of `numbers` of its
    input's shape. Guards are not looked
    at: the branch recorded is the one run.

    Raises Unsupported where a primitive has no meaning in these numbers; Kink and Undecided of the
    numbers pass through.
    """
    arithmetic = {
        equation.primitive.name: partial(_apply, equation.primitive, numbers)
        for equation in program.equations
    }
    found = program.evaluate(objects(x), arithmetic=arithmetic)
    return found if isinstance(found, tuple) else objects(found)


def _apply(primitive: Primitive, numbers: Numbers, *args: Any, **params: Any) -> Any:
    if np.dtype(params.get("dtype", int)).kind == "f":  # in which floats it is summed
        params = {name: value for name, value in params.items() if name != "dtype"}
    try:
        result = _in(numbers, primitive)(*args, **params)
    except (Kink, Undecided):
        raise
    except Exception as error:
        raise _no_way(primitive, numbers, str(error)) from error
    parts = result if isinstance(result, tuple) else (result,)
    lifted = [np.asarray(arg) for arg in args if np.asarray(arg).dtype == object]
    if lifted and any(
        np.asarray(part).dtype.kind in "fc" and not _stood_in(part, lifted) for part in parts
    ):
        raise _no_way(primitive, numbers, "NumPy turns them into machine numbers")
    return tuple(map(objects, result)) if isinstance(result, tuple) else objects(result)


def _stood_in(part: Any, arrays: Iterable[Objects]) -> bool:
    """Whether a machine number is an entry of one of the arrays: a constant among numbers, picked
    out as it was put there.
    """
    return any(part is entry for array in arrays for entry in array.flat)


def _no_way(primitive: Primitive, numbers: Numbers, reason: str) -> Unsupported:
    return Unsupported(
        f"{primitive.name} can't be evaluated in {numbers.name} ({reason}); give the problem an "
        "exact formula"
    )


def _in(numbers: Numbers, primitive: Primitive) -> Callable[..., Any]:
    name = primitive.name.removeprefix("special.")
    scalar = numbers.elementwise.get(name) or numbers.otherwise(name)
    if scalar:
        return partial(elementwise, scalar)
    return numbers.whole.get(primitive.name) or (
        lambda *args, **params: primitive.evaluate(*map(_machine_to_objects, args), **params)
    )


def _require_not_rounded(result: Any) -> None:
    """A function that converts its argument to machine floats answers all the same, with every
    digit beyond the 16th gone.
    """
    parts = result if isinstance(result, tuple) else (result,)
    if any(
        isinstance(part, np.ndarray) and part.dtype.kind in "fc" and part.size for part in parts
    ):
        raise TypeError("it rounds to machine floats")


def _machine_to_objects(constant: Any) -> Any:
    """A constant array of machine floats would silently round what is written into it."""
    return (
        constant.astype(object)
        if isinstance(constant, np.ndarray) and constant.dtype.kind in "fc"
        else constant
    )


def _slogdet(matrix: Any, log: Callable[[Any], Any]) -> tuple[Any, Any]:
    value = elimination.determinant(matrix)
    sign = elementwise(lambda v: 1 if v > 0 else -1, value)
    return sign, elementwise(log, sign * value)


def _as_float(x: Any, dtype: Any = float) -> Any:
    if np.dtype(dtype).kind != "f":
        raise TypeError(f"it is made {np.dtype(dtype)}, which is a step")
    return x


def _linear_algebra(numbers: Arithmetic) -> dict[str, Callable[..., Any]]:
    return {
        "astype": _as_float,
        "linalg.solve": elimination.solve,
        "linalg.inv": elimination.inverse,
        "linalg.det": elimination.determinant,
        "linalg.slogdet": lambda a: _slogdet(a, numbers["log"]),
        "linalg.cholesky": lambda a, **options: elimination.cholesky(a, numbers["sqrt"]),
        "linalg.pinv": lambda a, **options: elimination.pseudo_inverse(a),
        "linalg.matrix_power": elimination.matrix_power,
    }


def _eigenvalues(matrix: Any) -> Objects:
    return np.array(list(mp.eigsy(mpmath.matrix(matrix.tolist()), eigvals_only=True)), dtype=object)


def _singular_values(matrix: Any) -> Objects:
    return np.array(list(mp.svd_r(mpmath.matrix(matrix.tolist()), compute_uv=False)), dtype=object)


def _dft(x: Any, axis: int, norm: str | None, sign: int) -> Objects:
    """The discrete Fourier transform along an axis by its definition, n² operations; sign -1
    forwards, 1 backwards.
    """
    n = x.shape[axis]
    waves = np.array(
        [[mp.expjpi(mp.mpf(sign * 2 * j * k) / n) for k in range(n)] for j in range(n)],
        dtype=object,
    )
    share = {"ortho": mp.sqrt(n), "forward": n if sign < 0 else 1}.get(
        norm or "backward", n if sign > 0 else 1
    )
    return objects(np.moveaxis(np.moveaxis(objects(x), axis, -1) @ waves, -1, axis) / share)


SERIES = Numbers(
    "power series with error balls",
    BALL,
    MappingProxyType(_linear_algebra(BALL) | {"matmul": ball_products.matmul}),
)
MPMATH = Numbers(
    "mpmath numbers",
    MP,
    MappingProxyType(
        _linear_algebra(MP)
        | {
            "eigenvalues": lambda a, **options: _eigenvalues(a),
            "singular_values": _singular_values,
            "nuclear": lambda a: _singular_values(a).sum(),
            "transform": lambda x, axis, norm: _dft(x, axis, norm, -1),
            "inverse": lambda x, axis, norm: _dft(x, axis, norm, 1),
        }
    ),
    by_its_word,
)
