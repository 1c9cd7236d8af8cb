"""scipy.integrate: integrals of functions, by the rule of Leibniz.

SciPy integrates with plain numbers and says where it subdivides; on those pieces, divided further
where the integrand has a kink, Gauss's rule takes the integrand as it is, so that limits and
everything enclosed carry derivatives to any order. Where the integrand jumps at a place that may move,
the derivative has a term that no integral of slopes gives: that is refused, unless the place is
among `points`, which may be traced themselves.
"""

# fmt: off
import itertools
import warnings
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import scipy.integrate as sg

from diffbench.arrays.capture.application import as_operand
from diffbench.arrays.traced import contains_traced, core
from diffbench.rules.interception import caught, solvers
from diffbench.rules.scipy.solving import Plainly, bare, encloses_traced, refusal, unsolved, valued
from diffbench.rules.scipy.switches import moving, switches
from diffbench.rules.table import composite

NODES, WEIGHTS = np.polynomial.legendre.leggauss(21)
NODES, WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2
DEEPEST, MOST_PIECES = 120, 400
FORGIVEN = 1e-6  # of its size: more than that between SciPy's integral and ours is a singularity
SPLITS = "put the place where it jumps into points=[...] of scipy.integrate.quad, which may depend on x, or integrate on both sides of it"


class Problem(NamedTuple):
    """An integrand between two finite limits; points: where it may jump, traced as they may be; ends:
    plain places between which it is looked at.
    """

    integrand: Any
    start: Any
    end: Any
    points: tuple[Any, ...] = ()
    ends: tuple[float, ...] = ()


def finite(f, a, b, points):
    """The same integral between finite limits, and its sign."""
    start, end = bare(a), bare(b)
    if end < start:
        problem, sign = finite(f, b, a, points)
        return problem, -sign
    if np.isfinite(start) and np.isfinite(end):
        moving = [point for point in points if contains_traced([point])]
        return Problem(f, a, b, tuple(moving), tuple(float(p) for p in points if not contains_traced([p]))), 1.0
    if points:
        raise refusal("scipy.integrate.quad with points and an infinite limit has no derivative rule; integrate the parts apart")
    if np.isfinite(start) or np.isfinite(end):
        base, way = (a, 1.0) if np.isfinite(start) else (b, -1.0)
        return Problem(lambda s: f(base + way * (1 - s) / s) / s**2, 0.0, 1.0), 1.0
    return Problem(lambda s: (f((1 - s) / s) + f(-(1 - s) / s)) / s**2, 0.0, 1.0), 1.0


# ---------------------------------------------------------------- on which pieces
def gauss(f, start, end):
    """The integral over one piece."""
    width = end - start
    values = [f(start + width * node) for node in NODES]
    total = WEIGHTS[0] * values[0]
    for weight, value in zip(WEIGHTS[1:], values[1:], strict=True):
        total = total + weight * value
    return total * width


def subdivided(f, ends):
    """The ends of pieces, finer than these, on which the rule is right to rounding."""
    whole = [(x, y, gauss(f, x, y), 0) for x, y in itertools.pairwise(ends)]
    size = sum(np.max(np.abs(value)) for _, _, value, _ in whole) + 1e-300
    found = [ends[0]]
    waiting = whole[::-1]
    while waiting:
        x, y, value, depth = waiting.pop()
        middle = x + (y - x) / 2
        left, right = gauss(f, x, middle), gauss(f, middle, y)
        exact = np.max(np.abs(left + right - value)) <= (1e-8 if f.holds_solver else 1e-14) * size
        if exact or depth >= DEEPEST or not x < middle < y or len(found) > MOST_PIECES:
            found.append(y)
        else:
            waiting += [(middle, y, right, depth + 1), (x, middle, left, depth + 1)]
    return found


def begun(f, problem):
    """Where QUADPACK divides, which finds peaks."""
    plain = lambda x: float(np.sum(np.real(f(x))) + np.sum(np.imag(f(x))))
    _, _, told, *_ = sg.quad(plain, bare(problem.start), bare(problem.end), epsabs=0.0, epsrel=1e-8, limit=60, full_output=1)
    return {*told["alist"][: told["last"]], *problem.ends}


