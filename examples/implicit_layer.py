"""A layer that is an equation: z = tanh(W z + U x + b), solved by iteration, differentiated through
its equation and not through the iterations (Bai, Kolter and Koltun, 2019).
"""

import numpy as np

import diffbench as db

rng = np.random.default_rng(3)
N = 6
W = rng.normal(size=(N, N))
W *= 0.5 / np.linalg.norm(W, 2)  # a contraction
U, b, x = rng.normal(size=(N, 3)), rng.normal(size=N), rng.normal(size=3)


def equation(z, W, U, b, x):
    return z - np.tanh(W @ z + U @ x + b)


def iterate(W, U, b, x):
    z = np.zeros(N)
    for _ in range(200):
        z = np.tanh(W @ z + U @ x + b)
    return z


layer = db.implicit(iterate, equation)


def loss(layer, W, U, b):
    return np.sum((layer(W, U, b, x) - 0.5) ** 2)


through_equation = db.grad(loss, argnums=(1, 2, 3))(layer, W, U, b)
through_iterations = db.grad(loss, argnums=(1, 2, 3))(iterate, W, U, b)
for name, one, other in zip("WUb", through_equation, through_iterations, strict=True):
    print(
        f"d loss / d{name}: the two ways agree to 1e-12: {bool(np.allclose(one, other, rtol=1e-12, atol=1e-14))}"
    )

before = loss(layer, W, U, b)
for _ in range(300):
    gW, gU, gb = db.grad(loss, argnums=(1, 2, 3))(layer, W, U, b)
    W, U, b = W - 0.1 * gW, U - 0.1 * gU, b - 0.1 * gb
print(
    f"loss {before:.2f}, after 300 steps of descent less than a tenth: {loss(layer, W, U, b) < before / 10}"
)
