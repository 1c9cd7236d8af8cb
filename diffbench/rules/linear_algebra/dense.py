"""Linear algebra: solving, factorising, functions of a matrix. Matrices are in the last two axes.

Functions of a symmetric matrix (cholesky, eigh) read one triangle; their derivative is that of the
symmetrised matrix, so that it is symmetric as well. Where the result is not differentiable (a
repeated eigenvalue, a lost rank) the rule yields NaN, which is reported.
Sources: Giles (2008), "An extended collection of matrix derivative results"; Petersen and Pedersen,
"The matrix cookbook".
"""

# fmt: off
import numpy as np

from diffbench.errors import MissingRule
from diffbench.rules.interception import caught
from diffbench.rules.linear_algebra.products import adjoint, transposed
from diffbench.rules.reductions import joined, kept
from diffbench.rules.table import (
    axes_of,
    composite,
    dispatched,
    elementwise,
    general,
    nondifferentiable,
    settled,
    unbroadcast,
)


def symmetric(a):
    return (a + adjoint(a)) / 2


def columns(v, b):
    """v as a matrix of right-hand sides, if b is a single one."""
    return np.expand_dims(v, -1) if np.ndim(b) == 1 else v


# ---------------------------------------------------------------- solving
def solve_jvp(x_dots, y, a, b):
    a_dot, b_dot = x_dots
    right = 0.0 if b_dot is None else b_dot
    if a_dot is not None:
        moved = np.matmul(a_dot, columns(y, b))
        right = right - (moved[..., 0] if np.ndim(b) == 1 else moved)
    return np.linalg.solve(a, right)


def solve_vjp(i, y_bar, y, a, b):
    b_bar = np.linalg.solve(transposed(a), columns(y_bar, b))
    if i == 1:
        return unbroadcast(b_bar[..., 0] if np.ndim(b) == 1 else b_bar, b)
    return unbroadcast(-np.matmul(b_bar, transposed(columns(y, b))), a)


general(np.linalg.solve, jvp=solve_jvp, vjp=solve_vjp, arity=2)
general(np.linalg.inv,
        jvp=lambda x_dots, y, a: -np.matmul(np.matmul(y, x_dots[0]), y),
        vjp=lambda i, y_bar, y, a: -np.matmul(np.matmul(transposed(y), y_bar), transposed(y)))


def require_general(name, hermitian):
    """NumPy's hermitian=True reads one triangle only."""
    if hermitian:
        raise MissingRule(f"numpy.linalg.{name} with hermitian=True has no derivative rule; leave "
                          "it out, or use np.linalg.eigh")


def pinv(a, rcond=None, hermitian=False, *, rtol=None):
    """By QR, or the normal equations if complex, of the full-rank matrix it must be: the
    pseudo-inverse jumps where the rank changes.
    """
    require_general("pinv", hermitian)
    # what is below is cut off: a lost rank as well
    rtol = rcond if rtol is None else rtol
    if np.any(np.linalg.matrix_rank(a, **({} if rtol is None else {"rtol": rtol})) < min(np.shape(a)[-2:])):
        return transposed(a) * np.nan
    if np.isrealobj(a):
        tall = np.shape(a)[-2] >= np.shape(a)[-1]
        # of whose signs the product is free
        q, r = reduced_qr(a if tall else transposed(a))
        return np.linalg.solve(r, transposed(q)) if tall else transposed(np.linalg.solve(r, transposed(q)))
    h = adjoint(a)
    return np.linalg.solve(np.matmul(h, a), h) if np.shape(a)[-2] >= np.shape(a)[-1] else np.matmul(h, np.linalg.inv(np.matmul(a, h)))


def lstsq(a, b, rcond=None):
    x = np.matmul(np.linalg.pinv(a, rcond), b)
    residual = b - np.matmul(a, x)
    full = np.shape(a)[0] > np.shape(a)[1]
    sums = np.atleast_1d(np.sum(residual * residual, axis=0)) if full else np.zeros(0)
    return x, sums, int(np.linalg.matrix_rank(a)), np.linalg.svd(a, compute_uv=False)


def matrix_power(a, n):
    base, n = (np.linalg.inv(a), -n) if n < 0 else (a, n)
    if n == 0:
        return np.broadcast_to(np.eye(np.shape(a)[-1]), np.shape(a)) + 0.0 * a
    result = None
    while n:
        if n & 1:
            result = base if result is None else np.matmul(result, base)
        n >>= 1
        base = np.matmul(base, base) if n else base
    return result


