"""The public names, for editors and type checkers; tests/test_types.py holds them to __init__.py."""

from diffbench.arrays.implicit import implicit as implicit
from diffbench.arrays.reverse.checkpoint import checkpoint as checkpoint
from diffbench.asking.operators import (
    derivative as derivative,
    grad as grad,
    gradient as gradient,
    hessian as hessian,
    hvp as hvp,
    jacobian as jacobian,
    jvp as jvp,
    taylor as taylor,
    value_and_gradient as value_and_gradient,
    vjp as vjp,
)
from diffbench.asking.prepared.preparing import prepare as prepare
from diffbench.asking.reading import (
    Program as Program,
    record as record,
)
from diffbench.asking.checks.verification import settings as settings
from diffbench.bench.comparing.comparison import compare as compare
from diffbench.bench.rows.results import Results as Results
from diffbench.bench.runner.suite import run as run
from diffbench.bridges.jax_function import as_jax as as_jax
from diffbench.bridges.linear import linear_operator as linear_operator
from diffbench.bridges.sympy_expression import as_sympy as as_sympy
from diffbench.bridges.torch_function import as_torch as as_torch
from diffbench.differences.adaptive.estimates import estimate as estimate
from diffbench.differentiators.compiled import Compiled as Compiled
from diffbench.differentiators.complex_step import ComplexStep as ComplexStep
from diffbench.differentiators.finite_difference import FiniteDifference as FiniteDifference
from diffbench.differentiators.symbolic import Symbolic as Symbolic
from diffbench.interface import (
    Differentiator as Differentiator,
    Operator as Operator,
    Problem as Problem,
    differentiator as differentiator,
    problem as problem,
)
from diffbench.measure.error.certificates import certify as certify
from diffbench.measure.checking.gradient_check import check_gradient as check_gradient
from diffbench.measure.expressions.swell import swell as swell
from diffbench.measure.error.noise_floor import noise_level as noise_level
from diffbench.measure.step_sweep import sweep as sweep
from diffbench.registry import (
    list_methods as list_methods,
    list_problems as list_problems,
)
from diffbench.report.page import render as render
from diffbench.rules.custom import primitive as primitive
from diffbench.symbolic.from_sympy import from_sympy as from_sympy

__version__: str
__all__: list[str]
