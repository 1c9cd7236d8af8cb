"""Programs on numbers in C: the same derivatives as the tape, branches followed, build and cache
safe, and everything runs without it.
"""

import os
import shutil
import stat

import numpy as np
import pytest

import diffbench as db
from diffbench import registry
from diffbench.differentiators.compiled import Compiled
from diffbench.errors import NotDifferentiable, Unsupported
from diffbench.program.native import build
from diffbench.program.native import cache as libraries

has_compiler = any(map(shutil.which, ("cc", "gcc", "clang")))
needs_compiler = pytest.mark.skipif(
    not has_compiler,
    reason="no C compiler (cc, gcc, clang) on the PATH: native code can't be built",
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DIFFBENCH_CACHE", str(tmp_path))
    build.answer_type.cache_clear()


def prepared(f, x, operator="value_and_gradient"):
    return db.prepare(f, x, operator=operator, method=Compiled(native=True))


CASES = {
    "baydin": 2, "logistic_map": 10, "logistic_map ": 100, "rosenbrock_loop": 100, "speelpenning": 100, "switched_oscillator": 200,
    "deep_tanh": 20,
}  # fmt: skip


@needs_compiler
@pytest.mark.parametrize("name", CASES)
def test_native_gradients_equal_those_of_the_tape(name):
    found = registry.find("problems", name.strip())
    f = found.at(CASES[name] if CASES[name] in found.sizes else found.sizes[0])
    answer = prepared(f, f.point)
    value, gradient = answer(f.point)
    expected = db.value_and_gradient(f, f.point, method="reverse")
    assert answer.route == "native"
    assert value == pytest.approx(expected[0], rel=1e-13)
    assert np.max(np.abs(gradient - expected[1])) <= 1e-12 * np.max(np.abs(expected[1]))


@needs_compiler
def test_a_flipped_branch_is_followed():
    def f(x):
        y = x[0] * x[1]
        while y > 1:
            y = y / x[1]
        return y if x[0] > 0 else np.sin(y)

    answer = prepared(f, np.array([3.0, 2.0]))
    for x in ([3.0, 2.0], [30.0, 2.0], [-1.0, 5.0], [3.0, 2.5], [-1.0, 5.0], [30.0, 2.0]):
        value, gradient = answer(np.array(x))
        expected = db.value_and_gradient(f, np.array(x), method="reverse")
        assert value == expected[0]
        np.testing.assert_allclose(gradient, expected[1], rtol=1e-14)


@needs_compiler
def test_a_guard_on_the_argument_itself_is_checked():
    answer = prepared(lambda x: x * x if x > 0 else 3 * x, 2.0, "derivative")
    assert [answer(2.0), answer(-2.0), answer(np.float64(3.0)), answer(np.array(-1.0))] == [
        4,
        3,
        6,
        3,
    ]


@needs_compiler
def test_other_shapes_dtypes_and_layouts_are_answered_too():
    answer = prepared(lambda x: x[0] * np.sin(x[-1]), np.array([1.0, 2.0]))
    assert answer(np.array([1.0, 5.0, 2.0]))[1].shape == (3,)
    assert answer(np.array([1.0, 2.0], np.float32))[1].dtype == np.float32
    strided = answer(np.array([1.0, 9.0, 2.0, 9.0])[::2])
    np.testing.assert_array_equal(strided[1], answer(np.array([1.0, 2.0]))[1])


@needs_compiler
def test_the_gradient_is_written_where_the_caller_wants_it():
    x, out = np.array([1.0, 2.0]), np.empty(2)
    answer = prepared(lambda x: x[0] * np.sin(x[1]), x)
    assert answer(x, out=out)[1] is out
    np.testing.assert_array_equal(out, answer(x)[1])
    with pytest.raises(ValueError, match="shares memory with x"):
        answer(x, out=x)
    with pytest.raises(ValueError, match="contiguous float64 array"):
        answer(x, out=np.empty(3))
    with pytest.raises(TypeError, match="no keyword but out="):
        answer(x, into=out)


@needs_compiler
def test_what_python_answers_is_written_there_too():
    answer, out = prepared(lambda x: x[0] * 2 if x[0] > 0 else x[0] * 3, np.ones(1)), np.empty(1)
    assert answer(-np.ones(1), out=out)[1] is out
    assert out == [3]


@needs_compiler
@pytest.mark.parametrize(
    "out", [np.zeros((2, 5)), np.zeros(5, np.float32), np.zeros(10)[::2], [0.0] * 5]
)
def test_python_answers_into_nothing_but_an_array_like_the_derivative(out):
    answer = prepared(lambda x: np.sum(x * x), np.ones(3))
    with pytest.raises(ValueError, match=r"at this x, of dtype float64 and shape \(5,\)"):
        answer(np.ones(5), out=out)
    assert not np.any(out)


@needs_compiler
@pytest.mark.parametrize("x", [0.0, -0.0, 1e-320, 1e300, -1.0])
def test_nan_inf_and_signed_zeros_are_those_of_numpy(x):
    def f(x):
        return np.exp(x) / (x * x) + np.maximum(x, -0.0) - np.where(x < 0, 1 / x, x)

    x = np.float64(x)
    answer = prepared(f, np.float64(0.5), "jvp")
    with np.errstate(all="ignore"):
        value = f(x)
    if np.isfinite(value):
        assert answer(x, np.float64(1.0))[0] == value
    else:
        with pytest.raises(NotDifferentiable, match="is NaN" if np.isnan(value) else "to inf"):
            answer(x, np.float64(1.0))


@needs_compiler
def test_a_long_loop_is_short_c_and_builds_soon():
    def f(x):
        for _ in range(3000):
            x = 3.7 * x * (1 - x)
        return x

    answer = prepared(f, 0.3, "value_and_gradient")
    assert answer.route == "native"
    sizes = [os.stat(path).st_size for path in libraries.folder().glob("*.so")]
    assert max(sizes) < 100_000  # one function of all 20,000 operations would be 300 kB


# ---------------------------------------------------------------- without a compiler


def test_without_a_compiler_everything_runs_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    x = np.array([1.0, 2.0])
    numbers = db.prepare(lambda x: x[0] * np.sin(x[1]), x, method="compiled")
    arrays = db.prepare(lambda x: np.sum(np.sin(x)), x, method="compiled")
    assert (numbers.route, arrays.route) == ("python", "numpy")
    assert "no C compiler was found on the PATH" in numbers.reason
    np.testing.assert_allclose(numbers(x), [np.sin(2), np.cos(2)])
    np.testing.assert_allclose(arrays(x), np.cos(x))
    with pytest.raises(Unsupported, match="no C compiler was found"):
        prepared(lambda x: x[0] * x[1], x)


def test_native_code_can_be_declined():
    answer = db.prepare(lambda x: x[0] * 2, np.ones(1), method=Compiled(native=False))
    assert answer.route == "python"


# ---------------------------------------------------------------- the cache


@needs_compiler
def test_the_same_program_is_compiled_once(monkeypatch):
    f, x = (lambda x: x[0] * x[0] * 7), np.ones(1)
    prepared(f, x)
    monkeypatch.setattr(build, "_compiled", lambda *args: pytest.fail("compiled again"))
    np.testing.assert_array_equal(prepared(f, x)(x)[1], [14])


@needs_compiler
def test_the_folder_is_private():
    prepared(lambda x: x[0] * 2, np.ones(1))
    assert stat.S_IMODE(libraries.folder().stat().st_mode) == 0o700


def test_a_folder_that_others_can_write_to_is_refused():
    libraries.folder().chmod(0o777)
    with pytest.raises(Unsupported, match="can be written by others"):
        libraries.find("anything")


def test_a_folder_behind_a_link_is_refused(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "native").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setenv("DIFFBENCH_CACHE", str(tmp_path / "cache"))
    with pytest.raises(Unsupported, match="is a link"):
        libraries.folder()


def test_a_library_that_is_not_what_was_stored_is_not_found():
    path = libraries.store("key", b"good")
    assert libraries.find("key") == path
    path.write_bytes(b"evil")
    assert libraries.find("key") is None
    assert not path.exists()
