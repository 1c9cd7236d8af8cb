"""scipy.linalg beyond factors and solutions: generalised and banded eigenproblems, logarithms and powers
of a matrix, the equations of Lyapunov and Riccati, Toeplitz systems.

Eigenvalues are in SciPy's order, and eigenvectors as long and of the sign or phase that SciPy gives
them. Riccati's equations are solved by SciPy; Newton's steps (Kleinman 1968) carry the derivatives.
"""

# fmt: off
import numpy as np
import scipy.linalg

from diffbench.arrays.capture.application import as_operand
from diffbench.arrays.traced import core
from diffbench.errors import MissingRule
from diffbench.rules.entries.indexing import add_at, getitem
from diffbench.rules.interception import caught
from diffbench.rules.linear_algebra.products import adjoint
from diffbench.rules.scipy.linalg.banded import general_band
from diffbench.rules.scipy.linalg.factors import function_of_a_matrix, toeplitz
from diffbench.rules.table import composite, if_there

STEPS = 3


def numbers(x):
    return as_operand(x) if isinstance(x, (list, tuple)) else x


# ---------------------------------------------------------------- eigenproblems
def eig(a, b=None, left=False, right=True, overwrite_a=False, overwrite_b=False, check_finite=True, homogeneous_eigvals=False):
    if left or homogeneous_eigvals:
        raise MissingRule("scipy.linalg.eig with left or homogeneous_eigvals has no derivative rule; take the eigenvectors of the transposed matrix")
    w, v = np.linalg.eig(a if b is None else np.linalg.solve(b, a))
    known, vectors = scipy.linalg.eig(core(a), core(b))
    order = matched(core(w), known)
    w, v = getitem(w, (order,)) + 0j, getitem(v, (slice(None), order))
    turned = np.sum(np.conj(core(v)) * vectors, axis=0)
    v = v * (turned / np.abs(turned) if np.iscomplexobj(vectors) else np.sign(np.real(turned)))
    return (w, v) if right else w


def matched(found, known):
    """Which of the found values is the nearest to each known one."""
    order, free = [], list(range(len(found)))
    for value in known:
        order.append(free.pop(int(np.argmin(np.abs(found[free] - value)))))
    return np.array(order)


def eigvals(a, b=None, overwrite_a=False, check_finite=True, homogeneous_eigvals=False):
    return eig(a, b, right=False, homogeneous_eigvals=homogeneous_eigvals)


def eigh(a, b=None, *, lower=True, eigvals_only=False, subset_by_index=None, subset_by_value=None, type=1, **options):
    if subset_by_value is not None or type != 1:
        raise MissingRule("scipy.linalg.eigh with subset_by_value or type has no derivative rule; leave them out")
    a = mirrored(a, lower)
    if b is None:
        w, v = np.linalg.eigh(a)
    else:
        factor = np.linalg.cholesky(mirrored(b, lower))
        inner = np.linalg.solve(factor, adjoint(np.linalg.solve(factor, a)))
        w, v = np.linalg.eigh((inner + adjoint(inner)) / 2)
        v = np.linalg.solve(adjoint(factor), v)
    first, last = (0, np.shape(a)[0] - 1) if subset_by_index is None else subset_by_index
    w, v = w[first : last + 1], v[:, first : last + 1]
    if eigvals_only:
        return w
    _, chosen = scipy.linalg.eigh(core(a), core(b), subset_by_index=subset_by_index, **options)
    turned = np.sum(np.conj(core(v)) * chosen, axis=0)
    return w, v * (turned / np.abs(turned) if np.iscomplexobj(chosen) else np.sign(turned))


def mirrored(a, lower):
    """The symmetric matrix of which one triangle is read."""
    half = np.tril(a) if lower else np.triu(a)
    return half + adjoint(half) - np.diag(np.real(np.diag(half)))


def of_band(a_band, lower):
    """The symmetric matrix of a band of it."""
    band = general_band(numbers(a_band), lower)
    half, n = len(band) // 2, np.shape(band)[1]
    rows = np.arange(n) + np.arange(len(band))[:, None] - half
    there = (rows >= 0) & (rows < n)
    return add_at(np.zeros((n, n)), band[there], (rows[there], np.broadcast_to(np.arange(n), rows.shape)[there]))


