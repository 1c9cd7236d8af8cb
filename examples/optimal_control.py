"""Swing a pendulum up: 80 forces at once, by the gradient through the simulation."""

import numpy as np
from scipy.optimize import minimize

import diffbench as db

STEPS, DT = 80, 0.05


def simulate(forces):
    """Angle (0 hangs, pi stands) and speed at the end, by the symplectic Euler method."""
    angle, speed = 0.0, 0.0
    for force in forces:
        speed = speed + DT * (force - np.sin(angle) - 0.1 * speed)
        angle = angle + DT * speed
    return angle, speed


def cost(forces):
    angle, speed = simulate(forces)
    return 50 * ((angle - np.pi) ** 2 + speed**2) + DT * np.sum(forces**2)


start = np.full(STEPS, 0.1)
both = db.prepare(cost, start, operator="value_and_gradient", method="compiled")
found = minimize(both, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
angle, speed = simulate(found.x)

print(f"cost {cost(start):.1f} -> {found.fun:.3f} in {found.nit} iterations")
print(f"stands: {abs(angle - np.pi) < 0.05 and abs(speed) < 0.05}")
print(f"largest force {np.max(np.abs(found.x)):.2f}, where gravity pulls with 1")
