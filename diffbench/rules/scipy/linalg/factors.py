"""scipy.linalg: what NumPy has too is written with NumPy's; LU factors and functions of a matrix
have rows of their own.

Where SciPy reads one triangle of a symmetric matrix, so does its derivative here.
"""

# fmt: off
from typing import Any

import numpy as np
import scipy.linalg

from diffbench.errors import MissingRule
from diffbench.rules.entries.indexing import getitem
from diffbench.rules.interception import caught
from diffbench.rules.linear_algebra.products import adjoint, transposed
from diffbench.rules.table import (
    composite,
    dispatched,
    general,
    nondifferentiable,
    settled,
    unbroadcast,
)


def require(function, **options):
    """Raise for an option that is not at its default."""
    asked = [f"{name}={value!r}" for name, value in options.items() if value is not None and value is not False]
    if asked:
        raise MissingRule(f"scipy.linalg.{function} with {', '.join(asked)} has no derivative "
                          "rule; leave it out, or use numpy.linalg")


# ---------------------------------------------------------------- factors and solutions
def triangle(a, lower, unit_diagonal=False):
    part = np.tril(a) if lower else np.triu(a)
    return part * (1 - np.eye(len(a))) + np.eye(len(a)) if unit_diagonal else part


def solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False, **options):
    part = triangle(a, lower, unit_diagonal)
    return np.linalg.solve(part if trans in (0, "N") else adjoint(part) if trans in (2, "C") else transposed(part), b)


def cho_solve(c_and_lower, b, **options):
    c, lower = c_and_lower
    part = np.tril(c) if lower else adjoint(np.triu(c))
    return np.linalg.solve(np.matmul(part, adjoint(part)), b)


def cholesky(a, lower=False, overwrite_a=False, check_finite=True):
    return np.linalg.cholesky(a) if lower else adjoint(np.linalg.cholesky(adjoint(a)))


def cho_factor(a, lower=False, **options):
    """The factor in one triangle; the other one keeps what stands in a, or is zero since SciPy 1.18."""
    other = np.triu(a, 1) if lower else np.tril(a, -1)
    return cholesky(a, lower) + (other if KEEPS_THE_OTHER else 0.0 * other), lower


KEEPS_THE_OTHER = scipy.linalg.cho_factor(np.array([[1.0, 0.5], [0.5, 1.0]]))[0][1, 0] == 0.5


def solve(a, b, lower=False, overwrite_a=False, overwrite_b=False, check_finite=True, assume_a=None, transposed=False):
    a = as_assumed(a, assume_a, lower, "solve")
    return np.linalg.solve(np.transpose(a) if transposed else a, b)


def as_assumed(a, assume_a, lower, function):
    """The matrix that SciPy reads in a where it is told what kind of matrix it is."""
    kind = (assume_a or "gen").split(" ")[0]
    if kind in ("sym", "symmetric", "her", "hermitian", "pos", "positive"):
        half = triangle(a, lower)
        return half + adjoint(half) - np.diag(np.diag(half))
    if kind in ("lower", "upper"):
        return triangle(a, kind == "lower")
    if kind in ("gen", "general"):
        return a
    raise MissingRule(f"scipy.linalg.{function} with assume_a={assume_a!r} has no derivative rule; "
                      f"leave it out, or use numpy.linalg.{function}")


def inv(a, overwrite_a=False, check_finite=True, *, assume_a=None, lower=False):
    return np.linalg.inv(as_assumed(a, assume_a, lower, "inv"))


def qr(a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True):
    require("qr", pivoting=pivoting)
    mode = "economic" if mode == "full" and np.shape(a)[-1] == np.shape(a)[-2] else mode
    names: Any = {"full": "complete", "economic": "reduced", "r": "r"}
    factors = np.linalg.qr(a, names[mode])
    return (factors,) if mode == "r" else tuple(factors)


def svd(a, full_matrices=True, compute_uv=True, **options):
    factors = np.linalg.svd(a, full_matrices, compute_uv)
    return tuple(factors) if compute_uv else factors


def pinv(a, *, return_rank=False, **options):
    require("pinv", return_rank=return_rank, **{name: options.get(name) for name in ("atol", "rtol")})
    return np.linalg.pinv(a)


