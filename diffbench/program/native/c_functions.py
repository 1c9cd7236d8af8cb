"""What generated C needs beyond the functions of its own library: those that follow NumPy for NaN, inf and signed zeros, which of them
have versions for many numbers at a time, and numbers. How a primitive is written stands in rules/spelling.py.
"""

from diffbench.rules.spelling import alone, spellings

PRELUDE = """\
#include <math.h>
#include <string.h>
static inline double maximum(double a, double b) { return a >= b || a != a ? a : b; }
static inline double minimum(double a, double b) { return a <= b || a != a ? a : b; }
static inline double sign(double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : x == 0 ? 0.0 : x; }
static inline double logaddexp(double a, double b) {
    const double d = a - b;
    return a == b ? a + 0.693147180559945309417232121458 : d > 0 ? a + log1p(exp(-d)) : d <= 0 ? b + log1p(exp(d)) : d;
}
"""


def vector_prelude() -> str:
    """Declarations for loops over arrays: glibc's libmvec has these functions for many numbers at a time, with the errors that
    docs/native-code.md measures.
    """
    functions = {alone(row.c): row.arity for row in spellings.values() if row.vectorised}
    return (
        "#if defined(__x86_64__) && !defined(__clang__) && defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 35)\n"
        + "".join(
            f'extern double {name}({", ".join(["double"] * arity)}) __attribute__((simd("notinbranch")));\n'
            for name, arity in functions.items()
        )
        + "#endif\n"
    )


def number(value: float) -> str:
    """A constant as C reads it back exactly."""
    value = float(value)
    if value != value:
        return "NAN"
    if value in (float("inf"), float("-inf")):
        return "INFINITY" if value > 0 else "(-INFINITY)"
    return repr(value) if repr(value)[0] != "-" else f"({value!r})"
