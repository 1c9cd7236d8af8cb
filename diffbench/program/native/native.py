"""From a simplified program to its native answer."""

from collections.abc import Callable
from typing import Any

import numpy as np

from diffbench.arrays.recorder import Var
from diffbench.errors import Unsupported
from diffbench.program.native import build, scalars
from diffbench.program.native.functions import PRELUDE
from diffbench.program.program import Program

LARGEST = 20_000_000  # numbers of work space


def compile_native(program: Program, otherwise: Callable[..., Any], guard_failed: Callable[..., Any]) -> Any:
    """answer(*xs[, out=]) of a simplified program. Raises Unsupported where there is no compiler, or no C for a primitive.

    otherwise(*xs) answers at a point of another shape or dtype, or where the derivative came out NaN; guard_failed(k, value, *xs) where
    guard k saw `value`.
    """
    outputs = scalars.outputs(program)
    if not program.equations or not all(np.result_type(out.dtype if type(out) is Var else out) == np.float64 for out in outputs):
        raise Unsupported("only programs that return float64 are compiled to C; NumPy computes this one")
    if not scalars.covers(program):
        raise Unsupported("not on numbers only")
    writer = scalars.ScalarWriter(program)
    source, constants, work = PRELUDE + writer.write(), (), writer.work
    loaded = build.load(build.library(source, "-O2"))
    shapes = tuple(var.shape for var in program.inputs), tuple(out.shape if type(out) is Var else np.shape(out) for out in outputs)
    kinds = [type(guard.value) for guard in program.guards]

    def another_branch(k: int, seen: float, *xs: Any) -> Any:
        return guard_failed(k, kinds[k](seen) if kinds[k] is bool else seen, *xs)

    address = build.address_of(loaded, "kernel")
    return build.answer_type()(address, *shapes, constants, work, (0, 0), otherwise, another_branch, "native", loaded)
