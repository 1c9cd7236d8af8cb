"""scipy.optimize: solutions of equations and minima, by the implicit function theorem.

SciPy solves with plain numbers; three Newton steps from its solution, whose Jacobian is exact, then
carry the derivatives: each step doubles the order to which they are right (Christianson 1994, Reverse
accumulation and attractive fixed points). What is returned is so polished, and may differ from
SciPy's within its tolerance.
"""

# fmt: off
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize as so
from scipy.optimize import OptimizeResult

from diffbench.arrays import dual
from diffbench.arrays.capture.application import as_operand
from diffbench.arrays.traced import contains_traced, core, plain
from diffbench.errors import MissingRule
from diffbench.rules.interception import caught, solvers

STEPS = 3
NEAR = 1e-3  # of the solution's size: a first step that is longer has not started at a solution


class Plainly:
    """A function as one of plain numbers, which notes whether traced ones were behind them."""

    def __init__(self, function: Callable[..., Any], args: Any) -> None:
        self.function = function
        self.args = args if isinstance(args, tuple) else (args,)
        self.met_traced = False

    def exactly(self, x: Any) -> Any:
        y = self.function(x, *self.args)
        return as_operand(list(y)) if isinstance(y, (list, tuple)) else y

    def __call__(self, x: Any) -> Any:
        y = self.exactly(x)
        self.met_traced |= contains_traced([y])
        return plain(y)


def plainly(value):
    return plain(as_operand(value) if isinstance(value, list) else value)


# ---------------------------------------------------------------- Newton's steps
def columns(function, x):
    """The Jacobian of a function of a number or a vector, with the axis of x last."""
    if np.ndim(x) == 0:
        return dual.jvp(function, x, np.ones(()))[1]
    return np.stack([dual.jvp(function, x, e)[1] for e in np.eye(np.size(x))], axis=-1)


def step(residual, x):
    matrix, r = columns(residual, x), residual(x)
    known = np.asarray(core(matrix), float)
    if not np.all(np.isfinite(known)) or np.linalg.cond(np.atleast_2d(known)) > 1e12:
        raise MissingRule("the solution of a solver of scipy.optimize has no derivative: the Jacobian there is singular, "
                          "so the solution is not isolated; scale the problem, or solve another one")
    return r / matrix if np.ndim(x) == 0 else np.linalg.solve(matrix, r)


def polished(residual, x, name):
    x = np.asarray(x, float)[()]
    for count in range(STEPS):
        by = step(residual, x)
        if count == 0 and not np.max(np.abs(core(by))) <= NEAR * (1 + np.max(np.abs(x))):
            raise MissingRule(f"scipy.optimize.{name} has not converged to a solution at which its equations hold: a Newton "
                              f"step moves it by {np.max(np.abs(core(by))):.1e}; give it smaller tolerances or a better start")
        x = x - by
    return x


def refuse(name, **options):
    """Raise for options under which the solution obeys other equations."""
    for option, value in options.items():
        if value is not None and np.size(value):
            raise MissingRule(f"scipy.optimize.{name} with {option} has no derivative rule; put the condition into the function")


# ---------------------------------------------------------------- equations
def bracketed(original, f, a, b, args=(), **options):
    if options.get("full_output"):
        raise MissingRule(f"scipy.optimize.{original.__name__} with full_output has no derivative rule; leave it out")
    function = Plainly(f, args)
    x = original(function, plain(a), plain(b), **options)
    return polished(function.exactly, x, original.__name__) if function.met_traced else x


def newton(original, func, x0, fprime=None, args=(), tol=1.48e-8, maxiter=50, fprime2=None, x1=None, rtol=0.0, full_output=False, disp=True):
    if full_output or np.ndim(x0):
        raise MissingRule("scipy.optimize.newton with full_output or many starts has no derivative rule; solve one at a time")
    function = Plainly(func, args)
    slope = fprime and Plainly(fprime, args)
    x = original(function, plain(x0), slope, tol=tol, maxiter=maxiter, fprime2=fprime2 and Plainly(fprime2, args), x1=x1, rtol=rtol, disp=disp)
    return polished(function.exactly, x, "newton") if function.met_traced else x


def fsolve(original, func, x0, args=(), fprime=None, full_output=0, **options):
    if full_output:
        raise MissingRule("scipy.optimize.fsolve with full_output has no derivative rule; use scipy.optimize.root")
    function = Plainly(func, args)
    x, _, found, message = original(function, plainly(x0), fprime=fprime and Plainly(fprime, args), full_output=1, **options)
    if not function.met_traced:
        return x
    if found != 1:
        raise MissingRule(f"scipy.optimize.fsolve has not converged, so its result has no derivative: {message}")
    return polished(function.exactly, x, "fsolve")


def solved(original, fun, x0, args=(), jac=None, **options):
    function = Plainly(fun, args)
    derivative = Plainly(jac, args) if callable(jac) else jac
    found = original(function, plainly(x0), jac=derivative, **options)
    return changed(found, function, lambda: function.exactly, "root")


def changed(found, function, residual, name):
    """A result with x and fun that carry derivatives, without what would be a constant there."""
    if not function.met_traced:
        return found
    if not found.success:
        raise MissingRule(f"scipy.optimize.{name} has not converged, so its result has no derivative: {found.message}")
    x = polished(residual(), found.x, name)
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
            raise MissingRule("scipy.optimize.minimize with jac=True has no derivative rule; give fun and jac apart")
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


def unsolved(name):
    """Run on plain numbers, and refuse where the function turns out to depend on x."""

    def run(original, func, *args, **options):
        met = []

        def watched(*given, **named):
            y = func(*given, **named)
            met.append(contains_traced([y]))
            return plainly(y)

        found = original(watched, *args, **options)
        if any(met):
            raise MissingRule(f"scipy.optimize.{name} has no derivative rule, and what its iteration ends with need not have the solution's "
                              "derivative; take scipy.optimize.minimize_scalar, minimize, newton or root")
        return found

    return run


for _name in ITERATIONS:
    solvers[caught(getattr(so, _name))] = unsolved(_name)
