"""Likelihoods and risks: regressions, a Gaussian process, a filter, hidden states, survival,
volatility. Points and data are the counted numbers, so that the figures can be reproduced anywhere.
"""

from math import lgamma, log, pi, sqrt

import numpy as np
from diffbench.problems.counted_numbers import matrix, v, w

from diffbench.interface import problem

SHALEV = "Shalev-Shwartz, Ben-David (2014), Understanding Machine Learning, 13"


def weights(n, rng):
    return v(1 + np.arange(n))


def design(n, samples=50):
    """50 samples of n features, and y = ±1."""
    i = np.arange(samples)
    return matrix(v, samples, n), np.where(v(7 * i + 3) > 0, 1.0, -1.0)


@problem(
    point=weights,
    data=lambda n, rng: design(n),
    sizes=(5, 50),
    source=SHALEV,
    tags=("statistics", "learning", "linear-algebra", "worked-example"),
)
def regularised_risk(x, a, y, xp=np):
    """mean log(1 + exp(-y a.x)) + |x|²/100. Hard: naive exp overflows far out, and the pull of the
    data cancels against the regulariser's.
    """
    return xp.mean(xp.logaddexp(0.0, -y * (a @ x))) + x @ x / 100


@regularised_risk.manual("value_and_gradient")
def regularised_risk_with_gradient(x, a, y):
    z = -y * (a @ x)
    e = np.exp(-np.abs(z))
    probability = np.where(z < 0, e, 1) / (1 + e)
    value = np.mean(np.log1p(e) + np.maximum(z, 0)) + x @ x / 100
    return value, -(probability * y) @ a / len(y) + x / 50


@problem(
    point=lambda n, rng: np.array([0.5, 0.01]),
    data=lambda n, rng: (*design(5), n),
    sizes=(20, 200),
    source="Maclaurin, Duvenaud, Adams (2015), arXiv:1502.03492",
    tags=("statistics", "learning", "loop", "extended"),
)
def descent_through(x, a, y, steps, xp=np):
    """Mean log loss after `steps` stochastic gradient steps, as a function of rate and decay. Hard:
    a gradient inside the program; every step depends on all before.
    """
    rate, decay = x[0], x[1]
    weight = xp.zeros(a.shape[1], dtype=x.dtype)
    for t in range(steps):
        k = t % len(y)
        slope = -y[k] / (1 + xp.exp(y[k] * (a[k] @ weight)))
        weight = weight - rate * (slope * a[k] + 2 * decay * weight)
    return xp.mean(xp.logaddexp(0.0, -y * (a @ weight)))


def counts(n, rng, samples=50):
    y = (7 * np.arange(samples) + 3) % 6
    return matrix(v, samples, n), y.astype(float), float(sum(lgamma(k + 1) for k in y))


@problem(
    point=weights,
    data=counts,
    sizes=(5, 50),
    source="McCullagh, Nelder (1989), Generalized Linear Models, 6",
    tags=("statistics", "linear-algebra", "extended"),
)
def poisson_regression(x, a, y, log_factorials, xp=np):
    """sum exp(eta) - y eta + log y!. Hard: exponentials of predictors; the factorials are data."""
    eta = a @ x
    return xp.sum(xp.exp(eta) - y * eta) + log_factorials


@poisson_regression.manual("value_and_gradient")
def poisson_regression_with_gradient(x, a, y, log_factorials):
    eta = a @ x
    mean = np.exp(eta)
    return np.sum(mean - y * eta) + log_factorials, (mean - y) @ a


@problem(
    point=lambda n, rng: np.concatenate([weights(n - 3, rng), [-1, 0, 0.5]]),
    data=lambda n, rng: (matrix(v, 50, n - 3), (7 * np.arange(50) + 3) % 4),
    sizes=(8,),
    source="McCullagh (1980), Regression models for ordinal data",
    tags=("statistics", "linear-algebra", "extended"),
)
def ordinal_regression(x, a, level, xp=np):
    """sum log(S(c_k - eta) - S(c_(k-1) - eta)), cuts c increasing by exponentials. Hard: a
    difference of two numbers near 1, written here as log S(u) + log S(-l) + log(1 - exp(l - u)).
    """
    eta = a @ x[:-3]
    second = x[-3] + xp.exp(x[-2])
    third = second + xp.exp(x[-1])
    cuts = xp.stack([x[-3], second, third])
    inner = (level > 0) & (level < 3)
    upper, lower = cuts[np.minimum(level, 2)] - eta, cuts[np.maximum(level - 1, 0)] - eta
    below = -xp.logaddexp(0.0, -upper)
    above = -xp.logaddexp(0.0, lower)
    gap = xp.where(inner, upper - lower, 1.0)
    between = below + above + xp.log(-xp.expm1(-gap))
    return xp.sum(xp.where(level == 0, below, xp.where(level == 3, above, between)))


