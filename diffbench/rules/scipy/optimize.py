"""scipy.optimize: solutions of equations and minima, by the implicit function theorem.

SciPy solves with plain numbers; three Newton steps from its solution, whose Jacobian is exact, then
carry the derivatives: each step doubles the order to which they are right (solving.py). The value is
SciPy's, within its tolerance; the derivatives are those at the polished solution.
"""

# fmt: off
import inspect
from typing import Any

import numpy as np
import scipy.optimize as so
from scipy.optimize import OptimizeResult

from diffbench.arrays.capture.application import as_operand
from diffbench.arrays.traced import contains_traced, core
from diffbench.rules.entries.indexing import getitem, set_at
from diffbench.rules.interception import caught, solvers
from diffbench.rules.scipy.solving import (
    Plainly,
    bare,
    columns,
    encloses_traced,
    plainly,
    polished,
    refusal,
    unsolved,
    valued,
)
from diffbench.rules.table import composite, settled


# ---------------------------------------------------------------- equations
def bracketed(original, f, a, b, args=(), full_output=False, disp=True, **options):
    function = Plainly(f, args)
    x, told = original(function, bare(a), bare(b), full_output=True, disp=disp, **options)
    if function.wants_derivatives:
        require(told.converged, original.__name__, told.flag)
        x = told.root = solution(function.exactly, x, f"scipy.optimize.{original.__name__}")
    return (x, told) if full_output else x


def solution(equations, x, name):
    """SciPy's solution, which carries derivatives."""
    return valued(polished(equations, x, name), x)


def require(converged, name, message):
    if not converged:
        raise refusal(f"scipy.optimize.{name} has not converged, so its result has no derivative: {message}")


def newton(original, func, x0, fprime=None, args=(), tol=1.48e-8, maxiter=50, fprime2=None, x1=None, rtol=0.0, full_output=False, disp=True):
    function = Plainly(func, args)
    slopes = [given and Plainly(given, args) for given in (fprime, fprime2)]
    start = plainly(x0)
    found = original(function, start, slopes[0], tol=tol, maxiter=maxiter, fprime2=slopes[1], x1=plainly(x1), rtol=rtol, full_output=full_output, disp=disp)
    if not function.wants_derivatives:
        return found
    if not full_output:
        return solution(function.exactly, found, "scipy.optimize.newton")
    if np.ndim(start):
        raise refusal("scipy.optimize.newton with full_output and many starts has no derivative rule; leave full_output out")
    require(found[1].converged, "newton", found[1].flag)
    found[1].root = solution(function.exactly, found[0], "scipy.optimize.newton")
    return found[1].root, found[1]


def fsolve(original, func, x0, args=(), fprime=None, full_output=0, **options):
    function = Plainly(func, args)
    x, told, found, message = original(function, plainly(x0), fprime=fprime and Plainly(fprime, args), full_output=1, **options)
    if function.wants_derivatives:
        require(found == 1, "fsolve", message)
        x = solution(function.exactly, x, "scipy.optimize.fsolve")
    return (x, told, found, message) if full_output else x


def root_scalar(original, f, args=(), method=None, bracket=None, fprime=None, fprime2=None, x0=None, x1=None, **options):
    function, together = Plainly(f, args), fprime is True or (callable(fprime) is False and bool(fprime))
    slopes = [Plainly(given, args) if callable(given) else given for given in (fprime, fprime2)]
    found = original(function, (), method, bracket if bracket is None else [bare(end) for end in bracket], slopes[0], slopes[1], bare(x0), bare(x1), **options)
    if not function.wants_derivatives:
        return found
    require(found.converged, "root_scalar", found.flag)
    found.root = solution((lambda x: function.exactly(x)[0]) if together else function.exactly, found.root, "scipy.optimize.root_scalar")
    return found


def fixed_point(original, func, x0, args=(), **options):
    function = Plainly(func, args)
    x = original(function, plainly(x0), **options)
    return solution(lambda x: x - function.exactly(x), x, "scipy.optimize.fixed_point") if function.wants_derivatives else x


