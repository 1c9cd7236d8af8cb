"""Other packages as methods: right where they are installed, refusing in one sentence where they
are not, never imported unasked.
"""

import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

import diffbench as db
from diffbench import registry
from diffbench.errors import BadPoint, NotInstalled, Unsupported

TRACING = ("autograd", "jax", "torch", "pytensor", "casadi", "mygrad", "symengine", "heyoka")
# relative errors of their defaults on smooth functions
OUTSIDE = {
    "scipy": 1e-6,
    "numdifftools": 1e-10,
    "jacobi": 1e-10,
    "statsmodels": 1e-8,
    "derivkit": 1e-8,
}
# PyTensor calls a C compiler, which takes seconds for each function
QUICK = (
    "autograd",
    "jax",
    "torch",
    "casadi",
)
PROBLEMS = {"baydin": 2, "rosenbrock": 10, "helmholtz": 8, "tanh_mlp": 4}  # and their sizes
CASES = [(name, problem, size) for name in QUICK for problem, size in PROBLEMS.items()]


def installed(name):
    if find_spec(name) is None:
        pytest.skip(f'{name} is not installed: it belongs to the extra "peers"')
    return name


def at(problem, size):
    return registry.find("problems", problem).at(size)


def relative_error(found, wanted):
    return np.max(np.abs(found - wanted)) / np.max(np.abs(wanted))


def curved(x, xp=np):
    return xp.sum(x[0] ** 2 * xp.sin(x[1]))


def three_values(x, xp=np):
    return xp.stack([xp.exp(x[0]) * x[1], x[1] ** 2, x[0]])


def branching(x, xp=np):
    return x[0] * x[1] if x[0] > 0 else x[1]


def without_xp(x):
    return np.sin(x[0]) * x[1]


# ---------------------------------------------------------------- right where they are installed


@pytest.mark.parametrize(("name", "problem", "size"), [*CASES, ("pytensor", "baydin", 2)])
def test_the_gradient_agrees_with_the_hand_written_one(name, problem, size):
    f = at(problem, size)
    found = db.gradient(f, f.point, method=installed(name))
    assert type(found) is np.ndarray
    assert found.shape == f.point.shape
    assert relative_error(found, f.manual["gradient"](f.point)) < 1e-10


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize(
    ("operator", "f", "direction"),
    [
        ("value_and_gradient", curved, ()),
        ("jacobian", three_values, ()),
        ("hessian", curved, ()),
        ("jvp", three_values, ([0.3, -2.0],)),
        ("vjp", three_values, ([1.0, 2.0, -3.0],)),
        ("hvp", curved, ([0.3, -2.0],)),
    ],
)
def test_every_operator_agrees_with_ours(name, operator, f, direction):
    answer = getattr(db, operator)
    x = np.array([1.3, 0.7])
    found, wanted = (
        answer(f, x, *direction, method=installed(name)),
        answer(f, x, *direction, method="reverse"),
    )
    for part, own in zip(
        found if isinstance(found, tuple) else (found,),
        wanted if isinstance(wanted, tuple) else (wanted,),
        strict=True,
    ):
        assert np.shape(part) == np.shape(own)
        assert np.allclose(part, own, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", QUICK)
def test_the_derivative_of_a_function_of_a_number_is_a_float(name):
    found = db.derivative(lambda x, xp=np: xp.sin(x) * x, 1.3, method=installed(name))
    assert type(found) is float
    assert abs(found - (np.cos(1.3) * 1.3 + np.sin(1.3))) < 1e-15


@pytest.mark.parametrize("name", QUICK)
def test_a_matrix_is_differentiated_in_its_own_shape(name):
    x = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]])
    found = db.gradient(lambda x, xp=np: xp.sum(x[0] * x[1] ** 2), x, method=installed(name))
    assert np.allclose(found, [x[1] ** 2, 2 * x[0] * x[1]], rtol=1e-15)


@pytest.mark.parametrize("name", QUICK)
def test_float32_in_gives_float32_out(name):
    f = registry.find("problems", "rosenbrock").at(10, dtype=np.float32)
    prepared = db.prepare(f, f.point, operator="gradient", method=installed(name))
    assert prepared(f.point).dtype == np.float32


