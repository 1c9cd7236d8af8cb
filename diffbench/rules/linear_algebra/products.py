"""Products of arrays: matmul, einsum, and the family that is written with them. Everything
broadcasts over leading axes.
"""

# fmt: off
from functools import reduce
from string import ascii_lowercase, ascii_uppercase
from typing import Any

import numpy as np

from diffbench.rules.table import (
    axes_of,
    composite,
    dispatched,
    general,
    if_there,
    multilinear,
    unbroadcast,
)


def transposed(a):
    return a.swapaxes(-1, -2)


def adjoint(a):
    # of a real array, itself
    return transposed(a).conj()


# ---------------------------------------------------------------- matmul, where a or b may be a
# vector
def column(v):
    """Each vector of v as a matrix of one column."""
    return v.reshape((*v.shape, 1))


def row(v):
    """Each vector of v as a matrix of one row."""
    return v.reshape((*v.shape[:-1], 1, v.shape[-1]))


def matmul_left(y_bar, a, b):
    """y_bar b^T."""
    if a.ndim == b.ndim == 1:
        return y_bar * b
    if b.ndim == 1:
        return column(y_bar) * b
    if a.ndim == 1:
        return np.matmul(b, y_bar) if b.ndim == 2 else np.sum(np.matmul(b, column(y_bar)).reshape((-1, b.shape[-2])), axis=0)
    return np.matmul(y_bar, transposed(b))


def matmul_right(y_bar, a, b):
    """a^T y_bar."""
    if a.ndim == b.ndim == 1:
        return y_bar * a
    if a.ndim == 1:
        return column(a) * row(y_bar)
    if b.ndim == 1:
        return np.matmul(y_bar, a) if a.ndim == 2 else np.sum(np.matmul(transposed(a), column(y_bar)).reshape((-1, a.shape[-1])), axis=0)
    return np.matmul(transposed(a), y_bar)


multilinear(np.matmul, matmul_left, matmul_right)


# ---------------------------------------------------------------- einsum
@dispatched
def contract(*operands, subscripts):
    """np.einsum whose operands each have distinct subscripts, the result's written out."""
    return np.einsum(subscripts, *operands)


def contract_jvp(x_dots, y, *xs, subscripts):
    moving = [(i, x_dot) for i, x_dot in enumerate(x_dots) if x_dot is not None]
    terms = [contract(*xs[:i], x_dot, *xs[i + 1 :], subscripts=subscripts) for i, x_dot in moving]
    return sum(terms[1:], start=terms[0])


def contract_vjp(i, y_bar, y, *xs, subscripts):
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    others = [term for k, term in enumerate(terms) if k != i]
    reached = "".join(letter for letter in terms[i] if letter in output + "".join(others))
    g = contract(y_bar, *xs[:i], *xs[i + 1 :], subscripts=f"{','.join([output, *others])}->{reached}")
    # summed over alone: spread again
    summed = tuple(axis for axis, letter in enumerate(terms[i]) if letter not in reached)
    wide = np.expand_dims(g, summed)
    # einsum stretches length 1, too
    return unbroadcast(np.broadcast_to(wide, np.broadcast_shapes(np.shape(wide), np.shape(xs[i]))), xs[i])


general(contract, jvp=contract_jvp, vjp=contract_vjp, arity=None)


def einsum(subscripts, *operands, optimize=False, **options):
    if not isinstance(subscripts, str):
        subscripts, operands = written_out(subscripts, *operands)
    terms, output = spelled_out(subscripts.replace(" ", ""), [np.ndim(x) for x in operands])
    reduced = [diagonal_of(x, term) for x, term in zip(operands, terms, strict=True)]
    if len(operands) == 1 and set(output) == set(terms[0]):
        [(x, term)] = reduced
        # a view, as NumPy's; diagonals can't be written to
        return np.transpose(x, tuple(term.index(letter) for letter in output))
    return contract(*(x for x, _ in reduced), subscripts=f"{','.join(term for _, term in reduced)}->{output}")


