"""Identities of arithmetic. Every one of them holds for NaN, inf and signed zeros, and none adds a
rounding: x + 0, x * 0, 0 - x and x - x stay as they are, for they are not x, 0, -x and 0 where x is
-0, inf, 0 and inf. Of whole numbers x - x is 0.
"""

from math import prod
from typing import Any

import numpy as np

from diffbench.ir import Aval, Var
from diffbench.program.passes.rewriting.patterns import (
    Rewrite,
    arrays,
    fits,
    float_arrays,
    is_count,
    of_result,
    once,
    row,
    truths,
    whole_numbers,
)
from diffbench.program.passes.rewriting.sharing import Simpler, without_broadcast
from diffbench.rules.table import primitives


def negated(draft: Simpler, x: Any, known: Aval) -> Any:
    return draft.apply(primitives[np.negative], (x,), {}, known)


def _broadcasting_once(ufunc: np.ufunc) -> Rewrite:
    """Arguments of a binary function freed of the broadcasting that the other one does anyway."""

    def freed(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
        for i, x in enumerate(args if not params else ()):
            if np.shape(args[1 - i]) == known.shape and np.shape(x):
                small = without_broadcast(draft, x)
                if small is not x and np.result_type(x.dtype) == small.dtype:
                    pair = (small, args[1]) if i == 0 else (args[0], small)
                    return draft.apply(primitives[ufunc], pair, params, known)
        return None

    return freed


def _doubled(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    return _doubled_inside(draft, args[0])


def _doubled_inside(draft: Simpler, x: Any, depth: int = 6) -> Any:
    """2 x where a factor inside x, no deeper than this, can take up the 2; otherwise None. Powers
    of two are exact.
    """
    maker = draft.made.get(x.index) if type(x) is Var and depth else None
    if maker is None or draft.source.uses[x.index] > 2:  # both of x + x
        return None
    name, args = maker.primitive.name, maker.args
    if name == "divide" and type(args[1]) is not Var and np.ndim(args[1]) == 0 and args[1] == 2:
        return args[0] if fits(args[0], x.aval) else None
    if name == "multiply":
        for factor, y in (args, args[::-1]):
            if is_count(factor):
                return draft.apply(maker.primitive, (float(2 * factor), y), {}, x.aval)
    for k in (
        range(len(args)) if name in ("negative", "multiply", "broadcast_to", "reshape") else ()
    ):
        inner = _doubled_inside(draft, args[k], depth - 1)
        if inner is not None:
            return draft.apply(
                maker.primitive, (*args[:k], inner, *args[k + 1 :]), maker.params, x.aval
            )
    return None


def _mean(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    x, how = (
        args[0],
        {name: value for name, value in params.items() if not (name == "where" and value is True)},
    )
    if not how.keys() <= {"axis", "keepdims"} or x.dtype != float or not x.size:
        return None
    total = draft.apply(primitives[np.sum], args, how, known)
    return draft.apply(
        primitives[np.divide], (total, float(x.size // prod(known.shape))), {}, known
    )


# 4 y e / (1 + e)² with e = exp(-2|x|)
_SECH_SQUARED = (
    "4.0 * y * exp(-2.0 * abs(x)) / ((1.0 + exp(-2.0 * abs(x))) * (1.0 + exp(-2.0 * abs(x))))"
)

_SOFTPLUS = "maximum(x, 0.0) + log1p(exp(-abs(x)))"

# fmt: off
ROWS = (
    row("multiply",             _broadcasting_once(np.multiply), "the other one broadcasts anyway", arrays),
    row("divide",               _broadcasting_once(np.divide),   "the other one broadcasts anyway", arrays),
    row("add",                  _broadcasting_once(np.add),      "the other one broadcasts anyway", arrays),
    row("subtract",             _broadcasting_once(np.subtract), "the other one broadcasts anyway", arrays),

    row("positive(x)",          "x",                "nothing happens"),
    row("real(x, ...)",         "x",                "nothing happens to what is real"),
    row("astype(x, ...)",       "x",                "nothing happens to what has the dtype"),
    row("bitwise_and(x, True)", "x",                "both hold where the first does", truths),
    row("logical_and(x, True)", "x",                "both hold where the first does", truths),
    row("x * 1",                "x",                "exact"),
    row("x / 1",                "x",                "exact"),
    row("x ** 1",               "x",                "exact"),
    row("x - 0",                "x",                "exact, for -0 - 0 is -0"),
    row("x + 0",                "x",                "there is no -0 among whole numbers", whole_numbers),
    row("x - x",                "0",                "there is no inf among whole numbers", whole_numbers),
    row("maximum(x, x)",        "x",                "also of NaN"),
    row("minimum(x, x)",        "x",                "also of NaN"),

    row("-(-x)",                "x",                "a sign is a bit"),
    row("x * -1",               "-x",               "a sign is a bit"),
    row("-x * y",               "-(x * y)",         "signs go outwards, where they meet others"),
    row("-x / y",               "-(x / y)",         "signs go outwards, where they meet others"),
    row("x + -y",               "x - y",            "a sign less"),
    row("x - -y",               "x + y",            "a sign less"),
    row("abs(-x)",              "abs(x)",           "a sign less"),

    row("m * (n * x)",          "(m * n) * x",      "one rounding instead of two", once),
    row("x * (1 / y)",          "x / y",            "one rounding instead of two", once),
    row("x + x",                _doubled,           "a factor inside takes up the 2"),
    row("x ** 2",               "x * x",            "what NumPy computes", of_result),
    row("square(x)",            "x * x",            "what NumPy computes; shared with x * x that is there"),
    row("x ** -1",              "1.0 / x",          "what NumPy computes", of_result),
    row("mean",                 _mean,              "the sum over how many, as NumPy computes it; code for sums is at hand everywhere"),

    row("y / (cosh(x) * cosh(x))", _SECH_SQUARED,   "several times faster in NumPy, and nothing cancels", float_arrays, of_result),
    row("logaddexp(0, x)",      _SOFTPLUS,          "by functions that take many numbers at a time", float_arrays, of_result),
)
