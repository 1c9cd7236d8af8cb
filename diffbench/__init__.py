"""diffbench settles, by measurement, how to differentiate a function: symbolically, numerically or automatically."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {  # public name -> the module it lives in; imported when first used, so that `import diffbench` is quick
    "derivative": "operators", "gradient": "operators", "value_and_gradient": "operators", "jacobian": "operators", "hessian": "operators",
    "jvp": "operators", "vjp": "operators", "hvp": "operators", "grad": "operators", "prepare": "operators",
    "taylor": "operators", "checkpoint": "arrays.checkpoint", "primitive": "rules.custom",
    "record": "program", "from_sympy": "program.from_sympy",
    "Problem": "interface", "Differentiator": "interface", "Operator": "interface", "problem": "interface", "differentiator": "interface",
    "FiniteDifference": "differentiators.finite_difference", "ComplexStep": "differentiators.complex_step",
    "Symbolic": "differentiators.symbolic", "Compiled": "differentiators.compiled",
    "estimate": "differentiators.adaptive_difference", "noise_level": "measure.noise", "sweep": "measure.sweep", "swell": "measure.swell",
    "check_gradient": "measure.gradient_check",
    "compare": "bench.compare", "run": "bench.run", "Results": "bench.results",
    "render": "report.page",
    "list_methods": "registry", "list_problems": "registry",
}  # fmt: skip
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'diffbench' has no attribute {name!r}")
    value = getattr(import_module(f"diffbench.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
