"""Results of SciPy's solvers and routines against 30 digits of mpmath (tests/data/README.md), in
every input.
"""

import inspect
import json
from pathlib import Path

import numpy as np
import pytest
import scipy.optimize as so
from scipy import fft, integrate, interpolate, linalg, ndimage, signal, spatial, special, stats

import diffbench as db
from diffbench.errors import DiffbenchError, MissingRule

DATA = json.loads((Path(__file__).parents[1] / "data" / "solver-derivatives.json").read_text())
KNOWN = {entry["name"]: entry for entry in DATA["entries"]}
METHODS = ("forward", "reverse")
T = np.array([0.5, 1.0, 2.0, 4.0])
W = np.array([0.5, -0.25, 1.0, 0.75, -0.5, 0.25, 1.5, -1.0])


def colebrook(re, eps):
    def law(f):
        return 1 / np.sqrt(f) + 2 * np.log10(eps / 3.7 + 2.51 / (re * np.sqrt(f)))

    return so.brentq(law, 1e-3, 0.1)


def call(v, s, k, r, t):
    d = (np.log(s / k) + (r + v**2 / 2) * t) / (v * np.sqrt(t))
    return s * special.ndtr(d) - k * np.exp(-r * t) * special.ndtr(d - v * np.sqrt(t))


def mixture(x, w, a, b):
    return w * special.ndtr(x - a) + (1 - w) * special.ndtr((x - b) / 2) - 0.5


def fitted(y):
    return so.least_squares(lambda k: y - np.exp(-k[0] * T), [0.5]).x[0]


def ridge(A, b, l):
    return so.minimize(lambda x: np.sum((A @ x - b) ** 2) + l * np.sum(x**2), [0.4, 1.0]).x