def solved(original, fun, x0, args=(), jac=None, **options):
    function = Plainly(fun, args)
    if jac is True:
        function, jac = Plainly(lambda *given: fun(*given)[0], args), Plainly(lambda *given: fun(*given)[1], args)
    found = original(function, plainly(x0), jac=Plainly(jac, args) if callable(jac) and not isinstance(jac, Plainly) else jac, **options)
    if not function.wants_derivatives:
        return found
    require(found.success, "root", found.message)
    return told_of(found, polished(function.exactly, found.x, "scipy.optimize.root"), function.exactly)


def told_of(found, x, fun):
    """A result with x and fun that carry derivatives, without what would be a constant there."""
    told = {key: found[key] for key in ("success", "message", "status", "nfev", "nit") if key in found}
    return OptimizeResult(x=valued(x, found.x), fun=valued(fun(x), found.fun), **told)


# ---------------------------------------------------------------- minima, by the conditions of Karush,
# Kuhn and Tucker: the constraints that are active at the solution hold as equations
ACTIVE = 1e-6  # of its size: how near to its bound a constraint is active
FIRM = 1e-5  # of the slope: a multiplier that is smaller may change its sign, and the constraint its state


class Constraints:
    """What is to be 0 at the solution, and how far each may be away from being broken."""

    def __init__(self):
        self.equations, self.inequalities, self.met_traced = [], [], False

    def bounds(self, bounds):
        """Those of scipy.optimize in any of its forms; plain bounds for SciPy."""
        if bounds is None:
            return None
        pairs = list(zip(bounds.lb, bounds.ub, strict=True)) if isinstance(bounds, so.Bounds) else [tuple(pair) for pair in bounds]
        for k, pair in enumerate(pairs):
            for bound in pair:
                if bound is not None and np.isfinite(bare(bound)):
                    self.met_traced |= contains_traced([bound])
                    self.inequalities.append(lambda x, k=k, bound=bound: np.reshape(x[k] - bound, (1,)))
        return [tuple(None if bound is None or not np.isfinite(bare(bound)) else bare(bound) for bound in pair) for pair in pairs]

    def functions(self, constraints):
        """The same constraints for SciPy, of plain numbers."""
        given = constraints if isinstance(constraints, (list, tuple)) else [constraints]
        return [self.one(constraint) for constraint in given]

    def one(self, constraint):
        if isinstance(constraint, dict):
            function = Plainly(constraint["fun"], tuple(constraint.get("args", ())))
            (self.equations if constraint["type"] == "eq" else self.inequalities).append(lambda x: vector(function.exactly(x)))
            self.met_traced |= encloses_traced(constraint["fun"]) or contains_traced(function.args)
            slope = {"jac": Plainly(constraint["jac"], function.args)} if callable(constraint.get("jac")) else {}
            return {"type": constraint["type"], "fun": function} | slope
        linear = isinstance(constraint, so.LinearConstraint)
        function = Plainly(lambda x: np.matmul(constraint.A, x) if linear else constraint.fun(x))
        for bound in (constraint.lb, constraint.ub):
            if np.any(np.isfinite(bare(bound))):
                self.inequalities.append(lambda x, bound=bound: vector(function.exactly(x) - np.where(np.isfinite(bare(bound)), bound, -1e300)))
        if linear:
            return constraint
        self.met_traced |= encloses_traced(constraint.fun)
        return so.NonlinearConstraint(function, constraint.lb, constraint.ub, constraint.jac if not callable(constraint.jac) else Plainly(constraint.jac))

    def active(self, x):
        """The function of x whose entries are 0: equations, and inequalities that are near to being broken."""
        parts: list[Any] = [(part, None) for part in self.equations]
        for part in self.inequalities:
            near = np.flatnonzero(np.abs(np.asarray(bare(part(x)), float)) <= ACTIVE * (1 + np.max(np.abs(x))))
            if len(near):
                parts.append((part, near))
        if not parts:
            return None, 0
        count = sum(np.size(bare(part(x))) for part, near in parts if near is None)
        return (lambda x: np.concatenate([vector(part(x)) if near is None else vector(part(x))[near] for part, near in parts])), count


