"""Option prices and their sensitivities, which the field calls greeks."""

from statistics import NormalDist

import numpy as np
from scipy.special import ndtr

from diffbench.interface import problem

HULL = (42, 40, 0.1, 0.2, 0.5)  # spot, strike, rate, volatility, time


@problem(
    point=lambda n, rng: np.array(HULL),
    sizes=(5,),
    source="Black, Scholes (1973), doi:10.1086/260062; example of Hull, Options, Futures, 15",
    tags=("finance", "formula", "extended"),
)
def black_scholes(x, xp=np):
    """A call in (spot, strike, rate, volatility, time). Hard: far out of the money the tails
    cancel, and as time runs out the price has a kink. Its normal distribution is SciPy's.
    """
    spot, strike, rate, volatility, time = x[0], x[1], x[2], x[3], x[4]
    spread = volatility * xp.sqrt(time)
    d1 = (xp.log(spot / strike) + (rate + volatility**2 / 2) * time) / spread
    return spot * ndtr(d1) - strike * xp.exp(-rate * time) * ndtr(d1 - spread)


@black_scholes.manual("value_and_gradient")
def black_scholes_with_greeks(x):
    """Delta, its twin in the strike, rho, vega and the slope in time (minus theta)."""
    spot, strike, rate, volatility, time = x
    spread = volatility * np.sqrt(time)
    d1 = (np.log(spot / strike) + (rate + volatility**2 / 2) * time) / spread
    delta, exercised = ndtr(d1), ndtr(d1 - spread)
    paid = strike * np.exp(-rate * time)
    vega = spot * np.exp(-(d1**2) / 2) / np.sqrt(2 * np.pi) * np.sqrt(time)
    greeks = [
        delta,
        -paid / strike * exercised,
        paid * time * exercised,
        vega,
        vega * volatility / (2 * time) + rate * paid * exercised,
    ]
    return spot * delta - paid * exercised, np.array(greeks, dtype=x.dtype)


def normal_quantiles(n, rng):
    return (np.array([NormalDist().inv_cdf((i + 0.5) / n) for i in range(n)]),)


@problem(
    point=lambda n, rng: np.array(HULL),
    data=normal_quantiles,
    sizes=(100, 10_000),
    source="Glasserman (2004), Monte Carlo Methods in Financial Engineering, 7.2",
    tags=("finance", "control-flow", "extended"),
)
def monte_carlo_call(x, z, xp=np):
    """Mean discounted payoff over stratified paths. Hard: a kink in every path, so that the
    program's second derivative in the spot is 0 where the option's is not.
    """
    spot, strike, rate, volatility, time = x[0], x[1], x[2], x[3], x[4]
    drift = (rate - volatility**2 / 2) * time
    ends = spot * xp.exp(drift + volatility * xp.sqrt(time) * z)
    return xp.exp(-rate * time) * xp.mean(xp.maximum(ends - strike, 0.0))