def pieces(problem):
    """(start, end) of each piece, traced where they move."""
    plain = Plainly(problem.integrand)
    breaks = sorted((problem.start, *problem.points, problem.end), key=bare)
    ends = begun(plain, problem) if bare(problem.start) < bare(problem.end) else ()
    for start, end in itertools.pairwise(breaks):
        kinks = list(bends(problem.integrand, within(ends, start, end))) if bare(start) < bare(end) else []
        parts = [start, *kinks, end]
        for left, right in itertools.pairwise(parts):
            inner = subdivided(plain, within(ends, left, right))[1:-1] if bare(left) < bare(right) else []
            own = [left, *inner, right]
            yield from itertools.pairwise(own)


def within(ends, start, end):
    lo, hi = bare(start), bare(end)
    return [lo, *sorted(x for x in ends if lo < x < hi), hi]


def bends(f, ends):
    """The places at which the integrand changes its formula."""
    plain = Plainly(f)
    ends = subdivided(plain, ends)
    places = [x + (y - x) * u for x, y in itertools.pairwise(ends) for u in NODES]
    size = max(np.max(np.abs(plain(x))) for x in places[::7])
    for switch in switches(f, sorted(set(places))):
        jump = jumps(plain, switch, size)
        if switch.moves and jump:
            raise refusal(f"scipy.integrate: the integrand jumps at {switch.before:.6g}, which may move with x, and the integral of its slope knows "
                          f"nothing of that; {SPLITS}")
        yield switch.before if jump else moving(f, switch, 1e-9 * (ends[-1] - ends[0]))


def jumps(f, switch, size):
    """Whether more than rounding lies between two neighbouring numbers; size: of the function elsewhere."""
    return not np.max(np.abs(np.asarray(f(switch.after)) - np.asarray(f(switch.before)))) <= 1e-7 * size


def by_gauss(problem):
    total = 0.0
    for start, end in pieces(problem):
        total = total + gauss(problem.integrand, start, end)
    return total


def integral(f, a, b, points, known, name):
    """The integral with its derivatives, and SciPy's value where it is known."""
    problem, sign = finite(f, a, b, points)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = sign * by_gauss(problem)
    return y if known is None else as_known(y, known, name)


def as_known(y, known, name):
    """SciPy's value with the derivatives of ours."""
    size = np.max(np.abs(known), initial=1e-30)
    if not np.max(np.abs(core(y) - known)) <= FORGIVEN * size + 1e-7:
        raise refusal(f"scipy.integrate.{name} has no derivative rule for an integrand as singular as this one; substitute what makes it smooth")
    return valued(y, known)


def depends(f, function, *more):
    """Whether derivatives are wanted: traced values were met, or may have decided."""
    function.met_traced |= contains_traced(more) or encloses_traced(f)
    return function.wants_derivatives


def quad(original, func, a, b, args=(), full_output=0, epsabs=1.49e-8, epsrel=1.49e-8, limit=50, points=None, weight=None, wvar=None, **options):
    if not callable(func) and not contains_traced([a, b, *(points if points is not None else ())]):  # compiled, with numbers of its own
        return original(func, a, b, args, full_output, epsabs, epsrel, limit, points, weight, wvar, **options)
    args = args if isinstance(args, tuple) else (args,)
    function = Plainly(func, args)
    found = original(function, bare(a), bare(b), full_output=1, epsabs=epsabs, epsrel=epsrel, limit=limit,
                     points=None if points is None else bare(list(points)), weight=weight, wvar=bare(wvar), **options)
    if not depends(func, function, a, b, *args, wvar, *(points if points is not None else ())):
        return original(function, bare(a), bare(b), full_output=full_output, epsabs=epsabs, epsrel=epsrel, limit=limit,
                        points=None if points is None else bare(list(points)), weight=weight, wvar=bare(wvar), **options)
    if len(found) > 3 and found[1] > 1e-5 * abs(found[0]) + 1e-8:
        raise refusal(f"scipy.integrate.quad has not converged, so its result has no derivative: {found[3]}")
    if weight == "cauchy":
        y = principal_value(function.exactly, a, b, wvar, found[0])
        return (y, *found[1:3]) if full_output else (y, found[1])
    weights = {None: lambda t: 1.0, "cos": lambda t: np.cos(wvar * t), "sin": lambda t: np.sin(wvar * t)}
    if weight not in weights:
        raise refusal(f"scipy.integrate.quad with weight={weight!r} has no derivative rule; put the weight into the integrand")
    whole = function.exactly if weight is None else lambda t: function.exactly(t) * weights[weight](t)
    y = integral(whole, a, b, tuple(points) if points is not None else (), found[0], "quad")
    return (y, *found[1:3]) if full_output else (y, found[1])


