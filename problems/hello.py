"""The smallest problem: copy this file to begin one of your own."""

import numpy as np

from diffbench.interface import problem


@problem(
    point=lambda n, rng: 3.0,
    operator="derivative",
    source="the first example of every course",
    tags=("scalar", "polynomial", "formula", "floats", "extended"),
)
def hello(x, xp=np):
    """x² at 3. Nothing is hard: a method that does not say 6 says nothing."""
    return x * x


@hello.manual("derivative")
def hello_slope(x):
    return 2 * x


@hello.exact("derivative")
def hello_exact(x, mp):
    return 2 * x
