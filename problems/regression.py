"""Fitting by gradient: logistic regression, and regression on adaptive basis functions whose own
parameters are learnt too.
"""

import numpy as np

from diffbench.interface import problem

BISHOP = "Bishop (2006), Pattern Recognition and Machine Learning"
SAMPLES = {50: 100_000}  # the large one: 40 MB of data, so bandwidth decides
BLOCK = 1024  # rows of 50 columns: 400 KiB, inside the second-level cache


def labelled_samples(n, rng):
    inputs = rng.normal(size=(SAMPLES.get(n, 1000), n))
    return inputs, (inputs @ rng.normal(size=n) + rng.normal(size=len(inputs)) > 0).astype(float)


@problem(
    point=lambda n, rng: rng.normal(size=n) / np.sqrt(n),
    data=labelled_samples,
    sizes=(3, 20, 50),
    source=BISHOP + ", 4.3.2",
    tags=("learning", "linear-algebra", "vector", "worked-example", "showcase"),
)
def logistic_regression(w, inputs, labels, xp=np):
    """Log loss of labels 0 and 1 under 1/(1 + exp(-w.x)). Hard: bandwidth; value and gradient each
    read the data unless fused.
    """
    z = inputs @ w
    return xp.sum(xp.logaddexp(0.0, z) - labels * z)


@logistic_regression.manual("value_and_gradient")
def logistic_regression_with_gradient(w, inputs, labels):
    """The gradient is sum (p - y) x, p the predicted probability. One exp, which cannot overflow,
    serves both; each block is read once.
    """
    value, gradient = 0.0, np.zeros_like(w)
    for start in range(0, len(inputs), BLOCK):
        x, y = inputs[start : start + BLOCK], labels[start : start + BLOCK]
        z = x @ w
        e = np.exp(-np.abs(z))
        value += np.log1p(e).sum() + np.maximum(z, 0).sum() - y @ z
        gradient += (np.where(z < 0, e, 1) / (1 + e) - y) @ x
    return value, gradient


def curve(rng):
    """A hundred noisy readings of one wave on (0, 4)."""
    x = np.sort(rng.uniform(0.1, 4, size=100))
    return x, np.sin(2 * x) + 0.1 * rng.normal(size=100)


def adaptive_basis(sizes, *ranges):
    """What the three bases share: f(x) = w . Phi_theta(x) + b, loss 1/2 sum (f(x_n) - y_n)²; size
    is the number of parameters.

    `ranges` are those from which theta_1, theta_2, ... are drawn.
    """

    def count(n):
        return (n - 1) // (1 + len(ranges))

    return problem(
        point=lambda n, rng: np.concatenate(
            [rng.normal(size=count(n) + 1), *(rng.uniform(*r, size=count(n)) for r in ranges)]
        ),
        data=lambda n, rng: (*curve(rng), count(n)),
        sizes=sizes,
        source=BISHOP + ", 3.1 and 5",
        tags=("learning", "basis", "worked-example"),
    )


def split(p, count):
    """w, b and the two rows of theta (the second one is empty for the power basis)."""
    return p[:count], p[count], p[count + 1 : 2 * count + 1], p[2 * count + 1 :]


def loss(features, w, b, y, xp):
    return xp.sum((features @ w + b - y) ** 2) / 2


@adaptive_basis((7, 61), (0, 4), (0.5, 1.5))
def rbf_regression(p, x, y, count, xp=np):
    """Basis exp(-(x - theta_1)²/theta_2). Hard: 100 x n exponentials against a few parameters;
    shared by value and gradient.
    """
    w, b, centre, width = split(p, count)
    return loss(xp.exp(-((x[:, None] - centre) ** 2) / width), w, b, y, xp)


@rbf_regression.manual("value_and_gradient")
def rbf_regression_with_gradient(p, x, y, count):
    w, b, centre, width = split(p, count)
    offset = x[:, None] - centre
    scaled = offset / -width
    offset *= scaled
    features = np.exp(offset, out=offset)
    residual = features @ w
    residual += b - y
    gradient = np.empty_like(p)
    by_w, _, by_centre, by_width = split(gradient, count)
    np.matmul(residual, features, out=by_w)
    gradient[count] = residual.sum()
    features *= scaled
    np.multiply(residual @ features, -2 * w, out=by_centre)
    features *= scaled
    np.multiply(residual @ features, w, out=by_width)
    return residual @ residual / 2, gradient


@adaptive_basis((7, 61), (-2, 2), (-3, 3))
def tanh_regression(p, x, y, count, xp=np):
    """Basis tanh(x theta_1 + theta_2), a network with one hidden layer. Hard: where tanh saturates,
    1 - tanh² cancels.
    """
    w, b, gain, shift = split(p, count)
    return loss(xp.tanh(x[:, None] * gain + shift), w, b, y, xp)


@tanh_regression.manual("value_and_gradient")
def tanh_regression_with_gradient(p, x, y, count):
    w, b, gain, shift = split(p, count)
    z = x[:, None] * gain + shift
    features = np.tanh(z)
    residual = features @ w + b - y
    slope = 1 / np.cosh(z) ** 2
    gradient = [
        residual @ features,
        [residual.sum()],
        ((residual * x) @ slope) * w,
        (residual @ slope) * w,
    ]
    return residual @ residual / 2, np.concatenate(gradient).astype(p.dtype)


@adaptive_basis((5, 41), (0.5, 2.5))
def power_regression(p, x, y, count, xp=np):
    """Basis x^theta. Hard: the exponent is the unknown, so log x enters the gradient."""
    w, b, exponent, _ = split(p, count)
    return loss(x[:, None] ** exponent, w, b, y, xp)


@power_regression.manual("value_and_gradient")
def power_regression_with_gradient(p, x, y, count):
    w, b, exponent, _ = split(p, count)
    features = x[:, None] ** exponent
    residual = features @ w + b - y
    by_exponent = ((residual * np.log(x)) @ features) * w
    return residual @ residual / 2, np.concatenate(
        [residual @ features, [residual.sum()], by_exponent]
    ).astype(p.dtype)
