"""The staged form of a function: record it, read it, count it, differentiate it, simplify it,
compile it.

    record(f, x)                              Program: inputs, equations, output, guards
    derive.differentiate                      value_and_gradient(p): x -> (y, gradient); also vjp, jvp, derivative, hvp, jacobian_rows
    passes.pipelines.simplify(p)              the same values with fewer equations
    passes.rolling.find_loops(p, entries)     where its unrolled loops are, and what changes from one repetition to the next
    python.source.generate(p, name)           Python text; function_of(text, name) is the function

What a code generator needs to know of a Program stands in diffbench/ir.
"""

from diffbench.arrays.recorder import record
from diffbench.ir import Program

__all__ = ["Program", "record"]
