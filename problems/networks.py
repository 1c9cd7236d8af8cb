"""Feed-forward networks small enough for NumPy: where backpropagation, reverse mode under another
name, has its home.
"""

from itertools import chain, pairwise
from math import tanh

import numpy as np

from diffbench.interface import problem

RUMELHART = "Rumelhart, Hinton, Williams (1986), doi:10.1038/323533a0"


def widths(n):
    """Layer widths d_0..d_m of the network with hidden width n: 465 parameters at n = 16, 269,322
    at n = 256.
    """
    return (784, n, n, 10) if n > 100 else (10, n, n, 1)


def weights(n, rng):
    layers = [
        (rng.normal(size=(i, o)) / np.sqrt(i), 0.1 * rng.normal(size=o))
        for i, o in pairwise(widths(n))
    ]
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def samples(n, rng):
    count = 128 if n > 100 else 32
    return (
        rng.normal(size=(count, widths(n)[0])),
        rng.uniform(-1, 1, size=(count, widths(n)[-1])),
        n,
    )


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
    source=RUMELHART,
    tags=("learning", "linear-algebra", "matrix", "worked-example", "showcase"),
)
def tanh_mlp(p, inputs, targets, n, xp=np):
    """Three layers h <- tanh(h W + b), squared loss. Hard: many parameters, one output; matrix
    products decide, and 1 - tanh² cancels.
    """
    h = inputs
    for w, b in layers(p, (inputs.shape[1], n, n, targets.shape[1]), xp):
        h = xp.tanh(h @ w + b)
    return xp.sum((h - targets) ** 2)


@tanh_mlp.manual("value_and_gradient")
def tanh_mlp_with_gradient(p, inputs, targets, n):
    """Backpropagation by hand: dL/dh_m = 2 (h_m - y), and each layer passes on its cotangent times
    (1 - h²).
    """
    sizes = (inputs.shape[1], n, n, targets.shape[1])
    pairs, gradient = list(layers(p, sizes, np)), np.empty_like(p)
    activations = forward_pass(pairs, inputs)
    difference = activations[-1] - targets
    h_bar = 2 * difference
    for k, (w_bar, b_bar) in reversed(list(enumerate(layers(gradient, sizes, np)))):
        h = activations[k + 1]
        h_bar *= 1 - h * h
        np.matmul(activations[k].T, h_bar, out=w_bar)
        np.sum(h_bar, axis=0, out=b_bar)
        if k:
            h_bar = h_bar @ pairs[k][0].T
    return np.vdot(difference, difference), gradient


def forward_pass(pairs, inputs):
    """The activations of all layers, the inputs first."""
    activations = [inputs]
    for w, b in pairs:
        z = activations[-1] @ w
        z += b
        activations.append(np.tanh(z, out=z))
    return activations


@problem(
    point=lambda n, rng: rng.normal(size=n) / np.sqrt(n),
    data=lambda n, rng: (rng.normal(size=n // 8), rng.normal(size=(8, 8)) / 3, rng.normal(size=8)),
    sizes=(8, 32, 128, 512),
    source="Griewank, Walther (2008), Evaluating Derivatives, 2nd ed., 3",
    tags=("learning", "linear-algebra", "chain-order", "worked-example"),
)
def first_layer(p, inputs, hidden, readout, xp=np):
    """A three-layer network in its p_1 first weights only. Hard in one order: input to output, the
    chain rule costs p_1 times more.
    """
    h = xp.tanh(inputs @ xp.reshape(p, (inputs.shape[0], 8)))
    return xp.tanh(h @ hidden) @ readout


@first_layer.manual("value_and_gradient")
def first_layer_with_gradient(p, inputs, hidden, readout):
    h = np.tanh(inputs @ p.reshape(-1, 8))
    top = np.tanh(h @ hidden)
    z_bar = (hidden @ (readout * (1 - top * top))) * (1 - h * h)
    return top @ readout, np.outer(inputs, z_bar).ravel()


@problem(
    point=lambda n, rng: rng.normal(size=3 + 12 * n),
    data=lambda n, rng: (n,),
    sizes=(1, 2, 5, 20),
    source="Laue (2019), arXiv:1904.02990",
    tags=("learning", "loop", "swell", "floats"),
)
def deep_tanh(x, depth, xp=np):
    """A network three wide and n deep, scalar by scalar, in its inputs, weights and biases. Hard:
    it swells fivefold a layer.
    """
    h = [x[0], x[1], x[2]]
    for start in range(3, 3 + 12 * depth, 12):
        h = [
            xp.tanh(x[j] * h[0] + x[j + 1] * h[1] + x[j + 2] * h[2] + x[start + 9 + k])
            for k, j in enumerate((start, start + 3, start + 6))
        ]
    return h[0] + h[1] + h[2]


@deep_tanh.manual("value_and_gradient")
def deep_tanh_with_gradient(x, depth):
    p = x.tolist()
    path, starts = [p[:3]], range(3, 3 + 12 * depth, 12)
    for s in starts:
        a, b, c = path[-1]
        path.append(
            [
                tanh(p[j] * a + p[j + 1] * b + p[j + 2] * c + p[s + 9 + k])
                for k, j in enumerate((s, s + 3, s + 6))
            ]
        )
    blocks, h_bar = [], [1.0, 1.0, 1.0]
    for s, h, (a, b, c) in zip(reversed(starts), path[:0:-1], path[-2::-1], strict=True):
        u, v, w = (bar * (1 - y * y) for bar, y in zip(h_bar, h, strict=True))
        blocks.append([u * a, u * b, u * c, v * a, v * b, v * c, w * a, w * b, w * c, u, v, w])
        h_bar = [u * p[j] + v * p[j + 3] + w * p[j + 6] for j in (s, s + 1, s + 2)]
    return sum(path[-1]), np.array([*h_bar, *chain.from_iterable(reversed(blocks))], dtype=x.dtype)
