"""Fitting by gradient: logistic regression, and regression on adaptive basis functions whose own parameters are learnt too."""

import numpy as np

from diffbench.interface import problem

BISHOP = "Bishop (2006), Pattern Recognition and Machine Learning"
SAMPLES = {50: 100_000}  # the large one: 40 MB of data, so bandwidth decides


def labelled_samples(n, rng):
    inputs = rng.normal(size=(SAMPLES.get(n, 1000), n))
    return inputs, (inputs @ rng.normal(size=n) + rng.normal(size=len(inputs)) > 0).astype(float)


@problem(
    point=lambda n, rng: rng.normal(size=n) / np.sqrt(n),
    data=labelled_samples,
    sizes=(3, 20, 50),
    source=BISHOP + ", 4.3.2",
    tags=("learning", "linear-algebra", "vector"),
)
def logistic_regression(w, inputs, labels, xp=np):
    """Log loss of labels 0 and 1 under 1/(1 + exp(-w.x)). Hard: bandwidth; value and gradient each read the data unless fused."""
    z = inputs @ w
    return xp.sum(xp.log1p(xp.exp(-z)) + (1 - labels) * z)


@logistic_regression.manual("value_and_gradient")
def logistic_regression_with_gradient(w, inputs, labels):
    """The gradient is sum (p - y) x, p the predicted probability; one exp serves both."""
    z = inputs @ w
    e = np.exp(-z)
    value = np.log1p(e).sum() + (1 - labels) @ z
    return value, (1 / (1 + e) - labels) @ inputs
