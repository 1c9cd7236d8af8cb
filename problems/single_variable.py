"""Functions R -> R at x = 42, in the order in which a first course meets them; the last two
overflow float64 on the way.
"""

import numpy as np

from diffbench.interface import problem


def at_42(*tags):
    """The decorator that all of them share. Python's math raises where NumPy overflows to inf."""
    form = () if "overflow" in tags else ("floats",)
    return problem(
        point=lambda n, rng: 42.0,
        operator="derivative",
        source="course exercise",
        tags=("scalar", "formula", *form, *tags),
    )


@at_42("worked-example")
def constant(x, xp=np):
    """7. Hard: the output does not know x, and the answer must be 0 and not an error."""
    return 7.0


@at_42("worked-example")
def doubled(x, xp=np):
    """2 x. Nothing is hard here: whoever is an ulp off has a fault."""
    return 2 * x


@at_42("worked-example")
def affine(x, xp=np):
    """2 x + 999999. Hard for differences: the constant adds rounding and no information."""
    return 2 * x + 999999


@at_42("worked-example", "polynomial")
def cube(x, xp=np):
    """x³. An integer power must not go through a logarithm."""
    return x**3


@at_42("worked-example")
def exponential(x, xp=np):
    """exp x. Hard for absolute steps: f is 1.7e18 here."""
    return xp.exp(x)


@at_42("worked-example", "overflow")
def overflowing_exponential(x, xp=np):
    """exp(2x³ + 10). Its derivative, 2.4e64360, is no float64: the only right answer is to say
    so.
    """
    return xp.exp(2 * x**3 + 10)


@at_42("worked-example", "overflow")
def overflowing_logarithm(x, xp=np):
    """log(exp(2x³ + 10)). The derivative is 6x² = 10584, but inf/inf lies on every method's way
    unless it simplifies first.
    """
    return xp.log(xp.exp(2 * x**3 + 10))


constant.manual("derivative")(lambda x: 0.0)
doubled.manual("derivative")(lambda x: 2.0)
affine.manual("derivative")(lambda x: 2.0)
cube.manual("derivative")(lambda x: 3 * x**2)
exponential.manual("derivative")(np.exp)
overflowing_exponential.manual("derivative")(lambda x: 6 * x**2 * np.exp(2 * x**3 + 10))
overflowing_logarithm.manual("derivative")(lambda x: 6 * x**2)

constant.exact("derivative")(lambda x, mp: mp.mpf(0))
doubled.exact("derivative")(lambda x, mp: mp.mpf(2))
affine.exact("derivative")(lambda x, mp: mp.mpf(2))
cube.exact("derivative")(lambda x, mp: 3 * x**2)
exponential.exact("derivative")(lambda x, mp: mp.exp(x))
overflowing_exponential.exact("derivative")(lambda x, mp: 6 * x**2 * mp.exp(2 * x**3 + 10))
overflowing_logarithm.exact("derivative")(lambda x, mp: 6 * x**2)
