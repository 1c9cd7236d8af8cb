"""A recorded function run again in other numbers: the arrays hold power series or mpmath floats instead of machine floats.

Elementwise primitives go through the tables of `arithmetics`, linear algebra through `elimination`; everything that only moves, adds
or multiplies entries is NumPy itself on object arrays.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import mpmath
import numpy as np
from mpmath import mp

from diffbench.errors import Unsupported
from diffbench.measure import elimination, products
from diffbench.measure.arithmetics import BALL, MP, Arithmetic, Objects, elementwise, objects
from diffbench.measure.series import Kink, Undecided
from diffbench.program import Program
from diffbench.rules.table import Primitive

WholeArrays = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True)
class Numbers:
    """A kind of number: its name for messages, what the elementwise functions are in it, and what the functions of whole arrays are."""

    name: str
    elementwise: Arithmetic
    whole: WholeArrays


def replay(program: Program, x: Any, numbers: Numbers) -> Objects:
    """The program's output at x, an array of `numbers` of its input's shape. Guards are not looked at: the branch recorded is the one run.

    Raises Unsupported where a primitive has no meaning in these numbers; Kink and Undecided of the numbers pass through.
    """
    arithmetic = {equation.primitive.name: partial(_apply, equation.primitive, numbers) for equation in program.equations}
    return objects(program.evaluate(objects(x), arithmetic=arithmetic))


def _apply(primitive: Primitive, numbers: Numbers, *args: Any, **params: Any) -> Any:
    try:
        result = _in(numbers, primitive)(*args, **params)
        _require_not_rounded(result)
    except (Kink, Undecided):
        raise
    except Exception as error:
        raise Unsupported(
            f"{primitive.name} can't be evaluated in {numbers.name} ({error}), so there is no reference; give the problem an exact formula"
        ) from error
    return tuple(map(objects, result)) if isinstance(result, tuple) else objects(result)


def _in(numbers: Numbers, primitive: Primitive) -> Callable[..., Any]:
    scalar = numbers.elementwise.get(primitive.name.removeprefix("special."))
    if scalar:
        return partial(elementwise, scalar)
    return numbers.whole.get(primitive.name) or (lambda *args, **params: primitive.evaluate(*map(_machine_to_objects, args), **params))


def _require_not_rounded(result: Any) -> None:
    """A function that converts its argument to machine floats answers all the same, with every digit beyond the 16th gone."""
    parts = result if isinstance(result, tuple) else (result,)
    if any(isinstance(part, np.ndarray) and part.dtype.kind in "fc" and part.size for part in parts):
        raise TypeError("it rounds to machine floats")


def _machine_to_objects(constant: Any) -> Any:
    """A constant array of machine floats would silently round what is written into it."""
    return constant.astype(object) if isinstance(constant, np.ndarray) and constant.dtype.kind in "fc" else constant


def _slogdet(matrix: Any, log: Callable[[Any], Any]) -> tuple[Any, Any]:
    value = elimination.determinant(matrix)
    sign = elementwise(lambda v: 1 if v > 0 else -1, value)
    return sign, elementwise(log, sign * value)


def _linear_algebra(numbers: Arithmetic) -> dict[str, Callable[..., Any]]:
    return {
        "astype": lambda x, dtype: x,
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


def _dft(x: Any, sign: int) -> Objects:
    """The discrete Fourier transform along the last axis by its definition."""
    n = x.shape[-1]
    powers = np.array([[mp.expjpi(mp.mpf(sign * 2 * j * k) / n) for k in range(n)] for j in range(n)], dtype=object)
    return np.asarray(x @ powers, dtype=object)


SERIES = Numbers("power series with error balls", BALL, MappingProxyType(_linear_algebra(BALL) | {"matmul": products.matmul}))
MPMATH = Numbers(
    "mpmath numbers",
    MP,
    MappingProxyType(
        _linear_algebra(MP)
        | {
            "linalg.eigvalsh": lambda a, **options: _eigenvalues(a),
            "linalg.svdvals": lambda x, **options: _singular_values(x),
            "fft.fft": lambda a, n=None, axis=-1, norm=None: np.moveaxis(_dft(np.moveaxis(a, axis, -1), -1), -1, axis),
            "fft.ifft": lambda a, n=None, axis=-1, norm=None: (
                np.moveaxis(_dft(np.moveaxis(a, axis, -1), 1), -1, axis) / mp.mpf(a.shape[axis])
            ),
        }
    ),
)
