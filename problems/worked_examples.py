"""The examples that textbooks and courses work by hand, at the points they use; the printed values
are tests of the suite.
"""

from math import cos, exp, log, pi, sin, sqrt

import numpy as np

from diffbench.interface import problem

SURVEY = "Baydin, Pearlmutter, Radul, Siskind (2018), JMLR 18(153), Tables 2 and 3"
GRIEWANK_WALTHER = "Griewank, Walther (2008), Evaluating Derivatives, 2nd ed., Tables 1.2 and 1.3"


@problem(
    point=lambda n, rng: (2.0, 5.0),
    sizes=(2,),
    source=SURVEY,
    tags=("formula", "floats", "worked-example", "showcase"),
)
def baydin(x, xp=np):
    """log x1 + x1 x2 - sin x2. Not hard, but differences in float32 at h = 1e-5 keep one digit of
    it.
    """
    return xp.log(x[0]) + x[0] * x[1] - xp.sin(x[1])


@baydin.manual("value_and_gradient")
def baydin_with_gradient(x):
    a, b = x.tolist()
    return log(a) + a * b - sin(b), np.array([1 / a + b, a - cos(b)], dtype=x.dtype)


@baydin.exact("gradient")
def baydin_gradient(x, mp):
    a, b = x
    return np.array([1 / a + b, a - mp.cos(b)], dtype=object)


@problem(
    point=lambda n, rng: (1.5, 0.5),
    sizes=(2,),
    source=GRIEWANK_WALTHER,
    tags=("formula", "floats", "worked-example"),
)
def griewank_walther(x, xp=np):
    """[sin(x1/x2) + x1/x2 - exp x2] [x1/x2 - exp x2]. Hard to do well: x1/x2 and exp x2 are shared,
    and a method that repeats them pays.
    """
    ratio, growth = x[0] / x[1], xp.exp(x[1])
    return (xp.sin(ratio) + ratio - growth) * (ratio - growth)


@griewank_walther.manual("value_and_gradient")
def griewank_walther_with_gradient(x):
    a, b = x.tolist()
    ratio, growth = a / b, exp(b)
    right = ratio - growth
    left = sin(ratio) + right
    by_ratio, by_growth = right * (cos(ratio) + 1) + left, -(left + right)
    return left * right, np.array(
        [by_ratio / b, by_growth * growth - by_ratio * ratio / b], dtype=x.dtype
    )


@griewank_walther.exact("gradient")
def griewank_walther_gradient(x, mp):
    a, b = x
    u, e = a / b, mp.exp(b)
    slope, total = (mp.cos(u) + 1) * (u - e) + mp.sin(u) + u - e, mp.sin(u) + 2 * (u - e)
    return np.array([slope / b, -slope * a / b**2 - e * total], dtype=object)


@problem(
    point=lambda n, rng: (2.0, 3.0),
    sizes=(2,),
    operator="jacobian",
    source="course exercise",
    tags=("formula", "worked-example"),
)
def sine_and_log(x, xp=np):
    """(sin(x1 x2), x1 x2 + log x2). Two outputs from two inputs: neither sweep direction has an
    advantage.
    """
    product = x[0] * x[1]
    return xp.stack([xp.sin(product), product + xp.log(x[1])])


@sine_and_log.manual("jacobian")
def sine_and_log_jacobian(x):
    a, b = x.tolist()
    slope = cos(a * b)
    return np.array([[b * slope, a * slope], [b, a + 1 / b]], dtype=x.dtype)


@sine_and_log.exact("jacobian")
def sine_and_log_exact(x, mp):
    a, b = x
    return np.array([[b * mp.cos(a * b), a * mp.cos(a * b)], [b, a + 1 / b]], dtype=object)


@problem(
    point=lambda n, rng: (0.5, 0.0, 1.0),
    sizes=(3,),
    source="course exercise",
    tags=("formula", "floats", "worked-example"),
)
def normal_density(x, xp=np):
    """Density of N(mu, sigma²) in (x, mu, sigma). mu = 0 is the point: a step relative to |mu|
    would be zero.
    """
    z = (x[0] - x[1]) / x[2]
    return xp.exp(-z * z / 2) / (x[2] * sqrt(2 * pi))


@normal_density.manual("value_and_gradient")
def normal_density_with_gradient(x):
    a, mu, sigma = x.tolist()
    z = (a - mu) / sigma
    density = exp(-z * z / 2) / (sigma * sqrt(2 * pi))
    slope = density * z / sigma
    return density, np.array([-slope, slope, density * (z * z - 1) / sigma], dtype=x.dtype)


