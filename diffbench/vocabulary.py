"""What one asks and what answers, as words: operators and kinds of methods. Nothing is imported here,
so that the help of a command needs no NumPy; plug-ins take both from `diffbench.interface`.
"""

from enum import StrEnum


class Operator(StrEnum):
    """The questions one can ask about f at x. Shapes: x.shape = n, f(x).shape = m.

    >>> [str(operator) for operator in Operator if operator.takes_direction]
    ['jvp', 'vjp', 'hvp']
    """

    DERIVATIVE = "derivative"  # f'(x) of a function R -> R, a float
    GRADIENT = "gradient"  # shape n, for f(x) of shape ()
    VALUE_AND_GRADIENT = "value_and_gradient"  # (f(x), gradient)
    JACOBIAN = "jacobian"  # shape m + n
    HESSIAN = "hessian"  # shape n + n, for f(x) of shape ()
    JVP = "jvp"  # (f(x), J x_dot), x_dot of shape n
    VJP = "vjp"  # (f(x), J^T y_bar), y_bar of shape m
    HVP = "hvp"  # H x_dot, for f(x) of shape ()

    @property
    def takes_direction(self) -> bool:
        """Whether a third argument follows f and x."""
        return self in (Operator.JVP, Operator.VJP, Operator.HVP)


class Kind(StrEnum):
    """How a method comes by a derivative; tables show the kinds in this order."""

    BY_HAND = "by hand"
    TRACING = "tracing"  # runs f on numbers that carry more than a value
    SYMBOLIC = "symbolic"  # runs f on symbols, and derives formulas
    DIFFERENCE = "difference"  # sees values of f only
    PEER = "peer"  # another package, which diffbench only calls

    @property
    def follows_code(self) -> bool:
        """Whether a dependence on x that f's code hides, in a branch, is hidden from the method."""
        return self in (Kind.TRACING, Kind.SYMBOLIC)
