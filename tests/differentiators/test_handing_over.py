"""A user's function, which calls NumPy itself, in the hands of other packages: their module in NumPy's
place, or the recorded program in their words. Right, or refused with what stood in the way.
"""

import math
from functools import partial
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest
from numpy import log as ln

import diffbench as db
from diffbench.differentiators.adapters.swapped import swapped
from diffbench.differentiators.adapters.ways import SWAPPED, TRANSLATED
from diffbench.errors import Unsupported
from diffbench.formula import parse_formula
from diffbench.registry import find

EAGER = ("autograd", "torch", "mygrad")
STAGED = ("jax", "casadi", "pytensor", "symengine", "heyoka")
X = np.array([2.0, 5.0])
A = np.array([[2.0, 1.0], [1.0, 3.0]])


def installed(name):
    if find_spec(name) is None:
        pytest.skip(f'{name} is not installed: it belongs to the extra "peers"')
    return name


def helper(x):
    return np.sum(x**2)


def closing_over(c):
    return lambda x: np.sum(c * x**2) * helper(x)


def aliased(x):
    return ln(x[0]) + x[0] * x[1] - np.sin(x[1]) + helper(x)


def by_math(x):
    return math.sin(x[0]) * x[1]


def converted(x):
    return np.sum(np.asarray(x) * x)


def buffered(x):
    out = np.zeros(2)
    for i in range(2):
        out[i] = np.sin(x[i]) * x[0]
    return out.sum()


def of_a_list(x):
    return np.sum(np.array([np.sin(x[0]), x[1] * x[0]]))


def by_methods(x):
    return x.T.dot(A @ x) + x.sum()


def looping(x):
    s = x[0]
    while abs(s) > 1:
        s = s * 0.5
    return s * x[1] if x[1] > 0 else s


FUNCTIONS = {
    "aliased": aliased, "math": by_math, "asarray": converted, "buffer": buffered, "list": of_a_list, "methods": by_methods,
    "loop": looping, "closure": closing_over(np.array([1.0, 2.0])), "partial": partial(lambda a, x: np.sum(a * np.tanh(x)), A[0]),
    "formula": parse_formula("log(x1) + x1*x2 - sin(x2)"),
}  # fmt: skip


@pytest.mark.parametrize("name", EAGER + STAGED)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_gradient_is_right_whichever_way_f_is_handed_over(name, function):
    f = FUNCTIONS[function]
    found = db.gradient(f, X, method=installed(name))
    assert np.allclose(found, db.gradient(f, X, method="reverse"), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["torch", "mygrad"])
def test_a_package_that_is_silently_wrong_is_told_and_another_way_is_taken(name):
    answer = db.prepare(by_math, X, method=installed(name))
    assert answer.way.startswith(TRANSLATED)
    assert f"{SWAPPED}: " in answer.found.passed_over[0]


def test_what_neither_way_can_do_is_refused_with_both_reasons():
    with pytest.raises(Unsupported, match=r"mygrad has no linalg\.slogdet"):
        db.gradient(
            lambda x: np.linalg.slogdet(A * x[0] + np.eye(2))[1], X, method=installed("mygrad")
        )


@pytest.mark.parametrize("name", ["symengine", "heyoka", "casadi"])
@pytest.mark.parametrize("operator", ["jacobian", "jvp", "vjp"])
def test_scalar_expressions_answer_every_operator_of_a_vector_valued_function(name, operator):
    def f(x):
        return np.array([math.exp(x[0]) * x[1], x[1] ** 2, x[0]])

    along = {"jvp": [np.array([0.3, -2.0])], "vjp": [np.array([1.0, 2.0, -3.0])]}.get(operator, [])
    found = getattr(db, operator)(f, X, *along, method=installed(name))
    wanted = getattr(db, operator)(f, X, *along, method="reverse")
    for part, own in zip(found if along else [found], wanted if along else [wanted], strict=True):
        assert np.allclose(part, own, rtol=1e-14)


@pytest.mark.parametrize("name", ["symengine", "heyoka", "casadi"])
def test_scalar_expressions_have_second_derivatives(name):
    found = db.hessian(by_math, X, method=installed(name))
    assert np.allclose(found, db.hessian(by_math, X, method="reverse"), rtol=1e-14)
    found = db.hvp(by_math, X, np.array([1.0, -2.0]), method=name)
    assert np.allclose(found, db.hvp(by_math, X, np.array([1.0, -2.0]), method="reverse"))


# ---------------------------------------------------------------- copies


OTHER = SimpleNamespace(sin=np.cos, sum=lambda x: -np.sum(x), linalg=SimpleNamespace(norm=np.max))


def test_a_copy_finds_the_other_names_and_the_original_is_untouched():
    scale = np.array([1.0, 2.0])

    def f(x, extra=np.sin):
        return np.sum(np.sin(x) * scale) + np.linalg.norm(x) + extra(x[0]) + helper(x)

    copy = swapped(f, OTHER, "other", lambda a: 10 * a)
    wanted = -np.sum(np.cos(X) * 10 * scale) + np.max(X) + np.cos(X[0]) - np.sum(X**2)
    assert copy(X) == wanted
    own = np.sum(np.sin(X) * scale) + np.linalg.norm(X) + np.sin(X[0]) + np.sum(X**2)
    assert f(X) == own


def test_functions_that_call_each_other_are_copied_once():
    def even(n, x):
        return np.sin(x) if n == 0 else odd(n - 1, x)

    def odd(n, x):
        return even(n - 1, x)

    copy = swapped(even, OTHER, "other", lambda a: a)
    assert copy(4, 0.3) == np.cos(0.3)


def test_methods_and_partial_applications_are_followed():
    class Model:
        def __init__(self):
            self.weight = 3.0

        def loss(self, x):
            return self.weight * np.sin(x)

    assert swapped(Model().loss, OTHER, "other", None)(0.3) == 3 * np.cos(0.3)
    assert swapped(partial(np.sum), OTHER, "other", None)(X) == -7.0


def test_every_method_of_another_package_states_what_it_is():
    for name in (*EAGER, *STAGED, "tangent", "statsmodels", "derivkit"):
        assert find("differentiators", name).about
