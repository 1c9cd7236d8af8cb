"""diffbench settles, by measurement, how to differentiate a function: symbolically, numerically or
automatically.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# module -> the public names that live in it; imported when first used, so that `import diffbench`
# is quick
_NAMES = {
    "asking.operators": "derivative gradient value_and_gradient jacobian hessian jvp vjp hvp grad "
    "taylor",
    "asking.prepared.preparing": "prepare",
    "arrays.reverse.checkpoint": "checkpoint",
    "arrays.implicit": "implicit",
    "asking.checks.verification": "settings",
    "rules.custom": "primitive",
    "asking.reading": "record Program",
    "symbolic.from_sympy": "from_sympy",
    "bridges.linear": "linear_operator",
    "bridges.torch_function": "as_torch",
    "bridges.jax_function": "as_jax",
    "bridges.sympy_expression": "as_sympy",
    "interface": "Problem Differentiator Operator problem differentiator",
    "differentiators.finite_difference": "FiniteDifference",
    "differentiators.complex_step": "ComplexStep",
    "differentiators.symbolic": "Symbolic",
    "differentiators.compiled": "Compiled",
    "differences.adaptive.estimates": "estimate",
    "measure.error.certificates": "certify",
    "measure.error.noise_floor": "noise_level",
    "measure.step_sweep": "sweep",
    "measure.expressions.swell": "swell",
    "measure.checking.gradient_check": "check_gradient",
    "bench.comparing.comparison": "compare",
    "bench.runner.suite": "run",
    "bench.rows.results": "Results",
    "report.page": "render",
    "registry": "list_methods list_problems",
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'diffbench' has no attribute {name!r}")
    value = getattr(import_module(f"diffbench.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
