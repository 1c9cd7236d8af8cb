"""What differs between the versions that pyproject.toml admits: functions that one lacks, what
NumPy returns, what is to change.
"""

import json
import operator
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import diffbench as db
from diffbench.errors import BadInput
from diffbench.rules import composites, table

# by the version that brought them
LATER = {
    np: {
        "unstack": (2, 1),
        "cumulative_sum": (2, 1),
        "cumulative_prod": (2, 1),
        "matvec": (2, 2),
        "vecmat": (2, 2),
    },
}


def version(module):
    return tuple(map(int, sys.modules[module.__name__.split(".")[0]].__version__.split(".")[:2]))


def lacking():
    return {
        f"{module.__name__}.{name}"
        for module, names in LATER.items()
        for name, since in names.items()
        if version(module) < since
    }


def test_rows_are_left_out_by_name_for_exactly_the_functions_that_a_version_lacks():
    assert (
        set(table.left_out) - {"numpy.fix"} == lacking()
    )  # deprecated in NumPy 2.5: a later one will lack it


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
def test_code_that_asks_whether_an_exponent_is_an_index_goes_on_without(method):
    def asks(p):  # as NumPy before 2.3 does in ndarray ** number
        try:
            exponent = operator.index(p)
        except TypeError:
            exponent = p
        return 3.0**exponent

    assert db.derivative(asks, 2.0, method=method) == pytest.approx(9 * np.log(3), rel=1e-14)


def test_what_the_installed_versions_have_has_its_row():
    names = {
        f"{module.__name__}.{name}": getattr(module, name, None)
        for module, names in LATER.items()
        for name in names
    }
    assert all(names[name] in composites for name in set(names) - lacking())


def test_a_row_is_made_of_no_function_that_is_not_there():
    before = dict(composites)
    table.composite(table.if_there(np, "never_in_numpy"), np.sin)
    assert table.left_out.pop() == "numpy.never_in_numpy"
    assert composites == before


# ---------------------------------------------------------------- what NumPy returns


@pytest.mark.parametrize(
    "matrix",
    [[[2.0, 1.0], [1.0, 3.0]], [[0.0, 1.0], [-1.0, 0.0]]],
    ids=["real eigenvalues", "complex ones"],
)
@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_eigenvalues_have_the_dtype_that_the_installed_numpy_gives_them(matrix, method):
    a, seen = np.array(matrix), []

    def f(x):
        w, (values, vectors) = np.linalg.eigvals(x), np.linalg.eig(x)
        seen.append([w.dtype, values.dtype, vectors.dtype])
        return np.sum(np.abs(w)) + np.sum(np.abs(values * vectors))

    db.gradient(f, a, method=method)
    assert seen[-1] == [np.linalg.eigvals(a).dtype, *(part.dtype for part in np.linalg.eig(a))]


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
def test_the_refusal_of_a_complex_result_says_what_to_write(method):
    x = np.array([[2.0, 1.0], [1.0, 3.0]])
    with pytest.raises(
        BadInput, match=r"imaginary part is 0 here; if it is 0 everywhere, return np\.real of them"
    ):
        db.gradient(lambda x: np.sum(x + 0j), x, method=method)
    with pytest.raises(BadInput, match="return their real or imaginary part"):
        db.gradient(lambda x: np.sum(x * 1j), x, method=method)
    found = db.gradient(lambda x: np.sum(np.real(np.linalg.eigvals(x + x.T))), x, method=method)
    np.testing.assert_allclose(found, 2 * np.eye(2), atol=1e-15)


# ---------------------------------------------------------------- what is announced to change

# what we know of, each with its reason: pyproject.toml lists it, so that it does not fail the tests
# that meet it
PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
ANNOUNCED = [
    line.split(":")[1]
    for line in PROJECT["tool"]["pytest"]["ini_options"]["filterwarnings"]
    if line.startswith("default:")
]
EVERYTHING = """
import importlib, json, pkgutil, warnings
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    import diffbench, numpy as np
    for module in pkgutil.walk_packages(diffbench.__path__, "diffbench."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    x, f = np.array([0.4, 0.7]), lambda x: np.sum(np.exp(x) * x[0])
    for method in ("central-difference", "adaptive-difference", "complex-step", "symbolic", "forward", "reverse", "compiled"):
        diffbench.hessian(f, x, method=method) if method == "reverse" else diffbench.gradient(f, x, method=method)
    diffbench.record(f, x).to_dot()
    from click.testing import CliRunner
    from diffbench.cli import main
    done = CliRunner().invoke(main, ["compare", "x*sin(y)", "--at", "1,2", "--methods", "forward,reverse"])
    assert done.exit_code == 0, done.output
kinds = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)
print(json.dumps([[str(w.message), w.filename] for w in seen if issubclass(w.category, kinds)]))
"""


def test_what_dependencies_announce_is_known_and_comes_from_no_file_of_ours(record_property):
    done = subprocess.run([sys.executable, "-c", EVERYTHING], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    record_property("announced", sorted({message for message, _ in seen}))
    print(
        *sorted({f"{file}: {message}" for message, file in seen}), sep="\n"
    )  # shown by pytest -rP
    assert {
        message for message, _ in seen if not any(re.match(known, message) for known in ANNOUNCED)
    } == set()
    assert {file for _, file in seen if "diffbench" in file} == set()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
def test_what_a_composite_calls_inside_does_not_warn(method):
    x = np.array([1.3, -2.6])
    for precision in (np.float32, np.float64):
        found = db.gradient(
            lambda x: np.sum(getattr(np, "fix", np.trunc)(x) * x),
            x.astype(precision),
            method=method,
        )
        np.testing.assert_array_equal(found, [1, -2])
