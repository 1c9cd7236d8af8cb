"""scipy.optimize: solutions of equations and minima, by the implicit function theorem.

SciPy solves with plain numbers; three Newton steps from its solution, whose Jacobian is exact, then
carry the derivatives: each step doubles the order to which they are right (solving.py). What is
returned is so polished, and may differ from SciPy's within its tolerance.
"""

# fmt: off
import numpy as np
import scipy.optimize as so
from scipy.optimize import OptimizeResult

from diffbench.rules.interception import caught, solvers
from diffbench.rules.scipy.solving import (
    Plainly,
    bare,
    columns,
    plainly,
    polished,
    refusal,
    unsolved,
)


def refuse(name, **options):
    """Raise for options under which the solution obeys other equations."""
    for option, value in options.items():
        if value is not None and np.size(value):
            raise refusal(f"scipy.optimize.{name} with {option} has no derivative rule; put the condition into the function")


# ---------------------------------------------------------------- equations
def bracketed(original, f, a, b, args=(), **options):
    if options.get("full_output"):
        raise refusal(f"scipy.optimize.{original.__name__} with full_output has no derivative rule; leave it out")
    function = Plainly(f, args)
    x = original(function, bare(a), bare(b), **options)
    return polished(function.exactly, x, f"scipy.optimize.{original.__name__}") if function.wants_derivatives else x


def newton(original, func, x0, fprime=None, args=(), tol=1.48e-8, maxiter=50, fprime2=None, x1=None, rtol=0.0, full_output=False, disp=True):
    if full_output or np.ndim(x0):
        raise refusal("scipy.optimize.newton with full_output or many starts has no derivative rule; solve one at a time")
    function = Plainly(func, args)
    slope = fprime and Plainly(fprime, args)
    x = original(function, bare(x0), slope, tol=tol, maxiter=maxiter, fprime2=fprime2 and Plainly(fprime2, args), x1=x1, rtol=rtol, disp=disp)
    return polished(function.exactly, x, "scipy.optimize.newton") if function.wants_derivatives else x


def fsolve(original, func, x0, args=(), fprime=None, full_output=0, **options):
    if full_output:
        raise refusal("scipy.optimize.fsolve with full_output has no derivative rule; use scipy.optimize.root")
    function = Plainly(func, args)
    x, _, found, message = original(function, plainly(x0), fprime=fprime and Plainly(fprime, args), full_output=1, **options)
    if not function.wants_derivatives:
        return x
    if found != 1:
        raise refusal(f"scipy.optimize.fsolve has not converged, so its result has no derivative: {message}")
    return polished(function.exactly, x, "scipy.optimize.fsolve")


def solved(original, fun, x0, args=(), jac=None, **options):
    function = Plainly(fun, args)
    derivative = Plainly(jac, args) if callable(jac) else jac
    found = original(function, plainly(x0), jac=derivative, **options)
    return changed(found, function, lambda: function.exactly, "root")


def changed(found, function, residual, name):
    """A result with x and fun that carry derivatives, without what would be a constant there."""
    if not function.wants_derivatives:
        return found
    if not found.success:
        raise refusal(f"scipy.optimize.{name} has not converged, so its result has no derivative: {found.message}")
    x = polished(residual(), found.x, f"scipy.optimize.{name}")
    told = {key: found[key] for key in ("success", "message", "status", "nfev", "nit") if key in found}
    return OptimizeResult(x=x, fun=function.exactly(x), **told)


# ---------------------------------------------------------------- minima
def slope_of(function):
    return lambda: lambda x: columns(function.exactly, x)


def minimize(original, fun, x0, args=(), method=None, jac=None, hess=None, hessp=None, bounds=None, constraints=(), **options):
    function = Plainly(fun, args)
    derivatives = {name: Plainly(value, args) if callable(value) else value for name, value in (("jac", jac), ("hess", hess))}
    found = original(function, np.atleast_1d(plainly(x0)), method=method, hessp=hessp, bounds=bounds, constraints=constraints, **derivatives, **options)
    if function.met_traced:
        refuse("minimize", bounds=bounds, constraints=constraints)
        if jac is True:
            raise refusal("scipy.optimize.minimize with jac=True has no derivative rule; give fun and jac apart")
    return changed(found, function, slope_of(function), "minimize")


def minimize_scalar(original, fun, bracket=None, bounds=None, args=(), **options):
    function = Plainly(fun, args)
    found = original(function, bracket=bracket, bounds=bounds, **options)
    return changed(found, function, slope_of(function), "minimize_scalar")


def least_squares(original, fun, x0, jac="2-point", bounds=(-np.inf, np.inf), *, args=(), kwargs=None, loss="linear", **options):
    function = Plainly(fun if not kwargs else lambda x, *more: fun(x, *more, **kwargs), args)
    found = original(function, plainly(x0), Plainly(jac, args) if callable(jac) else jac, bounds, loss=loss, **options)
    if function.met_traced:
        refuse("least_squares", bounds=None if np.all(np.isinf(np.hstack(bounds))) else bounds, loss=None if loss == "linear" else loss)
    half = lambda x: np.sum(function.exactly(x) ** 2) / 2
    return changed(found, function, lambda: lambda x: columns(half, x), "least_squares")


for _function in (so.brentq, so.brenth, so.bisect, so.ridder, so.toms748):
    solvers[caught(_function)] = bracketed
for _function, _definition in ((so.newton, newton), (so.fsolve, fsolve), (so.root, solved), (so.minimize, minimize),
                               (so.minimize_scalar, minimize_scalar), (so.least_squares, least_squares)):
    solvers[caught(_function)] = _definition


# ---------------------------------------------------------------- what has no rule
ITERATIONS = ("brent", "golden", "fminbound", "bracket", "fmin", "fmin_powell", "fmin_cg", "fmin_bfgs", "fmin_ncg", "fmin_l_bfgs_b",
              "fmin_tnc", "fmin_cobyla", "fmin_slsqp", "brute", "basinhopping", "differential_evolution", "shgo", "dual_annealing",
              "direct", "fixed_point", "broyden1", "broyden2", "anderson", "linearmixing", "diagbroyden", "excitingmixing", "newton_krylov")


CURE = "take scipy.optimize.minimize_scalar, minimize, newton or root"
for _name in ITERATIONS:
    solvers[caught(getattr(so, _name))] = unsolved(f"scipy.optimize.{_name}", CURE)