# name -> the inputs in which it is refused
REFUSED = {
    "jumping-integrand": "p",
    "kernel-density": "data t",
    "wasserstein": "x y",
    "boxcox": "l",
    "gammainc": "a",
    "betainc": "a b",
    "bessel-order": "v",
    "bessel-k": "v",
    "bessel-i-scaled": "v",
    "hypergeometric": "a b c",
    "kummer": "a b",
    "student-cdf": "df",
}
# name -> the program, of the entry's inputs in their order
PROGRAMS = {
    "cubic-root": lambda p: so.brentq(lambda x: x**3 + p * x - 1, 0, 1),
    "lambert-root": lambda p: so.bisect(lambda x: x * np.exp(x) - p, 0, 2),
    "cosine-root": lambda p: so.ridder(lambda x: np.cos(x) - p * x, 0, 1.5),
    "kepler": lambda m, e: so.newton(lambda E: E - e * np.sin(E) - m, 2.0),
    "fifth-root": lambda p: so.toms748(lambda x: x**5 - p, 0, 3),
    "small-quadratic-root": lambda p: so.brentq(lambda x: x**2 - p * x + 1, 0, 1),
    "fixed-point": lambda p: so.brenth(lambda x: x - np.exp(-p * x), 0, 1),
    "circle-and-hyperbola": lambda p, q: so.fsolve(
        lambda z: [z[0] ** 2 + z[1] ** 2 - p, z[0] * z[1] - q], [2.0, 1.0]
    ),
    "colebrook": colebrook,
    "implied-volatility": lambda c, s, k, r, t: so.brentq(
        lambda v: call(v, s, k, r, t) - c, 0.01, 2
    ),
    "internal-rate": lambda flows: (
        1 / so.brentq(lambda q: np.sum(flows * q ** np.arange(4)), 0.5, 1) - 1
    ),
    "median-by-root": lambda w, a, b: so.root(mixture, 0.0, args=(w, a, b)).x[0],
    "quadratic-minimum": lambda A, p: (
        so.minimize(lambda x: x @ (A + A.T) @ x / 4 - p @ x, np.zeros(3)).x
    ),
    "quadratic-minimum-value": lambda A, p: (
        so.minimize(lambda x: x @ A @ x / 2 - p @ x, np.zeros(3)).fun
    ),
    "exponential-minimum": lambda p: so.minimize_scalar(lambda x: np.exp(x - p) + np.exp(-x)).x,
    "entropy-minimum": lambda p: (
        so.minimize_scalar(lambda x: x * np.log(x) - p * x, bracket=(0.3, 0.6, 1.0)).x
    ),
    "logistic-minimum": lambda p: (
        so.minimize_scalar(lambda x: np.logaddexp(0, -x) + p * x**2 / 2).x
    ),
    "rosenbrock-minimum": lambda a, b: (
        so.minimize(lambda z: (a - z[0]) ** 2 + b * (z[1] - z[0] ** 2) ** 2, [1.0, 1.0]).x
    ),
    "ridge": ridge,
    "decay-fit": fitted,
    "soft-threshold": lambda c, l: so.minimize_scalar(lambda x: (x - c) ** 2 / 2 + l * np.abs(x)).x,
    "active-bound": lambda p: so.minimize(lambda x: (x[0] - p) ** 2, [1.0], bounds=[(0, None)]).x[
        0
    ],
    "linear-least-squares": lambda A, b: linalg.lstsq(A, b)[0],
    "nonnegative-least-squares": lambda A, b: so.nnls(A, b)[0],
    "linear-program": lambda r: so.linprog([-1.0, -2.0], A_ub=[[1, 1], [1, 3]], b_ub=r).fun,
    "growth": lambda p, y0, T: ode(lambda t, y: p * y, T, [y0])[0],
    "oscillator": lambda w, q0, v0, T: ode(lambda t, y: [y[1], -(w**2) * y[0]], T, [q0, v0]),
    "exponential-integral": lambda p: integrate.quad(lambda x: np.exp(-p * x), 0, 1)[0],
    "upper-limit": lambda p: integrate.quad(lambda x: np.sin(x**2), 0, p)[0],
    "jumping-integrand": lambda p: integrate.quad(lambda x: np.cos(x) if x > p else 0.0, 0, 1)[0],
    "kinked-integrand": lambda p: integrate.quad(lambda x: abs(x - p), 0, 1)[0],
    "double-integral": lambda p: integrate.dblquad(lambda x, y: np.exp(-p * x * y), 0, 1, 0, 1)[0],
    "trapezoid-sum": lambda p: integrate.trapezoid(np.exp(-p * np.linspace(0, 1, 11)), dx=0.1),
    "simpson-sum": lambda y, h: integrate.simpson(y, dx=h),
    "cubic-spline-natural": lambda x, y, t: interpolate.CubicSpline(x, y, bc_type="natural")(t),
    "cubic-spline-not-a-knot": lambda x, y, t: interpolate.CubicSpline(x, y)(t),
    "cubic-spline-clamped": lambda x, y, t: interpolate.CubicSpline(x, y, bc_type="clamped")(t),
    "pchip": lambda x, y, t: interpolate.PchipInterpolator(x, y)(t),
    "pchip-monotone": lambda x, y, t: interpolate.PchipInterpolator(x, y)(t),
    "akima": lambda x, y, t: interpolate.Akima1DInterpolator(x, y)(t),
    "lagrange": lambda x, y, t: interpolate.BarycentricInterpolator(x, y)(t),
    "linear-interpolation": lambda x, y, t: np.interp(t, x, y),
    "bilinear": lambda grid, u, v: ndimage.map_coordinates(grid, [[u], [v]], order=1)[0],
    "thin-plate": lambda P, y, t: interpolate.RBFInterpolator(P, y)(np.reshape(t, (1, -1)))[0],
    "symmetric-eigenvalues": lambda A: linalg.eigvalsh((A + A.T) / 2),
    "expm": lambda A, E, t: linalg.expm(A + t * E),
    "logm": lambda A, E, t: linalg.logm(A + t * E),
    "sqrtm": lambda A, E, t: linalg.sqrtm(A + t * E),
    "cosm": lambda A, E, t: linalg.cosm(A + t * E),
    "sinm": lambda A, E, t: linalg.sinm(A + t * E),
    "inverse": lambda A, E, t: linalg.inv(A + t * E),
    "sqrtm-identity": lambda E, t: linalg.sqrtm(np.eye(len(E)) + t * E),
    "determinant": linalg.det,
    "determinant-singular": linalg.det,
    "log-determinant": lambda A: np.linalg.slogdet((A + A.T) / 2)[1],
    "solve": linalg.solve,
    "singular-values": linalg.svdvals,
    "nuclear-norm": lambda A: np.sum(linalg.svdvals(A)),
    "pseudo-inverse": linalg.pinv,
    "spectral-abscissa": lambda A: np.max(np.real(linalg.eigvals(A))),
    "sylvester": linalg.solve_sylvester,
    "lyapunov": linalg.solve_continuous_lyapunov,
    "riccati-matrix": lambda A, Q: linalg.solve_continuous_are(
        A, np.eye(len(A)), Q, np.eye(len(A))
    ),
    "toeplitz-solve": linalg.solve_toeplitz,
    "lfilter": lambda b, a, x: W @ signal.lfilter(b, a, x),
    "lfilter-output": signal.lfilter,
    "fftconvolve": lambda x, h: np.append(W, [0.125, -0.375]) @ signal.fftconvolve(x, h),
    "savgol": lambda y: signal.savgol_filter(y, 5, 2)[2],
    "detrend": signal.detrend,
    "power-spectrum": lambda x: np.abs(fft.rfft(x)) ** 2,
    "gain": lambda b, a, w: np.abs(signal.freqz(b, a, worN=[w])[1][0]) ** 2,
    "convolve2d": lambda image, kernel: signal.convolve2d(image, kernel, mode="valid"),
    "envelope": lambda x: np.abs(signal.hilbert(x))[3],
    "gaussian-filter": lambda x, sigma: ndimage.gaussian_filter1d(x, sigma, radius=5),
    "uniform-filter": lambda x: ndimage.uniform_filter1d(x, 3),
    "sobel": ndimage.sobel,
    "median-filter": lambda x: ndimage.median_filter(x, size=3),
    "centre-of-mass": ndimage.center_of_mass,
    "rotvec": lambda r, v: spatial.transform.Rotation.from_rotvec(r).apply(v),
    "rotvec-at-zero": lambda r, v: spatial.transform.Rotation.from_rotvec(r).apply(v),
    "quaternion": lambda q, v: spatial.transform.Rotation.from_quat(q).apply(v),
    "euler": lambda e, v: spatial.transform.Rotation.from_euler("xyz", e).apply(v),
    "regression-slope": lambda x, y: stats.linregress(x, y).slope,
    "correlation": lambda x, y: stats.pearsonr(x, y)[0],
    "multivariate-normal": lambda x, m, C: stats.multivariate_normal.logpdf(x, m, (C + C.T) / 2),
    "kernel-density": lambda t, data: stats.gaussian_kde(data).logpdf(t)[0],
    "entropy": stats.entropy,
    "wasserstein": stats.wasserstein_distance,
    "skewness": stats.skew,
    "boxcox": stats.boxcox_llf,
    "gammainc": special.gammainc,
    "betainc": special.betainc,
    "bessel-order": special.jv,
    "bessel-k": special.kv,
    "bessel-i-scaled": special.ive,
    "hypergeometric": special.hyp2f1,
    "kummer": special.hyp1f1,
    "hurwitz-zeta": special.zeta,
    "log-gamma": special.gammaln,
    "log-normal-cdf": special.log_ndtr,
    "normal-quantile": special.ndtri,
    "inverse-erf": special.erfinv,
    "student-cdf": special.stdtr,
    "lambert-w": lambda x: np.real(special.lambertw(x)),
    "elliptic-e": special.ellipe,
    "sine-integral": lambda x: special.sici(x)[0],
    "spence": special.spence,
    "dawson": special.dawsn,
    "log-sum-exp": special.logsumexp,
    "softmax": special.softmax,
    "relative-entropy": lambda p, q: np.sum(special.rel_entr(p, q)),
    "multigammaln": lambda a: special.multigammaln(a, 3),
    "airy": lambda x: special.airy(x)[0],
    "expm1-over-x": special.exprel,
    "xlogy": special.xlogy,
    "polygon-area": lambda P: spatial.ConvexHull(P).volume,
    "distances": lambda P: np.sum(spatial.distance.pdist(P)),
}


