"""Code that leaves NumPy's protocols, as people write it: conversions, math, lists, and SciPy's
Python functions. Each is differentiated, and nothing stays exchanged.
"""

import builtins
import cmath
import functools
import math
import sys
import threading
from math import exp as e_to

import numpy as np
import pytest
import scipy.linalg
import scipy.optimize
import scipy.special
from numpy import array as make
from numpy import asarray

import diffbench as db
from diffbench.arrays.capture.interception.functions import all_functions
from diffbench.errors import LostTrace, NotDifferentiable

X = np.array([0.3, 0.7, 1.1])
METHODS = ("forward", "reverse", "compiled")
alias = np.asarray


def listed(x, convert=np.asarray):
    return convert(x)


def enclosing(convert):
    return lambda x: np.sum(convert(x) ** 3)


class Model:
    def __init__(self, x):
        self.x = np.asarray(x, dtype=float)

    @property
    def value(self):
        return np.sum(np.array([self.x[0], 2.0]) * math.exp(float(self.x[1])))

    @staticmethod
    def total(x):
        return np.asanyarray(x).sum()

    def __call__(self, x):
        return Model(x).value * Model.total(x)


def imports_inside(x):
    import math as m

    import numpy as other

    return other.sum(other.asarray(x) ** 2) * m.sin(x[0])


def generator(x):
    def squares():
        for v in np.asarray(x):
            yield math.pow(v, 2.0)

    return sum(squares())


def recursive(x, n=3):
    x = np.asarray(x)
    return x[0] if not n else math.sin(x[1]) * recursive(x * 0.9, n - 1)


@functools.cache
def decorated_with_cache(n):
    return n + 1


def decorated(f):
    @functools.wraps(f)
    def call(x):
        return f(np.asarray(x)) * decorated_with_cache(1)

    return call


def swallows(x):
    try:
        v = float(x[0])
    except TypeError:
        v = 100.0
    return v * x[1]


def catches_domain_errors(x):
    try:
        return math.log(x[0] - 5.0)
    except ValueError:
        return x[0] * x[1]


