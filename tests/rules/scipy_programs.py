"""The programs of SciPy whose derivatives are known to 30 digits (tests/data/README.md), by name: each a
function of the entry's inputs in their order.
"""

import inspect

import numpy as np
import scipy.optimize as so
from scipy import fft, integrate, interpolate, linalg, ndimage, signal, spatial, special, stats

R = spatial.transform.Rotation
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


def ode(law, T, y0, method="DOP853"):
    """The state at T of the solution from y0 at 0."""
    return integrate.solve_ivp(law, (0.0, T), y0, rtol=1e-12, atol=1e-13, method=method).y[:, -1]


def ground(t, y):
    """An event of solve_ivp: the ball meets the ground, and the run ends."""
    return y[0]


ground.terminal, ground.direction = True, -1


def fall(h0, g):
    return integrate.solve_ivp(lambda t, y: [y[1], -g], (0.0, 5.0), [h0, 0.0], events=ground)


def bounce(h0, g, e, T):
    before = fall(h0, g)
    t, v = before.t_events[0][0], before.y_events[0][0][1]
    return integrate.solve_ivp(lambda t, y: [y[1], -g], (t, T), [0.0, -e * v]).y[0, -1]


def runge_kutta(p, y, h, n):
    f = lambda y: p * y * (1 - y)
    for _ in range(int(n)):
        k1 = f(y)
        k2 = f(y + h / 2 * k1)
        k3 = f(y + h / 2 * k2)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + f(y + h * k3))
    return y


def upper(A):
    """R of QR with a positive diagonal."""
    r = linalg.qr(A, mode="r")[0][:2]
    return (r * np.sign(np.diag(r))[:, None])[np.triu_indices(2)]


def top(A):
    """The eigenvector of the largest eigenvalue, its largest entry positive."""
    v = linalg.eigh((A + A.T) / 2)[1][:, -1]
    return v * np.sign(v[np.argmax(np.abs(v))])


