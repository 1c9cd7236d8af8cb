"""The value that tracing found is held against f itself: a function that is not followed as NumPy
computes it is an error that names it, and what is random or remembers is told from that.
"""

from contextlib import suppress

import numpy as np
import pytest

import diffbench as db
from diffbench.arrays.levels import quiet
from diffbench.asking.checks import verification
from diffbench.bench.calibration.checking_overhead import checking_overhead
from diffbench.errors import BadInput, NotDifferentiable, WrongValue
from diffbench.rules import composites

X = np.array([0.3, 1.2, -0.7])
METHODS = ("forward", "reverse", "compiled")


@pytest.fixture
def faulty(monkeypatch):
    """A rule table that takes the variance for the standard deviation, and a reversal for a copy."""
    monkeypatch.setitem(composites, np.std, lambda x, **options: np.var(x, **options))
    scope = {"np": np}
    code = "def reversal(x): return np.copy(x[::-1])"
    exec(compile(code, np.__file__, "exec"), scope)  # no line of the user's
    monkeypatch.setitem(composites, np.flipud, scope["reversal"])


def of_a_wrong_function(x):
    y = 2 * x
    spread = np.std(y)
    return spread * np.sum(y)


def of_a_view_that_is_a_copy(x):
    y = 2 * x
    turned = np.flipud(y)
    y[0] = 5.0
    return np.sum(turned**2) + np.sum(y)


@pytest.mark.parametrize("method", METHODS)
def test_the_function_of_numpy_in_which_they_part_is_named(faulty, method):
    f = lambda x: of_a_wrong_function(x)
    for ask in (
        lambda: db.gradient(f, X, method=method),
        lambda: db.prepare(f, X, method=method),
    ):
        with pytest.raises(WrongValue, match=r"they part in numpy\.std .*spread = np\.std\(y\)"):
            ask()


@pytest.mark.parametrize("method", METHODS)
def test_the_line_is_named_where_no_function_is_wrong_alone(faulty, method):
    with pytest.raises(WrongValue, match=r"they part at .*y\[0\] = 5\.0, after which turned is"):
        db.gradient(of_a_view_that_is_a_copy, X, method=method)


def test_compare_says_it_in_the_row(faulty):
    rows = db.compare(of_a_wrong_function, X, methods=["forward", "central-difference"]).rows
    assert rows[0]["status"] == "unsupported" and "numpy.std" in rows[0]["reason"]
    assert rows[1]["status"] == "contradicted" and "at x plain f is" in rows[1]["reason"]


def code_of_its_own():
    """A function whose code nobody has met."""
    scope = {"np": np, "plain": [0]}
    exec("def f(x):\n    plain[0] += type(x) is np.ndarray\n    return np.sum(np.sin(x))", scope)
    return scope["f"], scope["plain"]


def test_a_direct_call_looks_when_the_code_is_met_first():
    f, plain = code_of_its_own()
    for _ in range(3):
        db.gradient(f, X)
    assert plain == [1]


def test_always_looks_at_each_call_and_never_at_none():
    f, plain = code_of_its_own()
    with db.settings(verify="always"):
        for _ in range(3):
            db.gradient(f, X)
    assert plain == [3] and verification.when() == "first"
    with db.settings(verify="never"):
        f, plain = code_of_its_own()
        db.gradient(f, X)
        db.prepare(f, X, method="reverse")
    assert plain == [0]
    before = db.settings(verify="always")
    assert verification.when() == "always"
    before.__exit__()
    with pytest.raises(BadInput, match="'often' is none of first, always, never"):
        db.settings(verify="often")


@pytest.mark.parametrize("method", ("forward", "reverse"))
def test_a_random_function_is_differentiated_as_it_ran(method):
    rng = np.random.default_rng(0)
    f = lambda x: np.sum(x * rng.normal(size=3))
    with db.settings(verify="always"):
        assert np.all(np.isfinite(db.gradient(f, X, method=method)))
    db.prepare(f, X, method=method)(X)


def test_a_recording_of_a_random_function_is_refused_in_a_sentence_of_its_own():
    rng = np.random.default_rng(0)
    with pytest.raises(BadInput, match="random or remembers earlier calls"):
        db.prepare(lambda x: np.sum(x * rng.normal(size=3)), X, method="compiled")


def test_side_effects_are_no_fault():
    calls = []

    def f(x):
        calls.append(len(calls))
        return np.sum(x**2)

    with db.settings(verify="always"):
        for method in METHODS:
            np.testing.assert_array_equal(db.gradient(f, X, method=method), 2 * X)
            np.testing.assert_array_equal(db.prepare(f, X, method=method)(X), 2 * X)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x) - np.mean(x) * 3,  # 0 but for rounding
        lambda x: np.log(np.sum(np.exp(1e3 * x))) - 1e3 * np.max(x),  # inf - 1e3 max
        lambda x: np.var(x + 1e8),
        lambda x: np.linalg.det(np.outer(x, x) + 1e-14 * np.eye(3)),
        lambda x: np.std(x.astype(np.float32)),
        lambda x: (1 - np.cos(1e-8 * x[0])) * 1e16,
    ],
)
def test_rounding_is_no_fault(f, method):
    with db.settings(verify="always"), quiet(), suppress(NotDifferentiable):
        db.gradient(f, X, method=method)


def test_float32_and_results_of_one_entry_are_compared_as_they_are():
    with db.settings(verify="always"):
        db.gradient(lambda x: np.sum(np.sin(x) ** 3)[None], X.astype(np.float32))
        db.jacobian(lambda x: [x[0] * x[1], x[2]], X)


def test_a_function_that_reads_its_state_is_not_taken_for_a_fault_of_numpy():
    class WarmStarted:
        guess = 0.0

        def __call__(self, x):
            for _ in range(3):  # Newton steps that have not come to rest
                self.guess = self.guess - (self.guess**3 + self.guess - 1.0) / (
                    3 * self.guess**2 + 1
                )
            return self.guess * np.sum(x)

    with db.settings(verify="always"):
        db.gradient(WarmStarted(), X)


def test_the_benchmark_of_what_checking_costs_has_a_row_for_each_check():
    table = checking_overhead((3,), rounds=2)
    assert list(table["check"]) == [
        "value against plain f",
        "data held by compiled",
        "data held by reverse",
    ]
    assert np.all(table["with_us"] > 0)
