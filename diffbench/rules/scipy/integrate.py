"""scipy.integrate.quad: refused where its integrand or a limit depends on x.

The integrand may depend on it by a comparison alone, as where it jumps: plain numbers would come back,
and the derivative would be lost without a word.
"""

# fmt: off
import scipy.integrate

from diffbench.arrays.traced import contains_traced
from diffbench.errors import MissingRule
from diffbench.rules.interception import caught, solvers


def held(function):
    """What a function encloses."""
    for cell in getattr(function, "__closure__", None) or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not bound yet
            continue


def quad(original, func, a, b, args=(), **options):
    if contains_traced([a, b, args, *held(func)]):
        raise MissingRule("scipy.integrate.quad has no derivative rule where its integrand or limits depend on x: its points and "
                          "weights are compiled; sum over numpy.polynomial.legendre.leggauss, split where the integrand jumps")
    return original(func, a, b, args, **options)


solvers[caught(scipy.integrate.quad)] = quad
