"""The staged form of a function: record it, read it, count it, differentiate it, simplify it,
compile it.

    record(f, x)                              Program: inputs, equations, output, guards
    derive.differentiate                      value_and_gradient(p): x -> (y, gradient); also vjp, jvp, derivative, hvp, jacobian_rows
    passes.simplify.simplify(p)               the same values with fewer equations
    passes.rolling.find_loops(p, entries)     where its unrolled loops are, and what changes from one repetition to the next
    python.source.generate(p, name)           Python text; function_of(text, name) is the function

What a code generator needs to know of a Program:

- `equations` are in the order of execution; each has a primitive (by `.name`), `args` (a Var, or a constant: int, float, NumPy scalar or
  array), static `params`, and one output Var (a tuple of them for the few primitives with several
  results).
- `var.aval` is the one object of its shape and dtype: `var.aval is SCALAR` means a float64 number. Shapes are final; ufuncs broadcast.
- Values are immutable: set_at, add_at and assemble return new arrays. assemble(*values, indices, shape) is zeros(shape) with every value
  added at its index, and is what gradients are put together with.
- Indices of variables are unique, and not consecutive after simplification: `program.count` is one more than the highest.
- guard k holds where guards[k].var equals guards[k].value; everything after its variable relies on it.
"""

from diffbench.program.program import Program, record

__all__ = ["Program", "record"]