def vector(y):
    return np.reshape(y, (-1,))


def minimum(function, x, constraints, name):
    """The minimum of a function under constraints, which carries derivatives."""
    x = np.asarray(x, float)
    slope = lambda x: columns(function, x)
    holds, equations = constraints.active(x) if constraints is not None and np.ndim(x) else (None, 0)
    if holds is None:
        return polished(slope, x, name)
    n = len(x)
    normals, downhill = np.asarray(bare(columns(holds, x)), float), np.asarray(bare(slope(x)), float)
    multipliers = np.linalg.lstsq(normals.T, -downhill, rcond=None)[0]
    if np.any(np.abs(multipliers[equations:]) < FIRM * (1e-3 + np.max(np.abs(downhill)))):
        raise refusal(f"{name}: a bound or constraint is just met at the solution, where its derivative jumps; move it")

    def conditions(both):
        x, weights = both[:n], both[n:]
        lagrangian = lambda x: function(x) + np.sum(weights * holds(x))
        return np.concatenate([columns(lagrangian, x), holds(x)])

    return polished(conditions, np.concatenate([x, multipliers]), name)[:n]


def minimize(original, fun, x0, args=(), method=None, jac=None, hess=None, hessp=None, bounds=None, constraints=(), **options):
    function, known = Plainly(fun, args), Constraints()
    if jac is True:
        function, jac = Plainly(lambda *given: fun(*given)[0], args), Plainly(lambda *given: fun(*given)[1], args)
    derivatives = {name: Plainly(value, args) if callable(value) and not isinstance(value, Plainly) else value for name, value in (("jac", jac), ("hess", hess))}
    limits = known.bounds(bounds)
    found = original(function, np.atleast_1d(plainly(x0)), method=method, hessp=hessp, bounds=limits, constraints=known.functions(constraints) if constraints else (),
                     **derivatives, **options)
    function.met_traced |= known.met_traced
    if not function.wants_derivatives:
        return found
    require(found.success, "minimize", found.message)
    return told_of(found, minimum(scalar(function.exactly), found.x, known, "scipy.optimize.minimize"), function.exactly)


def scalar(function):
    return lambda x: np.reshape(function(x), ())


def minimize_scalar(original, fun, bracket=None, bounds=None, args=(), **options):
    function = Plainly(fun, args)
    found = original(function, bracket=bracket, bounds=plainly(bounds), **options)
    function.met_traced |= bounds is not None and contains_traced(bounds)
    if not function.wants_derivatives:
        return found
    require(found.success, "minimize_scalar", found.message)
    if bounds is not None:
        for bound in bounds:  # SciPy comes near to it only
            if abs(found.x - bare(bound)) <= 2e-5 * (1 + abs(bare(bound))):
                return told_of(found, bound * 1.0, function.exactly)
    return told_of(found, polished(lambda x: columns(function.exactly, x), found.x, "scipy.optimize.minimize_scalar"), function.exactly)


LOSSES = {"linear": lambda z: z, "soft_l1": lambda z: 2 * (np.sqrt(1 + z) - 1), "cauchy": lambda z: np.log1p(z), "arctan": lambda z: np.arctan(z),
          "huber": lambda z: np.where(z <= 1, z, 2 * np.sqrt(np.where(z <= 1, 1.0, z)) - 1)}