def tensorsolve(a, b, axes=None):
    n = np.ndim(a)
    chosen = () if axes is None else axes_of(axes, a)
    a = np.transpose(a, (*(k for k in range(n) if k not in chosen), *chosen))
    shape = np.shape(a)[np.ndim(b) :]
    return np.reshape(np.linalg.solve(np.reshape(a, (np.size(b), -1)), np.ravel(b)), shape)


def tensorinv(a, ind=2):
    shape = np.shape(a)
    return np.reshape(np.linalg.inv(np.reshape(a, (int(np.prod(shape[:ind])), -1))), shape[ind:] + shape[:ind])


nondifferentiable(np.linalg.matrix_rank, arity=1)
composite(np.linalg.pinv,         pinv)
composite(np.linalg.tensorsolve,  tensorsolve)
composite(np.linalg.tensorinv,    tensorinv)
composite(np.linalg.lstsq,        lstsq)
composite(np.linalg.matrix_power, matrix_power)


# ---------------------------------------------------------------- determinants: by cofactors, right
# at a singular matrix
def cofactors(a):
    """The matrix of cofactors, d det / d a: from the inverse where that is safe, otherwise from the
    minors.
    """
    n = np.shape(a)[-1]
    if n > 3 and np.all(np.linalg.cond(a) < 1e8):
        return np.linalg.det(a)[..., None, None] * transposed(np.linalg.inv(a))
    others = np.array([[k for k in range(n) if k != i] for i in range(n)], dtype=int).reshape(n, max(n - 1, 0))
    minors = a[..., others[:, None, :, None], others[None, :, None, :]]
    return np.linalg.det(minors) * (-1.0) ** np.add.outer(np.arange(n), np.arange(n))


general(np.linalg.det,
        jvp=lambda x_dots, y, a: np.sum(cofactors(a) * x_dots[0], axis=(-2, -1)),
        vjp=lambda i, y_bar, y, a: np.expand_dims(y_bar, (-2, -1)) * cofactors(a))


def slogdet_jvp(x_dots, y, a):
    growth = np.sum(transposed(np.linalg.inv(a)) * x_dots[0], axis=(-2, -1))
    if not np.iscomplexobj(growth):
        return np.zeros_like(y[0]), growth
    return y[0] * 1j * np.imag(growth), np.real(growth)


def slogdet_vjp(i, y_bar, y, a):
    weight = y_bar[1] - np.real(y_bar[0] * 1j * y[0]) * 1j if np.iscomplexobj(y[0]) else y_bar[1]
    return np.expand_dims(weight, (-2, -1)) * transposed(np.linalg.inv(a))


general(np.linalg.slogdet, jvp=slogdet_jvp, vjp=slogdet_vjp)


# ---------------------------------------------------------------- factorisations
def cholesky_jvp(x_dots, y, a, upper=False):
    low = np.conj(transposed(y)) if upper else y
    inverse = np.linalg.inv(low)
    s = np.matmul(np.matmul(inverse, symmetric(x_dots[0])), np.conj(transposed(inverse)))
    low_dot = np.matmul(low, np.tril(s) - s * np.eye(np.shape(a)[-1]) / 2)
    return np.conj(transposed(low_dot)) if upper else low_dot


def of_full_rank(r):
    """1, or NaN for the triangle of a matrix that is singular as far as can be told: its factors
    are none of its entries' functions. What Householder's reflections leave of a zero is some eps
    of the largest entry (Higham, 2002, section 19.3: c n eps, c a small constant).
    """
    d = np.abs(np.diagonal(r, axis1=-2, axis2=-1))
    largest = np.max(np.abs(r), axis=(-2, -1), initial=0.0)[..., None]
    least = 16 * np.shape(r)[-1] * np.finfo(d.dtype).eps * largest
    return np.where(np.any(d <= least, axis=-1), np.nan, 1.0)[..., None, None]


def qr_jvp(x_dots, y, a):
    q, r = y
    r = r * of_full_rank(r)
    # dA R^-1
    moved = transposed(np.linalg.solve(transposed(r), transposed(x_dots[0])))
    inner = np.matmul(adjoint(q), moved)
    skew = np.tril(inner, -1) - adjoint(np.tril(inner, -1))
    if np.iscomplexobj(inner):
        # the diagonal of R stays real
        skew = skew + 1j * np.eye(np.shape(r)[-1]) * np.imag(inner)
    return moved - np.matmul(q, inner - skew), np.matmul(inner - skew, r)


