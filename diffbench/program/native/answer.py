"""From a simplified program to its native answer."""

from collections.abc import Callable
from platform import machine
from typing import Any

import numpy as np

from diffbench.errors import Unsupported
from diffbench.ir import Program, Var
from diffbench.program.native import array_programs, build, scalar_programs, scipy_functions
from diffbench.program.native.c_functions import PRELUDE, vector_prelude
from diffbench.program.native.kernels import matrix_products

# every option changes speed only: without -ffast-math and contraction all give the same bits
OPTIMISED = ("-O3", "-march=native") if machine() in ("x86_64", "AMD64") else ("-O3",)
LONG = ("-O1",)  # half the time in the compiler, and within a few percent at run time
# gcc merges a sine and a cosine of one number into sincos, of which libmvec has no version for many
APART = ("-fno-builtin-sin", "-fno-builtin-cos")
LOOPS = (
    (*OPTIMISED, "-mprefer-vector-width=512", *APART)
    if machine() in ("x86_64", "AMD64")
    else OPTIMISED
)
MOST_ARGUMENTS = 12  # as in answer.c
LARGEST = 20_000_000  # numbers of work space
LONGEST_OPTIMISED = 40_000  # characters of code on numbers


def compile_native(
    program: Program,
    otherwise: Callable[..., Any],
    guard_failed: Callable[..., Any],
    threads: int = 1,
) -> Any:
    """answer(*xs[, out=]) of a simplified program. Raises Unsupported where there is no compiler,
    or no C for a primitive.

    otherwise(*xs) answers at a point of another shape or dtype, or where the derivative is not
    finite; guard_failed(k, value, *xs) where guard k saw `value`. So many threads share the work
    where there is enough of it; the answer's `.threads` says how many there are.
    """
    require_numbers(program)
    outputs = scalar_programs.outputs(program)
    of_numbers = scalar_programs.covers(program)
    writer = (
        scalar_programs.ScalarWriter(program)
        if of_numbers
        else array_programs.ArrayWriter(program, threads)
    )
    written = writer.write()
    of_scipy = scipy_functions.called_in(written)
    source = PRELUDE + scipy_functions.declarations(of_scipy) + written
    if not of_numbers:
        source = PRELUDE + vector_prelude() + matrix_products.TYPES + source.removeprefix(PRELUDE)
    if writer.work > LARGEST:
        raise Unsupported(
            f"{writer.work} numbers of work space are more than {LARGEST}; NumPy computes this one"
        )
    on_numbers = OPTIMISED if len(source) <= LONGEST_OPTIMISED else LONG
    loaded = build.load(build.extension(source, *(on_numbers if of_numbers else LOOPS)))
    scipy_functions.link(loaded, of_scipy)
    shapes = (
        tuple(var.shape for var in program.inputs),
        tuple(out.shape if type(out) is Var else np.shape(out) for out in outputs),
    )
    kinds = [type(guard.value) for guard in program.guards]

    def another_branch(k: int, seen: float, *xs: Any) -> Any:
        return guard_failed(k, kinds[k](seen) if kinds[k] is bool else seen, *xs)

    address = build.address_of(loaded, "kernel")
    blas = (0, 0) if of_numbers else build.blas()
    used = (tuple(writer.constants), writer.work, blas, otherwise, another_branch, "native", loaded)
    return build.answer_type()(
        address,
        *shapes,
        *used,
        writer.threads if isinstance(writer, array_programs.ArrayWriter) else 1,
    )


def require_numbers(program: Program) -> None:
    """Raise Unsupported for a program that C is not handed: of other types than float64, or of too
    many arguments.
    """
    outputs = scalar_programs.outputs(program)
    if not program.equations or not all(
        np.result_type(out.dtype if type(out) is Var else out) == np.float64 for out in outputs
    ):
        raise Unsupported(
            "only programs that return float64 are compiled to C; NumPy computes this one"
        )
    if any([var.dtype != np.float64 for var in program.inputs]):
        raise Unsupported(
            "only programs of float64 are compiled to C, and an argument has another type; NumPy "
            "computes this one"
        )
    if len(program.inputs) > MOST_ARGUMENTS:
        raise Unsupported(
            f"more than {MOST_ARGUMENTS} arguments are not handed to C; NumPy computes this one"
        )
