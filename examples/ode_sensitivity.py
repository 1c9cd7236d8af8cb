"""How much the peak of an epidemic moves with its parameters: a derivative through solve_ivp."""

import numpy as np
from scipy.integrate import solve_ivp

import diffbench as db


def infected(parameters, t_end=40.0):
    """Share of a population that is infected after t_end days, in (contacts, recovery) a day."""
    contacts, recovery = parameters

    def rates(t, y):
        susceptible, ill = y
        new = contacts * susceptible * ill
        return np.array([-new, new - recovery * ill])

    return solve_ivp(rates, (0, t_end), np.array([0.999, 0.001]), rtol=1e-10, atol=1e-12).y[1, -1]


at = np.array([0.4, 0.1])
slope = db.gradient(infected, at)
measured = db.estimate(infected, at, operator="gradient")

print(f"infected after 40 days: {infected(at):.6f}")
print(f"slopes in contacts and recovery: {slope}")
print(
    "differences agree within the solver's tolerance:",
    bool(np.allclose(slope, measured.df, rtol=1e-5)),
)
print(
    f"one per cent more contacts: {infected(at) + slope[0] * 0.004:.6f} predicted, {infected(at * [1.01, 1]):.6f} solved"
)