if not inspect.isfunction(
    spatial.transform.Rotation.as_matrix
):  # compiled as a whole before SciPy 1.17
    for _name in ("rotvec", "rotvec-at-zero", "quaternion", "euler"):
        del PROGRAMS[_name]


def ode(law, T, y0):
    return integrate.solve_ivp(law, (0.0, T), y0, rtol=1e-11, atol=1e-12).y[:, -1]


def numbers(nested):
    return np.array(nested, dtype=object).astype(float)


def inputs(name):
    return KNOWN[name]["derivative"].keys()


def refused_in(name):
    return REFUSED.get(name, "").split()


def found(name, varying, method):
    """The derivative by one input, in the shape in which it is known."""
    point = {key: numbers(value)[()] for key, value in KNOWN[name]["point"].items()}
    true = numbers(KNOWN[name]["derivative"][varying])

    def f(x):
        return PROGRAMS[name](*(point | {varying: x}).values())

    operator = db.jacobian if true.ndim else db.derivative
    return np.reshape(operator(f, point[varying], method=method), true.shape), true


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("name", "varying"),
    [(name, key) for name in PROGRAMS for key in inputs(name) if key not in refused_in(name)],
)
def test_the_derivative_is_that_of_the_solution(name, varying, method):
    answer, true = found(name, varying, method)
    np.testing.assert_allclose(answer, true, rtol=0, atol=1e-10 * np.max(np.abs(true)) + 1e-14)


