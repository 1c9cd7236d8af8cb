"""Each pass of the optimiser: it leaves values as they are, it does something, and it can be
switched off.
"""

import shutil

import numpy as np
import pytest

import diffbench as db
from diffbench import registry
from diffbench.differentiators.compiled import Compiled
from diffbench.errors import BadInput
from diffbench.program.derive.differentiate import value_and_gradient
from diffbench.program.passes.pipelines import PASSES, SWITCH, pipelines

NONE = pipelines(())


def rnn(x):
    w, u = x[:64].reshape(8, 8), x[64:]
    h = np.zeros(8)
    for k in range(12):
        h = np.tanh(h @ w + np.sin(k + np.arange(8.0)) * u)
    return np.sum(h**2) / 2


def mixture(x):
    b = x * np.arange(12.0)
    m = np.max(b)
    return m + np.log(np.sum(np.exp(b - m)))


def signs_and_ones(x):
    y = np.negative(-x) * 1 + (2 * x) * 4 - (-x) / 2 + np.square(x) - np.tanh(x)
    return np.sum(y * -1) / 12 + np.logaddexp(0, x).sum()


def moved(x):
    y = np.reshape(np.reshape(x, (3, 4)), (4, 3)).T.T
    return np.sum(y[:, None][..., 0] * np.broadcast_to(x[0], (4, 3))) * x[-1]


def constants(x):
    return np.sum(x * np.linspace(0, 1, 12)) + np.sum(np.outer(np.ones(12), x) @ np.ones(12))


def curvature(x):
    a = np.outer(np.arange(12.0), np.arange(12.0))
    return np.sum((a @ x) * x) + np.sum(np.outer(x, x) @ np.ones((12, 3)), axis=1) @ x


DRAWN = [
    (rnn, np.linspace(-0.5, 0.5, 72)),
    *[
        (f, np.linspace(-0.9, 1.1, 12))
        for f in (mixture, signs_and_ones, moved, constants, curvature)
    ],
]
PROBLEMS = [registry.find("problems", name) for name in registry.names("problems")]
OF_PROBLEMS = [
    pytest.param(problem.at(min(problem.sizes)), id=problem.name)
    for problem in PROBLEMS
    if problem.operator is db.Operator.GRADIENT
]


def gradient_program(f, x, passes):
    """The gradient as the passes leave it, before code is made of it."""
    with passes.at_work():
        derived = value_and_gradient(passes.derivation(db.record(f, x)))
    return passes.for_numpy(passes.simplification(derived))


def assert_same(found, expected, eps):
    """To a thousand roundings of the largest entry: a pass may save a rounding or add in another
    order, and either is met by all that follows.
    """
    for one, other in zip(found, expected, strict=True):
        largest = np.max(np.abs(other), initial=0)
        np.testing.assert_allclose(one, other, rtol=0, atol=1000 * eps * largest, equal_nan=True)


def without(name):
    return pipelines(PASSES.keys() - {name})


@pytest.mark.parametrize("name", PASSES)
@pytest.mark.parametrize("f, x", DRAWN, ids=lambda value: getattr(value, "__name__", ""))
def test_a_pass_alone_and_a_pass_left_out_leave_values_as_they_are(name, f, x):
    plain = gradient_program(f, x, NONE)
    for passes in (pipelines({name}), without(name)):
        changed = gradient_program(f, x, passes)
        for point in (x, x + 0.125, -x):
            assert_same(changed(point), plain(point), np.finfo(float).eps)


@pytest.mark.parametrize("name", PASSES)
def test_a_pass_changes_some_program(name):
    def shape(passes, f, x):
        return [(e.primitive, len(e.args)) for e in gradient_program(f, x, passes).equations]

    assert any(shape(NONE, f, x) != shape(pipelines({name}), f, x) for f, x in DRAWN)


@pytest.mark.parametrize("f", OF_PROBLEMS)
def test_problems_have_the_same_gradient_whichever_pass_is_left_out(f):
    with np.errstate(all="ignore"):
        value, gradient = gradient_program(f, f.point, NONE)(f.point)
        if not np.all(np.isfinite(gradient)):
            pytest.skip("its derivative is checked by the tape")
        for name in PASSES:
            found = gradient_program(f, f.point, without(name))(f.point)
            assert_same(found, (value, gradient), 1000 * np.finfo(gradient.dtype).eps)


@pytest.mark.parametrize("native", [True, False], ids=["C", "Python"])
@pytest.mark.parametrize("name", PASSES)
@pytest.mark.parametrize("f, x", DRAWN[:3], ids=lambda value: getattr(value, "__name__", ""))
def test_generated_code_answers_the_same_with_a_pass_alone_and_without_it(
    f, x, name, native, tmp_path_factory, monkeypatch
):
    if native and not any(map(shutil.which, ("cc", "gcc", "clang"))):
        pytest.skip("no C compiler on the PATH")
    monkeypatch.setenv("DIFFBENCH_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    plain = gradient_program(f, x, NONE)
    for passes in ({name}, PASSES.keys() - {name}):
        answer = Compiled(native, passes=passes).prepare(f, x, "value_and_gradient")
        assert (answer.route == "native") is native
        for point in (x, x + 0.125):
            assert_same(answer(point), plain(point), np.finfo(float).eps)


def test_the_rules_that_a_derivative_is_put_together_from_have_the_same_passes():
    def names(passes):
        program = gradient_program(lambda x: np.sum(np.tanh(x)), np.linspace(0, 1, 5), passes)
        return [equation.primitive.name for equation in program.equations]

    assert "cosh" in names(without("identities")) and "cosh" not in names(pipelines())


def test_the_method_runs_the_passes_that_it_is_told():
    x = np.linspace(-0.5, 0.5, 12)
    plain, whole = Compiled(native=False, passes=()), Compiled(native=False)
    count, fewer = (method.operations(mixture, x, "gradient") for method in (plain, whole))
    assert count > fewer
    found, expected = (method.gradient(mixture, x) for method in (plain, whole))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_an_environment_variable_switches_passes_off(monkeypatch):
    monkeypatch.setenv(SWITCH, "batching, outer sums")
    assert pipelines().on == PASSES.keys() - {"batching", "outer sums"}
    monkeypatch.setenv(SWITCH, "batch")
    with pytest.raises(BadInput, match="'batch' is no pass; they are shifts, "):
        pipelines()


def test_a_name_that_is_no_pass_is_refused():
    with pytest.raises(BadInput, match="'outer' is no pass"):
        Compiled(passes={"outer"})
