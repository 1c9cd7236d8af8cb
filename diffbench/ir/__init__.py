"""The intermediate form: what is recorded, differentiated, simplified, read and compiled.

    avals       Aval, Var          what is known of a value without computing it, and its name
    equations   Primitive, Equation, Guard
    program     Program            inputs -> equations -> output, at a point, where its guards hold
    builder     Builder, Rewriter  the one way to write a program: from nothing, on from another one, or in another one's place
    fragments   Fragment           a program with places instead of names, to be pasted into longer ones

- `equations` are in the order of execution; each has a primitive (by `.name`), `args` (a Var, or a constant: int, float, NumPy scalar or
  array), static `params`, and one output Var (a tuple of them for the few primitives with several results).
- `var.aval` is the one object of its shape and dtype: `var.aval is SCALAR` means a float64 number. Shapes are final; ufuncs broadcast.
- Values are immutable: set_at, add_at and assemble return new arrays. assemble(*values, indices, shape) is zeros(shape) with every value
  added at its index, and is what gradients are put together with.
- Indices of variables are unique, and not consecutive after simplification: `program.count` is one more than the highest.
- guard k holds where guards[k].var equals guards[k].value; everything after its variable relies on it.

Nothing here knows a derivative, a rule or NumPy's functions: this is the floor that the recorder, the
differentiator and the passes stand on.
"""

from diffbench.ir.avals import SCALAR, TRUTH, Aval, Var, aval, aval_of
from diffbench.ir.builder import Builder, Rewriter
from diffbench.ir.equations import (
    AT_ONE_POINT,
    Equation,
    Guard,
    Partial,
    Primitive,
    Rule,
    freeze,
    made,
)
from diffbench.ir.fragments import Fragment
from diffbench.ir.program import Arithmetic, Program

__all__ = [
    "AT_ONE_POINT",
    "SCALAR",
    "TRUTH",
    "Arithmetic",
    "Aval",
    "Builder",
    "Equation",
    "Fragment",
    "Guard",
    "Partial",
    "Primitive",
    "Program",
    "Rewriter",
    "Rule",
    "Var",
    "aval",
    "aval_of",
    "freeze",
    "made",
]