@pytest.mark.parametrize("name", QUICK)
def test_a_prepared_peer_answers_at_other_points(name):
    f = at("helmholtz", 8)
    prepared = db.prepare(f, f.point, operator="value_and_gradient", method=installed(name))
    x = 0.7 * f.point
    value, gradient = prepared(x)
    assert np.allclose(value, f(x), rtol=1e-13)
    assert relative_error(gradient, f.manual["gradient"](x)) < 1e-13


@pytest.mark.parametrize("name", OUTSIDE)
def test_packages_that_difference_need_no_xp(name):
    x = np.array([0.4, 1.7])
    wanted = db.gradient(without_xp, x)
    assert (
        relative_error(db.gradient(without_xp, x, method=installed(name)), wanted) < OUTSIDE[name]
    )
    assert np.shape(db.jacobian(three_values, x, method=name)) == (3, 2)


@pytest.mark.parametrize("name", OUTSIDE)
def test_packages_that_difference_evaluate_in_the_precision_that_their_steps_suit(name):
    x = np.array([0.4, 1.7], np.float32)
    gradient = db.gradient(without_xp, x, method=installed(name))
    assert gradient.dtype == np.float32
    assert relative_error(gradient, db.gradient(without_xp, x.astype(float))) < 1e-6


@pytest.mark.parametrize("name", OUTSIDE)
def test_packages_that_difference_refuse_a_point_without_coordinates(name):
    with pytest.raises(BadPoint, match="no coordinate to move"):
        db.jacobian(three_values, np.zeros(0), method=installed(name))


@pytest.mark.parametrize("name", ["scipy", "jacobi"])
def test_first_differences_are_not_taken_twice(name):
    with pytest.raises(Unsupported, match=f"{name} has no second derivatives.*central-difference"):
        db.hessian(curved, [1.3, 0.7], method=installed(name))


def test_the_buffered_call_of_casadi_reads_and_writes_in_place():
    installed("casadi")
    from diffbench.differentiators.peers.casadi import buffered

    x, value, gradient = np.array([1.3, 0.7]), np.empty(1), np.empty(2)
    evaluate = buffered(curved, x, value, gradient)
    x[:] = 0.2, 2.5
    evaluate()
    assert abs(value[0] - curved(x)) < 1e-16
    assert np.allclose(gradient, db.gradient(curved, x), rtol=1e-14)


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize("name", ["jax", "casadi"])
def test_a_branch_that_a_package_can_not_trace_is_translated_and_followed(name):
    answer = db.prepare(branching, [0.4, 1.7], method=installed(name))
    assert np.allclose(answer([0.4, 1.7]), [1.7, 0.4])
    assert np.allclose(answer([-0.4, 1.7]), [0.0, 1.0])


@pytest.mark.parametrize("name", ["autograd", "torch"])
def test_packages_that_run_eagerly_follow_a_branch(name):
    assert np.allclose(db.gradient(branching, [0.4, 1.7], method=installed(name)), [1.7, 0.4])


# ---------------------------------------------------------------- imported lazily, absent without
# harm

BLOCKED = """
import sys
from importlib.abc import MetaPathFinder

class Blocked(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocked())
import numpy as np
import diffbench as db
from diffbench.errors import NotInstalled

for method in {absent!r}:
    try:
        db.gradient(lambda x, xp=np: xp.sum(x * x), np.ones(2), method=method)
    except NotInstalled as error:
        print(error)
"""


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_importing_diffbench_and_listing_its_methods_imports_no_peer():
    imported = run(
        "import sys, diffbench as db; db.list_methods(); print(*{name.split('.')[0] for name in "
        "sys.modules})"
    ).split()
    assert "diffbench" in imported
    assert not {*TRACING, "numdifftools", "jacobi"} & set(imported)


def test_absent_packages_refuse_and_say_how_to_install_them():
    absent = (*TRACING, "numdifftools", "jacobi")
    said = run(BLOCKED.format(absent=absent)).splitlines()
    assert [line.split()[2] for line in said] == list(absent)
    assert all('pip install "diffbench[peers]"' in line for line in said)
    assert issubclass(NotInstalled, Unsupported)


def test_all_peers_are_registered():
    assert {*TRACING, *OUTSIDE} <= set(db.list_methods())