def principal_value(f, a, b, pole, known):
    """The integral of f(t) / (t - pole) as Cauchy's principal value: symmetrically about the pole, where the
    quotient is smooth, and over what is left on both sides.
    """
    reach = min(bare(b) - bare(pole), bare(pole) - bare(a)) / 2
    near = integral(lambda s: (f(pole + s) - f(pole - s)) / s, 0.0, reach, (), None, "quad")
    sides = [integral(lambda t: f(t) / (t - pole), start, end, (), None, "quad") for start, end in ((a, pole - reach), (pole + reach, b))]
    return as_known(near + sides[0] + sides[1], known, "quad")


def quad_vec(original, f, a, b, *options, points=None, full_output=False, args=(), **more):
    args = args if isinstance(args, tuple) else (args,)
    function = Plainly(f, args)
    plain = partial(original, function, bare(a), bare(b), *options, points=None if points is None else bare(list(points)), **more)
    y, error, told = plain(full_output=True)
    if not depends(f, function, a, b, *args, *(points if points is not None else ())):
        return (y, error, told) if full_output else (y, error)
    y = integral(function.exactly, a, b, tuple(points) if points is not None else (), y, "quad_vec")
    return (y, error, told) if full_output else (y, error)


solvers[caught(sg.quad)] = quad
solvers[caught(sg.quad_vec)] = quad_vec
for _name in ("cubature", "tanhsinh", "nsum", "qmc_quad"):
    if hasattr(sg, _name):
        solvers[caught(getattr(sg, _name))] = unsolved(f"scipy.integrate.{_name}", "take scipy.integrate.quad, nquad or quad_vec")


# ---------------------------------------------------------------- integrals of samples
def cumulative_simpson(y, *, x=None, dx=1.0, axis=-1, initial=None):
    """As in SciPy, where the parts are written into a buffer of another module."""
    y = np.moveaxis(as_operand(list(y)) if isinstance(y, (list, tuple)) else y, axis, -1)
    steps = dx if x is None else np.diff(np.moveaxis(x, axis, -1) if np.ndim(x) > 1 else x)
    steps = steps * np.ones(np.shape(y)[-1] - 1)
    parts = simpson_parts(y, steps) if np.shape(y)[-1] > 2 else (y[..., 1:] + y[..., :-1]) / 2 * steps
    sums = np.cumsum(parts, axis=-1)
    if initial is not None:
        initial = np.moveaxis(initial, axis, -1) if np.ndim(initial) else initial * np.ones((*np.shape(y)[:-1], 1))
        sums = np.concatenate([initial, sums + initial], axis=-1)
    return np.moveaxis(sums, -1, axis)


def simpson_parts(y, steps):
    """The integral between each two neighbours of the parabola through three (Cartwright 2017)."""
    def onward(y, h):
        h1, h2 = h[..., :-1], h[..., 1:]
        share, ratio = h1 / (h1 + h2), h1 / (h1 + h2) * h1 / h2
        return h1 / 6 * ((3 - share) * y[..., :-2] + (3 + ratio + share) * y[..., 1:-1] - ratio * y[..., 2:])

    ahead, back = onward(y, steps), onward(y[..., ::-1], steps[..., ::-1])[..., ::-1]
    k = np.arange(np.shape(y)[-1] - 1)
    even = (k % 2 == 0) & (k < len(k) - 1)
    return np.where(even, ahead[..., np.minimum(k, len(k) - 2)], back[..., np.maximum(k - 1, 0)])


composite(caught(sg.cumulative_simpson), cumulative_simpson)