def qr(a, mode="reduced"):
    if mode not in ("reduced", "r") or np.shape(a)[-2] < np.shape(a)[-1]:
        raise MissingRule("numpy.linalg.qr is differentiable for mode='reduced' and at least as many "
                          "rows as columns; transpose, or use another factorisation")
    q, r = reduced_qr(a)
    if np.any(upright := settled(left_upright(a))):
        flips = np.sum(np.where(upright, sign_below(a), 0.0), axis=-2)
        q, r = q + flips[..., None, :], r + flips[..., :, None]
    return (q, r) if mode == "reduced" else r


@dispatched
def left_upright(a):
    """Which columns LAPACK's reflections leave as they are, being zero below the diagonal: beside
    such a matrix it reflects them, so that a column of Q and a row of R change sign.
    """
    tau = np.linalg.qr(a, mode="raw")[1]
    return np.expand_dims((tau == 0) & (np.arange(tau.shape[-1]) < np.shape(a)[-2] - 1), -2)


def sign_below(a):
    """0 below the diagonal of a matrix that is zero there, where it jumps."""
    below = np.tril(a, -1)
    return np.sign(np.real(below)) + np.sign(np.imag(below)) if np.iscomplexobj(a) else np.sign(below)


@dispatched
def reduced_qr(a):
    return tuple(np.linalg.qr(a))


def turn(v, v_dot, k):
    """By how much v_dot turns the phase of each column of v whose entry k LAPACK keeps real, and
    which then must not turn.
    """
    at = np.broadcast_to(np.asarray(k) % np.shape(v)[-2], (*np.shape(v)[:-2], 1, np.shape(v)[-1]))
    return 1j * np.imag(np.take_along_axis(v_dot, at, -2)) / np.real(np.take_along_axis(v, at, -2))


def gaps(w):
    """1 / (w_j - w_i) off the diagonal, 0 on it; infinite at a repeated eigenvalue."""
    difference = np.expand_dims(w, -2) - np.expand_dims(w, -1)
    eye = np.eye(np.shape(w)[-1])
    return (1 - eye) / (difference + eye)


@dispatched
def eigen(a, UPLO="L"):
    return tuple(np.linalg.eigh(a, UPLO))


def eigen_jvp(x_dots, y, a, UPLO="L"):
    w, v = y
    inner = np.matmul(np.matmul(adjoint(v), symmetric(x_dots[0])), v)
    v_dot = np.matmul(v, gaps(w) * inner)
    if np.iscomplexobj(inner):
        v_dot = v_dot - v * turn(v, v_dot, 0 if UPLO == "L" else -1)
    return np.real(np.diagonal(inner, axis1=-2, axis2=-1)) * simple(w), v_dot


@dispatched
def eigenvalues(a, UPLO="L"):
    return np.linalg.eigvalsh(a, UPLO)


def eigenvalues_jvp(x_dots, y, a, UPLO="L"):
    w, v = np.linalg.eigh(a, UPLO)
    inner = np.matmul(np.matmul(adjoint(v), symmetric(x_dots[0])), v)
    return np.real(np.diagonal(inner, axis1=-2, axis2=-1)) * simple(w)


def simple(w):
    """1 for a simple eigenvalue, NaN for one that another is equal to: it is a minimum or maximum
    of smooth ones, not smooth itself.
    """
    near = np.abs(np.expand_dims(w, -1) - np.expand_dims(w, -2)) <= 8 * np.finfo(float).eps * np.max(np.abs(w), initial=0.0)
    return np.where(np.sum(near, axis=-1) > 1, np.nan, 1.0)


general(np.linalg.cholesky, jvp=cholesky_jvp)
general(reduced_qr,         jvp=qr_jvp)
nondifferentiable(left_upright, arity=1)
general(eigen,              jvp=eigen_jvp)
general(eigenvalues,        jvp=eigenvalues_jvp)
composite(np.linalg.qr,       qr)
composite(np.linalg.eigh,     lambda a, UPLO="L": eigen(a, UPLO=UPLO))
composite(np.linalg.eigvalsh, lambda a, UPLO="L": eigenvalues(a, UPLO=UPLO))