composite(caught(scipy.linalg.solve_triangular), solve_triangular)
composite(caught(scipy.linalg.cho_solve),  cho_solve)
composite(caught(scipy.linalg.cholesky),   cholesky)
composite(caught(scipy.linalg.cho_factor), cho_factor)
composite(caught(scipy.linalg.solve),      solve)
composite(caught(scipy.linalg.inv),        inv)
composite(caught(scipy.linalg.det),        lambda a, **options: np.linalg.det(a))
composite(caught(scipy.linalg.norm),       lambda a, ord=None, axis=None, keepdims=False, check_finite=True: np.linalg.norm(a, ord, axis, keepdims))
composite(caught(scipy.linalg.svd),        svd)
composite(caught(scipy.linalg.svdvals),    lambda a, **options: np.linalg.svdvals(a))
composite(caught(scipy.linalg.qr),         qr)
composite(caught(scipy.linalg.pinv),       pinv)
composite(caught(scipy.linalg.lstsq),      lambda a, b, cond=None, **options: tuple(np.linalg.lstsq(a, b, rcond=cond)))


# ---------------------------------------------------------------- LU: the order of the rows is
# piecewise constant
@dispatched
def lu_in_place(a):
    """The factors of a matrix whose rows need no exchange, L below the diagonal (its own are ones)
    and U on and above it.
    """
    lu = np.array(a)
    for k in range(len(lu) - 1):
        lu[k + 1 :, k] /= lu[k, k]
        lu[k + 1 :, k + 1 :] -= np.outer(lu[k + 1 :, k], lu[k, k + 1 :])
    return lu


def lu_jvp(x_dots, y, a):
    l, u = lower_factor(y), np.triu(y)
    # L^-1 a_dot U^-1
    inner = transposed(np.linalg.solve(transposed(u), transposed(np.linalg.solve(l, x_dots[0]))))
    return np.matmul(l, np.tril(inner, -1)) + np.matmul(np.triu(inner), u)


def lower_factor(lu):
    return np.tril(lu, -1) + np.eye(len(lu))


def row_order(a):
    """The rows of a in the order in which elimination takes them."""
    permutation, _, _ = scipy.linalg.lu(settled(a), p_indices=True)
    return np.argsort(permutation)


def lu(a, permute_l=False, overwrite_a=False, check_finite=True, p_indices=False):
    if np.ndim(a) != 2 or np.shape(a)[0] != np.shape(a)[1]:
        raise MissingRule("scipy.linalg.lu has a derivative rule for square matrices, not for "
                          f"shape {np.shape(a)}; use qr")
    order = row_order(a)
    factors, p = lu_in_place(getitem(a, order)), np.eye(len(order))[:, order]
    l, u = lower_factor(factors), np.triu(factors)
    if permute_l:
        return np.matmul(p, l), u
    return (np.argsort(order) if p_indices else p), l, u


def lu_factor(a, overwrite_a=False, check_finite=True):
    return lu_in_place(getitem(a, row_order(a))), scipy.linalg.lu_factor(settled(a))[1]


def lu_solve(lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True):
    factors, exchanges = lu_and_piv
    order = np.arange(len(exchanges))
    for k, other in enumerate(exchanges):
        order[[k, other]] = order[[other, k]]
    l, u = lower_factor(factors), np.triu(factors)
    if not trans:
        return np.linalg.solve(u, np.linalg.solve(l, getitem(b, order)))
    return getitem(np.linalg.solve(transposed(l), np.linalg.solve(transposed(u), b)), np.argsort(order))


general(lu_in_place, jvp=lu_jvp)
composite(caught(scipy.linalg.lu),        lu)
composite(caught(scipy.linalg.lu_factor), lu_factor)
composite(caught(scipy.linalg.lu_solve),  lu_solve)


# ---------------------------------------------------------------- analytic functions of a matrix
def corner(function, a, a_dot, like):
    """The derivative of function at a along a_dot: the corner of its value at [[a, a_dot], [0, a]]
    (Mathias 1996), in the dtype of `like`.
    """
    n = np.shape(a)[-1]
    block = np.concatenate([np.concatenate([a, a_dot], axis=-1), np.concatenate([np.zeros_like(a), a], axis=-1)], axis=-2)
    # the function of a doubled matrix loses digits
    wide = block.astype(np.result_type(block, np.float64), copy=False)
    found = function(wide)[..., :n, n:]
    return (np.real(found) if np.isrealobj(like) else found).astype(like.dtype, copy=False)


def function_of_a_matrix(function):
    general(caught(function),
            jvp=lambda x_dots, y, a, **options: corner(function, a, x_dots[0], like=y),
            vjp=lambda i, y_bar, y, a, **options: corner(function, transposed(a), y_bar, like=a))