def butterworth(n, wc):
    b, a = signal.butter(n, wc)
    return np.append(b, a[1:])


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
    "rotvec": lambda r, v: R.from_rotvec(r).apply(v),
    "rotvec-at-zero": lambda r, v: R.from_rotvec(r).apply(v),
    "quaternion": lambda q, v: R.from_quat(q).apply(v),
    "euler": lambda e, v: R.from_euler("xyz", e).apply(v),
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
    "logistic": lambda r, K, y0, T: ode(lambda t, y: r * y * (1 - y / K), T, [y0])[0],
    "damped-oscillator": lambda c, k, T: ode(
        lambda t, y: [y[1], -2 * c * y[1] - k * y[0]], T, [1.0, 0.0]
    )[0],
    "critical-damping": lambda c, k, T: ode(
        lambda t, y: [y[1], -2 * c * y[1] - k * y[0]], T, [1.0, 0.0]
    )[0],
    "blow-up": lambda y0, T: ode(lambda t, y: y**2, T, [y0])[0],
    "riccati": lambda a, T: ode(lambda t, y: a**2 - y**2, T, [0.0])[0],
    "stiff-cosine": lambda l, y0, T: ode(
        lambda t, y: -l * (y - np.cos(t)), T, [y0], method="Radau"
    )[0],
    "linear-system": lambda A, T: ode(lambda t, y: A @ y, T, [1.0, -1.0]),
    "fall-time": lambda h0, g: fall(h0, g).t_events[0][0],
    "bounce": lambda h0, g, e, T: bounce(h0, g, e, T),
    "lotka-volterra": lambda a, b, c, d, T: ode(
        lambda t, y: [a * y[0] - b * y[0] * y[1], d * y[0] * y[1] - c * y[1]], T, [1.5, 1.0]
    ),
    "van-der-pol": lambda mu, T: ode(
        lambda t, y: [y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]], T, [2.0, 0.0]
    ),
    "lorenz": lambda s, r, b, T: ode(
        lambda t, y: [s * (y[1] - y[0]), y[0] * (r - y[2]) - y[1], y[0] * y[1] - b * y[2]],
        T,
        [1.0, 1.0, 1.0],
    ),
    "sir": lambda beta, gamma, T: ode(
        lambda t, y: [-beta * y[0] * y[1], beta * y[0] * y[1] - gamma * y[1], gamma * y[1]],
        T,
        [15 / 16, 1 / 16, 0.0],
    ),
    "runge-kutta-steps": lambda p, y0, h, n: runge_kutta(p, y0, h, n),
    "gaussian-integral": lambda p: integrate.quad(lambda x: np.exp(-p * x**2), 0, np.inf)[0],
    "power-integral": lambda p: integrate.quad(lambda x: x**p, 0, 1)[0],
    "arctangent-integral": lambda p: integrate.quad(
        lambda x: np.exp(-x) * p * np.sinc(p * x / np.pi), 0, np.inf
    )[0],
    "log-cosine-integral": lambda p: integrate.quad(lambda x: np.log(1 + p * np.cos(x)), 0, np.pi)[
        0
    ],
    "lorentzian-integral": lambda a, b, p: integrate.quad(lambda x: 1 / (x**2 + p**2), a, b)[0],
    "elliptic-integral": lambda m: integrate.quad(
        lambda x: 1 / np.sqrt(1 - m * np.sin(x) ** 2), 0, np.pi / 2
    )[0],
    "bessel-integral": lambda p: integrate.quad(lambda x: np.cos(p * np.sin(x)) / np.pi, 0, np.pi)[
        0
    ],
    "gamma-integral": lambda p: integrate.quad(lambda x: x ** (p - 1) * np.exp(-x), 0, np.inf)[0],
    "cauchy-principal": lambda p: integrate.quad(np.exp, -1, 1, weight="cauchy", wvar=p)[0],
    "cubic-spline-natural-integral": lambda x, y: interpolate.CubicSpline(
        x, y, bc_type="natural"
    ).integrate(x[0], x[-1]),
    "cubic-spline-not-a-knot-integral": lambda x, y: interpolate.CubicSpline(x, y).integrate(
        x[0], x[-1]
    ),
    "cubic-spline-clamped-integral": lambda x, y: interpolate.CubicSpline(
        x, y, bc_type="clamped"
    ).integrate(x[0], x[-1]),
    "plane-projection": lambda c, p: (
        so.minimize(
            lambda x: np.sum((x - c) ** 2),
            np.zeros(3),
            constraints={"type": "eq", "fun": lambda x: np.sum(x) - p},
        ).x
    ),
    "simplex-projection": lambda c: (
        so.minimize(
            lambda x: np.sum((x - c) ** 2),
            np.full(4, 0.25),
            bounds=[(0, None)] * 4,
            constraints={"type": "eq", "fun": lambda x: np.sum(x) - 1},
            tol=1e-12,
        ).x
    ),
    "matrix-cube": lambda A, E, t: np.linalg.matrix_power(A + t * E, 3),
    "expm-nilpotent": lambda t: linalg.expm(
        np.array([[0.0, 1.0], [0.0, 0.0]]) + t * np.array([[0.0, 0.0], [1.0, 0.0]])
    ),
    "cholesky": lambda A: linalg.cholesky((A + A.T) / 2, lower=True)[np.tril_indices(3)],
    "qr": lambda A: upper(A),
    "top-eigenvector": lambda A: top(A),
    "conjugate-pair": lambda a, b, c: np.abs(linalg.eigvals(np.array([[a, -b], [c, a]]))[0]) ** 2,
    "riccati-scalar": lambda a, b, q, r: linalg.solve_continuous_are([[a]], [[b]], [[q]], [[r]])[
        0, 0
    ],
    "butterworth-1": lambda wc: butterworth(1, wc),
    "butterworth-2": lambda wc: butterworth(2, wc),
    "gaussian-filter-derivative": lambda x, sigma: ndimage.gaussian_filter1d(
        x, sigma, order=1, radius=5
    ),
    "rotvec-tiny": lambda r, v: R.from_rotvec(r).apply(v),
    "rotvec-half-turn": lambda r, v: R.from_rotvec(r).apply(v),
    "gimbal": lambda e, v: R.from_euler("xyz", e).apply(v),
    "turning-angle": lambda r: R.from_rotvec(r).magnitude(),
    "composition": lambda r, s: (R.from_rotvec(s) * R.from_rotvec(r)).as_rotvec(),
}


if not inspect.isfunction(R.as_matrix):  # compiled as a whole before SciPy 1.17
    for _name in [
        *("rotvec", "rotvec-at-zero", "rotvec-tiny", "rotvec-half-turn", "quaternion", "euler"),
        *("gimbal", "turning-angle", "composition"),
    ]:
        del PROGRAMS[_name]
