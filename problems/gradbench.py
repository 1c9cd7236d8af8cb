"""The rest of GradBench's evaluations: clustering, least squares, log-sum-exp, an ODE's solver, a
recurrent cell, and the two optimisations inside an optimisation.
"""

import numpy as np

from diffbench.interface import problem

GRADBENCH = "GradBench, "


def clusters(n, rng):
    """1,000 points in eight dimensions."""
    return (rng.uniform(size=(1000, 8)),)


@problem(
    point=lambda n, rng: rng.uniform(size=n),
    data=clusters,
    sizes=(80, 800),
    source=GRADBENCH + "kmeans",
    tags=("gradbench", "learning", "matrix", "paper"),
)
def k_means(centres, points, xp=np):
    """sum over points of the squared distance to the nearest centre. Hard: not smooth where a point
    changes sides; Newton's step is the gradient over the Hessian's diagonal.
    """
    rows = xp.reshape(centres, (-1, points.shape[1]))
    squared = xp.sum((points[:, None] - rows) ** 2, axis=2)
    return xp.sum(xp.min(squared, axis=1))


@k_means.manual("value_and_gradient")
def k_means_with_gradient(centres, points):
    rows = centres.reshape(-1, points.shape[1])
    squared = np.sum(points**2, axis=1)[:, None] - 2 * points @ rows.T + np.sum(rows**2, axis=1)
    nearest = np.argmin(squared, axis=1)
    apart = rows[nearest] - points
    gradient = np.zeros_like(rows)
    np.add.at(gradient, nearest, 2 * apart)
    return np.sum(apart * apart), gradient.ravel()


def signs(n, rng):
    t = np.linspace(-1, 1, 256)
    return t[:, None] ** np.arange(n), np.sign(t)


@problem(
    point=lambda n, rng: rng.uniform(size=n),
    data=signs,
    sizes=(16, 128),
    source=GRADBENCH + "llsq",
    tags=("gradbench", "linear-algebra", "polynomial", "extended", "paper"),
)
def polynomial_least_squares(x, powers, y, xp=np):
    """Half the squared misfit of a polynomial to the sign function. Hard: Vandermonde's matrix, as
    ill-conditioned as matrices come.
    """
    return xp.sum((y - powers @ x) ** 2) / 2


@polynomial_least_squares.manual("value_and_gradient")
def polynomial_least_squares_with_gradient(x, powers, y):
    miss = powers @ x - y
    return miss @ miss / 2, miss @ powers


def log_sum_exp(start, name, doc):
    """log sum exp(x) without overflow, at one start."""

    def function(x, xp=np):
        top = xp.max(x)
        return top + xp.log(xp.sum(xp.exp(x - top)))

    def with_gradient(x):
        e = np.exp(x - x.max())
        return x.max() + np.log(e.sum()), e / e.sum()

    function.__name__, function.__doc__ = name, doc
    made = problem(
        point=start,
        sizes=(10, 2500, 160_000),
        source=GRADBENCH + "lse",
        tags=("gradbench", "vector", "extended", "paper"),
    )(function)
    made.manual("value_and_gradient")(with_gradient)
    return made


log_sum_exp_drawn = log_sum_exp(
    lambda n, rng: rng.uniform(size=n),
    "log_sum_exp_drawn",
    "Softmax is the gradient. Hard: entries of 1/n, so only a relative error means anything.",
)
log_sum_exp_far = log_sum_exp(
    lambda n, rng: np.concatenate([[1000.0, -1000.0], np.zeros(n - 2)]),
    "log_sum_exp_far",
    "One entry at 1000, where the formula as printed overflows, and one at -1000.",
)


@problem(
    operator="jacobian",
    point=lambda n, rng: rng.uniform(0.5, 1.5, size=n),
    data=lambda n, rng: (10,),
    sizes=(4, 10),
    source=GRADBENCH + "ode",
    tags=("gradbench", "ode", "loop", "extended"),
)
def runge_kutta_chain(x, steps, xp=np):
    """y_0' = x_0, y_i' = x_i y_(i-1) from 0 to t = 2 by the classical method. The derivative of
    the program is asked for: it is the equation's only for n <= 4.
    """

    def slope(y):
        return x * xp.concatenate([xp.ones(1, dtype=x.dtype), y[:-1]])

    h, y = 2 / steps, xp.zeros(len(x), dtype=x.dtype)
    for _ in range(steps):
        k1 = slope(y)
        k2 = slope(y + h / 2 * k1)
        k3 = slope(y + h / 2 * k2)
        k4 = slope(y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


BITS, LAYERS = 14, 2


def characters(n, rng):
    """A text of n characters, each a code of 14 bits, and the state before it."""
    return rng.integers(0, 2, size=(n, BITS)).astype(float), rng.uniform(size=(LAYERS, 2, BITS))


@problem(
    point=lambda n, rng: rng.uniform(size=8 * LAYERS * BITS + 3 * BITS),
    data=characters,
    sizes=(16, 64),
    source=GRADBENCH + "lstm; ADBench, D-LSTM",
    tags=("gradbench", "learning", "recurrent", "loop", "paper"),
)
def diagonal_lstm(p, text, start, xp=np):
    """Mean log loss of the next character under LSTM cells whose products are all entrywise. Hard:
    a long loop over short arrays; size is the number of characters.
    """
    cells = xp.reshape(p[: 8 * LAYERS * BITS], (LAYERS, 2, 4, BITS))
    read, write, bias = (p[k : k + BITS] for k in range(8 * LAYERS * BITS, len(p), BITS))
    state = [(start[l, 0], start[l, 1]) for l in range(LAYERS)]
    total = 0.0
    for t in range(len(text) - 1):
        signal = text[t] * read
        for l in range(LAYERS):
            state[l] = cell(signal, *state[l], cells[l], xp)
            signal = state[l][0]
        guess = signal * write + bias
        total = total + text[t + 1] @ (guess - xp.log(2 + xp.sum(xp.exp(guess))))
    return -total / ((len(text) - 1) * BITS)


def cell(signal, h, c, parameters, xp):
    """(h, c) of a layer after `signal`; rows of the parameters: forget, in, out, change."""
    weight, bias = parameters[0], parameters[1]
    forget = sigmoid(signal * weight[0] + bias[0], xp)
    let_in = sigmoid(h * weight[1] + bias[1], xp)
    let_out = sigmoid(signal * weight[2] + bias[2], xp)
    c = c * forget + let_in * xp.tanh(h * weight[3] + bias[3])
    return let_out * xp.tanh(c), c


def sigmoid(z, xp):
    return 1 / (1 + xp.exp(-z))
