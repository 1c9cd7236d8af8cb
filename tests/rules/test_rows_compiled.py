"""Every row of the rule table compiles: what is generated gives the derivatives of the tape, and
falls back on nothing.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.bench.conform.samples import SAMPLES
from diffbench.ir import Var
from diffbench.program.derive import differentiate
from diffbench.program.passes.pipelines import simplify
from diffbench.program.python.source import function_of, generate


def refuse(*xs):
    raise AssertionError("the generated code gave up")


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_the_compiled_hessian_of_a_row_is_that_of_the_tape(sample):
    f = lambda x: np.sum(np.sin(sample.function(x)))
    expected = db.hessian(f, sample.x, method="reverse")
    scale = max(np.max(np.abs(expected), initial=0.0), 1e-3)
    np.testing.assert_allclose(
        db.hessian(f, sample.x, method="compiled"), expected, rtol=0, atol=1e-9 * scale
    )


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_the_generated_code_of_a_row_gives_the_derivatives_of_the_tape(sample):
    program = db.record(sample.function, sample.x)
    if type(program.output) is not Var:
        pytest.skip("does not vary")
    x_dot = np.cos(1.0 + np.arange(sample.x.size)).reshape(sample.x.shape)
    y_bar = np.sin(1.0 + np.arange(program.output.size)).reshape(program.output.shape)
    for derive, direction, operator in (
        (differentiate.jvp, x_dot, db.jvp),
        (differentiate.vjp, y_bar, db.vjp),
    ):
        source = generate(simplify(derive(program)), "answer")
        source.namespace |= {"otherwise": refuse, "guard_failed": refuse}
        y, found = function_of(source, "answer")(
            sample.x, direction if direction.shape else float(direction)
        )
        expected_y, expected = operator(sample.function, sample.x, direction, method="reverse")
        scale = max(np.max(np.abs(expected), initial=0.0), 1e-3)
        np.testing.assert_allclose(y, expected_y, rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(
            found, expected, rtol=0, atol=1e-9 * scale if "linalg" in sample.text else 1e-11 * scale
        )
