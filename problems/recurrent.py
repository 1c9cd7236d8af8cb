"""Recurrent networks: the same small matrix product many times over, where the cost of a call
counts as much as the arithmetic.

The network has 32 units, 8 inputs and 4 outputs: 1,440 parameters (W, U, b, V); size is the number
of time steps.
"""

import numpy as np

from diffbench.interface import problem

UNITS, INPUTS, OUTPUTS = 32, 8, 4
SHAPES = ((UNITS, UNITS), (INPUTS, UNITS), (UNITS,), (UNITS, OUTPUTS))


def unpack(p, xp):
    """W, U, b, V of a flat parameter vector."""
    ends = np.cumsum([np.prod(shape) for shape in SHAPES]).tolist()
    return [
        xp.reshape(p[end - int(np.prod(shape)) : end], shape)
        for end, shape in zip(ends, SHAPES, strict=True)
    ]


@problem(
    point=lambda n, rng: np.concatenate(
        [rng.normal(size=shape).ravel() / np.sqrt(UNITS) for shape in SHAPES]
    ),
    data=lambda n, rng: (rng.normal(size=(n, INPUTS)), rng.normal(size=(n, OUTPUTS))),
    sizes=(5, 100),
    source="Elman (1990), doi:10.1207/s15516709cog1402_1",
    tags=("learning", "loop", "linear-algebra", "recurrent"),
)
def rnn(p, inputs, targets, xp=np):
    """h <- tanh(h W + x_t U + b), squared loss of h V at each step. Hard: each step needs the last;
    gradients flow through all of them.
    """
    w, u, b, v = unpack(p, xp)
    h = xp.zeros_like(b)
    loss = 0.0
    for x, target in zip(inputs, targets, strict=True):
        h = xp.tanh(h @ w + x @ u + b)
        loss = loss + xp.sum((h @ v - target) ** 2)
    return loss


@rnn.manual("value_and_gradient")
def rnn_with_gradient(p, inputs, targets):
    """Everything that does not wait for the last step is one product over all steps at once; only h
    W and its adjoint stay in loops.
    """
    w, u, b, v = unpack(p, np)
    h = run(w, inputs @ u + b)
    difference = h[1:] @ v - targets
    z_bar = 1 - h[1:] ** 2
    h_bar = 2 * difference @ v.T
    run_back(w.T, h_bar, z_bar)
    parts = h[:-1].T @ z_bar, inputs.T @ z_bar, z_bar.sum(axis=0), 2 * h[1:].T @ difference
    return np.vdot(difference, difference), np.concatenate([part.ravel() for part in parts])


def run(w, drive):
    """The states h_0 = 0, h_1, ..., one a row, under the drive x_t U + b."""
    h = np.zeros((len(drive) + 1, len(w)), dtype=w.dtype)
    for t, push in enumerate(drive):
        z = h[t] @ w
        z += push
        np.tanh(z, out=h[t + 1])
    return h


def run_back(w_transposed, h_bar, z_bar):
    """Backwards through time: z_bar, which enters as the slopes 1 - h², becomes the cotangent of
    the sums inside tanh.
    """
    z_bar[-1] *= h_bar[-1]
    for t in range(len(z_bar) - 2, -1, -1):
        carried = z_bar[t + 1] @ w_transposed
        carried += h_bar[t]
        z_bar[t] *= carried
