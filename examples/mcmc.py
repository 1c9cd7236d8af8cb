"""Hamiltonian Monte Carlo: a prepared gradient called some ten thousand times.

The posterior is that of a logistic regression with a normal prior (Neal, 2011, for the method).
"""

import numpy as np

import diffbench as db

rng = np.random.default_rng(0)
TRUTH = np.array([0.5, 1.0, -1.5])
X = np.column_stack([np.ones(400), rng.normal(size=(400, 2))])
Y = rng.random(400) < 1 / (1 + np.exp(-X @ TRUTH))


def energy(w):
    """Minus the log posterior."""
    return np.sum(np.logaddexp(0, np.where(Y, -1.0, 1.0) * (X @ w))) + 0.05 * w @ w


value_and_gradient = db.prepare(
    energy, np.zeros(3), operator="value_and_gradient", method="compiled"
)


def step(w, value, slope, size=0.08, leaps=10):
    """One proposal along a trajectory, accepted by Metropolis' rule: state and whether it moved."""
    momentum = rng.normal(size=w.size)
    start = value + momentum @ momentum / 2
    w_new, slope_new = w, slope
    for _ in range(leaps):
        momentum = momentum - size / 2 * slope_new
        w_new = w_new + size * momentum
        value_new, slope_new = value_and_gradient(w_new)
        momentum = momentum - size / 2 * slope_new
    if np.log(rng.random()) < start - (value_new + momentum @ momentum / 2):
        return (w_new, value_new, slope_new), True
    return (w, value, slope), False


state = (np.zeros(3), *value_and_gradient(np.zeros(3)))
samples, accepted = [], 0
for _ in range(1200):
    state, moved = step(*state)
    samples.append(state[0])
    accepted += moved
kept = np.array(samples[200:])

print(f"accepted {accepted / 1200:.0%}")
print("mean     ", kept.mean(axis=0).round(2))
print("deviation", kept.std(axis=0).round(2))
print(
    "the truth within three deviations:",
    bool(np.all(np.abs(kept.mean(axis=0) - TRUTH) < 3 * kept.std(axis=0))),
)
