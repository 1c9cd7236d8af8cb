"""One sigmoid neuron in both textbook orderings of its five numbers (w0, w1, w2, x1, x2)."""

from math import exp

import numpy as np

from diffbench.interface import problem

CS231N = "Stanford CS231n, backpropagation notes"


def neuron_point(n, rng):
    return 2.0, -3.0, -3.0, -1.0, -2.0


def sigmoid_with_slope(z):
    """1/(1 + e^-z) and its derivative e^-z/(1 + e^-z)², which does not cancel as s (1 - s) does for
    large z.
    """
    e = exp(-z)
    return 1 / (1 + e), e / (1 + e) ** 2


@problem(
    point=neuron_point,
    sizes=(5,),
    source=CS231N,
    tags=("formula", "learning", "floats", "worked-example"),
)
def sigmoid_neuron(x, xp=np):
    """Bias first: sigmoid(w0 + w1 x1 + w2 x2) = sigmoid(11). Hard: saturated, so that differences
    see the rounding of 1.
    """
    return 1 / (1 + xp.exp(-(x[0] + x[1] * x[3] + x[2] * x[4])))


@sigmoid_neuron.manual("value_and_gradient")
def sigmoid_neuron_with_gradient(x):
    w0, w1, w2, x1, x2 = x.tolist()
    value, slope = sigmoid_with_slope(w0 + w1 * x1 + w2 * x2)
    return value, np.array([slope, slope * x1, slope * x2, slope * w1, slope * w2], dtype=x.dtype)


@sigmoid_neuron.exact("gradient")
def sigmoid_neuron_gradient(x, mp):
    w0, w1, w2, x1, x2 = x
    return (
        np.array([1, x1, x2, w1, w2], dtype=object) * mp.sech((w0 + w1 * x1 + w2 * x2) / 2) ** 2 / 4
    )


@problem(
    point=neuron_point,
    sizes=(5,),
    source=CS231N,
    tags=("formula", "learning", "floats", "worked-example"),
)
def sigmoid_neuron_cs231n(x, xp=np):
    """Bias last: sigmoid(w0 x1 + w1 x2 + w2) = sigmoid(1). Not saturated: the easy twin of the one
    above.
    """
    return 1 / (1 + xp.exp(-(x[0] * x[3] + x[1] * x[4] + x[2])))


@sigmoid_neuron_cs231n.manual("value_and_gradient")
def sigmoid_neuron_cs231n_with_gradient(x):
    w0, w1, w2, x1, x2 = x.tolist()
    value, slope = sigmoid_with_slope(w0 * x1 + w1 * x2 + w2)
    return value, np.array([slope * x1, slope * x2, slope, slope * w0, slope * w1], dtype=x.dtype)


@sigmoid_neuron_cs231n.exact("gradient")
def sigmoid_neuron_cs231n_gradient(x, mp):
    w0, w1, w2, x1, x2 = x
    return (
        np.array([x1, x2, 1, w0, w1], dtype=object) * mp.sech((w0 * x1 + w1 * x2 + w2) / 2) ** 2 / 4
    )