def tridiagonal(d, e):
    e = numbers(e)
    return np.diag(numbers(d)) + np.diag(e, 1) + np.diag(e, -1)


def require_all(select, select_range):
    if select not in ("a", 0) or select_range is not None:
        raise MissingRule("scipy.linalg's banded eigenproblems with select have no derivative rule; take all eigenvalues")


def eigh_tridiagonal(d, e, eigvals_only=False, select="a", select_range=None, **options):
    require_all(select, select_range)
    return as_chosen(tridiagonal(d, e), eigvals_only, lambda: scipy.linalg.eigh_tridiagonal(core(numbers(d)), core(numbers(e)))[1])


def eig_banded(a_band, lower=False, eigvals_only=False, overwrite_a_band=False, select="a", select_range=None, **options):
    require_all(select, select_range)
    return as_chosen(of_band(a_band, lower), eigvals_only, lambda: scipy.linalg.eig_banded(core(numbers(a_band)), lower)[1])


def as_chosen(a, eigvals_only, vectors):
    if eigvals_only:
        return np.linalg.eigvalsh(a)
    w, v = np.linalg.eigh(a)
    return w, v * np.sign(np.sum(core(v) * vectors(), axis=0))


composite(caught(scipy.linalg.eig),     eig)
composite(caught(scipy.linalg.eigvals), eigvals)
composite(caught(scipy.linalg.eigh),    eigh)
composite(caught(scipy.linalg.eigvalsh), lambda a, b=None, **options: eigh(a, b, eigvals_only=True, **{k: v for k, v in options.items() if k in ("lower", "subset_by_index", "subset_by_value", "type")}))
composite(caught(scipy.linalg.eigh_tridiagonal), eigh_tridiagonal)
composite(caught(scipy.linalg.eigvalsh_tridiagonal), lambda d, e, select="a", select_range=None, **options: eigh_tridiagonal(d, e, True, select, select_range))
composite(caught(scipy.linalg.eig_banded), eig_banded)
composite(caught(scipy.linalg.eigvals_banded), lambda a_band, lower=False, overwrite_a_band=False, select="a", select_range=None, check_finite=True:
          eig_banded(a_band, lower, True, False, select, select_range))


# ---------------------------------------------------------------- functions of a matrix
def power(A, t):
    return scipy.linalg.expm(t * scipy.linalg.logm(A))


def sign(A, disp=None):
    """By Newton's iteration (Roberts 1980): far from the imaginary axis it converges in some ten steps."""
    x, before = A * 1.0, None
    for _ in range(60):
        before, x = x, (x + np.linalg.inv(x)) / 2
        if np.max(np.abs(core(x) - core(before))) <= 1e-9 * np.max(np.abs(core(x))):
            break
    for _ in range(STEPS):
        x = (x + np.linalg.inv(x)) / 2
    return x


function_of_a_matrix(scipy.linalg.logm)
composite(caught(scipy.linalg.fractional_matrix_power), power)
composite(caught(scipy.linalg.signm), sign)


# ---------------------------------------------------------------- equations
def lyapunov(a, q):
    return scipy.linalg.solve_sylvester(a, adjoint(a), q)


def discrete_lyapunov(a, q, method=None):
    n = np.shape(a)[0]
    return np.reshape(np.linalg.solve(np.eye(n * n) - np.kron(a, np.conj(a)), np.ravel(q)), (n, n))


def riccati(name, original, step):
    def solve(a, b, q, r, e=None, s=None, balanced=True):
        if e is not None or s is not None:
            raise MissingRule(f"scipy.linalg.{name} with e or s has no derivative rule; multiply them into the other matrices")
        x = original(core(numbers(a)), core(numbers(b)), core(numbers(q)), core(numbers(r)), balanced=balanced)
        for _ in range(STEPS):
            x = step(x, numbers(a), numbers(b), numbers(q), numbers(r))
        return x

    return solve


