"""Programs run in strips: the values of NumPy whatever the length of the axis, memory for one strip
only, and the same on two threads.
"""

import ctypes
import shutil

import numpy as np
import pytest

import diffbench as db
from diffbench import registry
from diffbench.differentiators.compiled import Compiled
from diffbench.errors import BadInput
from diffbench.program import record
from diffbench.program.derive import differentiate
from diffbench.program.native import array_programs, compile_native
from diffbench.program.native import cache as libraries
from diffbench.program.native.kernels import strips
from diffbench.program.native.kernels.shared_axes import axes_of
from diffbench.program.native.kernels.strips import groups, in_strips
from diffbench.program.passes.pipelines import simplify

has_compiler = any(map(shutil.which, ("cc", "gcc", "clang")))
needs_compiler = pytest.mark.skipif(
    not has_compiler,
    reason="no C compiler (cc, gcc, clang) on the PATH: native code can't be built",
)


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIFFBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def value_and_gradient_program(name, size):
    f = registry.find("problems", name).at(size)
    return simplify(differentiate.value_and_gradient(record(f, f.point)))


def samples(n):
    return np.random.default_rng(n).normal(size=(n, 11)), np.random.default_rng(n + 1).normal(
        size=(3, 11, n)
    )


# Functions of w, shape (11,), of samples in rows and of samples in columns; `n` is no multiple of
# anything.
FUNCTIONS = {
    "logistic loss": lambda w, rows, columns: np.sum(np.logaddexp(0, rows @ w)),
    "softmax over the samples": lambda w, rows, columns: (
        rows[:, 0] @ np.exp(rows @ w - np.max(rows @ w)) / np.sum(np.exp(rows @ w))
    ),
    "log-sum-exp of columns": lambda w, rows, columns: np.sum(
        np.log(np.sum(np.exp(w[:, None] * columns), axis=(0, 1)))
    ),
    "products of columns": lambda w, rows, columns: np.sum(np.sin(np.outer(w, w) @ columns) ** 2),
    "products with what is reversed": lambda w, rows, columns: np.sum(
        np.tanh(rows @ w) * np.tanh(rows @ w)[::-1]
    ),
    "differences of neighbours": lambda w, rows, columns: np.sum(
        (np.tanh(rows @ w)[1:] - np.tanh(rows @ w)[:-1]) ** 2
    ),
    "centred": lambda w, rows, columns: np.sum(
        (rows * w - np.sum(rows * w, axis=0) / len(rows)) ** 4
    ),
    "a Gram matrix": lambda w, rows, columns: np.sum(np.cos((rows * w).T @ (rows * w))),
    "a large Gram matrix": lambda w, rows, columns: np.sum(
        np.cos(np.concatenate([rows * w] * 4, 1).T @ np.concatenate([rows] * 4, 1))
    ),
    "rows of two": lambda w, rows, columns: np.sum(
        np.tanh(rows[:, :2] * w[:2] + np.sum(rows * w, axis=1, keepdims=True)) ** 2
    ),
    "joined": lambda w, rows, columns: np.sum(
        np.exp(np.concatenate([rows * w, np.sin(rows * w)], axis=1)) @ np.ones(22)
    ),
    "largest in each row": lambda w, rows, columns: (
        np.sum(np.max(rows * w, axis=1) * np.min(rows * w, axis=1)) + np.max(rows @ w)
    ),
    "transposed": lambda w, rows, columns: np.sum(
        np.tanh(np.transpose(columns, (2, 0, 1)) @ w) @ np.arange(3.0)
    ),
}


@needs_compiler
@pytest.mark.parametrize("n", [64, 1003])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_are_those_of_the_tape_at_every_length(name, n):
    rows, columns = samples(n)
    w = np.linspace(-0.5, 0.5, 11)
    f = lambda w: FUNCTIONS[name](w, rows, columns)
    value, gradient = db.prepare(f, w, operator="value_and_gradient", method=Compiled(native=True))(
        w
    )
    expected = db.value_and_gradient(f, w, method="reverse")
    assert value == pytest.approx(expected[0], rel=1e-12)
    np.testing.assert_allclose(
        gradient, expected[1], rtol=1e-11, atol=1e-12 * np.max(np.abs(expected[1]))
    )


@needs_compiler
@pytest.mark.parametrize("n", [64, 1003])
def test_results_along_the_axis_are_whole(n):
    rows, _ = samples(n)
    f = lambda x: np.sum(np.exp(-np.sum((x * np.sin(rows)) ** 2, axis=1)) * np.cumsum(np.ones(n)))
    answer = db.prepare(f, rows, operator="value_and_gradient", method=Compiled(native=True))
    np.testing.assert_allclose(
        answer(rows)[1], db.gradient(f, rows, method="reverse"), rtol=1e-11, atol=1e-13
    )


# ---------------------------------------------------------------- what runs in strips