def readings(n, rng):
    t = np.arange(n) / 8
    return t, np.sin(6 * t) + v(np.arange(n)) / 10


@problem(
    point=lambda n, rng: np.array([0.0, -1.0, -2.0]),
    data=readings,
    sizes=(8, 100, 400),
    source="Rasmussen, Williams (2006), Gaussian Processes for Machine Learning, 5.4",
    tags=("statistics", "linear-algebra"),
)
def gaussian_process(x, t, y, xp=np):
    """Log marginal likelihood in log amplitude, log length and log noise. Hard: a Cholesky factor,
    a log determinant and a solve, with the condition number as the noise falls.
    """
    distance = (t[:, None] - t) ** 2
    covariance = xp.exp(2 * x[0] - distance / (2 * xp.exp(2 * x[1])))
    covariance = covariance + xp.exp(2 * x[2]) * xp.eye(len(t), dtype=x.dtype)
    factor = xp.linalg.cholesky(covariance)
    fitted = xp.linalg.solve(covariance, y)
    determinant = xp.sum(xp.log(xp.diagonal(factor)))
    return -(y @ fitted) / 2 - determinant - len(t) / 2 * log(2 * pi)


@gaussian_process.manual("value_and_gradient")
def gaussian_process_with_gradient(x, t, y):
    """By the trace formula: dL = (alpha' dK alpha - tr K^-1 dK)/2, alpha = K^-1 y."""
    scaled = (t[:, None] - t) ** 2 / np.exp(2 * x[1])
    smooth, noise = np.exp(2 * x[0] - scaled / 2), np.exp(2 * x[2]) * np.eye(len(t), dtype=x.dtype)
    inverse = np.linalg.inv(smooth + noise)
    alpha = inverse @ y
    value = -(y @ alpha) / 2 + np.linalg.slogdet(inverse)[1] / 2 - len(t) / 2 * log(2 * pi)
    pull = np.outer(alpha, alpha) - inverse
    return value, np.array([np.sum(pull * part) for part in (smooth, smooth * scaled / 2, noise)])


@problem(
    point=lambda n, rng: np.array([0.9, -1.0, -2.0]),
    data=lambda n, rng: (2 * v(np.arange(n)),),
    sizes=(20, 1000),
    source="Kalman (1960), doi:10.1115/1.3662552",
    tags=("statistics", "loop", "scalar", "extended"),
)
def kalman_filter(x, y, xp=np):
    """Log likelihood of an autoregression seen through noise, in its coefficient and two log
    variances. Hard: a long recursion of scalars.
    """
    carry, drift, noise = x[0], xp.exp(x[1]), xp.exp(x[2])
    mean, variance, total = 0.0, 1.0, 0.0
    for reading in y.tolist():
        innovation, spread = reading - mean, variance + noise
        total = total - (xp.log(2 * pi * spread) + innovation * innovation / spread) / 2
        gain = variance / spread
        mean = carry * (mean + gain * innovation)
        variance = carry * carry * (1 - gain) * variance + drift
    return total


@problem(
    point=lambda n, rng: np.array([2, 1, -1, 1.5, 0.2]),
    data=lambda n, rng: (3 * v(np.arange(n)),),
    sizes=(8, 30, 1000),
    source="Rabiner (1989), doi:10.1109/5.18626",
    tags=("statistics", "loop", "extended"),
)
def hidden_markov(x, y, xp=np):
    """Log likelihood of two hidden states with normal readings, by the scaled forward pass. Hard:
    the normalising constants are differentiated too; unscaled it underflows.
    """
    stay = 1 / (1 + xp.exp(-x[:2]))
    deviation = xp.exp(x[4])
    density = xp.exp(-(((y[:, None] - x[2:4]) / deviation) ** 2) / 2)
    density = density / (deviation * sqrt(2 * pi))
    reached, total = xp.asarray([0.5, 0.5], dtype=x.dtype), 0.0
    for t in range(len(y)):
        joint = reached * density[t]
        likelihood = xp.sum(joint)
        total = total + xp.log(likelihood)
        posterior = joint / likelihood
        reached = posterior * stay + (posterior * (1 - stay))[::-1]
    return total