# each with an equal that NumPy's protocols see
PAIRS = {
    "asarray": (lambda x: np.sum(np.asarray(x) ** 2), lambda x: np.sum(x**2)),
    "from-import": (lambda x: np.sum(asarray(x) ** 2), lambda x: np.sum(x**2)),
    "alias": (lambda x: np.sum(alias(x, dtype=float) ** 2), lambda x: np.sum(x**2)),
    "from-import as": (lambda x: np.sum(make([x[0], x[1] * 2]) ** 2), lambda x: x[0] ** 2 + 4 * x[1] ** 2),
    "default argument": (lambda x: np.sum(listed(x) ** 3), lambda x: np.sum(x**3)),
    "closure": (enclosing(np.array), lambda x: np.sum(x**3)),
    "class": (Model(X), lambda x: (x[0] + 2.0) * np.exp(x[1]) * np.sum(x)),
    "import inside": (imports_inside, lambda x: np.sum(x**2) * np.sin(x[0])),
    "generator": (generator, lambda x: np.sum(x**2)),
    "recursion": (recursive, lambda x: np.sin(x[1]) * np.sin(0.9 * x[1]) * np.sin(0.81 * x[1]) * 0.729 * x[0]),
    "decorator": (decorated(lambda x: np.sum(np.array(x.tolist()))), lambda x: 2 * np.sum(x)),
    "sorted": (lambda x: sorted(map(float, x))[-1] * float(x[0]), lambda x: x[2] * x[0]),
    "reduce": (lambda x: functools.reduce(math.hypot, x), lambda x: np.sqrt(np.sum(x**2))),
    "map": (lambda x: sum(map(math.exp, x)), lambda x: np.sum(np.exp(x))),
    "float": (lambda x: float(x[0]) ** 2 * float(3), lambda x: 3 * x[0] ** 2),
    "complex": (lambda x: abs(complex(x[0], x[1])), lambda x: np.hypot(x[0], x[1])),
    "max and min": (lambda x: max(0.0, x[0]) * min(x[1], 5.0), lambda x: x[0] * x[1]),
    "from math": (lambda x: e_to(x[0]), lambda x: np.exp(x[0])),
    "cmath": (lambda x: cmath.exp(1j * x[0]).real, lambda x: np.cos(x[0])),
    "math of many": (lambda x: math.dist(x, [0, 0, 0]) + math.prod(x) + math.fsum(x) + math.log(x[0], 2), lambda x: np.sqrt(x @ x) + np.prod(x) + np.sum(x) + np.log2(x[0])),
    "item": (lambda x: x[0].item() * x.item(1), lambda x: x[0] * x[1]),
    "tolist": (lambda x: sum(v * v for v in x.tolist()), lambda x: np.sum(x**2)),
    "float64": (lambda x: np.float64(x[0]) * np.float64(2), lambda x: 2 * x[0]),
    "ndmin": (lambda x: np.sum(np.array(x, ndmin=2) @ np.array([[1.0], [2.0], [3.0]])), lambda x: x @ np.array([1.0, 2.0, 3.0])),
    "nested lists": (lambda x: np.linalg.det(np.array([[x[0], 2, 1.0], [0, x[1], 1], list(x)])), lambda x: x[0] * (x[1] * x[2] - x[1]) - 2 * (0 - x[0]) + 1.0 * (-x[1] * x[0])),
    "copies": (lambda x: np.sum(np.copy([x[0], x[1]]) * np.atleast_1d([x[1], x[2]])), lambda x: x[0] * x[1] + x[1] * x[2]),
    "contiguous": (lambda x: np.sum(np.ascontiguousarray(x)[::2] * np.asfortranarray(x)[1:]), lambda x: x[0] * x[1] + x[2] * x[2]),
    "require": (lambda x: np.sum(np.require(x, float, ["C"]) ** 2), lambda x: np.sum(x**2)),
    "chkfinite": (lambda x: np.sum(np.asarray_chkfinite(x) ** 2), lambda x: np.sum(x**2)),
    "list of rows": (lambda x: np.sum([x, x**2], axis=0)[1], lambda x: x[1] + x[1] ** 2),
    "rosen": (scipy.optimize.rosen, lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)),
    "plain functions": (lambda x: scipy.special.logsumexp(x) + scipy.linalg.norm(np.asarray(x)), lambda x: np.log(np.sum(np.exp(x))) + np.sqrt(x @ x)),
    "swallowed": (swallows, lambda x: x[0] * x[1]),
    "domain": (catches_domain_errors, lambda x: x[0] * x[1]),
}  # fmt: skip


def held_names():
    """What could be left exchanged: the names of this module and of SciPy's, Python's own."""
    modules = [name for name in sys.modules if name.split(".")[0] in ("scipy", "math", "numpy")]
    dictionaries = [globals(), vars(builtins), *(vars(sys.modules[name]) for name in modules)]
    codes = [scipy.special.logsumexp.__code__, scipy.linalg.norm.__code__, listed.__defaults__]
    return [
        {k: id(v) for k, v in names.items() if not k.startswith("__")} for names in dictionaries
    ] + codes


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", PAIRS)
def test_code_as_people_write_it_has_the_derivative_of_its_equal(name, method):
    f, equal = PAIRS[name]
    before = held_names()
    value, gradient = db.value_and_gradient(f, X, method=method)
    np.testing.assert_allclose(value, f(X), rtol=4e-16)
    np.testing.assert_allclose(gradient, db.gradient(equal, X), rtol=1e-14, atol=1e-15)
    again = db.gradient(f, X, method=method)  # by what was remembered
    np.testing.assert_array_equal(again, gradient)
    assert held_names() == before