def continuous_step(x, a, b, q, r):
    gain = np.linalg.solve(r, np.matmul(adjoint(b), x))
    closed = a - np.matmul(b, gain)
    residual = np.matmul(adjoint(a), x) + np.matmul(x, a) - np.matmul(np.matmul(x, b), gain) + q
    return x - lyapunov(adjoint(closed), residual)


def discrete_step(x, a, b, q, r):
    gain = np.linalg.solve(r + np.matmul(np.matmul(adjoint(b), x), b), np.matmul(np.matmul(adjoint(b), x), a))
    closed = a - np.matmul(b, gain)
    residual = np.matmul(np.matmul(adjoint(a), x), closed) + q - x
    return x + discrete_lyapunov(adjoint(closed), residual)


composite(caught(scipy.linalg.solve_continuous_lyapunov), lyapunov)
composite(caught(scipy.linalg.solve_discrete_lyapunov), discrete_lyapunov)
composite(caught(scipy.linalg.solve_continuous_are), riccati("solve_continuous_are", scipy.linalg.solve_continuous_are, continuous_step))
composite(caught(scipy.linalg.solve_discrete_are), riccati("solve_discrete_are", scipy.linalg.solve_discrete_are, discrete_step))


def solve_toeplitz(c_or_cr, b, check_finite=True):
    c, r = c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, None)
    return np.linalg.solve(toeplitz(numbers(c), None if r is None else numbers(r)), numbers(b))


def cholesky_banded(ab, overwrite_ab=False, lower=False, check_finite=True):
    ab = numbers(ab)
    half, n = len(ab) - 1, np.shape(ab)[1]
    factor = np.linalg.cholesky(of_band(ab, lower))
    down = np.arange(half + 1)[:, None]
    i = np.arange(n) + down
    band = np.where(i < n, getitem(factor, (np.minimum(i, n - 1), np.broadcast_to(np.arange(n), i.shape))), ab if lower else 0.0)
    if lower:
        return band
    j = np.arange(n) - down
    # what is read by nobody stays, as in SciPy
    return np.where(j >= 0, getitem(factor, (np.broadcast_to(np.arange(n), j.shape), np.maximum(j, 0))), ab[::-1])[::-1]


def cho_solve_banded(cb_and_lower, b, overwrite_b=False, check_finite=True):
    cb, lower = cb_and_lower
    half = len(numbers(cb)) - 1
    zeros = np.zeros((half, np.shape(cb)[1]))
    wide = np.concatenate([zeros, cb]) if lower else np.concatenate([cb, zeros])
    n = np.shape(cb)[1]
    rows = np.arange(n) + np.arange(2 * half + 1)[:, None] - half
    there = (rows >= 0) & (rows < n)
    factor = add_at(np.zeros((n, n)), wide[there], (rows[there], np.broadcast_to(np.arange(n), rows.shape)[there]))
    return np.linalg.solve(np.matmul(factor, adjoint(factor)) if lower else np.matmul(adjoint(factor), factor), numbers(b))


composite(caught(scipy.linalg.solve_toeplitz), solve_toeplitz)
composite(caught(scipy.linalg.cholesky_banded), cholesky_banded)
composite(caught(scipy.linalg.cho_solve_banded), cho_solve_banded)


# ---------------------------------------------------------------- what is not unique, or compiled
def refusing(name, cure):
    def refuse(*args, **options):
        raise MissingRule(f"scipy.linalg.{name} has no derivative rule; {cure}")

    return refuse


for _name, _cure in (("schur", "its vectors are defined up to signs only; use eig or expm"), ("hessenberg", "use eig or expm"), ("ldl", "use cholesky or lu"),
                     ("qz", "use eig(a, b)"), ("rq", "use qr of the flipped matrix"), ("cossin", "use svd"), ("funm", "use expm, logm, sqrtm, cosm or fractional_matrix_power"),
                     ("null_space", "a basis of the null space is not unique; use projectors made of pinv"), ("qr_multiply", "use qr"), ("matrix_balance", "it decides by magnitudes")):
    composite(caught(if_there(scipy.linalg, _name)), refusing(_name, _cure))