@dispatched
def general_eigen(a):
    return tuple(np.linalg.eig(a))


def general_eigen_jvp(x_dots, y, a):
    w, v = y
    inner = np.linalg.solve(v, np.matmul(x_dots[0] + 0j, v))
    v_dot = np.matmul(v, gaps(w) * inner)
    # each vector stays of length 1
    unit = np.sum(np.real(np.conj(v) * v_dot), axis=-2, keepdims=True)
    v_dot = v_dot - v * unit
    largest = np.argmax(np.abs(settled(v)), axis=-2)[..., None, :]
    w_dot, v_dot = np.diagonal(inner, axis1=-2, axis2=-1) * simple(w), v_dot - v * turn(v, v_dot, largest)
    if np.isrealobj(a) and np.isrealobj(x_dots[0]):
        w_dot, v_dot = in_pairs(w_dot, w), in_pairs(v_dot, np.expand_dims(w, -2))
    found = w_dot, v_dot
    # as NumPy, by what the eigenvalues are
    return tuple(map(np.real, found)) if np.isrealobj(w) else found


def in_pairs(along, w):
    """What belongs to the second of a pair of conjugate eigenvalues is the conjugate of what belongs
    to the first, not up to rounding only: their real parts stay equal wherever the matrix moves.
    """
    return np.where(np.imag(w) < 0, np.conj(np.roll(along, 1, axis=-1)), along)


general(general_eigen, jvp=general_eigen_jvp, complex_by_value=True)
composite(np.linalg.eig,     lambda a: general_eigen(a))
composite(np.linalg.eigvals, lambda a: general_eigen(a)[0])


@dispatched
def singular(a):
    return tuple(np.linalg.svd(a, full_matrices=False))


def singular_jvp(x_dots, y, a):
    """u^H a_dot v split into its parts inside and outside the singular spaces."""
    u, s, vh = y
    v = adjoint(vh)
    inner = np.matmul(np.matmul(adjoint(u), x_dots[0]), v)
    row, column = np.expand_dims(s, -2), np.expand_dims(s, -1)
    # vectors of a value that is 0 are any of many
    known = np.where(is_lost(row), np.nan, row)
    f, along = gaps(s * s), np.diagonal(inner, axis1=-2, axis2=-1)
    u_dot = np.matmul(u, f * (inner * row + column * adjoint(inner)))
    v_dot = np.matmul(v, f * (column * inner + adjoint(inner) * row))
    u_dot = u_dot + (np.matmul(x_dots[0], v) - np.matmul(u, inner)) / known
    v_dot = v_dot + (np.matmul(adjoint(x_dots[0]), u) - np.matmul(v, adjoint(inner))) / known
    if np.iscomplexobj(inner):
        u_dot = u_dot + 1j * u * np.expand_dims(np.imag(along) / s, -2)
        first = turn(v, v_dot, 0) if np.shape(a)[-2] >= np.shape(a)[-1] else turn(u, u_dot, 0)
        u_dot, v_dot = u_dot - u * first, v_dot - v * first
    return u_dot, np.real(along) * simple(s), adjoint(v_dot)


@dispatched
def singular_values(a):
    return np.linalg.svd(a, compute_uv=False)


def singular_values_jvp(x_dots, y, a):
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    inner = np.matmul(np.matmul(adjoint(u), x_dots[0]), adjoint(vh))
    along = np.real(np.diagonal(inner, axis1=-2, axis2=-1))
    return np.where(is_lost(s), where_it_stays(along, x_dots[0]), along * simple(s))


def is_lost(s):
    """Which singular values are 0 as far as can be told: such a one is |t| for some t."""
    return s <= 8 * np.finfo(s.dtype).eps * np.max(s, axis=-1, keepdims=True, initial=0.0)


def where_it_stays(along, a_dot):
    """The slope of a singular value that is 0: 0 along what keeps it there, otherwise NaN."""
    size = np.sqrt(np.sum(np.abs(a_dot) ** 2, axis=(-2, -1)))[..., None]
    return np.where(np.abs(along) <= 64 * np.finfo(along.dtype).eps * size, of_unknown_slope(along), np.nan)


@dispatched
def of_unknown_slope(x):
    """0, whose own slope is not known from one point."""
    return np.zeros_like(x)


elementwise(of_unknown_slope, lambda y, x: np.full_like(x, np.nan))


