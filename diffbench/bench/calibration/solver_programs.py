"""The programs of `data/solver-derivatives.json` as one would write them with SciPy: a row each, its inputs by name.

Integrators run at the tightest tolerance that SciPy takes, so that what they return is the solution to rounding; LOOSE has them at 1e-11.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import integrate, interpolate, linalg, ndimage, optimize, signal, spatial, special, stats
from scipy.spatial.transform import Rotation

TIGHT = {"xtol": 1e-15, "rtol": 8.9e-16}
WEIGHTS = np.array([0.5, -0.25, 1, 0.75, -0.5, 0.25, 1.5, -1, 0.125, -0.375])


def root(f: Callable[[Any], Any], low: float, high: float) -> float:
    """By bracketing."""
    return float(optimize.brentq(f, low, high, **TIGHT))


def fall(h: float, g: float, T: float) -> Any:
    """A drop from the height h: the solution up to T, or to its end on the ground."""
    ground: Any = lambda t, y: y[0]
    ground.terminal = True
    return integrate.solve_ivp(lambda t, y: [y[1], -g], (0, T), [h, 0.0], events=ground, rtol=1e-12, atol=1e-13)


def bounce(h0: float, g: float, e: float, T: float) -> Any:
    """The height at T, after one bounce."""
    down = fall(h0, g, T)
    after = integrate.solve_ivp(lambda t, y: [y[1], -g], (down.t[-1], T), [0.0, -e * down.y[1, -1]], rtol=1e-12, atol=1e-13)
    return after.y[0, -1]


def onto_simplex(c: Any) -> Any:
    """The projection, by the threshold that makes the positive part sum to 1."""
    ordered = np.sort(c)[::-1]
    thresholds = (np.cumsum(ordered) - 1) / np.arange(1, len(c) + 1)
    return np.maximum(c - thresholds[np.sum(ordered > thresholds) - 1], 0)


def rosenbrock_minimum(a: float, b: float) -> Any:
    """By least squares."""
    return optimize.least_squares(lambda z: [a - z[0], np.sqrt(b) * (z[1] - z[0] ** 2)], [1.0, 1.0], xtol=1e-15, ftol=1e-15, gtol=1e-15).x


Flow = Callable[..., Any]


def flow(rtol: float, atol: float) -> Flow:
    """y(T), or its last component, by an adaptive integrator at these tolerances."""
    def integrated(f: Callable[..., Any], T: float, start: Any, last: int | None = None) -> Any:
        y = integrate.solve_ivp(f, (0, T), start, method="DOP853", rtol=rtol, atol=atol).y[:, -1]
        return y if last is None else y[last]

    return integrated


def stiff_cosine(l: float, y0: float, T: float) -> Any:
    """By an implicit method."""
    return integrate.solve_ivp(lambda t, y: -l * (y - np.cos(t)), (0, T), [y0], method="Radau", rtol=1e-11, atol=1e-13).y[:, -1]


def integrators(flow: Flow) -> dict[str, Callable[..., Any]]:
    """Ordinary differential equations."""
    return {
        "growth": lambda p, y0, T: flow(lambda t, y: p * y, T, [y0]),
        "logistic": lambda r, K, y0, T: flow(lambda t, y: r * y * (1 - y / K), T, [y0]),
        "oscillator": lambda w, q0, v0, T: flow(lambda t, y: [y[1], -w * w * y[0]], T, [q0, v0]),
        "damped-oscillator": lambda c, k, T: flow(lambda t, y: [y[1], -2 * c * y[1] - k * y[0]], T, [1, 0], last=0),
        "critical-damping": lambda c, k, T: flow(lambda t, y: [y[1], -2 * c * y[1] - k * y[0]], T, [1, 0], last=0),
        "blow-up": lambda y0, T: flow(lambda t, y: y * y, T, [y0]),
        "riccati": lambda a, T: flow(lambda t, y: a * a - y * y, T, [0]),
        "lotka-volterra": lambda a, b, c, d, T: flow(lambda t, y: [a * y[0] - b * y[0] * y[1], d * y[0] * y[1] - c * y[1]], T, [1.5, 1]),
        "van-der-pol": lambda mu, T: flow(lambda t, y: [y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]], T, [2, 0]),
        "lorenz": lambda s, r, b, T: flow(lambda t, y: [s * (y[1] - y[0]), y[0] * (r - y[2]) - y[1], y[0] * y[1] - b * y[2]], T, [1, 1, 1]),
        "sir": lambda beta, gamma, T: flow(lambda t, y: [-beta * y[0] * y[1], beta * y[0] * y[1] - gamma * y[1], gamma * y[1]], T, [15 / 16, 1 / 16, 0]),
    }


def quad(f: Callable[[float], float], low: float, high: float, **more: Any) -> float:
    """Adaptive quadrature."""
    return float(integrate.quad(f, low, high, epsabs=1e-13, epsrel=1e-13, limit=200, **more)[0])


def symmetric(A: Any) -> Any:
    """The symmetric part."""
    return (A + A.T) / 2


def call_price(v: float, s: float, k: float, r: float, t: float) -> float:
    """Black & Scholes."""
    d = (np.log(s / k) + (r + v * v / 2) * t) / (v * np.sqrt(t))
    return float(s * special.ndtr(d) - k * np.exp(-r * t) * special.ndtr(d - v * np.sqrt(t)))


def runge_kutta_steps(p: Any, y0: Any, h: Any, n: Any) -> Any:
    """The discrete map."""
    def slope(y: Any) -> Any:
        return p * y * (1 - y)

    for _ in range(int(n)):
        a = slope(y0)
        b = slope(y0 + h / 2 * a)
        c = slope(y0 + h / 2 * b)
        y0 = y0 + h / 6 * (a + 2 * b + 2 * c + slope(y0 + h * c))
    return y0


def upper_triangle(A: Any) -> Any:
    """R of A = QR with a positive diagonal."""
    R = np.linalg.qr(A, mode="r")
    R = R * np.sign(np.diag(R))[:, None]
    return R[[0, 0, 1], [0, 1, 1]]


def top_eigenvector(A: Any) -> Any:
    """Of the symmetric part, its largest entry positive."""
    v = np.linalg.eigh(symmetric(A))[1][:, -1]
    return v * np.sign(v[np.argmax(np.abs(v))])


def along(function: Callable[[Any], Any]) -> Callable[..., Any]:
    """A matrix function at A + t E."""
    return lambda A, E, t: np.real(function(np.array(A) + t * np.array(E)))


def spline(ends: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The cubic spline at t, and its integral."""
    made: Callable[[Any, Any], Any] = lambda x, y: interpolate.CubicSpline(x, y, bc_type=ends)
    return lambda x, y, t: made(x, y)(t), lambda x, y: made(x, y).integrate(x[0], x[-1])