def least_squares(original, fun, x0, jac="2-point", bounds=(-np.inf, np.inf), *, args=(), kwargs=None, loss="linear", f_scale=1.0, **options):
    function, known = Plainly(fun if not kwargs else lambda x, *more: fun(x, *more, **kwargs), args), Constraints()
    start = np.atleast_1d(plainly(x0))
    given = (bounds.lb, bounds.ub) if isinstance(bounds, so.Bounds) else tuple(bounds)
    pairs = [tuple(side[k] if np.ndim(side) else side for side in given) for k in range(len(start))]
    known.bounds(pairs)
    found = original(function, start, Plainly(jac, args) if callable(jac) else jac, tuple(plainly(side) for side in given), loss=loss, f_scale=f_scale, **options)
    function.met_traced |= known.met_traced
    if not function.wants_derivatives:
        return found
    if loss not in LOSSES:
        raise refusal("scipy.optimize.least_squares with a loss of one's own has no derivative rule; use minimize")
    half = lambda x: np.sum(f_scale**2 * LOSSES[loss]((function.exactly(x) / f_scale) ** 2)) / 2
    require(found.success, "least_squares", found.message)
    return told_of(found, minimum(half, found.x, known, "scipy.optimize.least_squares"), function.exactly)


def leastsq(original, func, x0, args=(), Dfun=None, full_output=False, **options):
    function = Plainly(func, args)
    x, covariance, told, message, status = original(function, plainly(x0), (), Dfun and Plainly(Dfun, args), True, **options)
    if function.wants_derivatives:
        require(status in (1, 2, 3, 4), "leastsq", message)
        if full_output:
            raise refusal("scipy.optimize.leastsq with full_output has no derivative rule; leave it out")
        x = valued(minimum(lambda x: np.sum(function.exactly(x) ** 2) / 2, x, None, "scipy.optimize.leastsq"), x)
    return (x, covariance, told, message, status) if full_output else (x, status)


def curve_fit(original, f, xdata, ydata, p0=None, sigma=None, absolute_sigma=False, check_finite=True, bounds=(-np.inf, np.inf), method=None, jac=None, *,
              full_output=False, **options):
    model, known = Plainly(f), Constraints()
    slope = Plainly(jac) if callable(jac) else jac
    given = (bounds.lb, bounds.ub) if isinstance(bounds, so.Bounds) else tuple(bounds)
    found = original(NamedArguments(f, model), plainly(xdata), plainly(ydata), plainly(p0), plainly(sigma), absolute_sigma, check_finite, tuple(plainly(s) for s in given),
                     method, slope, full_output=full_output, **options)
    model.met_traced |= contains_traced([xdata, ydata, sigma, *given]) or encloses_traced(f)
    if not model.wants_derivatives:
        return found
    if full_output:
        raise refusal("scipy.optimize.curve_fit with full_output has no derivative rule; leave it out")
    known.bounds([tuple(side[k] if np.ndim(side) else side for side in given) for k in range(len(found[0]))])
    x, y, sigma = (as_operand(data) if isinstance(data, (list, tuple)) else data for data in (xdata, ydata, sigma))
    whitened = weighing(sigma)
    residual = lambda p: whitened(model.exactly(x, *[p[k] for k in range(len(found[0]))]) - y)
    best = minimum(lambda p: np.sum(residual(p) ** 2) / 2, found[0], known, "scipy.optimize.curve_fit")
    steep = columns(residual, best)
    covariance = np.linalg.inv(np.matmul(steep.T, steep))
    free = np.size(bare(y)) - len(found[0])
    covariance = covariance if absolute_sigma or free <= 0 else covariance * np.sum(residual(best) ** 2) / free
    return valued(best, found[0]), valued(covariance, found[1])


class NamedArguments:
    """A model of plain numbers that tells how many parameters it has, as the original does."""

    def __init__(self, f, model):
        self.model = model
        self.__signature__ = inspect.signature(f)

    def __call__(self, *args):
        return self.model(*args)


def weighing(sigma):
    if sigma is None:
        return lambda r: r
    return (lambda r: r / sigma) if np.ndim(sigma) < 2 else (lambda r: np.linalg.solve(np.linalg.cholesky(sigma), r))


# ---------------------------------------------------------------- programs with matrices: the unknowns
# that are 0, and the rows that hold, are a decision
def numbers(x):
    return as_operand(x) if isinstance(x, (list, tuple)) else x


