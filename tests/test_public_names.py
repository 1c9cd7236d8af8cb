"""The public names of the contract: they exist, say what they do, and take f and x first."""

import inspect

import pytest

import diffbench as db

OPERATORS = [
    "derivative",
    "gradient",
    "value_and_gradient",
    "jacobian",
    "hessian",
    "jvp",
    "vjp",
    "hvp",
]
OTHERS = [
    "grad",
    "taylor",
    "prepare",
    "record",
    "Program",
    "estimate",
    "noise_level",
    "sweep",
    "swell",
    "check_gradient",
    "certify",
    "implicit",
    "linear_operator",
    "as_sympy",
    "as_torch",
    "as_jax",
    "compare",
    "run",
    "render",
    "list_methods",
    "list_problems",
    "primitive",
    "checkpoint",
    "from_sympy",
    "problem",
    "differentiator",
    "Problem",
    "Differentiator",
    "Operator",
    "Results",
    "FiniteDifference",
    "ComplexStep",
    "Symbolic",
]


@pytest.mark.parametrize("name", OPERATORS + OTHERS)
def test_a_public_name_exists_and_is_documented(name):
    assert name in db.__all__
    assert inspect.getdoc(getattr(db, name))


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_takes_f_x_and_a_direction_the_rest_by_keyword(name):
    parameters = inspect.signature(getattr(db, name)).parameters
    positional = [p.name for p in parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional[:2] == ["f", "x"]
    assert len(positional) == (3 if db.Operator(name).takes_direction else 2)
    assert parameters["method"].kind is inspect.Parameter.KEYWORD_ONLY


def test_importing_diffbench_imports_no_heavy_package():
    import subprocess
    import sys

    code = "import sys, diffbench; print([m for m in ('sympy', 'pandas', 'matplotlib', 'jax', 'torch', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
