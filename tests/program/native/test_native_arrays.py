"""Programs on arrays in C: the values and derivatives of NumPy, one pass over the data, and vector
functions of known error.
"""

import platform
import re
import shutil
import subprocess

import mpmath
import numpy as np
import pytest

import diffbench as db
from diffbench import registry
from diffbench.differentiators.compiled import Compiled
from diffbench.program import record
from diffbench.program.derive import differentiate
from diffbench.program.native import build, compile_native
from diffbench.program.native.kernels.fusion import schedule
from diffbench.program.passes.pipelines import simplify
from diffbench.rules.spelling import alone, spellings
from diffbench.rules.table import primitives

has_compiler = any(map(shutil.which, ("cc", "gcc", "clang")))
IN_C = [
    name
    for name, row in spellings.items()
    if row.c and row.operands != "truths" and row.arity < 3 and "scipy_" not in row.c
]
# the condition under which c_functions.py declares its functions
HAS_LIBMVEC = (
    has_compiler
    and platform.machine() == "x86_64"
    and platform.libc_ver()[0] == "glibc"
    and tuple(map(int, platform.libc_ver()[1].split("."))) >= (2, 35)
    and "clang"
    not in subprocess.run([build.compiler(), "--version"], capture_output=True, text=True).stdout
)
VECTORISED = [name for name, row in spellings.items() if row.vectorised]
pytestmark = pytest.mark.skipif(
    not has_compiler,
    reason="no C compiler (cc, gcc, clang) on the PATH: native code can't be built",
)


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIFFBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def refused(*args):
    pytest.fail(f"left to Python: {args}")


def native(f, x):
    """The function's own values by native code."""
    return compile_native(simplify(record(f, x)), refused, refused)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("rosenbrock", 1000),
        ("helmholtz", 100),
        ("logistic_regression", 20),
        ("rbf_regression", 61),
        ("tanh_mlp", 16),
        ("gmm", 30),
        ("rnn", 5),
        ("rnn", 20),
    ],
)
def test_native_gradients_of_arrays_equal_those_of_the_tape(name, size):
    f = registry.find("problems", name).at(size)
    answer = db.prepare(f, f.point, operator="value_and_gradient", method=Compiled(native=True))
    value, gradient = answer(f.point)
    expected = db.value_and_gradient(f, f.point, method="reverse")
    assert answer.route == "native"
    assert value == pytest.approx(expected[0], rel=1e-13)
    assert np.max(np.abs(gradient - expected[1])) <= 1e-13 * np.max(np.abs(expected[1]))