for _name in ("expm", "cosm", "sinm", "coshm", "sinhm"):
    function_of_a_matrix(getattr(scipy.linalg, _name))


def sylvester_jvp(x_dots, y, a, b, q):
    a_dot, b_dot, q_dot = x_dots
    right = 0.0 * y if q_dot is None else q_dot
    right = right if a_dot is None else right - np.matmul(a_dot, y)
    return sylvester(a, b, right if b_dot is None else right - np.matmul(y, b_dot))


def sylvester_vjp(i, y_bar, y, a, b, q):
    q_bar = sylvester(transposed(a), transposed(b), y_bar)
    moved = (lambda: -np.matmul(q_bar, transposed(y)), lambda: -np.matmul(transposed(y), q_bar), lambda: q_bar)
    return unbroadcast(moved[i](), (a, b, q)[i])


@dispatched
def sylvester(a, b, q):
    """The solution y of a y + y b = q."""
    return scipy.linalg.solve_sylvester(a, b, q)


general(sylvester, jvp=sylvester_jvp, vjp=sylvester_vjp, arity=3)
composite(caught(scipy.linalg.solve_sylvester), lambda a, b, q: sylvester(a, b, q))
# y y_dot + y_dot y = a_dot: no corner, whose repeated eigenvalues rounding spreads over the cut of the root
def invertible(a):
    """1, or NaN for a singular matrix, at which a root's derivative is infinite, and for one beside
    which an eigenvalue crosses the cut.
    """
    singular = np.linalg.matrix_rank(a) < np.shape(a)[-1]
    return np.where(singular | is_on_the_cut(a), np.nan, 1.0)[..., None, None]


@dispatched
def is_on_the_cut(a):
    """Whether eigenvalues on the negative real axis may leave it: a single one of a real matrix
    can't, two that are equal become a pair.
    """
    w = np.linalg.eigvals(a)
    near = np.sqrt(np.finfo(w.dtype).eps) * np.max(np.abs(w), axis=-1, keepdims=True, initial=0.0)
    on = (np.real(w) < -near) & (np.abs(np.imag(w)) <= near)
    equal = np.abs(w[..., :, None] - w[..., None, :]) <= near[..., None]
    leaves = on if np.iscomplexobj(a) else on & (np.sum(equal, axis=-1) > 1)
    return np.any(leaves, axis=-1)


nondifferentiable(is_on_the_cut, arity=1)


general(caught(scipy.linalg.sqrtm),
        jvp=lambda x_dots, y, a, **options: sylvester(y, y, x_dots[0]) * invertible(a),
        vjp=lambda i, y_bar, y, a, **options: unbroadcast(sylvester(transposed(y), transposed(y), y_bar) * invertible(a), a),
        complex_by_value=True)


# ---------------------------------------------------------------- matrices put together from
# vectors
def block_diag(*arrs):
    blocks = [np.atleast_2d(a) for a in arrs]
    return np.block([[b if i == j else np.zeros((np.shape(a)[0], np.shape(b)[1])) for j, b in enumerate(blocks)] for i, a in enumerate(blocks)])


def vector(x):
    """x, which must be one vector; SciPy makes a matrix of each vector in the last axis."""
    if np.ndim(x) > 1:
        raise MissingRule(f"scipy.linalg of vectors in an array of shape {np.shape(x)} has no "
                          "derivative rule; np.stack the matrices of each")
    return np.ravel(x)


def toeplitz(c, r=None):
    c = vector(c)
    r = np.conj(c) if r is None else vector(r)
    return getitem(np.concatenate([c[::-1], r[1:]]), np.size(c) - 1 + np.arange(np.size(r)) - np.arange(np.size(c))[:, None])


def hankel(c, r=None):
    c = vector(c)
    r = np.zeros_like(c) if r is None else vector(r)
    return getitem(np.concatenate([c, r[1:]]), np.arange(np.size(c))[:, None] + np.arange(np.size(r)))


composite(caught(scipy.linalg.block_diag), block_diag)
composite(caught(scipy.linalg.toeplitz),   toeplitz)
composite(caught(scipy.linalg.hankel),     hankel)
composite(caught(scipy.linalg.circulant),  lambda c: getitem(vector(c), (np.arange(np.size(c))[:, None] - np.arange(np.size(c))) % np.size(c)))
