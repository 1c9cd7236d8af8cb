"""A plug-in: a method and a problem of your own, for every command.

diffbench run --plugin plugin.py --problems orbit_energy --methods secant,reverse --out reports/orbit
diffbench compare "sin(x)" --at 1 --plugin plugin.py --methods secant,forward
"""

import numpy as np

from diffbench import differentiator, problem


@differentiator("secant")
def secant(f, x):
    """Forward differences with a step of 1e-7. Jacobian of f at x, shape f(x).shape + x.shape."""
    h, y = 1e-7, f(x)
    columns = [(f(x + h * seed.reshape(x.shape)) - y) / h for seed in np.eye(x.size)]
    return np.stack(columns, axis=-1).reshape(np.shape(y) + x.shape)


@problem(
    point=lambda n, rng: np.concatenate([[1.0, 0.0, 0.0, 1.0], rng.normal(size=n - 4)]),
    sizes=(4, 8),
    source="Newton (1687)",
)
def orbit_energy(x, xp=np):
    """Energy of a planet, speed²/2 - 1/distance, for each four numbers (place, speed)."""
    state = x.reshape(-1, 4)
    distance = xp.sqrt(state[:, 0] ** 2 + state[:, 1] ** 2)
    return xp.sum(0.5 * (state[:, 2] ** 2 + state[:, 3] ** 2) - 1 / distance)


if __name__ == "__main__":
    import diffbench as db

    x = np.array([1.0, 0.0, 0.0, 1.0])
    print("energy  ", float(orbit_energy(x)))  # -1/2: a circle
    print("gradient", db.gradient(orbit_energy, x))
    print("secant  ", db.gradient(orbit_energy, x, method="secant").round(6))
