"""Nerves and epidemics: a step or many of Runge and Kutta, whose derivative is that of the
program, not of the differential equation.
"""

import numpy as np

from diffbench.interface import problem

HODGKIN_HUXLEY = "Hodgkin, Huxley (1952), doi:10.1113/jphysiol.1952.sp004764"


def runge_kutta(slope, state, step, steps):
    """`steps` classical steps of fourth order."""
    for _ in range(steps):
        k1 = slope(state)
        k2 = slope(state + step / 2 * k1)
        k3 = slope(state + step / 2 * k2)
        k4 = slope(state + step * k3)
        state = state + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return state


def opening(z, xp):
    """z/(1 - exp(-z)), 1 at 0. Both branches of where() are differentiated, so neither may divide
    by 0.
    """
    small = xp.abs(z) < 1e-4
    safe = xp.where(small, 1.0, z)
    series = 1 + z / 2 + z * z / 12 - z**4 / 720
    return xp.where(small, series, -safe / xp.expm1(-safe))


def membrane(conductances, current, xp):
    """d/dt of (V, m, h, n)."""
    sodium, potassium, leak = conductances

    def slope(state):
        voltage, m, h, n = state[0], state[1], state[2], state[3]
        flow = sodium * m**3 * h * (voltage - 50) + potassium * n**4 * (voltage + 77)
        slow = xp.exp(-(voltage + 65) / 20)
        alpha = (
            opening((voltage + 40) / 10, xp),
            0.07 * slow,
            opening((voltage + 55) / 10, xp) / 10,
        )
        beta = (
            4 * xp.exp(-(voltage + 65) / 18),
            1 / (1 + xp.exp(-(voltage + 35) / 10)),
            xp.exp(-(voltage + 65) / 80) / 8,
        )
        gates = [a * (1 - p) - b * p for a, b, p in zip(alpha, beta, (m, h, n), strict=True)]
        return xp.stack([current - flow - leak * (voltage + 54.4), *gates])

    return slope


@problem(
    operator="jacobian",
    point=lambda n, rng: np.array([-60.0, 0.1, 0.5, 0.4, 120, 36, 0.3, 10]),
    data=lambda n, rng: (n,),
    sizes=(1, 100),
    source=HODGKIN_HUXLEY,
    tags=("science", "ode", "loop"),
)
def hodgkin_huxley(x, steps, xp=np):
    """(V, m, h, n) after `steps` steps of 0.01 ms, in start, conductances and current. Hard: two
    rates are 0/0 at rest, and where() alone would give NaN.
    """
    slope = membrane((x[4], x[5], x[6]), x[7], xp)
    return runge_kutta(slope, x[:4], 0.01, steps)


@problem(
    point=lambda n, rng: np.array([0.5, 0.1]),
    data=lambda n, rng: (n,),
    sizes=(2, 20, 200),
    source="Kermack, McKendrick (1927), doi:10.1098/rspa.1927.0118",
    tags=("science", "ode", "loop", "extended"),
)
def epidemic(x, steps, xp=np):
    """Infected at time 20 in the rates of infection and recovery, by `steps` steps. Hard: the
    program's derivative is asked for, which is not that of the differential equation.
    """

    def slope(state):
        caught, healed = x[0] * state[0] * state[1], x[1] * state[1]
        return xp.stack([-caught, caught - healed])

    return runge_kutta(slope, xp.asarray([0.99, 0.01], dtype=x.dtype), 20 / steps, steps)[1]