def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    require_general("svd", hermitian)
    if not compute_uv:
        return singular_values(a)
    if full_matrices and np.shape(a)[-1] != np.shape(a)[-2]:
        raise MissingRule("the extra vectors of a full numpy.linalg.svd are not unique; use "
                          "full_matrices=False")
    return singular(a)


general(singular,        jvp=singular_jvp)
general(singular_values, jvp=singular_values_jvp)
composite(np.linalg.svd,     svd)
composite(np.linalg.svdvals, lambda x: singular_values(x))


# ---------------------------------------------------------------- norms
@dispatched
def nuclear(a):
    """The sum of the singular values: smooth at repeated ones, where each by itself is not."""
    return np.sum(np.linalg.svd(a, compute_uv=False), axis=-1)


def nuclear_slope(a):
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return np.conj(np.matmul(u, vh)) + np.where(np.min(s, axis=-1) <= 8 * np.finfo(float).eps * np.max(s, axis=-1), np.nan, 0.0)[..., None, None]


general(nuclear,
        jvp=lambda x_dots, y, a: np.real(np.sum(nuclear_slope(a) * x_dots[0], axis=(-2, -1))),
        vjp=lambda i, y_bar, y, a: np.expand_dims(y_bar, (-2, -1)) * nuclear_slope(a))


def norm(x, ord=None, axis=None, keepdims=False):
    if axis is None and ord is None:
        y = euclidean(np.ravel(x), None)
        return np.reshape(y, (1,) * np.ndim(x)) if keepdims else y
    axes = axes_of(axis, x)
    y = vector_norm(x, ord, axes[0]) if len(axes) == 1 else matrix_norm(np.moveaxis(x, axes, (-2, -1)), ord)
    return np.expand_dims(y, axes) if keepdims else y


def euclidean(x, axis):
    return np.sqrt(np.sum(np.real(x * np.conj(x)), axis=axis))


def vector_norm(x, ord, axis):
    size = np.abs(x)
    if ord is None or ord == 2:
        return euclidean(x, axis)
    if ord in (np.inf, -np.inf):
        return np.max(size, axis=axis) if ord > 0 else np.min(size, axis=axis)
    if ord == 0:
        return np.sum(1.0 * (x != 0), axis=axis)
    return np.sum(size, axis=axis) if ord == 1 else np.sum(size**ord, axis=axis) ** (1.0 / ord)


def norm_of_entries(x, /, *, axis=None, keepdims=False, ord=2):
    y = vector_norm(joined(x, axis), ord, 0)
    return kept(y, x, axis) if keepdims else y


def matrix_norm(x, ord):
    if ord is None or ord == "fro":
        return euclidean(x, (-2, -1))
    if ord == "nuc":
        return nuclear(x)
    if ord in (2, -2):
        return singular_values(x)[..., 0 if ord > 0 else -1]
    if ord in (1, -1, np.inf, -np.inf):
        sums = np.sum(np.abs(x), axis=-2 if abs(ord) == 1 else -1)
        return np.max(sums, axis=-1) if ord > 0 else np.min(sums, axis=-1)
    raise ValueError("Invalid norm order for matrices.")


def cond(x, p=None):
    if p in (None, 2, -2):
        s = singular_values(x)
        # infinite where x is singular
        return s[..., 0] / s[..., -1] if p != -2 else s[..., -1] / s[..., 0]
    return norm(x, p, (-2, -1)) * norm(np.linalg.inv(x), p, (-2, -1))


composite(np.linalg.norm,        norm)
composite(np.linalg.vector_norm, norm_of_entries)
composite(np.linalg.matrix_norm, lambda x, /, *, keepdims=False, ord="fro": norm(x, ord, (-2, -1), keepdims))
composite(np.linalg.trace,       lambda x, /, *, offset=0, dtype=None: np.trace(x, offset, -2, -1))
composite(np.linalg.diagonal,    lambda x, /, *, offset=0: np.diagonal(x, offset, -2, -1))
composite(np.linalg.matrix_transpose, lambda x, /: transposed(x))
composite(np.linalg.cond,        cond)


# ---------------------------------------------------------------- of lists of traced numbers, and
# of the arrays of objects made of them
for _name in ("solve", "inv", "pinv", "lstsq", "det", "slogdet", "cholesky", "qr", "eigh", "eigvalsh", "eig", "eigvals", "svd", "svdvals", "cond"):
    caught(getattr(np.linalg, _name))
