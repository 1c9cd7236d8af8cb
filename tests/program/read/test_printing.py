import numpy as np
import pytest

import diffbench as db
from diffbench.program.derive import differentiate
from diffbench.program.passes.pipelines import simplify
from diffbench.registry import find


def run(text, name, *xs):
    namespace = {}
    exec(text, namespace)
    return namespace[name](*xs)


@pytest.mark.parametrize(
    "name",
    [
        "baydin",
        "griewank_walther",
        "switched_oscillator",
        "helmholtz",
        "gmm",
        "tanh_mlp",
        "speelpenning_vectorised",
    ],
)
def test_a_printed_program_is_python_that_gives_the_same_value(name):
    problem = find("problems", name)
    instance = problem.at(problem.sizes[0])
    program = db.record(instance, instance.point)
    np.testing.assert_allclose(
        run(str(program), program.name, instance.point), instance(instance.point), rtol=1e-15
    )


def test_a_gradient_is_a_program_that_prints_and_runs_too():
    x = np.array([0.5, -1.0, 2.0])
    program = simplify(
        differentiate.value_and_gradient(db.record(lambda x: np.sum(np.tanh(x[1:]) * x[:-1]), x))
    )
    value, gradient = run(str(program), "f", x)
    assert value == np.sum(np.tanh(x[1:]) * x[:-1])
    np.testing.assert_allclose(
        gradient, db.gradient(lambda x: np.sum(np.tanh(x[1:]) * x[:-1]), x), rtol=1e-15
    )


def test_a_printed_program_unpacks_a_tuple_of_one():
    f = lambda x: np.sum(x[np.nonzero(x > 0.5)] ** 3)
    x = np.array([0.3, 1.7, -0.4])
    assert run(str(db.record(f, x)), "f", x) == f(x)


def test_printed_code_refuses_a_point_on_another_branch():
    program = db.record(lambda x: x if x > 0 else -x, np.array(1.0))
    with pytest.raises(ValueError, match="another branch"):
        run(str(program), "f", np.array(-1.0))


def test_only_the_parentheses_that_matter_are_written():
    text = str(db.record(lambda x: (x - (1 - x)) * 2 / (x / 3) ** 2, np.array(1.0)))
    for line in ("v1 = 1 - v0", "v2 = v0 - v1", "v3 = v2*2", "v5 = v4**2"):
        assert line in text


def test_latex_and_dot_and_html_name_every_variable():
    program = db.record(lambda x: np.sin(x) / np.sqrt(x), np.array(2.0))
    lines = [
        r"v_{1} &= \sin\left(v_{0}\right) \\",
        r"v_{2} &= \sqrt{v_{0}} \\",
        r"v_{3} &= \frac{v_{1}}{v_{2}}",
    ]
    assert program.to_latex() == "\n".join([r"\begin{align*}", *lines, r"\end{align*}", ""])
    dot = program.to_dot()
    assert dot.startswith("digraph f {") and "v1 -> v3;" in dot and "v2 -> v3;" in dot
    assert "sin(v0)" in program._repr_html_()


def test_a_program_gives_its_sympy_expression():
    assert (
        str(db.record(lambda x: np.sin(x[0]) * x[1], np.array([1.0, 2.0])).to_sympy())
        == "x2*sin(x1)"
    )


def squares_called_gamma():
    @db.primitive(jvp=lambda x_dots, y, x: 2 * x * x_dots[0])
    def gamma(x):
        return x * x

    return gamma


def test_a_function_that_no_module_holds_is_a_parameter_and_not_scipys_of_that_name():
    gamma = squares_called_gamma()
    text = str(db.record(lambda x: np.sum(gamma(x)), np.ones(2)))
    assert "scipy" not in text
    namespace = {}
    exec(text, namespace)
    assert namespace["f"](np.array([3.0, 4.0]), c0=lambda x: x * x) == 25.0