@pytest.mark.parametrize("name", PAIRS)
def test_it_has_second_derivatives(name):
    f, equal = PAIRS[name]
    for method in ("reverse", "forward"):
        np.testing.assert_allclose(
            db.hessian(f, X, method=method), db.hessian(equal, X), rtol=1e-12, atol=1e-13
        )


def test_it_has_taylor_coefficients():
    f = lambda t: math.exp(float(t)) * np.sum(np.array([t, 2.0]))
    equal = lambda t: np.exp(t) * (t + 2.0)
    np.testing.assert_allclose(db.taylor(f, 0.5, 4), db.taylor(equal, 0.5, 4), rtol=1e-14)


def test_what_is_converted_looks_as_it_would_in_numpy():
    def f(x):
        a, number, zero = np.asarray(x), np.float64(x[0]), np.asarray(x[0])
        assert a is x and isinstance(a, np.ndarray) and a.dtype == float and a.flags.c_contiguous
        assert np.isscalar(number) and isinstance(number, float) and np.ndim(number) == 0
        assert isinstance(zero, np.ndarray) and zero.shape == () and not np.isscalar(zero)
        assert np.result_type(a, np.float32) == a.dtype and np.array(x, np.float32).dtype == "f4"
        assert (
            isinstance(float(x[0]), float) and isinstance(2.0, float) and issubclass(float, float)
        )
        assert {float: 1}[float] and np.zeros(2, float).dtype == float and [2.0].count(float(2))
        return np.sum(np.array(x) * number * zero)

    np.testing.assert_allclose(db.gradient(f, X), db.gradient(lambda x: np.sum(x) * x[0] ** 2, X))


def test_a_module_that_asks_whether_a_type_is_float_keeps_its_answer():
    names = {"math": math}
    exec(
        "def f(x):\n    k = 2.0\n    return float(x[0]) * (3.0 if type(k) is float else 5.0)", names
    )
    with pytest.raises(LostTrace, match=r"float\(\)"):
        db.gradient(names["f"], X)


@pytest.mark.parametrize("method", METHODS)
def test_an_error_of_math_that_f_catches_is_a_guard(method):
    answer = db.prepare(catches_domain_errors, X, method=method)
    np.testing.assert_allclose(answer(X), [0.7, 0.3, 0.0])
    np.testing.assert_allclose(answer(np.array([7.0, 1.0, 1.0])), [0.5, 0.0, 0.0])
    np.testing.assert_allclose(answer(X), [0.7, 0.3, 0.0])


def test_every_plain_function_has_its_own_code_again_after_a_gradient():
    before = [
        (e.holder.__code__, e.holder.__kwdefaults__, e.holder.__defaults__) for e in all_functions()
    ]
    assert all(e.holder.__code__ is e.code for e in all_functions())
    db.gradient(lambda x: scipy.special.logsumexp(x) + scipy.linalg.det(np.outer(x, x)), X)
    with pytest.raises(RuntimeError):
        db.gradient(lambda x: fails_after(scipy.special.logsumexp(x)), X)
    after = [
        (e.holder.__code__, e.holder.__kwdefaults__, e.holder.__defaults__) for e in all_functions()
    ]
    assert all(
        a is b for x, y in zip(before, after, strict=True) for a, b in zip(x, y, strict=True)
    )


def fails_after(value):
    raise RuntimeError


@pytest.mark.parametrize("error", [RuntimeError("inside"), KeyboardInterrupt()])
def test_exceptions_and_interrupts_leave_nothing_exchanged(error):
    def fails(x):
        if isinstance(np.asarray(x)[0] + float(x[0]) + scipy.special.logsumexp(x), float):
            raise error

    before = held_names()
    with pytest.raises(type(error)):
        db.gradient(fails, X)
    assert held_names() == before


