"""Packages by their own ways in, other forms of packages, and packages in environments of their own:
each is right on code that calls NumPy itself, where it is here.
"""

import sys

import numpy as np
import pytest

import diffbench as db
from diffbench import registry
from diffbench.bench.runner.cells import contestants
from diffbench.differentiators.adapters.peer import Peer
from diffbench.differentiators.processes.environments import HereOrThere, python_of
from diffbench.errors import NotInstalled, Unsupported
from diffbench.interface import Look

# exact up to rounding; which of them prepare in seconds is not asked here
METHODS = ("tensorflow", "tensorflow-eager", "advect", "dualpy", "fastdual", "enzyme", "jax-eager", "torch-func", "torch-compile", "casadi-c")  # fmt: skip
BY_NAME = {"tensorflow-eager", "jax-eager", "torch-func", "torch-compile", "casadi-c", "numba-by-hand", "adol-c", "sacado", "c-by-hand", "numderiv"}  # fmt: skip


def method(name):
    found = registry.find("differentiators", name)
    if not found.is_installed:
        pytest.skip(f"{name} is not here")
    return found


def loss(x):
    return np.sum(np.log(1 + np.exp(-x))) + 0.5 * x @ x


@pytest.mark.filterwarnings("default:.*torch.jit.*:DeprecationWarning")  # within torch.compile
@pytest.mark.parametrize("name", METHODS)
def test_a_plain_function_and_a_problem_are_right(name):
    problem = registry.find("problems", "rosenbrock").at(10)
    for f, x in ((loss, np.array([1.0, 2.0, 3.0])), (problem, problem.point)):
        value, found = db.value_and_gradient(f, x, method=method(name))
        expected = db.gradient(f, x)
        assert value == pytest.approx(float(f(x)), rel=1e-13)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13 * np.max(np.abs(expected)))


@pytest.mark.parametrize(
    ("problem", "size"), [("rosenbrock", 10), ("speelpenning", 10), ("logistic_map", 10)]
)
def test_numba_compiles_what_was_written_by_hand(problem, size):
    f = registry.find("problems", problem).at(size)
    value, found = db.value_and_gradient(f, f.point, method=method("numba-by-hand"))
    expected = db.gradient(f, f.point)
    assert value == pytest.approx(float(f(f.point)), rel=1e-12)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.max(np.abs(expected)))


@pytest.mark.parametrize("operator", ["jacobian", "jvp", "vjp", "hessian", "hvp"])
def test_dualpy_answers_every_operator(operator):
    scalar = operator in ("hessian", "hvp")
    f = (lambda x: np.sin(x[0]) * np.sin(x[1]) * x[2]) if scalar else (lambda x: np.sin(x) * x[0])
    x, ways = (
        np.array([0.3, 0.7, 1.1]),
        {"jvp": 1, "hvp": 1, "vjp": 1}.get(operator, 0) * [np.ones(3)],
    )
    found = method("dualpy").unchecked(f, x, operator)(x, *ways)
    expected = getattr(db, operator)(f, x, *ways)
    pair = operator in ("jvp", "vjp")
    np.testing.assert_allclose(
        found[1] if pair else found, expected[1] if pair else expected, rtol=1e-13, atol=1e-15
    )


def test_what_nobody_wrote_by_hand_is_refused():
    with pytest.raises(Unsupported, match="of the problems only"):
        db.gradient(loss, np.ones(2), method=method("numba-by-hand"))


def test_eager_forms_follow_branches_that_compiled_ones_refuse():
    def f(x):
        return np.sum(x**2) if x[0] > 0 else np.sum(x)

    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(method("jax-eager").unchecked(f, x, "gradient")(x), 2 * x)


def test_what_takes_no_function_and_other_forms_are_asked_for_by_name():
    known = {name: registry.find("differentiators", name) for name in registry.list_methods()}
    assert {name for name, m in known.items() if getattr(m, "by_name_only", False)} == BY_NAME
    assert not BY_NAME & set(contestants(None, peers=True))
    assert set(contestants(["adol-c"])) == {"adol-c"}


def test_a_package_that_is_not_here_answers_from_its_environment(tmp_path, monkeypatch):
    """An environment of this very interpreter, in which `there` is another name of autograd."""
    pytest.importorskip("autograd")
    python = tmp_path / "autograd" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("DIFFBENCH_PEERS", str(tmp_path))
    peer = Peer(
        "autograd", lambda: None, "elsewhere", Look("#000000", "#ffffff", "o"), "no_such_package"
    )
    there = HereOrThere(peer, "autograd")
    assert there.is_installed and python_of("autograd") == python
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(db.gradient(loss, x, method=there), db.gradient(loss, x), rtol=1e-14)


def test_without_package_and_environment_it_is_absent_without_harm(tmp_path, monkeypatch):
    monkeypatch.setenv("DIFFBENCH_PEERS", str(tmp_path))
    peer = Peer(
        "nowhere", lambda: None, "elsewhere", Look("#000000", "#ffffff", "o"), "no_such_package"
    )
    absent = HereOrThere(peer, "nowhere")
    assert not absent.is_installed
    with pytest.raises(NotInstalled, match="make bench-peers"):
        absent.prepare(loss, np.ones(2), "gradient")
