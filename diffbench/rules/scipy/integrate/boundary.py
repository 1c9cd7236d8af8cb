"""scipy.integrate.solve_bvp: boundary value problems, by the implicit function theorem for the
collocation system (Kierzenka and Shampine 2001) on the mesh that SciPy ends with.

Steps with the matrix of that system at SciPy's solution, of plain numbers, carry derivatives: each
step one more order.
"""

# fmt: off
import numpy as np
import scipy.integrate as sg
import scipy.interpolate as si

from diffbench.arrays import dual
from diffbench.arrays.capture.application import as_operand
from diffbench.arrays.traced import contains_traced, core
from diffbench.rules.interception import caught, solvers
from diffbench.rules.scipy.interpolate.piecewise import PIECES, powers
from diffbench.rules.scipy.solving import Plainly, bare, encloses_traced, plainly, refusal

ORDERS, POLISH = 3, 6


def rows(y):
    return np.stack([as_operand(row) * 1.0 for row in y]) if isinstance(y, (list, tuple)) else y


def solve_bvp(original, fun, bc, x, y, p=None, S=None, fun_jac=None, bc_jac=None, tol=1e-3, max_nodes=1000, verbose=0, bc_tol=None):
    law, ends = Plainly(fun), Plainly(bc)
    slopes = [given and Plainly(given) for given in (fun_jac, bc_jac)]
    found = original(law, ends, plainly(x), np.array(plainly(y), float), None if p is None else plainly(p), S, *slopes, tol, max_nodes, verbose, bc_tol)
    law.met_traced |= ends.met_traced or contains_traced([x, y, p]) or encloses_traced(fun) or encloses_traced(bc)
    if not law.wants_derivatives:
        return found
    if not found.success or S is not None:
        raise refusal(f"scipy.integrate.solve_bvp has no derivative rule with S, nor where it has not converged: {found.message}")
    return with_derivatives(found, System(law, ends, found))


class System:
    """The collocation system on a mesh: for n equations at m points and k parameters, n (m - 1) + n + k
    residuals of as many unknowns.
    """

    def __init__(self, law, ends, found):
        self.mesh, (self.n, self.m) = found.x, found.y.shape
        self.k = 0 if found.p is None else len(found.p)
        self.law = lambda x, y, p: rows(law.exactly(x, y, p) if self.k else law.exactly(x, y))
        self.ends = lambda a, b, p: as_vector(ends.exactly(a, b, p) if self.k else ends.exactly(a, b))

    def parts(self, unknowns):
        size = self.n * self.m
        return np.reshape(unknowns[:size], (self.n, self.m)), unknowns[size:]

    def residuals(self, unknowns):
        y, p = self.parts(unknowns)
        h, f = np.diff(self.mesh), self.law(self.mesh, y, p)
        middle = (y[:, 1:] + y[:, :-1]) / 2 - h / 8 * (f[:, 1:] - f[:, :-1])
        between = self.law(self.mesh[:-1] + h / 2, middle, p)
        inner = y[:, 1:] - y[:, :-1] - h / 6 * (f[:, 1:] + f[:, :-1] + 4 * between)
        return np.concatenate([np.ravel(inner), self.ends(y[:, 0], y[:, -1], p)])

    def matrix(self, unknowns):
        """Its derivative, of plain numbers, by jets along unknowns of every third mesh point together."""
        n, m = self.n, self.m
        found = np.zeros((n * m + self.k,) * 2)
        owner = np.concatenate([np.tile(np.arange(m - 1), n), np.full(n + self.k, -1)])
        for component in range(n):
            for shift in range(min(4, m)):
                columns = np.arange(shift, m, 4)
                direction = np.zeros(np.shape(unknowns))
                direction[component * m + columns] = 1.0
                push = np.asarray(bare(dual.jvp(self.residuals, unknowns, direction)[1]), float)
                for column in columns:
                    near = (owner == column) | (owner == column - 1)
                    found[near, component * m + column] = push[near]
            for column in (0, m - 1):
                direction = np.zeros(np.shape(unknowns))
                direction[component * m + column] = 1.0
                found[owner < 0, component * m + column] = np.asarray(bare(dual.jvp(self.residuals, unknowns, direction)[1]), float)[owner < 0]
        for column in range(n * m, n * m + self.k):
            found[:, column] = np.asarray(bare(dual.jvp(self.residuals, unknowns, np.eye(n * m + self.k)[column])[1]), float)
        return found


def as_vector(residuals):
    return as_operand(list(residuals)) if isinstance(residuals, (list, tuple)) else residuals * 1.0


def with_derivatives(found, system):
    unknowns = np.concatenate([np.ravel(found.y), found.p if system.k else np.zeros(0)])
    matrix = system.matrix(unknowns)
    if not np.all(np.isfinite(matrix)) or np.linalg.cond(matrix) > 1e13:
        raise refusal("scipy.integrate.solve_bvp has found a solution that is not isolated: the matrix of its collocation system is singular there")
    for _ in range(POLISH):
        unknowns = unknowns - np.linalg.solve(matrix, np.asarray(bare(system.residuals(unknowns)), float))
    for _ in range(ORDERS):
        unknowns = unknowns - np.linalg.solve(matrix, system.residuals(unknowns))
    known = np.concatenate([np.ravel(found.y), found.p if system.k else np.zeros(0)])
    y, p = system.parts(unknowns + (known - core(unknowns)))  # SciPy's values
    slopes = system.law(system.mesh, y, p)
    made = type(found)(found)
    made.update(sol=hermite(system.mesh, y, slopes), p=p if system.k else None, y=y, yp=slopes)
    return made


def hermite(x, y, slopes):
    """The cubic spline of these values and slopes, an axis of components first."""
    h = np.diff(x)
    steep = np.diff(y, axis=1) / h
    t = (slopes[:, :-1] + slopes[:, 1:] - 2 * steep) / h
    c = np.stack([t / h, (steep - slopes[:, :-1]) / h - t, slopes[:, :-1], y[:, :-1]])
    spline = Spline(np.zeros((4, len(x) - 1, len(y))), x)
    for name, value in zip(PIECES, (np.moveaxis(c, 1, 2), x), strict=True):
        setattr(spline, name, value)
    spline.axis = 1
    return spline


class Spline(si.PPoly):  # type: ignore[misc]
    """A PPoly that is known to hold traced coefficients: its call needs nothing exchanged."""

    def __call__(self, x, nu=0, extrapolate=None):
        return powers(self, x, nu, extrapolate)


solvers[caught(sg.solve_bvp)] = solve_bvp
