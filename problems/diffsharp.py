"""The functions of DiffSharp's table of operators; its third is the logistic map at 100."""

import numpy as np

from diffbench.interface import problem

SOURCE = "diffsharp.github.io, Benchmarks"


def between(n, rng):
    return 0.5 + np.arange(n) / n


@problem(
    point=between,
    sizes=(10, 100),
    source=SOURCE,
    tags=("vector", "formula", "paper", "extended"),
)
def halved_entropy(x, xp=np):
    """x' log(x/2). Hard: nothing but its length: the Hessian is diagonal, and who does not see it
    pays for n² entries.
    """
    return x @ xp.log(x / 2)


@halved_entropy.manual("gradient")
def halved_entropy_gradient(x):
    return np.log(x / 2) + 1


@halved_entropy.exact("gradient")
def halved_entropy_exact(x, mp):
    return np.array([mp.log(entry / 2) + 1 for entry in x])


@problem(
    operator="jacobian",
    point=between,
    sizes=(10, 100),
    source=SOURCE,
    tags=("vector", "paper", "extended"),
)
def three_sums(x, xp=np):
    """(x' log(x/2), sum exp sin x, sum exp cos x). Hard: few rows and many columns, which forward
    mode pays for.
    """
    return xp.stack([x @ xp.log(x / 2), xp.sum(xp.exp(xp.sin(x))), xp.sum(xp.exp(xp.cos(x)))])


@three_sums.manual("jacobian")
def three_sums_jacobian(x):
    return np.stack(
        [
            np.log(x / 2) + 1,
            np.cos(x) * np.exp(np.sin(x)),
            -np.sin(x) * np.exp(np.cos(x)),
        ]
    )