def nnls(A, b, *args, **options):
    a, b = numbers(A), numbers(b)
    x, _ = so.nnls(settled(a), settled(b), *args, **options)
    taken = np.flatnonzero(x > 0)
    slope = np.asarray(core(a)).T @ (np.asarray(core(b)) - np.asarray(core(a)) @ x)
    if np.any(np.abs(np.delete(slope, taken)) < 1e-10 * (1 + np.max(np.abs(core(b))))):
        raise refusal("scipy.optimize.nnls: an unknown is 0 and may as well be positive there, where the derivative jumps")
    part = np.linalg.lstsq(getitem(a, (slice(None), taken)), b, rcond=None)[0] if len(taken) else np.zeros(0)
    y = set_at(np.zeros(len(x)), part, (taken,))
    residual = np.matmul(a, y) - b
    size = np.sum(residual**2)
    return y, np.sqrt(size) if core(size) > 1e-28 else 0.0


def linprog(c, A_ub=None, b_ub=None, A_eq=None, b_eq=None, bounds=(0, None), *args, **options):
    """At a vertex: as many rows hold as there are unknowns."""
    c, A_ub, b_ub, A_eq, b_eq = (numbers(part) for part in (c, A_ub, b_ub, A_eq, b_eq))
    n = np.shape(c)[0]
    pairs = bounds if np.ndim(bare(list(bounds))[0]) or isinstance(bounds[0], (tuple, list)) else [bounds] * n
    found = so.linprog(*(None if part is None else settled(part) for part in (c, A_ub, b_ub, A_eq, b_eq)), [tuple(bare(p) for p in pair) for pair in pairs], *args, **options)
    require(found.success, "linprog", found.message)
    rows, right = [], []
    if A_eq is not None:
        rows, right = [A_eq[k] for k in range(len(A_eq))], [b_eq[k] for k in range(len(A_eq))]
    if A_ub is not None:
        near = np.flatnonzero(np.abs(found.slack) <= 1e-9 * (1 + np.max(np.abs(found.x))))
        rows, right = rows + [A_ub[k] for k in near], right + [b_ub[k] for k in near]
    for k, pair in enumerate(pairs):
        for bound in pair:
            if bound is not None and abs(found.x[k] - bare(bound)) <= 1e-9 * (1 + abs(bare(bound))):
                rows, right = [*rows, np.eye(n)[k]], [*right, bound]
                break
    if len(rows) != n:
        raise refusal(f"scipy.optimize.linprog has a solution at which {len(rows)} constraints hold for {n} unknowns, so it is not one vertex and has no derivative; move the data")
    x = np.linalg.solve(np.stack(rows), np.stack(right) * 1.0)
    return OptimizeResult(x=x, fun=np.sum(c * x), success=True, status=found.status, message=found.message, nit=found.nit)


composite(caught(so.nnls),    nnls)
composite(caught(so.linprog), linprog)
for _function in (so.brentq, so.brenth, so.bisect, so.ridder, so.toms748):
    solvers[caught(_function)] = bracketed
for _function, _definition in ((so.newton, newton), (so.fsolve, fsolve), (so.root, solved), (so.minimize, minimize), (so.fixed_point, fixed_point), (so.root_scalar, root_scalar),
                               (so.minimize_scalar, minimize_scalar), (so.least_squares, least_squares), (so.leastsq, leastsq), (so.curve_fit, curve_fit)):
    solvers[caught(_function)] = _definition


# ---------------------------------------------------------------- what has no rule
ITERATIONS = ("brent", "golden", "fminbound", "bracket", "fmin", "fmin_powell", "fmin_cg", "fmin_bfgs", "fmin_ncg", "fmin_l_bfgs_b",
              "fmin_tnc", "fmin_cobyla", "fmin_slsqp", "brute", "basinhopping", "differential_evolution", "shgo", "dual_annealing",
              "direct", "broyden1", "broyden2", "anderson", "linearmixing", "diagbroyden", "excitingmixing", "newton_krylov")


CURE = "take scipy.optimize.minimize_scalar, minimize, newton or root"
for _name in ITERATIONS:
    solvers[caught(getattr(so, _name))] = unsolved(f"scipy.optimize.{_name}", CURE)
