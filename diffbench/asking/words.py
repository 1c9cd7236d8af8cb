"""The words that operators are called with, for editors and type checkers."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from diffbench.interface import Differentiator

MethodName = Literal[
    "adaptive-difference",
    "autograd",
    "casadi",
    "central-difference",
    "compiled",
    "complex-step",
    "derivkit",
    "forward",
    "forward-difference",
    "heyoka",
    "jacobi",
    "jax",
    "manual",
    "mygrad",
    "numdifftools",
    "pytensor",
    "reverse",
    "richardson",
    "scipy",
    "statsmodels",
    "symbolic",
    "symbolic-accumulate",
    "symbolic-raw",
    "symengine",
    "tangent",
    "torch",
]
OperatorName = Literal[
    "derivative", "gradient", "value_and_gradient", "jacobian", "hessian", "jvp", "vjp", "hvp"
]
# a name, of plug-ins too, or a configured object
Method = MethodName | Differentiator | str
Argnums = int | Sequence[int]
Floats = NDArray[np.floating[Any]]
# a point that is one array; what holds arrays is anything
Point = NDArray[Any] | float | Sequence[float]