@pytest.mark.filterwarnings("ignore")  # of SciPy's, on the way to the refusal
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("name", "varying"), [(name, key) for name in REFUSED for key in refused_in(name)]
)
def test_what_is_not_differentiated_is_refused_and_never_wrong(name, varying, method):
    with pytest.raises(DiffbenchError):
        found(name, varying, method)


def test_a_root_that_has_moved_is_found_anew_by_a_prepared_answer():
    def root(p):
        return so.brentq(lambda x: x**3 + p * x - 1, 0, 1)

    answer = db.prepare(root, 2.5, operator="derivative", method="compiled")
    for p in (2.5, 3.0, 1.0):
        x = root(p)
        assert abs(answer(p) + x / (3 * x**2 + p)) < 1e-12


def test_the_second_derivative_of_a_root_is_that_of_the_implicit_function():
    def root(p):
        return so.brentq(lambda x: x**2 - p, 0, 4)

    found = db.derivative(lambda p: db.derivative(root, p), 4.0, method="reverse")
    assert abs(found + 4.0**-1.5 / 4) < 1e-12


def test_a_minimiser_that_iterates_in_python_gives_the_derivative_of_the_minimum():
    # golden sections move by comparisons alone: traced through, the derivative was 0
    found = db.derivative(lambda c: so.minimize_scalar(lambda x: (x - c) ** 2 + 0.1 * x**4).x, 1.0)
    x = so.minimize_scalar(lambda x: (x - 1) ** 2 + 0.1 * x**4).x
    assert abs(found - 2 / (2 + 1.2 * x**2)) < 1e-7  # of x, not of the derivative


@pytest.mark.parametrize(
    ("f", "reason"),
    [
        (lambda p: so.brentq(lambda x: (x - p) ** 3, 0, 3), "Jacobian there is singular"),
        (lambda p: integrate.quad(lambda x: float(x > p), 0, 4)[0], "the integrand jumps at 1.5"),
        (
            lambda p: integrate.solve_ivp(lambda t, y: [float(t > p)], (0, 4), [0.0]).y[0, -1],
            "the right-hand side jumps at t = 1.5",
        ),
    ],
)
def test_where_the_theorem_does_not_hold_a_sentence_says_so(f, reason):
    with pytest.raises(MissingRule, match=reason):
        db.derivative(f, 1.5)


def test_a_solver_stays_what_it_was_for_everyone_else():
    db.derivative(lambda p: so.brentq(lambda x: x - p, 0, 4), 1.5)
    assert so.brentq(lambda x: x**2 - 2, 0, 2) == pytest.approx(np.sqrt(2))
    assert list(inspect.signature(so.brentq).parameters)[:3] == ["f", "a", "b"]
    assert so.minimize(lambda x: (x[0] - 1) ** 2, [0.0]).hess_inv.shape == (1, 1)


