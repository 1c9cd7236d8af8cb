"""Products and linear algebra. Matrices are in the last two axes; everything broadcasts over the axes before."""

import numpy as np

from diffbench.rules.table import composite, general, multilinear


def transposed(a):
    return np.swapaxes(a, -1, -2)


# ---------------------------------------------------------------- products
def matmul_left(y_bar, a, b):
    """y_bar b^T, where a or b may be a vector."""
    if np.ndim(a) == np.ndim(b) == 1:
        return y_bar * b
    if np.ndim(b) == 1:
        return np.expand_dims(y_bar, -1) * b
    if np.ndim(a) == 1:
        return np.sum(np.reshape(np.matmul(b, np.expand_dims(y_bar, -1)), (-1, np.shape(b)[-2])), axis=0)
    return np.matmul(y_bar, transposed(b))


def matmul_right(y_bar, a, b):
    """a^T y_bar, where a or b may be a vector."""
    if np.ndim(a) == np.ndim(b) == 1:
        return y_bar * a
    if np.ndim(a) == 1:
        return np.expand_dims(a, -1) * np.expand_dims(y_bar, -2)
    if np.ndim(b) == 1:
        return np.sum(np.reshape(np.matmul(transposed(a), np.expand_dims(y_bar, -1)), (-1, np.shape(a)[-1])), axis=0)
    return np.matmul(transposed(a), y_bar)


multilinear(np.matmul, matmul_left, matmul_right)


def dot(a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    return np.matmul(a, b) if np.ndim(b) <= 2 and np.ndim(a) <= 2 else np.tensordot(a, b, axes=((-1,), (-2 if np.ndim(b) > 1 else 0,)))


def tensordot(a, b, axes=2):
    n = axes if isinstance(axes, int) else None
    a_axes, b_axes = (range(np.ndim(a) - n, np.ndim(a)), range(n)) if n is not None else map(np.atleast_1d, axes)
    a_axes, b_axes = [int(i) % np.ndim(a) for i in a_axes], [int(i) % np.ndim(b) for i in b_axes]
    a_free = [i for i in range(np.ndim(a)) if i not in a_axes]
    b_free = [i for i in range(np.ndim(b)) if i not in b_axes]
    shape = [np.shape(a)[i] for i in a_free] + [np.shape(b)[i] for i in b_free]
    size = int(np.prod([np.shape(a)[i] for i in a_axes], dtype=int))
    left = np.reshape(np.transpose(a, (*a_free, *a_axes)), (-1, size))
    right = np.reshape(np.transpose(b, (*b_axes, *b_free)), (size, -1))
    return np.reshape(np.matmul(left, right), tuple(shape))


composite(np.dot,       dot)
composite(np.tensordot, tensordot)
composite(np.inner,     lambda a, b: a * b if np.ndim(a) == 0 or np.ndim(b) == 0 else np.tensordot(a, b, axes=((-1,), (-1,))))
composite(np.outer,     lambda a, b: np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1)))
composite(np.vdot,      lambda a, b: np.sum(np.conj(np.ravel(a)) * np.ravel(b)))


def norm(x, ord=None, axis=None, keepdims=False):
    if ord is None or (ord == 2 and (np.ndim(x) == 1 or np.ndim(axis) == 0 and axis is not None)) or ord == "fro":
        return np.sqrt(np.sum(np.real(x * np.conj(x)), axis=axis, keepdims=keepdims))
    raise NotImplementedError(ord)


composite(np.linalg.norm, norm)

# ---------------------------------------------------------------- solving
general(np.linalg.solve, arity=2,
        jvp=lambda x_dots, y, a, b: np.linalg.solve(a, (0 if x_dots[1] is None else x_dots[1]) - (0 if x_dots[0] is None else apply_to(x_dots[0], y, b))),
        vjp=lambda i, y_bar, y, a, b: solve_transpose(i, y_bar, y, a, b))


def apply_to(a, y, b):
    return np.matmul(a, y)


def solve_transpose(i, y_bar, y, a, b):
    from diffbench.rules.table import unbroadcast

    b_bar = np.linalg.solve(transposed(a), y_bar)
    if i == 1:
        return unbroadcast(b_bar, b)
    left, right = (b_bar, y) if np.ndim(b) > 1 else (np.expand_dims(b_bar, -1), np.expand_dims(y, -1))
    return unbroadcast(-np.matmul(left, transposed(right)), a)