A = np.random.default_rng(0).normal(size=(3, 5, 4))
FUNCTIONS = {
    "slices backwards": lambda x: x[::-1, 1:] * x[:, :-1],
    "transposed": lambda x: x.T * 2 + np.ones(5)[:, None],
    "a reshape that has to copy": lambda x: np.reshape(np.sin(x).T, (1, 25)),
    "a view of an argument": lambda x: x[1],
    "the argument itself": lambda x: x * 1 + 0,
    "sums along every axis": lambda x: np.sum(x, 0)[None] + np.sum(x, 1, keepdims=True) + np.sum(x),
    "extremes": lambda x: np.max(x, 0) - np.min(x, 1)[:, None] * np.max(x),
    "softmax": lambda x: (
        np.exp(x - np.max(x, axis=1, keepdims=True)) / np.sum(np.exp(x), axis=1)[:, None]
    ),
    "a batch of products": lambda x: A @ x.T[:4] if x.shape[0] == 4 else A @ x[:4],
    "a batch of columns": lambda x: A @ x.T[:4, :1] if x.shape[0] == 4 else A @ x[:4, :1],
    "a row times a matrix": lambda x: x[0] @ x.T,
    "a matrix times a column": lambda x: x @ x[0],
    "inner": lambda x: x[0] @ x[1],
    "two transposed": lambda x: x.T @ x @ x.T,
    "overlapping writes": lambda x: np.concatenate([x[:2] * 2, np.cos(x)[1:]], axis=0),
    "choices": lambda x: (
        np.where(x > 0, np.sqrt(np.abs(x)), np.minimum(x, -0.5)) + (x > 0.5) * (x < 1)
    ),
    "counts": lambda x: np.sum(x > 0, axis=0) / x[0],
    "more than one block": lambda x: np.sum(
        np.tanh(np.broadcast_to(x[:, :, None], (*x.shape, 700)) * np.arange(700.0)), axis=-1
    ),
    "tiles and what is left of them": lambda x: (
        np.outer(x, np.arange(19.0))[:, :9].T @ np.outer(x, np.cos(np.arange(43.0)))
    ),
    "dots and what is left of them": lambda x: (
        np.outer(x, np.arange(19.0))[:7, :] @ np.outer(np.sin(x), np.arange(19.0)).T
    ),
    "a large product": lambda x: (
        np.reshape(np.sin(x.ravel()[0] * np.arange(1600.0)), (40, 40))
        @ np.reshape(np.arange(1600.0), (40, 40)).T
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_are_those_of_numpy(name):
    f, x = (
        FUNCTIONS[name],
        np.random.default_rng(1).normal(size=(5, 5) if "batch" not in name else (4, 6)),
    )
    np.testing.assert_allclose(native(f, x)(x), f(x), rtol=2e-14, atol=1e-13)


@pytest.mark.parametrize("name", IN_C)
def test_every_function_has_numpys_values_and_special_cases(name):
    primitive = next(p for p in primitives.values() if p.name == name)
    special = np.array(
        [
            0.0,
            -0.0,
            1.0,
            -1.0,
            np.inf,
            -np.inf,
            np.nan,
            0.5,
            -2.5,
            1e-310,
            1e300,
            3.0,
            710.0,
            -745.0,
            1e-9,
            20.0,
            2.0,
        ]
    )
    n = primitive.evaluate.nin if isinstance(primitive.evaluate, np.ufunc) else 1
    xs = special if n == 1 else np.array(np.meshgrid(special, special)).reshape(2, -1)

    def f(x):
        return 2.0 * (primitive.evaluate(x) if n == 1 else primitive.evaluate(x[0], x[1]))

    with np.errstate(all="ignore"):
        value = f(xs)
        defined = np.isfinite(value)  # the rest is left to NumPy, and tested to be there below
        xs, value = xs[..., defined], value[defined]
        found = native(f, np.ones_like(xs))(xs)
    np.testing.assert_allclose(found, value, rtol=1e-15)
    if name not in (
        "maximum",
        "minimum",
        "fmax",
        "fmin",
    ):  # which zero they return NumPy itself leaves open
        np.testing.assert_array_equal(np.signbit(found[value == 0]), np.signbit(value[value == 0]))


@pytest.mark.parametrize("name", ["exp", "log", "sin", "maximum", "hypot", "sign", "logaddexp"])
def test_a_nan_is_handed_on(name):
    ufunc, seen = getattr(np, name), []
    x = np.array([1.0, np.nan, 2.0])
    f = ufunc if ufunc.nin == 1 else lambda x: ufunc(x, 0.5)
    compile_native(simplify(record(f, np.ones(3))), lambda x: seen.append(x), refused)(x)
    assert seen[0] is x


DOMAINS = {"arcsin": (-1, 1), "arccos": (-1, 1), "arctanh": (-1, 1), "arccosh": (1, 50)}
EXACT = {
    "log2": lambda v: mpmath.log(v, 2),
    "exp2": lambda v: mpmath.mpf(2) ** v,
    "pow": mpmath.power,
}


@pytest.mark.parametrize("name", VECTORISED)
def test_vector_functions_are_right_to_four_units_in_the_last_place(name):
    row, low_high = spellings[name], DOMAINS.get(name, (0.1, 10))
    xs = np.random.default_rng(2).uniform(*low_high, size=(row.arity, 1000))
    values = native(lambda x: getattr(np, name)(*x), xs)(xs)
    exact = EXACT.get(alone(row.c)) or getattr(mpmath, alone(row.c))
    with mpmath.workdps(30):
        errors = [
            abs(float((mpmath.mpf(v) - exact(*map(mpmath.mpf, at))) / np.spacing(abs(v))))
            for v, at in zip(values, xs.T, strict=True)
        ]
    assert max(errors) <= 4


@pytest.mark.parametrize("name", VECTORISED)
def test_infinities_and_nans_of_vector_functions_are_those_of_numpy(name):
    ufunc = getattr(np, name)
    special = np.array(
        [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, -2.5, 1e300, 3.0, 710.0]
    )
    xs = np.array(np.meshgrid(*[special] * ufunc.nin)).reshape(ufunc.nin, -1)

    def kinds(x):
        y = ufunc(*x)
        return np.isnan(y) * 1.0 + (y == np.inf) * 2.0 + (y == -np.inf) * 3.0

    with np.errstate(all="ignore"):
        expected, found = kinds(xs), native(kinds, np.ones_like(xs))(xs)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.skipif(not HAS_LIBMVEC, reason="glibc's libmvec is for gcc on x86-64")
@pytest.mark.parametrize("name", VECTORISED)
def test_a_function_and_its_derivative_are_computed_many_at_a_time(name, tmp_path, monkeypatch):
    monkeypatch.setenv("DIFFBENCH_CACHE", str(tmp_path))
    arity, low = spellings[name].arity, 1.0 if name == "arccosh" else 0.0
    f = lambda x: np.sum(getattr(np, name)(*x))
    x = low + np.linspace(0.1, 0.9, arity * 100).reshape(arity, 100)
    db.prepare(f, x, operator="value_and_gradient", method=Compiled(native=True))
    word = alone(spellings[name].c)
    # libmvec's names tell instruction set, lanes and arguments: _ZGVdN4v_sin
    libraries = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert any(re.search(rb"_ZGV\w+_%b\0" % word.encode(), library) for library in libraries)
    assert not any(b"sincos\0" in library for library in libraries)


def test_a_chain_and_its_gradient_are_one_pass_over_the_data():
    f = registry.find("problems", "rosenbrock").at(1000)
    program = simplify(differentiate.value_and_gradient(record(f, f.point)))
    assert len(schedule(program).kernels) == 1


def test_what_has_no_c_says_so_and_runs_in_numpy():
    x = np.array([3.0, 1.0, 2.0])
    answer = db.prepare(lambda x: np.sum(np.sort(x) * np.arange(3)), x, method="compiled")
    assert answer.route == "numpy"
    assert "NumPy computes it" in answer.reason
    np.testing.assert_array_equal(answer(x), [2, 0, 1])