ITERATED = {
    "golden": lambda a: so.golden(lambda x: (x - a) ** 2),
    "brent": lambda a: so.brent(lambda x: (x - a) ** 2),
    "fminbound": lambda a: so.fminbound(lambda x: (x - a) ** 2, -2, 3),
    "fmin": lambda a: so.fmin(lambda x: (x[0] - a) ** 2, [0.0], disp=False)[0],
    "differential_evolution": lambda a: so.differential_evolution(
        lambda x: (x[0] - a) ** 2, [(-2, 3)], polish=False
    ).x[0],
}


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
@pytest.mark.parametrize("name", ITERATED)
def test_an_iteration_without_a_rule_is_refused_by_its_name(name, method):
    """Traced through, golden sections end in numbers that do not depend on a: 0 without a word."""
    with pytest.raises(MissingRule, match=f"scipy.optimize.{name} has no derivative rule"):
        db.derivative(ITERATED[name], 1.0, method=method)


def projected(p, **options):
    """The nearest point to p under bounds or constraints."""
    return so.minimize(lambda z: np.sum((z - p) ** 2), [0.0, 0.0], **options).x


PLANE = {"type": "ineq", "fun": lambda z: 1.0 - z[0] - z[1]}
# at p = (0.7, 1.3): the projection's derivative, by geometry
CONSTRAINED = {
    "bounds": (lambda p: projected(p, bounds=[(0, 0.5), (0, 5)]), [[0, 0], [0, 1]]),
    "a bound that moves": (
        lambda p: projected(p, bounds=[(0, p[0] / 2), (0, 5)]),
        [[0.5, 0], [0, 1]],
    ),
    "an inequality": (lambda p: projected(p, constraints=PLANE), [[0.5, -0.5], [-0.5, 0.5]]),
    "an equation that moves": (
        lambda p: projected(p, constraints={"type": "eq", "fun": lambda z: z[0] + z[1] - p[0]}),
        [[1, -0.5], [0, 0.5]],
    ),
    "a linear constraint": (
        lambda p: projected(p, constraints=so.LinearConstraint([[1.0, 1.0]], -1, 1)),
        [[0.5, -0.5], [-0.5, 0.5]],
    ),
    "value and slope together": (
        lambda p: so.minimize(lambda z: (np.sum((z - p) ** 2), 2 * (z - p)), [0, 0], jac=True).x,
        [[1, 0], [0, 1]],
    ),
    "a bounded interval": (
        lambda p: so.minimize_scalar(lambda t: (t - p[0]) ** 2, bounds=(0, p[1] / 4)).x,
        [0, 0.25],
    ),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CONSTRAINED)
def test_a_constrained_minimum_moves_as_its_active_constraints_let_it(name, method):
    f, exact = CONSTRAINED[name]
    found = db.jacobian(f, np.array([0.7, 1.3]), method=method)
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-10)


def test_where_a_bound_is_just_met_the_derivative_jumps_and_is_refused():
    with pytest.raises(MissingRule, match="just met"):
        db.derivative(
            lambda p: so.minimize(lambda x: (x[0] - p) ** 2, [1.0], bounds=[(0, None)]).x[0], 0.0
        )


@pytest.mark.parametrize("method", METHODS)
def test_curve_fit_moves_with_its_data_as_the_minimum_does(method):
    t, y = np.linspace(0.0, 5.0, 6), np.array([3.3, 2.2, 1.7, 1.2, 0.7, 0.4])

    def parameters(y):
        return so.curve_fit(lambda t, a, b: a * np.exp(-b * t), t, y, p0=[1.0, 0.1])[0]

    def residual(p):
        return p[0] * np.exp(-p[1] * t) - y

    def half(p):
        return np.sum(residual(p) ** 2) / 2

    p = parameters(y)
    for _ in range(2):  # SciPy stops at 1e-8
        p = p - np.linalg.solve(db.hessian(half, p), db.gradient(half, p))
    steep = db.jacobian(residual, p)
    # the Hessian of half the sum of squares: Gauss and Newton's, and the curvature of the residuals
    exact = np.linalg.solve(db.hessian(half, p), steep.T)
    np.testing.assert_allclose(db.jacobian(parameters, y, method=method), exact, rtol=1e-9)