NATURAL, NOT_A_KNOT, CLAMPED = map(spline, ("natural", "not-a-knot", "clamped"))

PROGRAMS: dict[str, Callable[..., Any]] = {
    # roots
    "cubic-root": lambda p: root(lambda x: x**3 + p * x - 1, 0, 1),
    "lambert-root": lambda p: root(lambda x: x * np.exp(x) - p, 0, 2),
    "cosine-root": lambda p: root(lambda x: np.cos(x) - p * x, 0, 1.5),
    "kepler": lambda m, e: root(lambda E: E - e * np.sin(E) - m, 0, 4),
    "fifth-root": lambda p: root(lambda x: x**5 - p, 0, 3),
    "small-quadratic-root": lambda p: 2 / (p + np.sqrt(p * p - 4)),
    "fixed-point": lambda p: root(lambda x: x - np.exp(-p * x), 0, 1),
    "colebrook": lambda re, eps: root(lambda f: 1 / np.sqrt(f) + 2 * np.log10(eps / 3.7 + 2.51 / (re * np.sqrt(f))), 1e-3, 1),
    "implied-volatility": lambda c, s, k, r, t: root(lambda v: call_price(v, s, k, r, t) - c, 0.01, 2),
    "internal-rate": lambda flows: 1 / root(lambda q: np.polyval(flows[::-1], q), 0.1, 0.9999) - 1,
    "median-by-root": lambda w, a, b: root(lambda x: w * special.ndtr(x - a) + (1 - w) * special.ndtr((x - b) / 2) - 0.5, -5, 5),
    "circle-and-hyperbola": lambda p, q: optimize.fsolve(lambda z: [z[0] ** 2 + z[1] ** 2 - p, z[0] * z[1] - q], [2.0, 1.0], xtol=1e-14),
    # ordinary differential equations
    **integrators(flow(2.3e-14, 1e-18)),
    "stiff-cosine": stiff_cosine,
    "linear-system": lambda A, T: linalg.expm(np.array(A) * T) @ [1, -1],
    "runge-kutta-steps": runge_kutta_steps,
    "fall-time": lambda h0, g: fall(h0, g, 10.0).t[-1],
    "bounce": bounce,
    # quadrature
    "exponential-integral": lambda p: quad(lambda x: np.exp(-p * x), 0, 1),
    "gaussian-integral": lambda p: quad(lambda x: np.exp(-p * x * x), 0, np.inf),
    "upper-limit": lambda p: quad(lambda x: np.sin(x * x), 0, p),
    "log-cosine-integral": lambda p: quad(lambda x: np.log1p(p * np.cos(x)), 0, np.pi),
    "lorentzian-integral": lambda a, b, p: quad(lambda x: 1 / (x * x + p * p), a, b),
    "kinked-integrand": lambda p: quad(lambda x: abs(x - p), 0, 1, points=[p]),
    "jumping-integrand": lambda p: quad(np.cos, p, 1),
    "elliptic-integral": lambda m: quad(lambda x: 1 / np.sqrt(1 - m * np.sin(x) ** 2), 0, np.pi / 2),
    "bessel-integral": lambda p: quad(lambda x: np.cos(p * np.sin(x)) / np.pi, 0, np.pi),
    "gamma-integral": lambda p: quad(lambda x: x ** (p - 1) * np.exp(-x), 0, np.inf),
    "power-integral": lambda p: quad(lambda x: x**p, 0, 1),
    "arctangent-integral": lambda p: quad(lambda x: np.exp(-x) * p * np.sinc(p * x / np.pi), 0, np.inf),
    "double-integral": lambda p: integrate.dblquad(lambda x, y: np.exp(-p * x * y), 0, 1, 0, 1, epsabs=1e-13, epsrel=1e-13)[0],
    "cauchy-principal": lambda p: quad(np.exp, -1, 1, weight="cauchy", wvar=p),
    "trapezoid-sum": lambda p: np.trapezoid(np.exp(-p * np.linspace(0, 1, 11)), dx=0.1),
    "simpson-sum": lambda y, h: integrate.simpson(y, dx=h),
    # interpolation
    "cubic-spline-natural": NATURAL[0], "cubic-spline-natural-integral": NATURAL[1],
    "cubic-spline-not-a-knot": NOT_A_KNOT[0], "cubic-spline-not-a-knot-integral": NOT_A_KNOT[1],
    "cubic-spline-clamped": CLAMPED[0], "cubic-spline-clamped-integral": CLAMPED[1],
    "pchip": lambda x, y, t: interpolate.PchipInterpolator(x, y)(t),
    "pchip-monotone": lambda x, y, t: interpolate.PchipInterpolator(x, y)(t),
    "akima": lambda x, y, t: interpolate.Akima1DInterpolator(x, y)(t),
    "lagrange": lambda x, y, t: interpolate.BarycentricInterpolator(x, y)(t),
    "linear-interpolation": lambda x, y, t: np.interp(t, x, y),
    "bilinear": lambda grid, u, v: ndimage.map_coordinates(grid, [[u], [v]], order=1),
    "thin-plate": lambda P, y, t: interpolate.RBFInterpolator(P, y)([t]),
    # optimisation
    "quadratic-minimum": lambda A, p: np.linalg.solve(A, p),
    "quadratic-minimum-value": lambda A, p: -p @ np.linalg.solve(np.array(A), p) / 2,
    "exponential-minimum": lambda p: root(lambda x: np.exp(x - p) - np.exp(-x), -5, 5),
    "rosenbrock-minimum": rosenbrock_minimum,
    "simplex-projection": onto_simplex,
    "linear-program": lambda r: optimize.linprog([-1, -2], [[1, 1], [1, 3]], r).fun,
    "ridge": lambda A, b, l: np.linalg.solve(np.transpose(A) @ A + l * np.eye(len(A[0])), np.transpose(A) @ b),
    "soft-threshold": lambda c, l: np.sign(c) * max(abs(c) - l, 0.0),
    "active-bound": lambda p: optimize.nnls([[1.0]], [p])[0][0],
    "linear-least-squares": lambda A, b: np.linalg.lstsq(A, b, rcond=None)[0],
    "nonnegative-least-squares": lambda A, b: optimize.nnls(A, b)[0],
    "plane-projection": lambda c, p: c - (np.sum(c) - p) / len(c),
    "logistic-minimum": lambda p: root(lambda x: p * x - special.expit(-x), 0, 5),
    "entropy-minimum": lambda p: root(lambda x: np.log(x) + 1 - p, 1e-3, 10),
    "decay-fit": lambda y: optimize.minimize_scalar(lambda k: np.sum((y - np.exp(-k * np.array([0.5, 1, 2, 4]))) ** 2), bracket=(0.3, 0.6), tol=1e-12).x,
    # linear algebra
    "symmetric-eigenvalues": lambda A: np.linalg.eigvalsh(symmetric(A)),
    "expm": along(linalg.expm), "logm": along(linalg.logm), "sqrtm": along(linalg.sqrtm),
    "cosm": along(linalg.cosm), "sinm": along(linalg.sinm), "inverse": along(np.linalg.inv),
    "expm-nilpotent": lambda t: linalg.expm(np.array([[0.0, 1.0], [0.0, 0.0]]) + t * np.array([[0.0, 0.0], [1.0, 0.0]])),
    "conjugate-pair": lambda a, b, c: np.abs(np.linalg.eigvals(np.array([[a, -b], [c, a]]))[0]) ** 2,
    "riccati-scalar": lambda a, b, q, r: linalg.solve_continuous_are([[a]], [[b]], [[q]], [[r]])[0, 0],
    "matrix-cube": along(lambda A: A @ A @ A),
    "sqrtm-identity": lambda E, t: linalg.sqrtm(np.eye(3) + t * np.array(E)).real,
    "determinant": lambda A: np.linalg.det(A), "determinant-singular": lambda A: np.linalg.det(A),
    "log-determinant": lambda A: np.linalg.slogdet(symmetric(A))[1],
    "solve": lambda A, b: np.linalg.solve(A, b),
    "cholesky": lambda A: np.linalg.cholesky(symmetric(A))[np.tril_indices(3)],
    "qr": upper_triangle,
    "singular-values": lambda A: linalg.svdvals(A),
    "nuclear-norm": lambda A: np.sum(linalg.svdvals(A)),
    "pseudo-inverse": lambda A: np.linalg.pinv(A),
    "top-eigenvector": top_eigenvector,
    "spectral-abscissa": lambda A: np.linalg.eigvals(A).real.max(),
    "sylvester": lambda A, B, C: linalg.solve_sylvester(A, B, C),
    "lyapunov": lambda A, Q: linalg.solve_continuous_lyapunov(A, Q),
    "riccati-matrix": lambda A, Q: linalg.solve_continuous_are(A, np.eye(2), Q, np.eye(2)),
    "toeplitz-solve": lambda c, b: linalg.solve_toeplitz(c, b),
    # signals and images
    "lfilter": lambda b, a, x: signal.lfilter(b, a, x) @ WEIGHTS[:8],
    "lfilter-output": lambda b, a, x: signal.lfilter(b, a, x),
    "fftconvolve": lambda x, h: signal.fftconvolve(x, h) @ WEIGHTS,
    "savgol": lambda y: signal.savgol_filter(y, 5, 2)[2],
    "detrend": lambda y: signal.detrend(y),
    "power-spectrum": lambda x: np.abs(np.fft.rfft(x)) ** 2,
    "gain": lambda b, a, w: np.abs(signal.freqz(b, a, [w])[1][0]) ** 2,
    "butterworth-1": lambda wc: np.concatenate(signal.butter(1, wc))[[0, 1, 3]],
    "butterworth-2": lambda wc: np.concatenate(signal.butter(2, wc))[[0, 1, 2, 4, 5]],
    "convolve2d": lambda image, kernel: signal.convolve2d(image, kernel, mode="valid"),
    "envelope": lambda x: np.abs(signal.hilbert(x))[3],
    "gaussian-filter": lambda x, sigma: ndimage.gaussian_filter1d(x, sigma, radius=5),
    "gaussian-filter-derivative": lambda x, sigma: ndimage.gaussian_filter1d(x, sigma, order=1, radius=5),
    "uniform-filter": lambda x: ndimage.uniform_filter1d(x, 3),
    "sobel": lambda x: ndimage.sobel(x),
    "median-filter": lambda x: ndimage.median_filter(x, 3),
    "centre-of-mass": lambda image: np.array(ndimage.center_of_mass(image)),
    # rotations
    **{name: lambda r, v: Rotation.from_rotvec(r).apply(v) for name in ("rotvec", "rotvec-at-zero", "rotvec-tiny", "rotvec-half-turn")},
    "quaternion": lambda q, v: Rotation.from_quat(q).apply(v),
    "euler": lambda e, v: Rotation.from_euler("xyz", e).apply(v), "gimbal": lambda e, v: Rotation.from_euler("xyz", e).apply(v),
    "turning-angle": lambda r: Rotation.from_rotvec(r).magnitude(),
    "composition": lambda r, s: (Rotation.from_rotvec(s) * Rotation.from_rotvec(r)).as_rotvec(),
    # statistics
    "regression-slope": lambda x, y: stats.linregress(x, y).slope,
    "correlation": lambda x, y: stats.pearsonr(x, y).statistic,
    "kernel-density": lambda t, data: stats.gaussian_kde(data).logpdf(t),
    "entropy": lambda p: stats.entropy(p),
    "wasserstein": lambda x, y: stats.wasserstein_distance(x, y),
    "skewness": lambda x: stats.skew(x),
    "boxcox": lambda l, x: stats.boxcox_llf(l, x),
    "multivariate-normal": lambda x, m, C: stats.multivariate_normal(m, symmetric(C)).logpdf(x),
    # special functions
    "gammainc": lambda a, x: special.gammainc(a, x), "betainc": lambda a, b, x: special.betainc(a, b, x),
    "bessel-order": lambda v, x: special.jv(v, x), "bessel-k": lambda v, x: special.kv(v, x), "bessel-i-scaled": lambda v, x: special.ive(v, x),
    "hypergeometric": lambda a, b, c, x: special.hyp2f1(a, b, c, x), "kummer": lambda a, b, x: special.hyp1f1(a, b, x),
    "hurwitz-zeta": lambda s, q: special.zeta(s, q), "log-gamma": lambda x: special.gammaln(x), "log-normal-cdf": lambda x: special.log_ndtr(x),
    "normal-quantile": lambda p: special.ndtri(p), "inverse-erf": lambda p: special.erfinv(p), "student-cdf": lambda df, x: special.stdtr(df, x),
    "lambert-w": lambda x: special.lambertw(x).real, "elliptic-e": lambda m: special.ellipe(m), "sine-integral": lambda x: special.sici(x)[0],
    "spence": lambda x: special.spence(x), "dawson": lambda x: special.dawsn(x), "log-sum-exp": lambda x: special.logsumexp(x), "softmax": lambda x: special.softmax(x),
    "relative-entropy": lambda p, q: np.sum(special.rel_entr(p, q)), "multigammaln": lambda a: special.multigammaln(a, 3),
    "airy": lambda x: special.airy(x)[0], "expm1-over-x": lambda x: special.exprel(x), "xlogy": lambda x, y: special.xlogy(x, y),
    # geometry
    "polygon-area": lambda P: spatial.ConvexHull(P).volume,
    "distances": lambda P: np.sum(spatial.distance.pdist(P)),
}

# whose results carry an error, smooth in the inputs, that no difference of them can see
TOLERANCE = 1e-11
LOOSE = integrators(flow(TOLERANCE, TOLERANCE / 100))
