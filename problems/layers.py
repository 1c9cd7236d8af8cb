"""What learning builds its networks of since 2015: skips, attention, normalisation, contrast.
Points and data are the counted numbers.
"""

import numpy as np
from diffbench.problems.counted_numbers import matrix, v

from diffbench.interface import problem

WIDTH = 4


@problem(
    point=lambda n, rng: v(np.arange(n)) / 2,
    data=lambda n, rng: (v(np.arange(WIDTH)),),
    sizes=(120, 2000),
    source="He, Zhang, Ren, Sun (2016), doi:10.1109/CVPR.2016.90",
    tags=("learning", "linear-algebra", "loop", "extended"),
)
def residual_network(p, start, xp=np):
    """|a|²/2 after layers a += U tanh(W a + b) + c; 40 parameters each. Hard: two cotangents meet
    at every skip.
    """
    a = start
    square = WIDTH * WIDTH
    each = 2 * square + 2 * WIDTH
    for k in range(0, len(p), each):
        inner = xp.reshape(p[k : k + square], (WIDTH, WIDTH))
        bias = p[k + square : k + square + WIDTH]
        outer = xp.reshape(p[k + square + WIDTH : k + each - WIDTH], (WIDTH, WIDTH))
        a = a + outer @ xp.tanh(inner @ a + bias) + p[k + each - WIDTH : k + each]
    return a @ a / 2


def attention(p, x, hidden, xp):
    """Half the square sum of softmax(Q K'/sqrt d) V; `hidden` is added to the logits."""
    d = x.shape[1]
    query, key, value = (x @ xp.reshape(p[k * d * d : (k + 1) * d * d], (d, d)) for k in range(3))
    logits = query @ xp.swapaxes(key, 0, 1) / d**0.5 + xp.asarray(hidden, dtype=p.dtype)
    e = xp.exp(logits - xp.max(logits, axis=1, keepdims=True))
    return xp.sum((e / xp.sum(e, axis=1, keepdims=True) @ value) ** 2) / 2


def attended(tags=()):
    return problem(
        point=lambda n, rng: v(np.arange(n) + 5),
        data=lambda n, rng: (matrix(v, 4, 3),),
        sizes=(27,),
        source="Vaswani et al. (2017), arXiv:1706.03762",
        tags=("learning", "linear-algebra", "matrix", *tags),
    )


@attended()
def self_attention(p, x, xp=np):
    """Four tokens of width 3, one head. Hard: exp overflows unless shifted."""
    return attention(p, x, np.zeros((len(x), len(x))), xp)


@attended()
def causal_attention(p, x, xp=np):
    """The same, each token seeing only itself and earlier ones. Hard: -inf in the mask."""
    return attention(p, x, np.where(np.tri(len(x)) > 0, 0.0, -np.inf), xp)


def normalised(axis, name):
    """Layer (over a row) or batch (over a column) normalisation of four rows of three, weighted
    and summed.
    """

    def function(p, weight, xp=np):
        x, gain, shift = xp.reshape(p[:12], (4, 3)), p[12:15], p[15:]
        centred = x - xp.mean(x, axis=axis, keepdims=True)
        variance = xp.mean(centred**2, axis=axis, keepdims=True)
        return xp.sum(weight * (gain * centred / xp.sqrt(variance + 1e-5) + shift))

    function.__name__ = name
    function.__doc__ = (
        f"{name.replace('_', ' ').capitalize()} over axis {axis}. Hard: a mean is taken away "
        "before squaring, and a constant row has no variance."
    )
    return problem(
        point=lambda n, rng: np.concatenate([v(np.arange(12)), [1, 2, 3], np.zeros(3)]),
        data=lambda n, rng: (matrix(v, 4, 3, first=50),),
        sizes=(18,),
        source="Ba, Kiros, Hinton (2016), arXiv:1607.06450; Ioffe, Szegedy (2015), arXiv:1502.03167",
        tags=("learning", "matrix", "extended"),
    )(function)


layer_normalisation = normalised(1, "layer_normalisation")
batch_normalisation = normalised(0, "batch_normalisation")


@problem(
    point=lambda n, rng: np.concatenate(
        [v(np.arange(n // 2)), v(np.arange(n // 2)) + v(np.arange(n // 2) + 40) / 2]
    ),
    sizes=(24, 300),
    source="van den Oord, Li, Vinyals (2018), arXiv:1807.03748",
    tags=("learning", "linear-algebra", "matrix", "extended"),
)
def contrastive_loss(x, xp=np):
    """InfoNCE of pairs of views of width 3 at temperature 0.1. Hard: rows are normalised, which
    makes directions in which nothing changes.
    """
    views = xp.reshape(x, (2, -1, 3))
    rows = views / xp.sqrt(xp.sum(views**2, axis=2, keepdims=True))
    logits = rows[0] @ xp.swapaxes(rows[1], 0, 1) / 0.1
    top = xp.max(logits, axis=1, keepdims=True)
    normaliser = top[:, 0] + xp.log(xp.sum(xp.exp(logits - top), axis=1))
    return xp.mean(normaliser - xp.diagonal(logits))
