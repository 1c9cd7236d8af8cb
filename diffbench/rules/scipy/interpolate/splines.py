"""scipy.interpolate: what passes through data, in the data, their places and the points asked for.

The kinds of PPoly (CubicSpline, PchipInterpolator, Akima1DInterpolator) are Python over NumPy up to
the piecewise polynomial, whose rows are in piecewise.py. FITPACK's interpolating splines (s = 0) are
those of make_interp_spline; smoothing splines choose their knots by the data and are refused.
"""

# fmt: off
import numpy as np
import scipy.interpolate as si

from diffbench.arrays.capture.application import as_operand
from diffbench.arrays.traced import core
from diffbench.errors import MissingRule
from diffbench.rules.entries.indexing import add_at, getitem
from diffbench.rules.interception import caught
from diffbench.rules.scipy.interpolate.piecewise import (
    basis,
    coefficients_of_antiderivative,
    coefficients_of_derivative,
    combined,
    deeper,
    field,
    interval,
    like_spline,
)
from diffbench.rules.scipy.linalg.banded import banded_solution
from diffbench.rules.table import composite, settled


def numbers(x):
    """x as an array, if it is a list."""
    return as_operand(list(x)) if isinstance(x, (list, tuple)) else x


def cores(x):
    """The numbers behind x, for SciPy to look at."""
    return type(x)(map(cores, x)) if isinstance(x, (list, tuple)) else core(x)


# ---------------------------------------------------------------- interpolating B-splines
def knots(x, k, bc_type):
    """Those that SciPy chooses."""
    ends = lambda inner: np.concatenate([np.repeat(x[:1], k + 1), inner, np.repeat(x[-1:], k + 1)])
    middle = (x[1:] + x[:-1]) / 2
    if k == 0:
        return np.concatenate([x, x[-1:]])
    if k == 1 or bc_type not in (None, "not-a-knot"):
        return ends(x[1:-1] if k % 2 else middle[1:-1] if k == 2 else middle)
    half = (k + 1) // 2 if k % 2 else k // 2
    return ends((x if k % 2 else middle)[half:-half])


def conditions(bc_type, shape):
    """[(order, value), ...] at each end."""
    if bc_type in (None, "not-a-knot", "periodic"):
        return [], []
    known = {"natural": [(2, np.zeros(shape))], "clamped": [(1, np.zeros(shape))]}
    pair = (bc_type, bc_type) if isinstance(bc_type, str) else bc_type
    return [known[end] if isinstance(end, str) else end or [] for end in pair]


def collocation(t, k, x, orders):
    """The matrix that takes coefficients to derivatives of these orders at x, as (values, rows, columns)."""
    n = np.shape(t)[0] - k - 1
    i = interval(t, x, k, n - 1)
    values, rows, columns = [], [], []
    for order in sorted(set(orders)):
        at = np.flatnonzero(np.equal(orders, order))
        values += basis(t, k, x[at], i[at], order)
        rows += [at] * (k + 1)
        columns += [i[at] - k + j for j in range(k + 1)]
    return np.concatenate(values), np.concatenate(rows), np.concatenate(columns)


def solved(system, right):
    values, rows, columns = system
    n, offsets = len(right), rows - columns
    lower, upper = max(0, int(np.max(offsets))), max(0, int(np.max(-offsets)))
    band = add_at(np.zeros((lower + upper + 1, n)), values, (upper + offsets, columns))
    flat = np.reshape(right, (n, -1))
    return np.reshape(banded_solution(band, flat, lower=lower, upper=upper), np.shape(right))


def make_interp_spline(x, y, k=3, t=None, bc_type=None, axis=0, check_finite=True):
    x, y = numbers(x) * 1.0, np.moveaxis(numbers(y) * 1.0, axis, 0)
    known = si.make_interp_spline(core(x), core(y), k, cores(t), cores(bc_type))  # complains where there is none
    if bc_type == "periodic":
        return periodic_spline(x, y, k, axis, known)
    t = knots(x, k, bc_type) if t is None else numbers(t)
    if np.shape(t) != np.shape(known.t) or not np.allclose(core(t), known.t):
        raise MissingRule(f"scipy.interpolate.make_interp_spline with k={k} and bc_type={bc_type!r} has no derivative rule: its knots are others; give them as t")
    if k < 2:
        return on_axis(like_spline(None, t, y, k, True), axis)
    left, right = conditions(bc_type, np.shape(y)[1:])
    sites = np.concatenate([np.repeat(x[:1], len(left)), x, np.repeat(x[-1:], len(right))])
    orders = [order for order, _ in left] + [0] * len(x) + [order for order, _ in right]
    ends = [np.reshape(numbers(value) * np.ones(np.shape(y)[1:]), (1, *np.shape(y)[1:])) for _, value in (*left, *right)]
    values = np.concatenate([*ends[: len(left)], y, *ends[len(left) :]])
    return on_axis(like_spline(None, t, solved(collocation(t, k, sites, orders), values), k, True), axis)