@hidden_markov.manual("gradient")
def hidden_markov_gradient(x, y):
    """Fisher's identity: the gradient of the complete likelihood, averaged over the states given
    all readings, which come from a pass forwards and one backwards.
    """
    stay, deviation = 1 / (1 + np.exp(-x[:2])), np.exp(x[4])
    z = (y[:, None] - x[2:4]) / deviation
    density = np.exp(-(z**2) / 2) / (deviation * sqrt(2 * pi))
    move = np.array([[stay[0], 1 - stay[0]], [1 - stay[1], stay[1]]])
    before, after = np.empty_like(z), np.ones_like(z)
    reached = np.array([0.5, 0.5], dtype=x.dtype)
    for t in range(len(y)):
        before[t] = reached * density[t] / np.sum(reached * density[t])
        reached = before[t] @ move
    for t in reversed(range(len(y) - 1)):
        pulled = move @ (density[t + 1] * after[t + 1])
        after[t] = pulled / np.sum(before[t] * pulled)
    state = before * after
    stayed = before[:-1] * stay * density[1:] * after[1:]
    stayed /= np.einsum("ti,ij,tj->t", before[:-1], move, density[1:] * after[1:])[:, None]
    left = state[:-1] - stayed
    by_stay = np.sum(stayed * (1 - stay) - left * stay, axis=0)
    by_mean = np.sum(state * z, axis=0) / deviation
    return np.concatenate([by_stay, by_mean, [np.sum(state * (z**2 - 1))]]).astype(x.dtype)


def survivals(n, rng, covariates=3):
    """Covariates of n subjects, whose times are w(i), and which of them had the event."""
    i = np.arange(n)
    times = w(i) + i // 101
    return matrix(v, n, covariates, first=7), times, (i % 3 > 0).astype(float)


@problem(
    point=lambda n, rng: np.array([0.5, -1, 2]),
    data=survivals,
    sizes=(30, 300),
    source="Cox (1972), doi:10.1111/j.2517-6161.1972.tb00899.x",
    tags=("statistics", "linear-algebra", "extended"),
)
def cox_likelihood(x, a, times, event, xp=np):
    """Partial log likelihood: who had the event, against everybody still at risk. Hard: gathering
    by the order of times, and log of cumulative sums of exponentials.
    """
    order = np.argsort(-times)
    eta = a[order] @ x
    top = xp.max(eta)
    at_risk = top + xp.log(xp.cumsum(xp.exp(eta - top)))
    return xp.sum(event[order] * (eta - at_risk))


@problem(
    point=lambda n, rng: np.concatenate([[-1, 1.5, -1], -1 + v(np.arange(n) + 3) / 2]),
    data=lambda n, rng: (v(np.arange(n)),),
    sizes=(20, 1000),
    source="Kim, Shephard, Chib (1998), doi:10.1111/1467-937X.00050",
    tags=("statistics", "vector", "structure", "extended"),
)
def stochastic_volatility(x, y, xp=np):
    """Log joint density of states and readings. Hard: the derivative by the mean cancels two
    digits; the Hessian is an arrow on a tridiagonal.
    """
    mu, phi, deviation, h = x[0], xp.tanh(x[1]), xp.exp(x[2]), x[3:]
    n = len(y)
    first = (h[0] - mu) ** 2 * (1 - phi**2)
    steps = h[1:] - mu - phi * (h[:-1] - mu)
    states = -(first + xp.sum(steps**2)) / (2 * deviation**2) - n * xp.log(deviation)
    states = states + xp.log(1 - phi**2) / 2
    seen = -xp.sum(h + y**2 * xp.exp(-h)) / 2
    return states + seen - n * log(2 * pi)
