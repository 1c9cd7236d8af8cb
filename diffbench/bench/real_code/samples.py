"""Functions of other packages, each with a point: what is called, how, and where."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np


class Sample(NamedTuple):
    """path: module and name of what is called; call: from that and x to the result, which is summed
    up with unequal weights; point: x.
    """

    path: str
    call: Callable[[Any, Any], Any]
    point: Any

    def function(self) -> Callable[[Any], Any]:
        """The number to differentiate, as a function of x."""
        module, _, name = self.path.partition(":")
        target: Any = import_module(module)
        for part in name.split("."):
            target = getattr(target, part)
        return lambda x: weighted(self.call(target, x))


def weighted(y: Any) -> Any:
    """The entries of y, summed up with weights, so that no two are taken for each other."""
    y = y if np.ndim(y) else np.reshape(y, (1,))
    weights = 1.0 + np.arange(np.size(y)) / (1.0 + np.size(y))
    return np.sum(np.reshape(y, (-1,)) * weights)


T = np.linspace(-1.2, 2.3, 12)
TWO, THREE = np.array([0.7, 1.3]), np.array([0.7, 1.3, 0.4])
FOUR, FIVE = np.array([0.7, 1.3, 0.4, 0.9]), np.array([0.31, 0.42, 0.23, 0.54, 0.15])
MATRIX = np.array([[0.2, 0.5, 0.9], [1.1, 0.3, 0.8], [0.4, 0.6, 0.1], [0.9, 1.4, 0.7]])
COUNTS = np.array([1.0, 3.0, 2.0, 5.0])
LABELS = np.array([0.0, 1.0, 1.0, 0.0])


def _peak(name: str, point: Any) -> Sample:
    return Sample(f"lmfit.lineshapes:{name}", lambda shape, x: shape(T, *x), point)


def _single(name: str, point: Any = FIVE) -> Sample:
    return Sample(
        f"pymoo.problems.single:{name}",
        lambda problem, x: problem(n_var=x.size).evaluate(x, return_values_of=["F"]),
        point,
    )


def _named(name: str, n: int) -> Sample:
    point = np.array([0.31, 0.42, 0.23, 0.54, 0.15])[:n]
    return Sample(f"opfunu.name_based:{name}", lambda kind, x: kind(ndim=n).evaluate(x), point)


def _kernel(name: str) -> Sample:
    return Sample(
        f"sklearn.metrics.pairwise:{name}",
        lambda k, x: k(x.reshape(2, 3) + 0.1, MATRIX),
        np.arange(6) / 7,
    )


def _loss(name: str, **options: Any) -> Sample:
    return Sample(f"sklearn.metrics:{name}", lambda loss, x: loss(COUNTS, x, **options), FOUR)


def _family(name: str, point: Any = FOUR) -> Sample:
    return Sample(
        f"statsmodels.genmod.families:{name}", lambda kind, x: kind().loglike(COUNTS, x), point
    )


PACKAGES: dict[str, list[Sample]] = {
    "lmfit": [
        _peak("gaussian", THREE),
        _peak("lorentzian", THREE),
        _peak("voigt", THREE),
        _peak("pvoigt", FOUR),
        _peak("moffat", FOUR),
        _peak("pearson7", np.array([0.7, 1.3, 0.4, 1.9])),
        _peak("students_t", THREE),
        _peak("breit_wigner", FOUR),
        _peak("damped_oscillator", THREE),
        _peak("dho", FOUR),
        _peak("logistic", THREE),
        _peak("expgaussian", FOUR),
        _peak("skewed_gaussian", FOUR),
        _peak("doniach", FOUR),
        _peak("exponential", TWO),
        _peak("sine", THREE),
        Sample("lmfit.lineshapes:step", lambda shape, x: shape(T, *x, form="erf"), THREE),
        Sample(
            "lmfit.models:GaussianModel",
            lambda kind, x: kind().eval(x=T, amplitude=x[0], center=x[1], sigma=x[2]),
            THREE,
        ),
    ],
    "pvlib": [
        Sample(
            "pvlib.irradiance:aoi",
            lambda f, x: f(x[0], x[1], x[2], x[3]),
            np.array([30.0, 180.0, 40.0, 170.0]),
        ),
        Sample(
            "pvlib.irradiance:haydavies",
            lambda f, x: f(30.0, 180.0, x[0], x[1], x[2], 40.0, 170.0),
            np.array([100.0, 600.0, 1360.0]),
        ),
        Sample("pvlib.irradiance:isotropic", lambda f, x: f(x[0], x[1]), np.array([30.0, 100.0])),
        Sample(
            "pvlib.irradiance:erbs", lambda f, x: f(x[0], x[1], 120)["dni"], np.array([500.0, 40.0])
        ),
        Sample(
            "pvlib.irradiance:perez_driesse",
            lambda f, x: f(30.0, 180.0, x[0], x[1], 1360.0, 40.0, 170.0, 1.5),
            np.array([100.0, 600.0]),
        ),
        Sample(
            "pvlib.temperature:sapm_cell",
            lambda f, x: f(*x, -3.47, -0.0594, 3.0),
            np.array([900.0, 20.0, 2.0]),
        ),
        Sample("pvlib.temperature:faiman", lambda f, x: f(*x), np.array([900.0, 20.0, 2.0])),
        Sample("pvlib.iam:physical", lambda f, x: f(x), np.array([10.0, 40.0, 70.0])),
        Sample("pvlib.iam:ashrae", lambda f, x: f(x), np.array([10.0, 40.0, 70.0])),
        Sample("pvlib.iam:martin_ruiz", lambda f, x: f(x), np.array([10.0, 40.0, 70.0])),
        Sample(
            "pvlib.atmosphere:get_relative_airmass", lambda f, x: f(x), np.array([10.0, 40.0, 70.0])
        ),
        Sample("pvlib.atmosphere:gueymard94_pw", lambda f, x: f(*x), np.array([20.0, 50.0])),
        Sample(
            "pvlib.clearsky:bird",
            lambda f, x: f(x[0], 1.5, x[1], 0.2, 0.3)["dni"],
            np.array([40.0, 0.1]),
        ),
        Sample(
            "pvlib.inverter:sandia",
            lambda f, x: f(
                x[0],
                x[1],
                {
                    "Paco": 300.0,
                    "Pdco": 311.0,
                    "Vdco": 40.0,
                    "Pso": 2.0,
                    "C0": -2e-5,
                    "C1": -2e-4,
                    "C2": -1e-3,
                    "C3": -3e-4,
                    "Pnt": 0.1,
                },
            ),
            np.array([38.0, 200.0]),
        ),
        Sample(
            "pvlib.pvsystem:calcparams_desoto",
            lambda f, x: np.stack(f(x[0], x[1], 0.0045, x[2], 8.2, 1.2e-10, 350.0, 0.3)[:2]),
            np.array([800.0, 45.0, 1.6]),
        ),
        Sample(
            "pvlib.pvsystem:i_from_v",
            lambda f, x: f(x[0], 8.0, 1e-10, 0.3, 300.0, x[1], method="lambertw"),
            np.array([25.0, 1.6]),
        ),
    ],
    "pymoo": [
        *[
            _single(name)
            for name in (
                "Ackley",
                "Griewank",
                "Rastrigin",
                "Rosenbrock",
                "Schwefel",
                "Sphere",
                "Zakharov",
            )
        ],
        *[
            Sample(
                f"pymoo.problems.multi:{name}",
                lambda kind, x: kind(n_var=x.size).evaluate(x, return_values_of=["F"]),
                FIVE,
            )
            for name in ("ZDT1", "ZDT2", "ZDT3", "ZDT4", "ZDT6")
        ],
        *[
            Sample(
                f"pymoo.problems.many:{name}",
                lambda kind, x: kind(n_var=x.size, n_obj=3).evaluate(x, return_values_of=["F"]),
                FIVE,
            )
            for name in ("DTLZ1", "DTLZ2", "DTLZ7", "C1DTLZ1")
        ],
    ],
    "statsmodels": [
        *[
            _family(name)
            for name in (
                "Gaussian",
                "Poisson",
                "Gamma",
                "InverseGaussian",
                "NegativeBinomial",
                "Tweedie",
            )
        ],
        Sample(
            "statsmodels.genmod.families:Binomial",
            lambda kind, x: kind().loglike(LABELS, x),
            FOUR / 2,
        ),
        *[
            Sample(f"statsmodels.genmod.families.links:{name}", lambda kind, x: kind()(x), FOUR / 2)
            for name in ("Logit", "Log", "Sqrt", "InversePower", "CLogLog", "Probit", "Cauchy")
        ],
        *[
            Sample(f"statsmodels.tools.eval_measures:{name}", lambda f, x: f(x, COUNTS), FOUR)
            for name in ("mse", "rmse", "meanabs", "bias", "vare")
        ],
        *[
            Sample(f"statsmodels.robust.norms:{name}", lambda kind, x: kind().rho(x), FOUR * 3)
            for name in ("HuberT", "TukeyBiweight", "AndrewWave", "RamsayE")
        ],
        Sample(
            "statsmodels.discrete.discrete_model:Logit",
            lambda kind, x: kind(LABELS, MATRIX).loglike(x),
            THREE,
        ),
        Sample(
            "statsmodels.discrete.discrete_model:Poisson",
            lambda kind, x: kind(COUNTS, MATRIX).loglike(x),
            THREE / 3,
        ),
        Sample(
            "statsmodels.regression.linear_model:OLS",
            lambda kind, x: kind(COUNTS, MATRIX).loglike(x),
            THREE,
        ),
    ],
    "scikit-learn": [
        *[
            _kernel(name)
            for name in (
                "rbf_kernel",
                "laplacian_kernel",
                "linear_kernel",
                "polynomial_kernel",
                "sigmoid_kernel",
                "cosine_similarity",
                "cosine_distances",
                "euclidean_distances",
                "manhattan_distances",
                "chi2_kernel",
            )
        ],
        *[
            _loss(name)
            for name in (
                "mean_squared_error",
                "mean_absolute_error",
                "mean_squared_log_error",
                "mean_pinball_loss",
                "mean_poisson_deviance",
                "mean_gamma_deviance",
                "r2_score",
                "explained_variance_score",
            )
        ],
        Sample("sklearn.metrics:log_loss", lambda f, x: f(LABELS, x), FOUR / 2),
        Sample(
            "sklearn.gaussian_process.kernels:RBF",
            lambda kind, x: kind(0.7)(x.reshape(3, 2)),
            np.arange(6) / 7,
        ),
        Sample("sklearn.utils.extmath:softmax", lambda f, x: f(x.reshape(2, 3)), np.arange(6) / 7),
    ],
    "opfunu": [
        _named("Ackley01", 3),
        _named("Alpine01", 3),
        _named("Beale", 2),
        _named("Bohachevsky1", 2),
        _named("Branin01", 2),
        _named("Brown", 3),
        _named("CamelSixHump", 2),
        _named("Colville", 4),
        _named("DixonPrice", 3),
        _named("Easom", 2),
        _named("EggCrate", 2),
        _named("Griewank", 3),
        _named("BiggsExp03", 3),
        _named("CosineMixture", 3),
        Sample(
            "opfunu.cec_based:F12014",
            lambda kind, x: kind(ndim=10).evaluate(x),
            np.linspace(-3, 4, 10),
        ),
        Sample(
            "opfunu.cec_based:F102014",
            lambda kind, x: kind(ndim=10).evaluate(x),
            np.linspace(-3, 4, 10),
        ),
    ],
    "scipy": [
        Sample("scipy.optimize:rosen", lambda f, x: f(x), FIVE),
        Sample("scipy.stats:norm.logpdf", lambda f, x: f(T, x[0], x[1]), TWO),
        Sample("scipy.stats:gamma.logpdf", lambda f, x: f(np.abs(T) + 0.1, x[0], scale=x[1]), TWO),
        Sample("scipy.stats:t.cdf", lambda f, x: f(x, 5.0), FOUR),
        Sample(
            "scipy.stats:multivariate_normal.logpdf", lambda f, x: f(TWO, x, np.eye(2) + 0.3), TWO
        ),
        Sample("scipy.stats:gmean", lambda f, x: f(x), FOUR),
        Sample("scipy.stats:skew", lambda f, x: f(x), FOUR),
        Sample("scipy.stats:zscore", lambda f, x: f(x), FOUR),
        Sample("scipy.stats:pearsonr", lambda f, x: f(x, COUNTS)[0], FOUR),
        Sample("scipy.stats:linregress", lambda f, x: f(COUNTS, x).slope, FOUR),
        Sample("scipy.integrate:simpson", lambda f, x: f(x), FIVE),
        Sample(
            "scipy.interpolate:BarycentricInterpolator",
            lambda kind, x: kind(np.arange(4), x)(1.3),
            FOUR,
        ),
        Sample("scipy.signal:detrend", lambda f, x: f(x), FIVE),
        Sample("scipy.spatial.distance:euclidean", lambda f, x: f(x, COUNTS), FOUR),
        Sample("scipy.linalg:toeplitz", lambda f, x: f(x), FOUR),
    ],
}