@normal_density.exact("gradient")
def normal_density_gradient(x, mp):
    a, mu, s = x
    p = mp.npdf(a, mu, s)
    return np.array(
        [-p * (a - mu) / s**2, p * (a - mu) / s**2, p * ((a - mu) ** 2 / s**3 - 1 / s)],
        dtype=object,
    )


@problem(
    point=lambda n, rng: (1.0, 2.0),
    sizes=(2,),
    source="course exercise",
    tags=("formula", "floats", "polynomial", "worked-example"),
)
def cubic_product(x, xp=np):
    """(x + y) x y². x and y are each used twice: their adjoints are sums."""
    return (x[0] + x[1]) * x[0] * x[1] ** 2


@cubic_product.manual("value_and_gradient")
def cubic_product_with_gradient(x):
    a, b = x.tolist()
    return (a + b) * a * b * b, np.array(
        [(2 * a + b) * b * b, a * b * (2 * a + 3 * b)], dtype=x.dtype
    )


@cubic_product.exact("gradient")
def cubic_product_gradient(x, mp):
    a, b = x
    return np.array([2 * a * b**2 + b**3, 2 * a**2 * b + 3 * a * b**2], dtype=object)


@problem(
    point=lambda n, rng: (1.0, 2.0),
    sizes=(2,),
    source="course exercise",
    tags=("formula", "floats", "polynomial", "worked-example"),
)
def quadratic_sum(x, xp=np):
    """x + x² + y x. The smallest function whose input fans out three ways."""
    return x[0] + x[0] ** 2 + x[1] * x[0]


@quadratic_sum.manual("value_and_gradient")
def quadratic_sum_with_gradient(x):
    a, b = x.tolist()
    return a + a * a + b * a, np.array([1 + 2 * a + b, a], dtype=x.dtype)


@quadratic_sum.exact("gradient")
def quadratic_sum_gradient(x, mp):
    a, b = x
    return np.array([1 + 2 * a + b, a], dtype=object)


@problem(
    point=lambda n, rng: (-1.0, 1.0),
    sizes=(2,),
    source="MATLAB Optimization Toolbox, tutorial of fmincon",
    tags=("formula", "floats", "worked-example"),
)
def exponential_valley(x, xp=np):
    """exp(x1) (4 x1² + 2 x2² + 4 x1 x2 + 2 x2 + 1). At (-1, 1) the terms of the second gradient
    entry cancel to an eighth.
    """
    return xp.exp(x[0]) * (4 * x[0] ** 2 + 2 * x[1] ** 2 + 4 * x[0] * x[1] + 2 * x[1] + 1)


@exponential_valley.manual("value_and_gradient")
def exponential_valley_with_gradient(x):
    a, b = x.tolist()
    growth = exp(a)
    value = growth * (4 * a * a + 2 * b * b + 4 * a * b + 2 * b + 1)
    return value, np.array(
        [value + growth * (8 * a + 4 * b), growth * (4 * a + 4 * b + 2)], dtype=x.dtype
    )


@exponential_valley.manual("hessian")
def exponential_valley_hessian(x):
    a, b = x.tolist()
    mixed = 4 * a + 4 * b + 6
    return exp(a) * np.array(
        [[4 * a * a + 2 * b * b + 4 * a * b + 16 * a + 10 * b + 9, mixed], [mixed, 4]],
        dtype=x.dtype,
    )


@exponential_valley.exact("gradient")
def exponential_valley_gradient(x, mp):
    a, b = x
    return mp.exp(a) * np.array(
        [4 * a**2 + 2 * b**2 + 4 * a * b + 8 * a + 6 * b + 1, 4 * a + 4 * b + 2], dtype=object
    )


@problem(
    point=lambda n, rng: (-1.0, 1.0),
    sizes=(2,),
    operator="jacobian",
    source="MATLAB Optimization Toolbox, tutorial of fmincon",
    tags=("formula", "polynomial", "worked-example"),
)
def bilinear_constraints(x, xp=np):
    """(1.5 + x1 x2 - x1 - x2, -x1 x2 - 10). One entry of the Jacobian is exactly 0 at (-1, 1): a
    relative error must not divide by it.
    """
    product = x[0] * x[1]
    return xp.stack([1.5 + product - x[0] - x[1], -product - 10])


@bilinear_constraints.manual("jacobian")
def bilinear_constraints_jacobian(x):
    a, b = x.tolist()
    return np.array([[b - 1, a - 1], [-b, -a]], dtype=x.dtype)


@bilinear_constraints.exact("jacobian")
def bilinear_constraints_exact(x, mp):
    a, b = x
    return np.array([[b - 1, a - 1], [-b, -a]], dtype=object)
