"""The examples that textbooks and courses work by hand, at the points they use; their printed values are the tests of this module."""

from math import cos, log, sin

import numpy as np

from diffbench.interface import problem


@problem(
    point=lambda n, rng: (2.0, 5.0),
    sizes=(2,),
    source="Baydin, Pearlmutter, Radul, Siskind (2018), JMLR 18(153), Tables 2 and 3",
    tags=("formula", "worked-example"),
)
def baydin(x, xp=np):
    """log x1 + x1 x2 - sin x2 at (2, 5). Hard for nobody: the value is in the printed trace, 5.5 and 1.7163378145367737."""
    return xp.log(x[0]) + x[0] * x[1] - xp.sin(x[1])


@baydin.manual("value_and_gradient")
def baydin_with_gradient(x):
    a, b = x.tolist()
    return log(a) + a * b - sin(b), np.array([1 / a + b, a - cos(b)], dtype=x.dtype)


@baydin.exact("gradient")
def baydin_gradient(x, mp):
    a, b = x
    return np.array([1 / a + b, a - mp.cos(b)], dtype=object)
