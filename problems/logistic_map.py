"""The logistic map l_1 = x, l_(n+1) = 4 l_n (1 - l_n): the field's standard example of expression
swell and of chaos.

Size n asks for l_n'. As an expression l_n' has about n² 2^n nodes, as a program 6n - 7 operations.
Its condition number doubles with each step, so that at n = 100 every float64 method keeps a digit
at most: the error must be read beside `cond`.
"""

import numpy as np

from diffbench.interface import problem

BAYDIN = "Baydin, Pearlmutter, Radul, Siskind (2018), JMLR 18(153), Table 1"


@problem(
    point=lambda n, rng: 0.2,
    sizes=(4, 8, 10, 100, 1000),
    operator="derivative",
    data=lambda n, rng: (n,),
    source=BAYDIN,
    tags=("scalar", "loop", "swell", "chaotic", "floats", "showcase", "paper"),
)
def logistic_map(x, n, xp=np):
    """The iterate l_n. Hard: the expression doubles with each step, and so does the sensitivity to
    x.
    """
    l = x
    for _ in range(n - 1):
        l = 4 * l * (1 - l)
    return l


@logistic_map.manual("value_and_gradient")
def logistic_map_with_derivative(x, n):
    l, slope = float(x), 1.0
    for _ in range(n - 1):
        slope = (4 - 8 * l) * slope
        l = 4 * l * (1 - l)
    return l, slope


@logistic_map.exact("derivative")
def logistic_map_derivative(x, n, mp):
    """From l_n = sin²(2^(n-1) asin √x); the angle loses n bits to the reduction modulo 2π."""
    with mp.extraprec(n + 10):
        angle = mp.ldexp(mp.asin(mp.sqrt(x)), n - 1)
        return mp.ldexp(mp.sin(2 * angle) / (2 * mp.sqrt(x * (1 - x))), n - 1)


@problem(
    point=lambda n, rng: 0.2,
    operator="derivative",
    source=BAYDIN + " and Fig. 3",
    tags=("scalar", "formula", "round-off", "floats", "paper"),
)
def logistic_l4(x, xp=np):
    """l_4 multiplied out into factors, as the survey prints it. Hard for differences: f''' is 400
    times f'.
    """
    return 64 * x * (1 - x) * (1 - 2 * x) ** 2 * (1 - 8 * x + 8 * x**2) ** 2


@logistic_l4.manual("value_and_gradient")
def logistic_l4_with_derivative(x):
    x = float(x)
    a, b, c = x * (1 - x), 1 - 2 * x, 1 - 8 * x * (1 - x)
    return 64 * a * (b * c) ** 2, 64 * b * c * (b * b * c - 4 * a * c - 16 * a * b * b)


@logistic_l4.exact("derivative")
def logistic_l4_derivative(x, mp):
    return logistic_map_derivative(x, 4, mp)
