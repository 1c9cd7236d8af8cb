"""For test suites: a derivative that somebody wrote is held against its function, and the failure says
what is wrong and where.

    from diffbench.testing import assert_gradient

    def test_the_gradient_of_the_loss():
        assert_gradient(loss, loss_gradient, x)

In pytest the fixture `assert_gradient` is the same function, without an import.
"""

from typing import Any

from diffbench.interface import Function
from diffbench.measure.checking.products import check_derivative


def assert_gradient(
    f: Function,
    gradient: Function,
    x: Any,
    *,
    operator: str = "gradient",
    gradient_of_f: Function | None = None,
) -> None:
    """Raise AssertionError unless `gradient`, called (x), is the gradient of f there; or another
    derivative: jacobian, hessian, and jvp, vjp, hvp, called (x, direction).

    A verdict that f is too noisy to reach fails as well, and says so.

    >>> import numpy as np
    >>> assert_gradient(lambda x: np.sum(x**3), lambda x: 3 * x**2, np.array([1.0, 2.0]))
    >>> assert_gradient(lambda x: np.sum(x**3), lambda x: -3 * x**2, np.array([1.0, 2.0]))
    ... # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    AssertionError: the gradient of <lambda> is wrong: entry [1] is -12 and should be 12 ...
    """
    __tracebackhide__ = True  # pytest shows the line of the test
    found = check_derivative(f, gradient, x, operator=operator, gradient_of_f=gradient_of_f)
    if found.verdict != "right":
        name = getattr(f, "__name__", type(f).__name__)
        raise AssertionError(f"the {operator} of {name} is {found}")