def test_the_axis_is_that_of_the_samples():
    made, cut = in_strips(value_and_gradient_program("gmm", 1650), 1)
    assert cut.axis.length == 1000
    assert len(groups(made)) == 1
    assert 1000 % cut.length == 0


def test_only_results_and_sums_are_kept_whole():
    made, cut = in_strips(value_and_gradient_program("logistic_regression", 50), 1)
    assert all(made.kept[index].size <= 50 for index in made.kept if not made.one_strip(index))
    assert cut.size < 1000


def test_an_axis_that_a_variable_would_have_twice_is_no_axis():
    x = np.ones((64, 64))
    assert axes_of(record(lambda x: np.sum((x + x.T) ** 2), x), 2) == []


def test_what_needs_the_whole_axis_comes_in_a_later_stage():
    rows, _ = samples(1003)
    f = lambda w: FUNCTIONS["softmax over the samples"](w, rows, None)
    made, _ = in_strips(simplify(differentiate.value_and_gradient(record(f, np.ones(11)))), 1)
    assert len(groups(made)) >= 2


def test_little_data_are_not_cut():
    assert in_strips(value_and_gradient_program("rbf_regression", 7), 1)[1] is None


# ---------------------------------------------------------------- sums over strips


@needs_compiler
@pytest.mark.parametrize("scale", [1e-310, 1e-200, 1e200, 1e297])
def test_sums_over_strips_neither_vanish_nor_overflow_before_numpys_do(scale):
    rows, _ = samples(1003)
    f = lambda w: (rows @ w) * scale
    answer = db.prepare(f, np.ones(11), operator="vjp", method=Compiled(native=True))
    y_bar = np.sin(np.arange(1003.0))
    expected = (y_bar * scale) @ rows
    np.testing.assert_allclose(
        answer(np.ones(11), y_bar)[1],
        expected,
        rtol=1e-12,
        atol=max(1e-12 * np.max(np.abs(expected)), 1e-320),
    )


# ---------------------------------------------------------------- threads


@needs_compiler
@pytest.mark.parametrize(("name", "size"), [("logistic_regression", 50), ("gmm", 1650)])
def test_two_threads_give_the_same_at_every_call_and_what_one_gives(name, size):
    f = registry.find("problems", name).at(size)
    one, two = (
        db.prepare(
            f, f.point, operator="value_and_gradient", method=Compiled(True, threads=threads)
        )
        for threads in (1, 2)
    )
    assert (one.threads, two.threads) == (1, 2)
    value, gradient = two(f.point)
    assert value == pytest.approx(one(f.point)[0], rel=1e-13)
    assert np.max(np.abs(gradient - one(f.point)[1])) <= 1e-13 * np.max(np.abs(gradient))
    for _ in range(20):
        again = two(f.point)
        assert again[0] == value
        np.testing.assert_array_equal(again[1], gradient)


@needs_compiler
@pytest.mark.parametrize("threads", [3, 7])
@pytest.mark.parametrize("name", ["a large Gram matrix", "products of columns"])
def test_threads_without_a_strip_add_nothing(name, threads, monkeypatch):
    monkeypatch.setattr(strips, "LEAST_FOR_THREADS", 0)
    rows, columns = samples(66)
    f, w = (lambda w: FUNCTIONS[name](w, rows, columns)), np.linspace(-0.5, 0.5, 11)
    answer = db.prepare(f, w, method=Compiled(True, threads=threads))
    assert answer.threads == threads
    np.testing.assert_allclose(
        answer(w), db.gradient(f, w, method="reverse"), rtol=1e-11, atol=1e-12
    )


@needs_compiler
def test_a_second_thread_is_really_started(monkeypatch, tmp_path):
    monkeypatch.setenv("DIFFBENCH_CACHE", str(tmp_path))
    f = registry.find("problems", "gmm").at(1650)
    answer = db.prepare(f, f.point, method=Compiled(True, threads=2))
    (library,) = (
        found
        for path in libraries.folder().glob("*.so")
        if hasattr(found := ctypes.CDLL(str(path)), "threads_started")
    )
    started = ctypes.c_long.in_dll(library, "threads_started")
    before = started.value
    answer(f.point)
    assert started.value == before + 1


@needs_compiler
def test_a_small_problem_stays_on_one_thread():
    f = registry.find("problems", "gmm").at(30)
    assert (
        "pthread"
        not in array_programs.ArrayWriter(value_and_gradient_program("gmm", 30), threads=2).write()
    )
    assert (
        compile_native(
            value_and_gradient_program("gmm", 30), pytest.fail, pytest.fail, threads=2
        ).threads
        == 1
    )
    assert db.prepare(f, f.point, method=Compiled(native=False, threads=2)).threads == 1


@pytest.mark.parametrize("threads", [0, 65, 1.5, True])
def test_what_is_no_number_of_threads_is_refused(threads):
    with pytest.raises(BadInput, match="not a number of threads; pass a whole number from 1 to 64"):
        Compiled(threads=threads)
