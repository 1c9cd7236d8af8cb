"""Every row of the rule table can be read: the printed program and its derivative run as Python,
and graph, formulas and tables exist.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.bench.conform.samples import SAMPLES
from diffbench.ir import Var
from diffbench.program.derive import differentiate


def run(program, *xs):
    """What the printed program computes, in a module of its own."""
    module = {}
    exec(str(program), module)
    name = str(program).split("def ")[1].split("(")[0]
    return module[name](*xs)


@pytest.fixture(params=SAMPLES, ids=str)
def recorded(request):
    program = db.record(request.param.function, request.param.x)
    if type(program.output) is not Var:
        pytest.skip("does not vary")
    return request.param, program


def test_a_printed_program_runs(recorded):
    sample, program = recorded
    np.testing.assert_allclose(
        run(program, sample.x), sample.function(sample.x), rtol=1e-12, atol=1e-14
    )
    y_bar = np.sin(1.0 + np.arange(program.output.size)).reshape(program.output.shape)
    y, x_bar = run(differentiate.vjp(program), sample.x, y_bar)
    expected_y, expected = db.vjp(sample.function, sample.x, y_bar)
    np.testing.assert_allclose(y, expected_y, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(x_bar, expected, rtol=1e-9, atol=1e-11)


def test_a_program_is_drawn_typeset_counted_and_traced(recorded):
    _, program = recorded
    used = sum([type(arg) is Var for equation in program.equations for arg in equation.args])
    assert program.to_dot().count("->") >= used
    assert program.to_latex().startswith("\\begin{align*}")
    assert program._repr_html_().count("<tr>") >= 2 + len(program.equations)
    assert all(count > 0 for count in program.operations().values())
    for mode in ("forward", "reverse"):
        assert len(program.trace_table(mode=mode).frame()) > len(program.equations)
