"""Neural networks small enough for NumPy: where backpropagation, reverse mode under another name, has its home."""

from itertools import pairwise

import numpy as np

from diffbench.interface import problem


def widths(n):
    """Layer widths d_0..d_m of the network with hidden width n: 465 parameters at n = 16, 269,322 at n = 256."""
    return (784, n, n, 10) if n > 100 else (10, n, n, 1)


def weights(n, rng):
    layers = [(rng.normal(size=(i, o)) / np.sqrt(i), 0.1 * rng.normal(size=o)) for i, o in pairwise(widths(n))]
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def samples(n, rng):
    count = 128 if n > 100 else 32
    return rng.normal(size=(count, widths(n)[0])), rng.uniform(-1, 1, size=(count, widths(n)[-1])), n


def layers(p, widths, xp):
    """The pairs (W, b) of a flat parameter vector."""
    start = 0
    for i, o in pairwise(widths):
        middle, end = start + i * o, start + i * o + o
        yield xp.reshape(p[start:middle], (i, o)), p[middle:end]
        start = end


@problem(
    point=weights,
    data=samples,
    sizes=(4, 16, 256),
    source="Rumelhart, Hinton, Williams (1986), doi:10.1038/323533a0",
    tags=("learning", "linear-algebra", "matrix"),
)
def tanh_mlp(p, inputs, targets, n, xp=np):
    """Three layers h <- tanh(h W + b), squared loss. Hard: many parameters, one output; matrix products decide, and 1 - tanh² cancels."""
    h = inputs
    for w, b in layers(p, (inputs.shape[1], n, n, targets.shape[1]), xp):
        h = xp.tanh(h @ w + b)
    return xp.sum((h - targets) ** 2)


@tanh_mlp.manual("value_and_gradient")
def tanh_mlp_with_gradient(p, inputs, targets, n):
    """Backpropagation by hand: dL/dh_m = 2 (h_m - y), and each layer passes on its cotangent times (1 - h²)."""
    sizes = (inputs.shape[1], n, n, targets.shape[1])
    pairs, gradient = list(layers(p, sizes, np)), np.empty_like(p)
    activations = [inputs]
    for w, b in pairs:
        z = activations[-1] @ w
        z += b
        activations.append(np.tanh(z, out=z))
    difference = activations[-1] - targets
    h_bar = 2 * difference
    slots = list(layers(gradient, sizes, np))
    for k in reversed(range(len(pairs))):
        h = activations[k + 1]
        z_bar = h_bar * (1 - h * h)
        np.matmul(activations[k].T, z_bar, out=slots[k][0])
        np.sum(z_bar, axis=0, out=slots[k][1])
        if k:
            h_bar = z_bar @ pairs[k][0].T
    return np.vdot(difference, difference), gradient
