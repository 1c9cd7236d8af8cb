"""Products, of numbers and of arrays: Jacobians that have structure, and gradients that need no
more than three products an input.
"""

import numpy as np

from diffbench.interface import problem

SPEELPENNING = "Speelpenning (1980); Griewank, Walther (2008), Evaluating Derivatives, 2nd ed., 3.3"


def speelpenning_point(n, rng):
    return (1 + np.arange(n)) / (2 + np.arange(n))  # the product is 1/(n+1)


def product_with_gradient(x):
    """Products from the left and from the right meet at each entry: 3n - 5 multiplications, no
    division, so zeros are welcome.
    """
    left, gradient = np.empty_like(x), np.empty_like(x)
    left[0] = gradient[-1] = 1
    np.multiply.accumulate(x[:-1], out=left[1:])
    np.multiply.accumulate(x[:0:-1], out=gradient[-2::-1])
    gradient *= left
    return left[-1] * x[-1], gradient


def product_gradient(x, mp):
    """prod / x_i, at points without zeros."""
    total = mp.mpf(1)
    for v in x:
        total *= v
    return total / x


@problem(
    point=speelpenning_point,
    sizes=(10, 100, 1000),
    source=SPEELPENNING,
    tags=("loop", "swell", "polynomial", "floats", "showcase", "paper"),
)
def speelpenning(x, xp=np):
    """x_1 x_2 ... x_n in a loop. Hard: written out, the gradient has n² factors; shared, 3n - 5
    multiplications.
    """
    product = x[0]
    for i in range(1, len(x)):
        product = product * x[i]
    return product


@problem(
    point=speelpenning_point, sizes=(10, 1000), source=SPEELPENNING, tags=("vector", "polynomial")
)
def speelpenning_vectorised(x, xp=np):
    """The same product as one reduction. Hard: prod / x_i is the obvious rule, and it fails at a
    zero.
    """
    return xp.prod(x)


for _product in (speelpenning, speelpenning_vectorised):
    _product.manual("value_and_gradient")(product_with_gradient)
    _product.exact("gradient")(product_gradient)


@problem(
    point=lambda n, rng: rng.normal(size=n),
    data=lambda n, rng: (rng.normal(size=n),),
    sizes=(10, 1000, 1_000_000),
    operator="vjp",
    source="course exercise",
    tags=("vector", "structure", "worked-example"),
)
def elementwise_product(x, a, xp=np):
    """a x, entry by entry. Hard: the Jacobian is diag(a), 8 TB when written out at n = 10^6."""
    return a * x


@elementwise_product.manual("vjp")
def elementwise_product_vjp(x, y_bar, a):
    return a * x, a * y_bar


@problem(
    point=lambda n, rng: rng.normal(size=(n, n)),
    data=lambda n, rng: (rng.normal(size=(n, n)),),
    sizes=(4, 64, 1024),
    operator="vjp",
    source="course exercise",
    tags=("matrix", "linear-algebra", "structure", "worked-example"),
)
def matrix_product(x, a, xp=np):
    """A X. Hard: the Jacobian has n⁴ entries, 8 TB at n = 1024; the vjp is the product A' Y."""
    return a @ x


@matrix_product.manual("vjp")
def matrix_product_vjp(x, y_bar, a):
    return a @ x, a.T @ y_bar
