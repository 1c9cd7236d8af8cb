"""Functions that numba compiles run as the Python that was written where they are given traced
values, and as compiled ones for everybody else.
"""

import math

import numpy as np
import pytest

import diffbench as db

numba = pytest.importorskip("numba")
X = np.array([0.3, 1.2, 0.7])


@numba.njit
def twice_exp(a):
    return math.exp(a) * 2


@numba.njit
def summed(x):
    y = np.zeros(x.size)
    for i in range(x.size):
        y[i] = twice_exp(x[i]) ** 2
    return np.sum(y) * x[0]


@numba.vectorize
def branching(a, b):
    return math.sin(a) * b if a > b else a * b * b


F = {
    "a loop": summed,
    "called by plain code": lambda x: summed(x) * x[1],
    "plain and traced": lambda x: summed(np.ones(3)) * summed(x * 2),
    "entry by entry": lambda x: np.sum(branching(x, 0.5) * np.arange(3)),
    "held by another": lambda x: sum(map(twice_exp, x)),
}


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
@pytest.mark.parametrize("name", F)
def test_what_numba_compiled_is_differentiated(name, method):
    f = F[name]
    plain = f(X)
    value, gradient = db.value_and_gradient(f, X, method=method)
    assert value == pytest.approx(plain, rel=1e-14)
    np.testing.assert_allclose(gradient, db.estimate(f, X, operator="gradient").df, rtol=1e-8)
    assert f(X) == plain


def test_nothing_of_numba_stays_exchanged():
    kind = numba.core.dispatcher._DispatcherBase
    before = kind.typeof_pyval, kind._compile_for_args
    db.gradient(summed, X)
    assert (kind.typeof_pyval, kind._compile_for_args) == before
