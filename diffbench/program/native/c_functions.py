"""How an elementwise primitive is written in C, on doubles; truths are 0 and 1, whole numbers are doubles too (exact up to 2^53).

Everything follows NumPy for NaN, inf and signed zeros: maximum hands a NaN on, sign(NaN) is NaN, logaddexp of equal infinities is that.
"""

from collections.abc import Mapping

_SAME_NAME = (
    "exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan sinh cosh tanh "
    "fabs floor ceil trunc rint hypot fmod fmax fmin copysign"
)
_INVERSES = {
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
}
_TWO = ("hypot", "fmod", "fmax", "fmin", "copysign")
_COMPARISONS = {
    "greater": ">",
    "greater_equal": ">=",
    "less": "<",
    "less_equal": "<=",
    "equal": "==",
    "not_equal": "!=",
}

TEMPLATES: Mapping[str, str] = (
    {"add": "{} + {}", "subtract": "{} - {}", "multiply": "{} * {}", "divide": "{} / {}", "negative": "-{}", "positive": "{}"}
    | {name: "{} " + sign + " {}" for name, sign in _COMPARISONS.items()}
    | {name: f"{name}({{}}, {{}})" if name in _TWO else f"{name}({{}})" for name in _SAME_NAME.split()}
    | {name: f"{function}({{}})" for name, function in _INVERSES.items()}
    | {
        "arctan2": "atan2({}, {})", "power": "pow({}, {})", "float_power": "pow({}, {})", "square": "{0} * {0}",
        "reciprocal": "1.0 / {}", "absolute": "fabs({})", "conjugate": "{}", "real": "{}", "copy": "{}",
        "where": "{0} != 0 ? {1} : {2}", "maximum": "maximum({}, {})", "minimum": "minimum({}, {})", "sign": "sign({})",
        "slope_of_abs": "sign({})", "logaddexp": "logaddexp({}, {})", "isnan": "isnan({}) != 0", "isinf": "isinf({}) != 0",
        "isfinite": "isfinite({}) != 0", "signbit": "signbit({}) != 0", "logical_not": "{} == 0", "invert": "{} == 0",
        "logical_and": "({} != 0) & ({} != 0)", "bitwise_and": "({} != 0) & ({} != 0)", "logical_or": "({} != 0) | ({} != 0)",
        "bitwise_or": "({} != 0) | ({} != 0)", "logical_xor": "({} != 0) ^ ({} != 0)", "bitwise_xor": "({} != 0) ^ ({} != 0)",
    }
)  # fmt: skip
NOT_ON_TRUTHS = frozenset({"add"})
ON_TRUTHS_ONLY = frozenset({"invert", "bitwise_and", "bitwise_or", "bitwise_xor"})

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
VECTOR_FUNCTIONS = (
    "exp",
    "log",
    "sin",
    "cos",
    "tanh",
    "log1p",
    "exp2",
    "log2",
    "log10",
    "expm1",
    "cosh",
    "sinh",
    "tan",
    "atan",
)
# glibc's libmvec has a version of these for many numbers at a time; its errors are measured in docs/native-code.md
VECTOR_PRELUDE = (
    "#if defined(__x86_64__) && !defined(__clang__) && defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 35)\n"
    + "".join(
        f'extern double {name}(double) __attribute__((simd("notinbranch")));\n'
        for name in VECTOR_FUNCTIONS
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