def on_axis(spline, axis):
    spline.axis = axis % np.ndim(field(spline, "c"))
    return spline


def periodic_spline(x, y, k, axis, known):
    """Knots of the neighbouring periods; equal derivatives at the ends."""
    if k % 2 == 0 and x is not core(x):
        raise MissingRule(f"scipy.interpolate.make_interp_spline with bc_type='periodic' and k={k} has no derivative rule in x; take an odd degree")
    n, period = len(x), x[-1] - x[0]
    places = np.arange(-k, n + k)
    t = known.t if k % 2 == 0 else getitem(x[:-1], (places % (n - 1),)) + period * (places // (n - 1))
    values, rows, columns = collocation(t, k, x, [0] * n)
    ends, matrix = np.stack([x[0], x[-1]]), add_at(np.zeros((n + k - 1, n + k - 1)), values, (rows, columns))
    for order in range(1, k):
        values, rows, columns = collocation(t, k, ends, [order, order])
        matrix = add_at(matrix, values * np.where(rows, -1.0, 1.0), (n + order - 1, columns))
    right = np.concatenate([y, np.zeros((k - 1, *np.shape(y)[1:]))])
    c = np.reshape(np.linalg.solve(matrix, np.reshape(right, (len(right), -1))), np.shape(right))
    made = on_axis(like_spline(None, t, c, k, True), axis)
    made.extrapolate = "periodic"
    return made


def make_lsq_spline(x, y, t, k=3, w=None, axis=0, check_finite=True, *, method="qr"):
    x, y, t = numbers(x) * 1.0, np.moveaxis(numbers(y) * 1.0, axis, 0), numbers(t)
    n = np.shape(t)[0] - k - 1
    values, rows, columns = collocation(t, k, x, [0] * len(x))
    matrix, w = add_at(np.zeros((len(x), n)), values, (rows, columns)), np.ones(len(x)) if w is None else numbers(w)
    c = np.linalg.lstsq(matrix * w[:, None], np.reshape(y * deeper(w, y), (len(x), -1)), rcond=None)[0]
    return on_axis(like_spline(None, t, np.reshape(c, (n, *np.shape(y)[1:])), k, True), axis)


def smoothing(*args, **options):
    raise MissingRule("scipy.interpolate.make_smoothing_spline has no derivative rule; use make_lsq_spline or make_interp_spline")


composite(caught(si.make_interp_spline),    make_interp_spline)
composite(caught(si.make_lsq_spline),       make_lsq_spline)
composite(caught(si.make_smoothing_spline), smoothing)


# ---------------------------------------------------------------- Akima's slopes
def akima(self, x, y, axis=0, *, method="akima", extrapolate=None):
    """As in SciPy, where the slopes are written into a buffer of another module."""
    si.Akima1DInterpolator(core(numbers(x)), core(numbers(y)), axis, method=method)  # complains where there is none
    x, y = numbers(x) * 1.0, np.moveaxis(numbers(y) * 1.0, axis, 0)
    inner = np.diff(y, axis=0) / deeper(np.diff(x), y)
    if len(x) == 2:
        slopes = np.concatenate([inner, inner])
    else:
        before, after = 2 * inner[:1] - inner[1:2], 2 * inner[-1:] - inner[-2:-1]
        m = np.concatenate([2 * before - inner[:1], before, inner, after, 2 * after - inner[-1:]])
        weight = np.abs(np.diff(m, axis=0)) + (np.abs(m[1:] + m[:-1]) / 2 if method == "makima" else 0.0)
        total = weight[2:] + weight[:-2]
        bent = settled(total > 1e-9 * np.max(total))
        slopes = np.where(bent, m[1:-2] + weight[:-2] / np.where(bent, total, 1.0) * (m[2:-1] - m[1:-2]), (m[3:] + m[:-3]) / 2)
    si.CubicHermiteSpline.__init__(self, x, y, slopes, axis=0, extrapolate=bool(extrapolate))
    self.axis = axis % np.ndim(y)


composite(caught(si.Akima1DInterpolator.__init__), akima)


# ---------------------------------------------------------------- FITPACK's
def interpolating(name, s, w):
    if (s is None and w is None) or s == 0:
        return
    raise MissingRule(f"scipy.interpolate.{name} with s={core(s)} chooses its knots by the data, so it has no derivative rule; "
                      "interpolate with s=0, or give the knots to make_lsq_spline")


def splrep(x, y, w=None, xb=None, xe=None, k=3, task=0, s=None, t=None, full_output=0, per=0, quiet=1):
    if task not in (0, -1) or per or full_output or xb is not None or xe is not None:
        raise MissingRule("scipy.interpolate.splrep with task, per, full_output, xb or xe has no derivative rule; use make_interp_spline")
    x = numbers(x)
    if t is not None:
        inner = numbers(t)
        t = np.concatenate([np.repeat(x[:1], k + 1), inner, np.repeat(x[-1:], k + 1)])
        made = make_lsq_spline(x, y, t, k, w)
    else:
        interpolating("splrep", s, w)
        made = make_interp_spline(x, y, k)
    return field(made, "t"), np.concatenate([field(made, "c"), np.zeros(k + 1)]), k


def coefficients(tck):
    return (field(tck, "t"), field(tck, "c"), tck.k) if isinstance(tck, si.BSpline) else tck


OUTSIDE = {0: 0, 1: 1, 2: 2, 3: 3, "extrapolate": 0, "zeros": 1, "raise": 2, "const": 3}


def splev(x, tck, der=0, ext=0):
    t, c, k = coefficients(tck)
    if isinstance(c, (list, tuple)) and np.ndim(c[0]):
        return [splev(x, (t, part, k), der, ext) for part in c]
    x, ext = numbers(x), OUTSIDE[ext]
    start, end = t[k], t[np.shape(t)[0] - k - 1]
    out = settled(np.logical_or(x < start, x > end))
    if ext == 2 and np.any(out):
        raise ValueError("Input data not valid")
    y = combined(t, c, k, np.clip(x, start, end) if ext == 3 else x, der)[0]
    return np.where(out, 0.0, y) if ext == 1 else y


def splint(a, b, tck, full_output=0):
    t, c, k = coefficients(tck)
    whole_t, whole_c = coefficients_of_antiderivative(t, c, k)
    start, end = t[k], t[np.shape(t)[0] - k - 1]
    at_a, at_b = (combined(whole_t, whole_c, k + 1, np.clip(x, start, end))[0] for x in (a, b))
    return at_b - at_a


def padded(t, c):
    return np.concatenate([c, np.zeros(np.shape(t)[0] - np.shape(c)[0])])


def splder(tck, n=1):
    if n < 0:
        return splantider(tck, -n)
    t, c, k = coefficients(tck)
    t, c = coefficients_of_derivative(t, c, k, n)
    return t, padded(t, c), k - n


def splantider(tck, n=1):
    t, c, k = coefficients(tck)
    for degree in range(k, k + n):
        t, c = coefficients_of_antiderivative(t, c, degree)
    return t, padded(t, c), k + n


for _name in ("splrep", "splev", "splint", "splder", "splantider"):
    composite(caught(getattr(si, _name)), globals()[_name])


# ---------------------------------------------------------------- UnivariateSpline
HELD = ("_eval_args_traced",)


def univariate(self, x, y, w=None, bbox=(None, None), k=3, s=None, ext=0, check_finite=False):
    interpolating("UnivariateSpline", s, w) if s is None or s else None
    if s != 0:
        raise MissingRule("scipy.interpolate.UnivariateSpline without s=0 chooses its knots by the data, so it has no derivative rule; "
                          "interpolate with s=0, or give the knots to make_lsq_spline")
    interpolated(self, x, y, w, bbox, k, ext)


def interpolated(self, x, y, w=None, bbox=(None, None), k=3, ext=0, check_finite=False):
    if any(end is not None for end in bbox):
        raise MissingRule("scipy.interpolate.UnivariateSpline with bbox has no derivative rule; use make_interp_spline")
    made = make_interp_spline(x, y, k)
    univariate_of(self, field(made, "t"), field(made, "c"), k, OUTSIDE[ext])


def univariate_of(self, t, c, k, ext):
    self._eval_args, self.ext = (t, c, k), ext
    self._eval_args_traced = [t, c]
    self._data = (None, None, None, None, None, k, None, np.shape(t)[0], t, c, None, None, None, None)
    return self


def univariate_value(self, x, nu=0, ext=None):
    return splev(x, self._eval_args, nu, self.ext if ext is None else ext)


def univariate_like(self, tck):
    made = object.__new__(si.UnivariateSpline)
    t, c, k = tck
    return univariate_of(made, t, c, k, self.ext)


composite(caught(si.UnivariateSpline.__init__), univariate)
composite(caught(si.InterpolatedUnivariateSpline.__init__), interpolated)
composite(caught(si.UnivariateSpline.__call__,       holding=HELD), univariate_value)
composite(caught(si.UnivariateSpline.integral,       holding=HELD), lambda self, a, b: splint(a, b, self._eval_args))
composite(caught(si.UnivariateSpline.derivative,     holding=HELD), lambda self, n=1: univariate_like(self, splder(self._eval_args, n)))
composite(caught(si.UnivariateSpline.antiderivative, holding=HELD), lambda self, n=1: univariate_like(self, splantider(self._eval_args, n)))