def test_a_generator_that_outlives_its_function_finds_the_names_as_they_were():
    left = []

    def f(x):
        def endless():
            while True:
                yield np.asarray, scipy.special.logsumexp.__code__

        left.append(endless())
        next(left[-1])
        return np.sum(np.asarray(x))

    db.gradient(f, X)
    assert next(left[-1]) == (np.asarray, scipy.special.logsumexp.__code__)


def test_threads_do_not_see_what_another_thread_traces():
    inside, done, seen = threading.Event(), threading.Event(), []

    def f(x):
        y = np.sum(np.asarray(x) ** 2) + scipy.special.logsumexp(x)
        inside.set()
        assert done.wait(60)
        return y

    def watch():
        assert inside.wait(60)
        while not done.is_set():
            made = np.asarray([1.0, 2.0]), np.zeros(3), scipy.special.logsumexp([1.0, 2.0])
            seen.append([type(made[0]), type(made[1]), made[2]])
            done.set()

    watcher = threading.Thread(target=watch)
    before = held_names()
    watcher.start()
    # the first runs are over soon: what is lost there is lost before f waits
    gradient = db.gradient(f, X)
    watcher.join()
    np.testing.assert_allclose(gradient, 2 * X + scipy.special.softmax(X))
    assert seen[0][:2] == [np.ndarray, np.ndarray]
    assert held_names() == before


def test_many_threads_trace_at_once_and_lift_everything():
    before, found = held_names(), []

    def work(k):
        f = lambda x: np.sum(np.asarray(x) ** 2) * math.exp(float(x[0])) * k
        found.append((k, [db.gradient(f, X, method=METHODS[k % 3]) for _ in range(20)]))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = db.gradient(lambda x: np.sum(x**2) * np.exp(x[0]), X)
    assert len(found) == 6
    for k, gradients in found:
        np.testing.assert_allclose(gradients, [k * expected] * 20, rtol=1e-14, atol=1e-300)
    assert held_names() == before


def test_the_first_contact_takes_a_bounded_number_of_runs_and_the_next_takes_one():
    runs = []

    def f(x):
        runs.append(1)
        return float(np.asarray(x)[0]) * math.exp(x[1]) * scipy.special.logsumexp(x)

    db.gradient(f, X)
    first = len(runs)
    db.gradient(f, X)
    assert first <= 8
    assert len(runs) == first + 1


def test_a_refusal_names_the_users_line():
    with pytest.raises(LostTrace, match=r"test_as_written\.py:\d+: db\.gradient"):
        db.gradient(lambda x: np.sum(x.astype(object)), X)


@pytest.mark.parametrize("method", METHODS)
def test_an_integer_made_of_x_is_data(method):
    x = np.array([2.3, -1.6, 0.4])
    f = lambda x: int(x[0]) * x[1] + np.sum(x.astype(int) * x) + [5, 6, 7][int(x[0])] * x[2]
    np.testing.assert_allclose(db.gradient(f, x, method=method), [2, 2 - 1, 7], rtol=1e-15)
    answer = db.prepare(f, x, method=method)
    answer(x)
    other = np.array([1.3, 2.6, 3.4])
    np.testing.assert_allclose(answer(other), [1, 1 + 2, 3 + 6], rtol=1e-15)
    whether = lambda x: np.sum(x.astype(bool) * x)
    np.testing.assert_allclose(db.gradient(whether, np.array([0.3, 0.0]), method=method), [1, 0])
    with pytest.raises(NotDifferentiable, match=r"only through .*int\(\) at test_as"):
        db.gradient(lambda x: 2.0 * int(x[0]), x, method=method)


def test_a_refusal_of_compiled_code_names_the_line_that_calls_it():
    def f(x):
        return np.sum(np.asarray(x)) * takes_numbers_only(x)

    with pytest.raises(LostTrace, match=r"test_as_written\.py:\d+: .*takes plain arrays only"):
        db.gradient(f, X)


def takes_numbers_only(x):
    if type(x) is not np.ndarray:
        raise TypeError("no matching signature")
    return x[0]