def written_out(*args):
    """The subscripts as a string, and the operands, of einsum(a, [0, 1], b, [1, 2], [0, 2])."""
    sublists = args[1::2] if len(args) % 2 == 0 else (*args[1::2], args[-1])
    operands = args[0 : 2 * (len(args) // 2) : 2]
    terms = ["".join("..." if label is Ellipsis else (ascii_uppercase + ascii_lowercase)[label] for label in labels) for labels in sublists]
    return ",".join(terms[: len(operands)]) + "".join(f"->{output}" for output in terms[len(operands) :]), operands


def spelled_out(subscripts, ndims):
    """Terms and output with every ellipsis replaced by capital letters and the output explicit."""
    inputs, arrow, output = subscripts.partition("->")
    terms = inputs.split(",")
    hidden = [ndim - len(term.replace("...", "")) if "..." in term else 0 for term, ndim in zip(terms, ndims, strict=True)]
    letters = [chr(c) for c in range(ord("A"), ord("Z") + 1) if chr(c) not in subscripts][: max(hidden)]
    if not arrow:
        free = sorted(letter for letter in set(inputs) - set(".,") if inputs.count(letter) == 1)
        output = "..." * ("..." in inputs) + "".join(free)
    terms = [term.replace("...", "".join(letters[len(letters) - n :])) for term, n in zip(terms, hidden, strict=True)]
    return terms, output.replace("...", "".join(letters))


def diagonal_of(x, term):
    """x with every repeated subscript read along its diagonal."""
    for letter in dict.fromkeys(term):
        while term.count(letter) > 1:
            i = term.index(letter)
            j = term.index(letter, i + 1)
            if np.shape(x)[i] != np.shape(x)[j]:
                raise ValueError(f"dimensions of lengths {np.shape(x)[i]} and {np.shape(x)[j]} in "
                                 f"operand for the one subscript {letter!r}")
            x, term = np.diagonal(x, 0, i, j), term[:i] + term[i + 1 : j] + term[j + 1 :] + letter
    return x, term


composite(np.einsum, einsum)


# ---------------------------------------------------------------- the family
def dot(a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    return np.matmul(a, b) if np.ndim(b) <= 2 and np.ndim(a) <= 2 else np.tensordot(a, b, axes=((-1,), (-2 if np.ndim(b) > 1 else 0,)))


def tensordot(a, b, axes=2):
    pairs: Any = (range(np.ndim(a) - axes, np.ndim(a)), range(axes)) if isinstance(axes, int) else axes
    a_axes, b_axes = (axes_of(chosen, x) for x, chosen in zip((a, b), pairs, strict=True))
    a_free, b_free = ([i for i in range(np.ndim(x)) if i not in used] for x, used in ((a, a_axes), (b, b_axes)))
    shape = [np.shape(a)[i] for i in a_free] + [np.shape(b)[i] for i in b_free]
    size = int(np.prod([np.shape(a)[i] for i in a_axes], dtype=int))
    left = np.reshape(np.transpose(a, (*a_free, *a_axes)), (-1, size))
    right = np.reshape(np.transpose(b, (*b_axes, *b_free)), (size, -1))
    return np.reshape(np.matmul(left, right), tuple(shape))


def kron(a, b):
    n = max(np.ndim(a), np.ndim(b))
    a, b = (np.reshape(x, (1,) * (n - np.ndim(x)) + np.shape(x)) for x in (a, b))
    wide = np.reshape(a, [m for n in np.shape(a) for m in (n, 1)]) * np.reshape(b, [m for n in np.shape(b) for m in (1, n)])
    return np.reshape(wide, tuple(m * n for m, n in zip(np.shape(a), np.shape(b), strict=True)))


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    axisa, axisb, axisc = (axis, axis, axis) if axis is not None else (axisa, axisb, axisc)
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if np.shape(a)[-1] == np.shape(b)[-1] == 2:
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    a, b = (v if np.shape(v)[-1] == 3 else np.concatenate([v, np.zeros((*np.shape(v)[:-1], 1))], axis=-1) for v in (a, b))
    rolled = [[1, 2, 0], [2, 0, 1]]
    return np.moveaxis(a[..., rolled[0]] * b[..., rolled[1]] - a[..., rolled[1]] * b[..., rolled[0]], -1, axisc)


def convolve(a, v, mode="full"):
    a, v = (v, a) if np.size(v) > np.size(a) else (a, v)
    n, m = np.size(a), np.size(v)
    padded = np.concatenate([np.zeros(m - 1), a, np.zeros(m - 1)])
    full = np.matmul(padded[np.arange(n + m - 1)[:, None] + np.arange(m - 1, -1, -1)], v)
    first, length = {"full": (0, n + m - 1), "same": ((m - 1) // 2, n), "valid": (m - 1, n - m + 1)}[mode]
    return full[first : first + length]


def correlate(a, v, mode="valid"):
    full = np.convolve(a, np.conj(v[::-1]), "full")
    n, m = np.size(a), np.size(v)
    short = min(n, m)
    first, length = {"full": (0, n + m - 1), "same": (short // 2 if m > n else (short - 1) // 2, max(n, m)), "valid": (short - 1, abs(n - m) + 1)}[mode]
    return full[first : first + length]


composite(np.dot,              dot)
composite(np.tensordot,        tensordot)
composite(np.inner,            lambda a, b: a * b if np.ndim(a) == 0 or np.ndim(b) == 0 else np.tensordot(a, b, axes=((-1,), (-1,))))
composite(np.outer,            lambda a, b: np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1)))
composite(np.linalg.outer,     lambda a, b: np.outer(a, b))
composite(np.vdot,             lambda a, b: np.sum(np.conj(np.ravel(a)) * np.ravel(b)))
composite(np.linalg.vecdot,    lambda a, b, axis=-1: np.sum(np.conj(a) * b, axis=axis))
composite(np.linalg.matmul,    lambda a, b: np.matmul(a, b))
composite(np.linalg.tensordot, lambda a, b, axes=2: np.tensordot(a, b, axes))
composite(np.linalg.multi_dot, lambda arrays: reduce(np.matmul, arrays))
composite(np.kron,             kron)
composite(np.cross,            cross)
composite(np.linalg.cross,     lambda a, b, axis=-1: np.cross(a, b, axis=axis))
composite(np.convolve,         convolve)
composite(np.correlate,        correlate)
composite(np.vecdot,              lambda a, b, axis=-1: np.sum(np.conj(a) * b, axis=axis))
# NumPy 2.2
composite(if_there(np, "matvec"), lambda a, b: np.matmul(a, np.expand_dims(b, -1))[..., 0])
# NumPy 2.2
composite(if_there(np, "vecmat"), lambda a, b: np.matmul(np.expand_dims(np.conj(a), -2), b)[..., 0, :])
